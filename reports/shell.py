"""IPython's shell as Jupyter's kernel has it, without the kernel: its messages become outputs."""

from __future__ import annotations

import asyncio
import builtins
import io
import json
import os
import re
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import comm
from comm.base_comm import BaseComm
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session
from nbformat import NotebookNode, from_dict
from traitlets.config import Config

LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
WIDGETS = "application/vnd.jupyter.widget-state+json"
# What a carriage return or a backspace takes away, as nbclient has it.
_OVERWRITTEN = re.compile(r".*\r(?=[^\n])|[^\n]\x08")


class Wire(Session):
    """A kernel's session, as far as its shell can tell: what is sent becomes outputs of a cell."""

    def begin(self) -> None:
        """Take what this process writes from now on, below Python's own streams too."""
        self.outputs: list[NotebookNode] = []
        self.widgets: dict[str, dict[str, Any]] = {}
        self._shown: dict[str, list[NotebookNode]] = {}
        self._clears = False
        self._read = {"stdout": 0, "stderr": 0}
        for descriptor, name in enumerate(self._read, 1):
            os.dup2(os.memfd_create(name), descriptor)
            setattr(sys, name, Stream(self, name, descriptor))

    def send(  # type: ignore[override]
        self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any
    ) -> None:
        """Make an output of a message, or do what it says."""
        kind = msg_or_type
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
        content = json.loads(json.dumps(content, default=json_default))
        self.drain()
        if kind.startswith("comm"):
            self.widgets.setdefault(content["comm_id"], {}).update(content["data"].get("state", {}))
        elif kind == "clear_output":
            self._clears = True
            if not content["wait"]:
                self._clear()
        else:
            name = (content.pop("transient", None) or {}).get("display_id")
            for output in self._shown.get(name, []):
                output.update(from_dict(content))
            if kind != "update_display_data":
                output = self._add(kind, content)
                self._shown.setdefault(name, []).extend([output] if name else [])

    def write(self, name: str, text: str) -> None:
        """Add to a stream of the cell."""
        self.drain()
        self._write(name, text)

    def drain(self) -> None:
        """Add what came past Python, from the file descriptors."""
        for descriptor, name in enumerate(self._read, 1):
            size = os.fstat(descriptor).st_size - self._read[name]
            if size > 0:
                raw = os.pread(descriptor, size, self._read[name])
                self._read[name] += len(raw)
                self._write(name, raw.decode(errors="replace"))

    def end(self) -> list[NotebookNode]:
        """Outputs of the cell that has ended; the next one begins."""
        self.drain()
        outputs, self.outputs, self._clears = self.outputs, [], False
        for output in outputs:
            before = None
            while output.output_type == "stream" and output.text != before:
                before, output.text = output.text, _OVERWRITTEN.sub("", output.text)
        return outputs

    def _write(self, name: str, text: str) -> None:
        for output in reversed(self.outputs if text and not self._clears else []):
            if output.output_type != "stream":
                break
            if output.name == name:
                output.text += text
                return
        if text:
            self._add("stream", {"name": name, "text": text})

    def _add(self, kind: str, content: dict[str, Any]) -> NotebookNode:
        if self._clears:
            self._clear()
        self.outputs.append(from_dict({"output_type": kind, **content}))
        return self.outputs[-1]

    def _clear(self) -> None:
        self.outputs.clear()
        self._clears = False


class Stream(io.TextIOBase):
    """Python's standard output or error, as a cell writes to it."""

    encoding, errors = "UTF-8", "strict"

    def __init__(self, wire: Wire, name: str, descriptor: int) -> None:
        self._wire, self.name, self._descriptor = wire, name, descriptor
        self._owner = os.getpid()

    def write(self, text: str) -> int:
        """Write text; a process that the cell forked does so past Python."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() == self._owner:
            self._wire.write(self.name, text)
        else:
            os.write(self._descriptor, text.encode())
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """Where processes that the cell starts write to."""
        return self._descriptor


class Shell(ZMQInteractiveShell):
    """The kernel's shell with our wire in place of its sockets; it keeps nothing on disk."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """No start-up file of a user may reach a report."""

    def init_ipython_dir(self, ipython_dir: Any) -> None:
        """Nothing is kept there either."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is nobody to click."""


def make() -> Shell:
    """Shell of this process; made before matplotlib's backend is imported, which looks for it."""
    # Nobody will scroll back, and its thread writes a database.
    config = Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}})
    kernel = SimpleNamespace(eventloop=None)
    shell = Shell.instance(kernel=kernel, compiler_class=XCachingCompiler, config=config)
    wire = Wire(key=b"")
    shell.displayhook.session = shell.display_pub.session = wire

    class Comm(BaseComm):
        def publish_msg(self, msg_type: str, data: Any = None, *_: Any, **__: Any) -> None:
            wire.send(None, msg_type, {"comm_id": self.comm_id, "data": data or {}})

    comm.create_comm = Comm
    return shell


def run_cells(
    say: Callable[..., object], cells: list[NotebookNode], folder: str = ""
) -> tuple[dict[str, Any], dict[int, list[NotebookNode]]]:
    """Metadata of a notebook whose cells this process has run, and outputs by number of the cell.

    Says `begin` and the number of each cell, then `end`, number, count, outputs, and whether all
    went well; after a cell that did not, it stops. Later cells may still update those outputs.
    """
    if folder:
        os.chdir(folder)
    sys.path.insert(0, "")
    builtins.input = _refuse_input
    shell, wire = Shell.instance(), Shell.instance().display_pub.session
    wire.begin()
    outputs: dict[int, list[NotebookNode]] = {}
    asyncio.run(_run(shell, wire, cells, say, outputs))
    metadata: dict[str, Any] = {"language_info": LANGUAGE}
    states = {
        name: {key: state.get(f"_{key}") for key in _MODEL} | {"state": state}
        for name, state in wire.widgets.items()
        if "_model_name" in state
    }
    if states:
        saved = {"state": states, "version_major": 2, "version_minor": 0}
        metadata["widgets"] = {WIDGETS: saved}
    return metadata, outputs


_MODEL = ("model_name", "model_module", "model_module_version")


async def _run(
    shell: Shell,
    wire: Wire,
    cells: list[NotebookNode],
    say: Callable[..., object],
    outputs: dict[int, list[NotebookNode]],
) -> None:
    for index, cell in enumerate(cells):
        tags = cell.metadata.get("tags", [])
        say("begin", index)
        if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
            say("end", index, None, None, True)
            continue
        count = shell.execution_count
        is_good = await _run_cell(shell, cell.source) or "raises-exception" in tags
        outputs[index] = wire.end()
        say("end", index, count, outputs[index], is_good)
        if not is_good or shell.exit_now:
            break


async def _run_cell(shell: Shell, source: str) -> bool:
    """Whether a cell went well, run as ipykernel does: in the loop if it awaits something."""
    try:
        transformed, fault = shell.transform_cell(source), None
    except Exception:
        transformed, fault = source, sys.exc_info()
    told = {"transformed_cell": transformed, "preprocessing_exc_tuple": fault}
    if not shell.should_run_async(source, **told):
        result = shell.run_cell(source, store_history=True)
    else:
        result = None
        try:
            result = await shell.run_cell_async(source, store_history=True, **told)
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
    return bool(result.success) and not getattr(shell, "_last_traceback_during_displayhook", False)


def _refuse_input(prompt: str = "") -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )
