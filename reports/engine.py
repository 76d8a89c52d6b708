"""A papermill engine whose runs are forks of a server that has imported what notebooks import.

The server is a fresh interpreter with a single thread. It makes IPython's shell as Jupyter's
kernel has it, imports what it is told to, and forks for each call; what the shell would send to
a front end becomes outputs of cells. multiprocessing's own fork server was tried: there is but
one for a process, which would be the reader's, and nobody in it ends what orphans leave behind.

Who ends whom: a call holds a *leash*, one end of a pair of sockets whose other end the server
has. When it is let go, because the call is over or its process is dead, the server kills the
fork. What the fork has started becomes the server's child, wherever it went, and ends with it.
When the server's owner is dead, so is everything below. Linux only; elsewhere papermill's own
kernels serve.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

NAME = "torkham"
INLINE = "module://matplotlib_inline.backend_inline"
# From <linux/prctl.h>: die with the parent; adopt what loses its parent below.
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# Every process below a server has it in its environment.
MARK = "TORKHAM_SERVER"
GRAMMAR = "rfc3987_syntax"
ENDING_SECONDS = 5
_HOME = str(Path(__file__).resolve().parents[1])


class ProcessDied(RuntimeError):  # noqa: N818 (it says what happened)
    """The process of a run ended without a word."""


def can_fork() -> bool:
    """Whether runs may be forks here: on Linux; macOS's own libraries do not stand it."""
    return sys.platform == "linux"


@contextmanager
def grammar_blocked() -> Iterator[None]:
    """Spare jsonschema, if it is imported in here, the grammar of IRIs: two seconds.

    What imports it so cannot check that format for the rest of its life, so this is for processes
    that are ours alone, and never for a reader's kernel.
    """
    before = {name: sys.modules[name] for name in [GRAMMAR] if name in sys.modules}
    sys.modules[GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[GRAMMAR]
        sys.modules.update(before)


class Server:
    """A fork server: calls functions in forks of itself, from any thread, several at once.

    `prepare` names modules to import, as `package.module`, and functions to call, as
    `package.module:function`; what fails there fails again in the cell that asks for it.
    `project` comes first on the forks' path.
    """

    def __init__(self, prepare: Iterable[str], project: Path | None = None) -> None:
        self._control, theirs = socket.socketpair()
        self._lock, self._has_forked, self._mark = threading.Lock(), False, uuid.uuid4().hex
        paths = [str(project or ""), _HOME, os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            MARK: self._mark,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            # Threads would not survive the fork, and would take the next run's core.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "JE_ARROW_MALLOC_CONF": "background_thread:false",
            "MPLBACKEND": INLINE,
        }
        start = f"from {__name__} import serve; serve()"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", start, str(theirs.fileno()), *prepare],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                # Ctrl-C is for the owner, who ends the rest.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        limit: float | None = None,
        watch: Callable[..., object] = lambda *words: None,
    ) -> Any:
        """Value of `function(say, *arguments)` in a fork; what it says meanwhile goes to `watch`.

        Raises
        ------
        TimeoutError
            When nothing was heard of it for `limit` seconds.
        ProcessDied
            When its process or the server ended before.
        """
        (ours, theirs), (leash, held) = socket.socketpair(), socket.socketpair()
        with Connection(ours.detach()) as connection, leash:
            try:
                with theirs, held, self._lock:
                    files = [theirs.fileno(), held.fileno()]
                    socket.send_fds(self._control, [b"fork"], files)
                    self._has_forked = True
                connection.send((function, arguments))
                while connection.poll(limit):
                    kind, answer = connection.recv()
                    if kind == "said":
                        watch(*answer)
                    elif kind == "fault":
                        raise answer
                    else:
                        return answer
            except (EOFError, ConnectionError):
                code = leash.recv(16).decode()
                why = f"exit code {code}" if code else "with the fork server"
                raise ProcessDied(f"its process ended ({why})") from None
            raise TimeoutError(f"time limit of {limit:g} s exceeded")

    def close(self) -> None:
        """End it, with whatever still runs."""
        was_killed = self._process.poll() is not None
        self._control.close()
        if not self._has_forked:
            self._process.kill()  # it may still be importing, and has nothing to end
        try:
            self._process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            was_killed = True
        self._process.wait()
        while was_killed and (left := list(_marked(self._mark))):
            _kill(left)


_kept: dict[tuple[int, Path | None], Server] = {}
_keeping = threading.Lock()


def kept_server(prepare: Iterable[str], project: Path | None = None) -> Server:
    """Server of this process for a project, started when first asked for; it ends with the process.

    It should prepare nothing that is being worked on: it would be stale the next time.
    """
    with _keeping:
        key = os.getpid(), project
        if key not in _kept or _kept[key]._process.poll() is not None:
            _kept[key] = Server(prepare, project)
        return _kept[key]


def serve() -> None:
    """Main function of a server; the command line says where its socket is and what to prepare."""
    control = socket.socket(fileno=int(sys.argv[1]))
    names, sys.argv = sys.argv[2:], [""]
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    with grammar_blocked():
        pkgutil.resolve_name("reports.shell:make")()  # first: matplotlib's backend looks for it
        for name in names:
            with suppress(Exception):
                found = pkgutil.resolve_name(name)
                if ":" in name:
                    found()
    # Objects that no collection touches stay shared with the forks.
    gc.collect()
    gc.freeze()
    _Forks(control).serve()


class _Forks:
    """The forks of a server, each by its process id with the leash that it is held by."""

    def __init__(self, control: socket.socket) -> None:
        self.control, self.leashes = control, dict[int, socket.socket]()
        self.woken, waker = socket.socketpair()
        waker.setblocking(False)
        self.waker = waker
        # A byte whenever a child has ended.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self.selector = selectors.DefaultSelector()
        for source, react in ((control, self._fork), (self.woken, self._reap)):
            self.selector.register(source, selectors.EVENT_READ, react)

    def serve(self) -> None:
        while True:
            for key, _ in self.selector.select():
                if key.fileobj.fileno() >= 0:  # else it was closed a moment ago
                    key.data()

    def _fork(self) -> None:
        files = socket.recv_fds(self.control, 4, 2)[1]
        if not files:  # the owner is gone
            while left := psutil.Process().children(recursive=True):
                _kill(left)
            os._exit(0)
        server = os.getpid()
        if (pid := os.fork()) == 0:
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            _prctl(PR_SET_CHILD_SUBREAPER, 1)
            if os.getppid() == server:
                os.close(files[1])
                for other in (self.control, self.woken, self.waker, *self.leashes.values()):
                    other.close()
                self.selector.close()
                _answer(Connection(files[0]))
            os._exit(1)
        os.close(files[0])
        leash = self.leashes[pid] = socket.socket(fileno=files[1])
        # It has something to read when it was let go.
        self.selector.register(leash, selectors.EVENT_READ, lambda: self._kill(pid))

    def _kill(self, pid: int) -> None:
        self.selector.unregister(self.leashes[pid])
        os.kill(pid, signal.SIGKILL)  # a child that was not reaped yet, so the id is its own

    def _reap(self) -> None:
        """Tell of forks that have ended, and kill what they left: what else is a child here."""
        self.woken.recv(4096)
        for pid, status in iter(_ended_child, None):
            if leash := self.leashes.pop(pid, None):
                with suppress(OSError):
                    leash.send(str(os.waitstatus_to_exitcode(status)).encode())
                with suppress(KeyError):
                    self.selector.unregister(leash)
                leash.close()
        for child in psutil.Process().children():
            if child.pid not in self.leashes:
                child.kill()


def _ended_child() -> tuple[int, int] | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status) if pid else None


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes)


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                yield process


def _answer(connection: Connection) -> None:
    """Be a fork: do what is asked for, say it, and end."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # or all forks would draw the same numbers

    def say(*words: object) -> None:
        connection.send(("said", words))

    with suppress(EOFError, ConnectionError):
        function, arguments = connection.recv()
        try:
            answer = "value", function(say, *arguments)
        except BaseException as fault:
            answer = "fault", fault
        connection.send(answer)
    os._exit(0)


class ForkEngine:
    """Papermill engine: each run a fork with the kernel's own shell in it, no kernel, no sockets.

    papermill imports this module for its entry point, and may not have finished with itself then:
    so nothing of papermill is imported at the top.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Executed notebook; other languages and other systems get papermill's own kernels."""
        from papermill.engines import Engine, NBClientEngine
        from papermill.log import logger

        language = nb.metadata.get("kernelspec", {}).get("language", "python")
        if can_fork() and language == "python":
            return Engine.execute_notebook.__func__(cls, nb, kernel_name, **options)
        why = f"no forks for {language} on {sys.platform}"
        logger.warning("Engine %s: %s; a kernel is started", NAME, why)
        options.pop("watch", None)
        return NBClientEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        watch: Callable[[Any, int], object] = lambda cell, index: None,
        execution_timeout: float | None = None,
        **options: Any,
    ) -> None:
        """Run the cells: here if this is a fork of a server, else in a fork of a kept one."""
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        cells = nb_man.nb.cells

        def heed(
            event: str, index: int, count: Any = None, outputs: Any = None, ok: Any = None
        ) -> None:
            cell = cells[index]
            if event == "begin":
                nb_man.cell_start(cell, index)
                watch(cell, index)
                return
            if outputs is not None:
                cell.execution_count, cell.outputs = count, outputs
            if not ok:
                nb_man.cell_exception(cell, cell_index=index)
            nb_man.cell_complete(cell, cell_index=index)

        if is_fork():
            from reports.shell import run_cells

            metadata, outputs = run_cells(heed, cells)
        else:
            server = kept_server(["pandas", "matplotlib.pyplot"])
            try:
                metadata, outputs = server.call(
                    _run_cells, cells, os.getcwd(), limit=execution_timeout, watch=heed
                )
            except ProcessDied as error:
                raise DeadKernelError(str(error)) from None
            except TimeoutError as error:
                raise CellTimeoutError(str(error)) from None
        nb_man.nb.metadata.update(metadata)
        for index, some in outputs.items():
            cells[index].outputs = some

    @staticmethod
    def nb_kernel_name(nb: Any, name: str | None = None) -> str:
        """Name of the kernel that a notebook asks for."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @staticmethod
    def nb_language(nb: Any, language: str | None = None) -> str:
        """Language that a notebook is written in."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


def is_fork() -> bool:
    """Whether this process is a fork of a server, with a shell of its own."""
    return MARK in os.environ and "reports.shell" in sys.modules


def _run_cells(say: Callable[..., object], cells: list[Any], folder: str) -> Any:
    from reports.shell import run_cells

    return run_cells(say, cells, folder)
