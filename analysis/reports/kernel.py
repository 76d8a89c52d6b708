"""The kernel in a forked process: ipykernel's own, with a pipe where it expects sockets.

For whoever keeps it alive: `run_kernel` is what ipykernel's
`IPKernelApp.initialize` does, without sockets and files; when ipykernel
changes, compare the two. A forked kernel must find the world as a fresh one
does: no event loop, no figure backend chosen, its own random numbers, no
user's start-up files, and the project's own package from the project that is run.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from analysis.reports.reads import LOG, watch

INLINE = "module://matplotlib_inline.backend_inline"
# Nobody else can write into the pipe, so any key does.
KEY = b"pipe"


class _Wire:
    """What a kernel takes for a zmq socket: a message's frames go into the pipe."""

    def __init__(self, connection: Connection, channel: str, lock: threading.Lock) -> None:
        import zmq

        self._connection, self._channel, self._lock = connection, channel, lock
        self.context = zmq.Context()

    def send_multipart(self, frames: list[Any], *_: Any, **__: Any) -> None:
        with self._lock:
            self._connection.send((self._channel, [bytes(frame) for frame in frames]))

    def flush(self, *_: Any) -> None:
        """Nothing waits in here."""

    def close(self) -> None:
        """The pipe closes with the process."""


def run_kernel(connection: Connection, folder: Path, project: Path | None, cwd: str) -> None:
    """Be a kernel until the other end of the pipe is closed."""
    os.setsid()
    os.chdir(cwd)
    _face_a_fresh_world(connection, folder, project)
    from ipykernel.displayhook import ZMQDisplayHook
    from ipykernel.iostream import IOPubThread, OutStream
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.profiledir import ProfileDir
    from jupyter_client.session import Session
    from traitlets import Any as AnyTrait
    from traitlets.config import Config

    class PipeKernel(IPythonKernel):
        shell_stream = AnyTrait()
        _supports_kernel_subshells = False  # one cell after another is all that papermill asks

        def _abort_queues(self, subshell_id: str | None = None) -> None:
            """Nothing waits: nbclient sends a cell when the one before it is done."""

    lock = threading.Lock()
    session = Session(key=KEY)
    publisher = IOPubThread(_Wire(connection, "iopub", lock), session=session)
    publisher.start()
    sys.stdout = OutStream(session, publisher, "stdout", echo=sys.__stdout__)
    sys.stderr = OutStream(session, publisher, "stderr", echo=sys.__stderr__)
    hook = sys.displayhook = ZMQDisplayHook(session, publisher.background_socket)
    kernel = PipeKernel.instance(
        session=session,
        shell_stream=_Wire(connection, "shell", lock),
        shell_channel_thread=SimpleNamespace(parent_thread=threading.current_thread()),
        iopub_thread=publisher,
        iopub_socket=publisher.background_socket,
        log=logging.getLogger("ipykernel"),
        profile_dir=ProfileDir.create_profile_dir(str(folder / "profile")),
        user_ns={},
        # Nobody will scroll back, and its thread writes a database.
        config=Config({"HistoryManager": {"enabled": False}}),
    )
    # Magics such as %matplotlib find the kernel by way of its application.
    application = IPKernelApp.instance()
    application.kernel = kernel
    application.init_path()
    hook.get_execution_count = lambda: kernel.execution_count  # type: ignore[method-assign]
    _choose_backend()
    sys.stdout.flush()
    sys.stderr.flush()
    asyncio.run(_answer_requests(kernel, connection))


async def _answer_requests(kernel: Any, connection: Connection) -> None:
    import zmq

    requests: asyncio.Queue[list[bytes]] = asyncio.Queue()

    def receive() -> None:
        try:
            requests.put_nowait(connection.recv())
        except (EOFError, ConnectionError):
            os._exit(0)

    asyncio.get_running_loop().add_reader(connection.fileno(), receive)
    while True:
        await kernel.dispatch_shell([zmq.Message(frame) for frame in await requests.get()])


def _face_a_fresh_world(connection: Connection, folder: Path, project: Path | None) -> None:
    asyncio.set_event_loop(None)
    # Whatever else was open at the fork belongs to others, who wait for its end.
    null, log = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(folder / "kernel.log", os.O_WRONLY | os.O_CREAT),
    )
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.closerange(3, connection.fileno())
    os.closerange(connection.fileno() + 1, 1 << 16)
    sys.argv = ["ipykernel_launcher.py"]
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    if project is not None:
        paths = filter(None, [str(project), os.environ.get("PYTHONPATH")])
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        sys.path.insert(0, str(project))
        _forget_strangers(project)
        watch(project, folder / LOG)


def _forget_strangers(project: Path) -> None:
    """Drop modules that the project has itself, where they were imported from another copy."""
    for own in (*project.glob("*.py"), *project.glob("*/__init__.py")):
        name = own.stem if own.parent == project else own.parent.name
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and not own.samefile(file):
            for loaded in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
                del sys.modules[loaded]


def _choose_backend() -> None:
    """Figures go into the cells; the backend finds the shell only when imported after it."""
    os.environ["MPLBACKEND"] = INLINE
    if matplotlib := sys.modules.get("matplotlib"):
        if matplotlib.get_backend(auto_select=False) is None:
            matplotlib.rcParams["backend"] = INLINE
        else:
            import matplotlib.pyplot

            matplotlib.pyplot.switch_backend(INLINE)
