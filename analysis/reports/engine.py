"""A papermill engine whose kernels start warm: each is a fork of a process that has imported.

`papermill --engine torkham` finds it by its entry point. A run differs from
papermill's own only in where the kernel comes from: it is ipykernel's kernel,
it speaks Jupyter's messages, and nbclient turns them into outputs; but it is
forked instead of started, and the messages pass through a pipe instead of
sockets, so there is no port to race for and nothing to wait for at the start.

For whoever keeps it alive:

- `ForkedKernel` and `_Client` offer what nbclient asks of jupyter_client's
  manager and client, and nothing else; when nbclient changes what it asks for,
  it is there that something is missing.
- What goes on in the forked process is told in `kernel.py`, how it comes
  about in `warm.py`.
- The entry point is imported whenever anyone imports papermill. This module
  may therefore import nothing that could fail, and no more than it needs. Whoever
  imports it must have imported papermill before, or the two wait for each other.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import signal
import sys
import tempfile
from contextlib import nullcontext, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from papermill.engines import NBClientEngine  # type: ignore[import-untyped, unused-ignore]

from analysis.reports import warm
from analysis.reports.kernel import KEY, run_kernel

NAME = "torkham"
# What every kernel needs, whatever its notebook imports.
MACHINERY = (
    "papermill.execute",  # first, and this module with it, which alone cannot be imported before
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completer",
    "jupyter_client.session",
)
_log = logging.getLogger("papermill")


class ForkEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill engine with forked kernels; with ordinary ones where it cannot fork.

    A process with a single thread is forked itself, so whatever it has
    imported is warm; one with more gets a warm parent of its own, which
    imports from the notebook's imports what is installed and not what is
    being worked on.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        project: Path | None = None,
        scratch: Path | None = None,
        **options: Any,
    ) -> Any:
        """Run a notebook; `project` is where its own package lies, `scratch` a folder to use."""
        language = nb_man.nb.metadata.get("kernelspec", {}).get("language", "python")
        if not warm.can_fork() or language != "python":
            reason = f"no warm kernel for {kernel_name!r} on {sys.platform}"
            _log.warning("Engine %s: %s; an ordinary one is started", NAME, reason)
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        # An ordinary kernel's manager is of no use here.
        options.pop("kernel_manager_class", None)
        with nullcontext(scratch) if scratch else tempfile.TemporaryDirectory() as folder:
            kernel = ForkedKernel(Path(folder), project)
            # Here and not where nbclient would do it: there an event loop runs.
            kernel.start_kernel()
            try:
                return super().execute_managed_notebook(nb_man, kernel_name, km=kernel, **options)
            finally:
                kernel.shutdown_kernel()


class ForkedKernel:
    """A kernel forked on demand, with the part of a kernel manager that nbclient asks for."""

    def __init__(self, folder: Path, project: Path | None = None) -> None:
        self.folder, self.project = folder, project
        self._child: warm.Child | None = None
        self._client: _Client | None = None

    @property
    def has_kernel(self) -> bool:
        """Whether it was started."""
        return self._child is not None

    def start_kernel(self, **_options: Any) -> None:
        """Fork it, and note its process id for those who may have to end it."""
        settings = (self.folder, self.project, os.getcwd())
        if warm.is_single_threaded():
            self._child = _fork(*settings)
        else:
            self._child = _own_parent().start(run_kernel, *settings)
        (self.folder / "kernel.pid").write_text(str(self._child.pid))

    def client(self) -> _Client:
        """Its client."""
        assert self._child is not None
        self._client = _Client(self, self._child.connection)
        return self._client

    def is_alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        if self._child is None:
            return False
        try:
            state = Path(f"/proc/{self._child.pid}/stat").read_text()
        except OSError:
            return False
        return state.rpartition(")")[2].split()[0] not in "ZX"

    def interrupt_kernel(self) -> None:
        """Interrupt the cell that runs."""
        assert self._child is not None
        os.kill(self._child.pid, signal.SIGINT)

    def shutdown_kernel(self, now: bool = True) -> None:
        """End it and all that it started: it leads a process group."""
        if self._child is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        if self._client is not None:
            self._client.stop_channels()
        self._child.kill()
        with suppress(ChildProcessError):
            os.waitpid(self._child.pid, 0)
        self._child = None

    def cleanup_resources(self) -> None:
        """Nothing is left to clean up: there are no sockets and no files."""


class _Channel:
    def __init__(self) -> None:
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.put = self._messages.put_nowait

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        try:
            return await asyncio.wait_for(self._messages.get(), timeout)
        except TimeoutError:
            raise queue.Empty from None


class _Client:
    """The part of a kernel's client that nbclient asks for, over a pipe."""

    allow_stdin = False

    def __init__(self, kernel: ForkedKernel, connection: Connection) -> None:
        from jupyter_client.session import Session

        self._kernel, self._connection, self._session = kernel, connection, Session(key=KEY)
        self._open = False

    def start_channels(self) -> None:
        self.shell_channel, self.iopub_channel = _Channel(), _Channel()
        self._loop = asyncio.get_event_loop()
        self._loop.add_reader(self._connection.fileno(), self._receive)
        self._open = True

    def _receive(self) -> None:
        try:
            channel, frames = self._connection.recv()
        except (EOFError, ConnectionError):
            # The kernel is dead, which nbclient finds by asking `is_alive`.
            self.stop_channels()
            return
        _, frames = self._session.feed_identities(frames)
        message = self._session.deserialize(frames)
        (self.shell_channel if channel == "shell" else self.iopub_channel).put(message)

    def stop_channels(self) -> None:
        if self._open:
            self._loop.remove_reader(self._connection.fileno())
            self._open = False

    def wait_for_ready(self, timeout: float | None = None) -> None:
        """A pipe keeps what is sent before anyone reads."""

    def is_alive(self) -> bool:
        return self._open and self._kernel.is_alive()

    def execute(self, code: str, store_history: bool = True, stop_on_error: bool = True) -> str:
        return self._send(
            "execute_request",
            {"code": code, "silent": False, "store_history": store_history,
             "user_expressions": {}, "allow_stdin": False, "stop_on_error": stop_on_error},
        )  # fmt: skip

    def kernel_info(self) -> str:
        return self._send("kernel_info_request", {})

    def _send(self, kind: str, content: dict[str, Any]) -> str:
        message = self._session.msg(kind, content)
        with suppress(ConnectionError):  # the kernel is dead, as above
            self._connection.send(self._session.serialize(message))
        return str(message["header"]["msg_id"])


_parents: dict[int, warm.Parent] = {}


def _own_parent() -> warm.Parent:
    """Warm parent of this process, for as long as the process lives."""
    if os.getpid() not in _parents:
        _parents[os.getpid()] = warm.Parent([*MACHINERY, "matplotlib.pyplot", "pandas"])
    return _parents[os.getpid()]


def _fork(folder: Path, project: Path | None, cwd: str) -> warm.Child:
    ours, theirs = Pipe()
    me = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            warm.become_child(me)
            ours.close()
            run_kernel(theirs, folder, project, cwd)
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    return warm.Child(pid, ours)
