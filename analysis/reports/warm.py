"""A warm process that forks: what takes long to import is imported once, for every run.

The parent is a fresh interpreter with a single thread, so that a fork of it is
sound whatever threads its owner has. It imports what it is told to, then forks
a child for each request; parent and children end when the owner does, however
that came about.

How it works, for whoever keeps it alive: owner and parent share a socket. A
request is one end of a new pipe, sent over that socket. The forked child
answers on the pipe with its process id, reads from it which function to call,
and calls it with the pipe and the arguments. All else is between that function
and the owner.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from analysis.reports.scratch import remove_scratch

_START = f"import {__name__} as warm; warm.serve()"
_PACKAGE_HOME = Path(__file__).resolve().parents[2]
# Looked up here, since a forked process should do as little as it can before it is safe.
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def can_fork() -> bool:
    """Whether processes may be forked here: on Linux; macOS's own libraries do not stand it."""
    return sys.platform == "linux"


def is_single_threaded() -> bool:
    """Whether this process has one thread, native ones (BLAS, zmq) counted: it may be forked."""
    return can_fork() and len(os.listdir("/proc/self/task")) == 1


def die_with_parent(parent: int | None = None) -> None:
    """Ask Linux to kill this process when its parent dies, however that came about.

    `parent` is the process id that is expected: a parent that died before
    anyone could ask is noticed by it. Other systems have to make do without.
    """
    if _PRCTL is not None:
        _PRCTL(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
        if parent is not None and os.getppid() != parent:
            os._exit(1)


def become_child(parent: int) -> None:
    """Settle a process that was just forked: it dies with its parent, and signals are its own."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if numpy := sys.modules.get("numpy"):
        # Or all children would draw the same random numbers.
        numpy.random.seed()


class Child:
    """A forked child: its process id and the pipe that leads to it."""

    def __init__(self, pid: int, connection: Connection) -> None:
        self.pid, self.connection = pid, connection

    def kill(self) -> None:
        """End it now."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.connection.close()


class Parent:
    """The warm process, and what it does beforehand.

    `prepare` names modules to import, as `package.module`, and functions to
    call, as `package.module:function`. When the owner dies, the parent removes
    `scratch`, and ends the kernels noted there with all that their cells started.
    """

    def __init__(self, prepare: Iterable[str], scratch: Path | None = None) -> None:
        self._control, theirs = socket.socketpair()
        self._lock, self._has_forked = threading.Lock(), False
        environment = os.environ | {
            # A BLAS thread would not survive the fork, and would take the next run's core.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            # pyarrow, which papermill and pandas import, brings an allocator with a thread.
            "JE_ARROW_MALLOC_CONF": "background_thread:false",
            # debugpy, which ipykernel imports, would warn of something nobody will debug.
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(_PACKAGE_HOME), os.environ.get("PYTHONPATH")])
            ),
        }
        environment.pop("MPLBACKEND", None)
        told = [str(theirs.fileno()), str(scratch or ""), *prepare]
        with theirs:
            self._process = subprocess.Popen(
                # Nothing in the working folder may be imported by accident.
                [sys.executable, "-c", f"import sys; del sys.path[0]; {_START}", *told],
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

    def start(self, function: Callable[..., None], *arguments: Any) -> Child:
        """Fork a child that calls the function with its end of a pipe, then the arguments.

        Raises
        ------
        OSError, EOFError
            When the parent is gone.
        """
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            socket.send_fds(self._control, [b"f"], [theirs.fileno()])
            self._has_forked = True
        connection = Connection(ours.detach())
        pid = connection.recv()
        connection.send((function, arguments))
        return Child(pid, connection)

    def close(self) -> None:
        """End the parent, which takes its children along."""
        self._control.close()
        if not self._has_forked:
            self._process.kill()  # it may still be importing, and has nothing to end
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve() -> None:
    """Main function of the parent; the command line says where its socket is and what to import."""
    control, scratch = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    for name in sys.argv[3:]:
        # What fails here fails again in the cell that asks for it, where it can be told.
        with suppress(Exception):
            found = pkgutil.resolve_name(name)
            if ":" in name:
                found()
    # Whoever asks first writes a file to try; a child that is killed over it would leave it there.
    tempfile.gettempdir()
    # Objects that no collection touches stay shared with the children.
    gc.collect()
    gc.freeze()
    if scratch and _PRCTL is not None:
        # Whatever loses its parent below here becomes a child of this process, so none gets away.
        _PRCTL(36, 1)  # PR_SET_CHILD_SUBREAPER
    me = os.getpid()
    while descriptors := socket.recv_fds(control, 1, 1)[1]:
        if os.fork() == 0:
            control.close()
            become_child(me)
            _run(Connection(descriptors[0]))
        os.close(descriptors[0])
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
    _end_children(me)
    if scratch:
        remove_scratch(Path(scratch))


def _end_children(me: int) -> None:
    """Kill children until none is left: who was a grandchild may become one meanwhile."""
    with suppress(ChildProcessError):
        while True:
            for stat in Path("/proc").glob("[0-9]*/stat"):
                with suppress(OSError):  # it has just ended
                    if stat.read_text().rpartition(")")[2].split()[1] == str(me):
                        os.kill(int(stat.parent.name), signal.SIGKILL)
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
            time.sleep(0.001)


def _run(connection: Connection) -> None:
    code = 1
    try:
        connection.send(os.getpid())
        function, arguments = connection.recv()
        function(connection, *arguments)
        code = 0
    except (EOFError, BrokenPipeError):
        pass
    except BaseException:
        logging.getLogger(__name__).exception("a forked run ended")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Nothing that the parent set up for its own end may run in a child.
        os._exit(code)
