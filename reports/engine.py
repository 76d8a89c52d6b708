"""A papermill engine whose runs are forks of a server that has imported what notebooks import.

The server is a fresh interpreter with a single thread. It makes IPython's shell, imports what it
is told to, and forks for each call. multiprocessing's own fork server would not do: a process has
but one, and nobody in it ends what forks leave behind.

Who ends whom: the owner of a call kills its fork by a file descriptor, which is never another
process's as a number may be; whatever a fork has started becomes the server's child when the fork
ends, wherever it went, and ends then; when its owner is dead, so is the server with all below it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import psutil

NAME = "torkham"
INLINE = "module://matplotlib_inline.backend_inline"
# From <linux/prctl.h>: die with the parent; adopt what loses its parent below.
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRAMMAR = "rfc3987_syntax"
_HOME = str(Path(__file__).resolve().parents[1])


class ProcessDied(RuntimeError):  # noqa: N818 (it says what happened)
    """The process of a run ended without a word."""


def can_fork() -> bool:
    """Whether runs are forks here: on Linux 5.3 or newer; macOS's own libraries do not stand it."""
    return hasattr(os, "pidfd_open")


@contextmanager
def grammar_blocked() -> Iterator[None]:
    """Spare jsonschema, if it is imported in here, the grammar of IRIs: two seconds.

    It cannot check that format for the rest of its life then, so this is for processes that are
    ours alone, and never for a reader's kernel.
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
    `project` comes first on the path.
    """

    def __init__(self, prepare: Iterable[str], project: Path | None = None) -> None:
        self._control, theirs = socket.socketpair()
        self._lock = threading.Lock()
        paths = [str(project or ""), _HOME, os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            # Threads would not survive the fork, and would take the next run's core.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "JE_ARROW_MALLOC_CONF": "background_thread:false",
            "MPLBACKEND": INLINE,
        }
        start = f"from {__name__} import serve; serve()"
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", start, str(theirs.fileno()), *prepare],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the owner, who ends the rest
            )

    def call(
        self,
        function: str,
        *arguments: Any,
        limit: float | None = None,
        watch: Callable[..., object] = lambda *words: None,
    ) -> Any:
        """Value of `function(say, *arguments)` in a fork; what it says meanwhile goes to `watch`.

        The function is named, as `package.module:function`, so that only the fork imports it.

        Raises
        ------
        TimeoutError
            When nothing was heard of it for `limit` seconds.
        ProcessDied
            When its process or the server ended before.
        """
        answer: Any
        (ours, theirs), process, kind, answer = socket.socketpair(), None, "", None
        try:
            with theirs, self._lock:
                socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
            process = next(iter(socket.recv_fds(ours, 4, 1)[1]), None)
            with Connection(os.dup(ours.fileno())) as connection:
                connection.send((function, arguments))
                while connection.poll(limit):
                    kind, answer = connection.recv()
                    if kind != "said":
                        break
                    watch(*answer)
        except (EOFError, OSError) as error:
            raise ProcessDied("its process ended") from error
        finally:
            ours.close()
            if process is not None:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                os.close(process)
        if kind == "fault":
            raise answer
        if kind != "value":
            raise TimeoutError(f"time limit of {limit:g} s exceeded")
        return answer

    def close(self) -> None:
        """End it, with whatever still runs."""
        self._control.close()
        self.process.wait()


_kept: dict[tuple[int, Path | None], Server] = {}
_keeping = threading.Lock()


def kept_server(prepare: Iterable[str], project: Path | None = None) -> Server:
    """Server of this process for a project, started when first asked for; it ends with the process.

    It should prepare nothing that is being worked on, which would be stale the next time.
    """
    with _keeping:
        key = os.getpid(), project
        if key not in _kept or _kept[key].process.poll() is not None:
            _kept[key] = Server(prepare, project)
        return _kept[key]


def serve() -> None:
    """Main function of a server; the command line says where its socket is and what to prepare."""
    control = socket.socket(fileno=int(sys.argv[1]))
    names, sys.argv = sys.argv[2:], [""]
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    gc.disable()
    # The shell first: matplotlib's backend looks for it, and pandas whether there is one.
    with grammar_blocked(), pkgutil.resolve_name("reports.shell:make")().builtin_trap:
        for name in names:
            with suppress(Exception):
                found = pkgutil.resolve_name(name)
                if ":" in name:
                    found()
    # Objects that no collection touches stay shared with the forks.
    gc.freeze()
    gc.enable()
    me, forks = os.getpid(), dict[int, int]()
    while True:
        for ready in select.select([control.fileno(), *forks], [], [])[0]:
            if ready in forks:
                os.waitpid(forks.pop(ready), 0)
                os.close(ready)
                _end_children(but=forks.values())
            elif asked := socket.recv_fds(control, 4, 1)[1]:
                with socket.socket(fileno=asked[0]) as connection:
                    if (pid := os.fork()) == 0:
                        _answer(me, control, Connection(connection.detach()))
                    process = os.pidfd_open(pid)
                    forks[process] = pid
                    with suppress(OSError):  # who asked is gone
                        socket.send_fds(connection, [b"fork"], [process])
            else:
                _end_children(but=())
                os._exit(0)


def _end_children(but: Iterable[int]) -> None:
    """Kill all children but some: who was a grandchild may become one meanwhile."""
    kept = set(but)
    while left := [child for child in psutil.Process().children() if child.pid not in kept]:
        for child in left:
            child.kill()
        psutil.wait_procs(left)


def _answer(server: int, control: socket.socket, connection: Connection) -> NoReturn:
    """Be a fork: do what is asked for, say how it went, end."""

    def say(*words: object) -> None:
        connection.send(("said", words))

    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        if os.getppid() == server:
            control.close()
            os.setsid()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if numpy := sys.modules.get("numpy"):
                numpy.random.seed()  # or all forks would draw the same numbers
            function, arguments = connection.recv()
            try:
                answer = "value", pkgutil.resolve_name(function)(say, *arguments)
            except Exception as fault:
                answer = "fault", fault
            connection.send(answer)
    finally:
        os._exit(0)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value)


class ForkEngine:
    """Papermill engine: each run a fork with IPython's own shell in it, no kernel, no sockets.

    papermill imports this module for its entry point, when it may not have finished with itself:
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
        logger.warning("%s: no forks for %s on %s, but kernels", NAME, language, sys.platform)
        options.pop("watch", None)
        return NBClientEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        watch: Callable[[Any], object] = lambda cell: None,
        execution_timeout: float | None = None,
        **options: Any,
    ) -> None:
        """Run the cells: here if this is a fork of a server, else in a fork of a kept one."""
        cells = nb_man.nb.cells

        def heed(event: str, index: int, changed: dict[str, Any], is_good: bool = True) -> None:
            cell = cells[index]
            cell.update(changed)
            if event == "begin":
                nb_man.cell_start(cell, index)
                watch(cell)
                return
            if not is_good:
                nb_man.cell_exception(cell, cell_index=index)
            nb_man.cell_complete(cell, cell_index=index)

        name = "reports.shell:run_cells"
        if "reports.shell" in sys.modules:  # only a server and its forks import it
            metadata, outputs = pkgutil.resolve_name(name)(heed, cells)
        else:
            server = kept_server(["pandas", "matplotlib.pyplot"])
            options = {"limit": execution_timeout, "watch": heed}
            metadata, outputs = server.call(name, cells, os.getcwd(), **options)
        nb_man.nb.metadata.update(metadata)
        for index, some in outputs.items():
            cells[index].outputs = some

    @staticmethod
    def nb_kernel_name(nb: Any, name: str | None = None) -> str:
        """Name of the kernel that a notebook asks for."""
        return str(name or nb.metadata.kernelspec.name)

    @staticmethod
    def nb_language(nb: Any, language: str | None = None) -> str:
        """Language that a notebook is written in."""
        return str(language or nb.metadata.kernelspec.language)
