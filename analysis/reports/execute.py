"""One notebook, read and run: papermill in this process, a kernel of its own for each run."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill  # type: ignore[import-untyped, unused-ignore]
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines  # type: ignore[import-untyped, unused-ignore]
from traitlets import Unicode
from traitlets.config import Config

from analysis.reports import engine
from analysis.reports.reads import LOG, read_files
from analysis.reports.scratch import end_kernels
from analysis.reports.warm import die_with_parent

INJECTED = "injected-parameters"
# Also where the entry point is missing, as in a checkout that was never installed.
papermill_engines.register(engine.NAME, engine.ForkEngine)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Job:
    """What a worker needs to run a notebook. `scratch` is a short path: sockets lie below it."""

    root: Path
    notebook: str
    parameters: dict[str, Any]
    time_limit_seconds: int
    scratch: Path


@dataclass(frozen=True)
class Result:
    """The executed notebook, or the error that ended it; what was written to stderr, what was read.

    `read` holds files and folders of the project's data, relative to it.
    `error` holds the number of the code cell in the author's notebook (counted
    from 1; None when no cell had begun), its first line, the exception's type
    and its message.
    """

    notebook: NotebookNode | None
    error: dict[str, Any] | None
    log: str
    read: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """`ok` or `failed`."""
        return "failed" if self.error else "ok"


def read_notebook(path: Path) -> NotebookNode:
    """Notebook of a file, with ids that depend on the file alone.

    nbformat and papermill give a cell without an id a random one, and no two
    runs would write the same bytes.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    for position, cell in enumerate(document["cells"]):
        cell.setdefault("id", f"cell-{position}")
    document["nbformat_minor"] = max(5, document["nbformat_minor"])
    return nbformat.reads(json.dumps(document), as_version=4)  # type: ignore[no-any-return, no-untyped-call]


def question_of(notebook: NotebookNode) -> str:
    """Heading that the first Markdown cell begins with; empty without one."""
    source = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    heading = re.match(r"\s*#[ \t]+(.+)", source)
    return heading[1].strip() if heading else ""


def defaults_of(notebook: NotebookNode) -> dict[str, Any]:
    """Plain values that the parameters cell sets, by name, as papermill reads it.

    Raises
    ------
    ValueError
        For a default that is an expression and not a plain value.
    """
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook.metadata.setdefault("kernelspec", spec)
    defaults = {}
    for name, parameter in papermill.inspect_notebook(notebook).items():
        try:
            defaults[name] = ast.literal_eval(parameter["default"])
        except (ValueError, SyntaxError):
            raise ValueError(f"{name} = {parameter['default']} is not a plain value") from None
    return defaults


def execute(job: Job, watch: Callable[[int, str], None] | None = None) -> Result:
    """Run a notebook from top to bottom in a kernel of its own; never raise.

    The time limit holds for each cell. The kernel and whatever a cell left
    running are gone when this returns. `watch` is told of each code cell as it
    begins: its number in the author's file, counted from 1, and its first line.
    """
    folder = Path(tempfile.mkdtemp(dir=job.scratch))
    # At the current cell: its number in the author's file, and its first line.
    place: tuple[int | None, str] = (None, "")
    code_cells = 0
    log: list[str] = []

    def begin(cell: NotebookNode, cell_index: int) -> None:
        nonlocal place, code_cells
        if cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", []):
            code_cells += 1
            place = code_cells, cell.source.strip().partition("\n")[0]
            if watch:
                watch(*place)

    def collect(cell: NotebookNode, cell_index: int, execute_reply: object) -> None:
        log.extend(output.text for output in cell.outputs if output.get("name") == "stderr")

    def failed(kind: str, message: str) -> Result:
        error = {"cell": place[0], "source": place[1], "type": kind, "message": message}
        if (folder / "kernel.log").exists():
            log.append((folder / "kernel.log").read_text(errors="replace"))
        return Result(None, error, _plain("".join(log)))

    try:
        notebook = papermill.execute_notebook(
            read_notebook(job.root / "notebooks" / f"{job.notebook}.ipynb"),
            None,
            engine_name=engine.NAME,
            project=job.root,
            scratch=folder,
            parameters=job.parameters,
            kernel_name="python3",
            language="python",
            cwd=job.root / "notebooks",
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=job.time_limit_seconds,
            record_timing=False,
            # The pieces that a stream arrives in depend on the clock.
            coalesce_streams=True,
            # nbclient's 4 s are too short on a machine whose every core is busy.
            iopub_timeout=60,
            shutdown_kernel="immediate",
            kernel_manager_class=ReportKernel,
            config=Config(
                {
                    "ReportKernel": {
                        # Kernels on TCP race for ports; socket files in its own folder are its own.
                        "transport": "ipc",
                        "connection_file": str(folder / "kernel.json"),
                        "project": str(job.root),
                    }
                }
            ),
            on_cell_start=begin,
            on_cell_executed=collect,
        )
    except papermill.PapermillExecutionError as error:
        log.append("\n".join(error.traceback))
        return failed(error.ename, _plain(error.evalue))
    except CellTimeoutError as error:
        if "IOPub" in str(error):
            return failed("TimeoutError", "the kernel's output did not arrive")
        return failed("TimeoutError", f"time limit of {job.time_limit_seconds} s exceeded")
    except DeadKernelError:
        return failed("DeadKernelError", "kernel died")
    except Exception as error:
        return failed(type(error).__name__, _plain(str(error)))
    finally:
        end_kernels(folder)
    for cell in notebook.cells:
        # papermill takes sys.exit() for success, though the cells below it did not run.
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return failed(output.ename, "the cell ended the notebook before its last cell")
    read = read_files(job.root, folder / LOG)
    return Result(normalise(notebook), None, _plain("".join(log)), read)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Strip from an executed notebook what differs from one equal run to the next.

    Clocks, random ids and the patch number of Python go, and so does stderr:
    warnings name temporary files and process ids.
    """
    notebook.metadata.pop("papermill", None)
    language = notebook.metadata.get("language_info", {})
    language["version"] = ".".join(language.get("version", "").split(".")[:2])
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if INJECTED in cell.metadata.get("tags", []):
            cell.id = INJECTED
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]  # papermill puts an empty list into every cell
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def _plain(text: str) -> str:
    return _ANSI.sub("", text)


_LAUNCH = """
import sys
from pathlib import Path
del sys.path[0]
from analysis.reports.reads import watch
watch(*map(Path, sys.argv[1:3]))
del sys.argv[1:3]
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


class ReportKernel(AsyncKernelManager):
    """A kernel of this very interpreter, whatever kernel specs are installed on the machine."""

    project = Unicode(config=True)

    @property
    def kernel_spec(self) -> KernelSpec:
        """Command line of the kernel: `sys.executable` with ipykernel, watched from the start."""
        told = [self.project, str(Path(self.connection_file).with_name(LOG))]
        command = [sys.executable, "-c", _LAUNCH, *told, "-f", "{connection_file}"]
        return KernelSpec(**get_kernel_dict() | {"argv": command})

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """Start it in an environment that is the same for everyone, and note its process id."""
        folder = Path(self.connection_file).parent
        environment = dict(os.environ)
        # The kernel chooses the inline backend only where none is set.
        environment.pop("MPLBACKEND", None)
        environment.update(
            # Threads of one kernel would only take the cores of the next.
            OMP_NUM_THREADS="1",
            OPENBLAS_NUM_THREADS="1",
            # A user's start-up files must not reach a report.
            IPYTHONDIR=str(folder / "ipython"),
            # The package that is hashed is the package that is imported.
            PYTHONPATH=os.pathsep.join(filter(None, [self.project, os.environ.get("PYTHONPATH")])),
        )
        # What a kernel that cannot start has to say goes past the notebook.
        with (folder / "kernel.log").open("w") as output:
            await super().start_kernel(
                env=environment, preexec_fn=die_with_parent, stdout=output, stderr=output, **kw
            )
        assert isinstance(self.provisioner, LocalProvisioner)
        (folder / "kernel.pid").write_text(str(self.provisioner.pid))
