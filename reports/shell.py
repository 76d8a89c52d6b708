"""IPython's shell as Jupyter's kernel has it, without the kernel: its messages become outputs.

Only a fork server and its forks import it. Widgets are shown, but their state is not kept.
"""

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

from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from IPython.core.error import StdinNotImplementedError
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session
from nbformat import NotebookNode, from_dict
from traitlets.config import Config

# What a carriage return or a backspace takes away, as nbclient has it.
_OVERWRITTEN = re.compile(r".*\r(?=[^\n])|[^\n]\x08")


class Wire(Session):
    """A kernel's session, as far as its shell can tell: what is sent becomes outputs of a cell."""

    def begin(self) -> None:
        """Take what is written from now on, by this process and by those it starts."""
        self.outputs: list[NotebookNode] = []
        self.shown: dict[str, list[NotebookNode]] = {}
        self.clears = False
        self.read = {"stdout": 0, "stderr": 0}
        for descriptor, name in enumerate(self.read, 1):
            os.dup2(os.memfd_create(name), descriptor)
            raw: Any = io.FileIO(descriptor, "w", closefd=False)
            setattr(sys, name, io.TextIOWrapper(raw, encoding="UTF-8", write_through=True))

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> None:
        """Make an output of a message, or do what it says."""
        kind = msg_or_type
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
        content = json.loads(json.dumps(content, default=json_default))
        self.drain()
        if kind == "clear_output":
            self.clears = True
            if not content["wait"]:
                self._clear()
            return
        name = (content.pop("transient", None) or {}).get("display_id", "")
        for output in self.shown.get(name, []):
            output.update(from_dict(content))
        if kind != "update_display_data":
            output = self._add(kind, content)
            if name:
                self.shown.setdefault(name, []).append(output)

    def drain(self) -> None:
        """Add what was written to the outputs."""
        for descriptor, name in enumerate(self.read, 1):
            size = os.fstat(descriptor).st_size - self.read[name]
            if size > 0:
                raw = os.pread(descriptor, size, self.read[name])
                self.read[name] += len(raw)
                text, before = raw.decode(errors="replace"), ""
                while text != before:
                    before, text = text, _OVERWRITTEN.sub("", text)
                self._add("stream", {"name": name, "text": text})

    def end(self) -> list[NotebookNode]:
        """Outputs of the cell that has ended; the next one begins."""
        self.drain()
        outputs, self.outputs, self.clears = self.outputs, [], False
        return outputs

    def _add(self, kind: str, content: dict[str, Any]) -> NotebookNode:
        if self.clears:
            self._clear()
        self.outputs.append(from_dict({"output_type": kind, **content}))
        return self.outputs[-1]

    def _clear(self) -> None:
        self.outputs.clear()
        self.clears = False


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """The kernel's shell with our wire in place of its sockets; it keeps nothing on disk.

    pandas and others know a notebook by this name, and format for it.
    """

    def init_profile_dir(self, profile_dir: Any) -> None:
        """No start-up file of a user may reach a report."""

    def init_ipython_dir(self, ipython_dir: Any) -> None:
        """Nothing is kept there either."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is nobody to click."""


def make() -> Any:
    """Shell of this process; libraries that are imported later find it."""
    # Nobody will scroll back, and its thread writes a database.
    config = Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}})
    kernel = SimpleNamespace(eventloop=None)
    shell: Any = ZMQInteractiveShell.instance(
        kernel=kernel, compiler_class=XCachingCompiler, config=config
    )
    shell.displayhook.session = shell.display_pub.session = Wire(key=b"")
    return shell


def run_cells(
    say: Callable[..., object], cells: list[NotebookNode], folder: str = ""
) -> tuple[dict[str, Any], dict[int, list[NotebookNode]]]:
    """Metadata of a notebook whose cells this process has run, and outputs by number of the cell.

    Says `begin` and the number of each cell, then `end`, its number, count and outputs, and
    whether all went well; after a cell that did not, it stops. Later cells may still update
    those outputs.
    """
    if folder:
        os.chdir(folder)
    sys.path.insert(0, "")
    builtins.input = _refuse_input  # type: ignore[assignment]
    return {"language_info": IPythonKernel.language_info}, asyncio.run(_run(say, cells))


async def _run(say: Callable[..., object], cells: list[NotebookNode]) -> dict[int, Any]:
    shell: Any = ZMQInteractiveShell.instance()
    wire, outputs = shell.display_pub.session, {}
    wire.begin()
    for index, cell in enumerate(cells):
        tags = cell.metadata.get("tags", [])
        say("begin", index, {})
        if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
            say("end", index, {})
            continue
        count = shell.execution_count
        is_good = await _run_cell(shell, cell.source) or "raises-exception" in tags
        outputs[index] = wire.end()
        say("end", index, {"execution_count": count, "outputs": outputs[index]}, is_good)
        if not is_good or shell.exit_now:
            break
    return outputs


async def _run_cell(shell: Any, source: str) -> bool:
    """Whether a cell went well, run as ipykernel does: in the loop if it awaits something."""
    try:
        transformed, fault = shell.transform_cell(source), None
    except Exception:
        transformed, fault = source, sys.exc_info()
    told = {"transformed_cell": transformed, "preprocessing_exc_tuple": fault}
    if shell.should_run_async(source, **told):
        result = await shell.run_cell_async(source, store_history=True, **told)
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
    else:
        result = shell.run_cell(source, store_history=True)
    return result.success and not getattr(shell, "_last_traceback_during_displayhook", False)


def _refuse_input(prompt: str = "") -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )
