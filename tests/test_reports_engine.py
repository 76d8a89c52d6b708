"""Forked kernels: the same outputs as papermill's own, and nothing shared that should not be."""

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import papermill
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pebble import ProcessExpired

from analysis.reports import engine, warm
from analysis.reports.pool import Pool

linux = pytest.mark.skipif(not warm.can_fork(), reason="kernels are forked on Linux only")
# Every way a cell can say something.
CELLS = [
    "x: int = 1",
    "import sys, os, warnings, subprocess\nprint('a'); print('b', file=sys.stderr); print('c')\nx",
    "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = (2, 1)\nplt.plot([1, 2])",
    "fig, ax = plt.subplots(2)\nfig",
    "import matplotlib\nmatplotlib.get_backend(), matplotlib.is_interactive()",
    "%matplotlib inline\n%config InlineBackend.figure_formats = ['svg', 'png']\nimport io",
    "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "from IPython.display import display, clear_output, HTML, Markdown, update_display",
    "h = display('first', display_id='one'); display('other'); clear_output(wait=True)\n"
    "display(HTML('<b>x</b>'), metadata={'text/html': {'isolated': True}})",
    "h = display('first', display_id='two')\nh.update('second')",
    "display({'application/x+json': {'a': [1]}, 'text/plain': 'a'}, raw=True)",
    "!echo from the shell",
    "%%time\n1",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "print('1\\r2'); print('over\\b\\bwritten'); print('\\x1b[31mred\\x1b[0m')",
    "__name__, '' in sys.path, os.getcwd(), In[2][:6], _, get_ipython().__class__",
    "warnings.warn('careful')\nsys.stdout.isatty(), sys.stdout.encoding",
    "import networkx, scipy\nsorted(networkx.karate_club_graph().degree)[:3]",
    "import ipywidgets\nipywidgets.IntSlider(3)",
    "?len",
    "try:\n    input('name? ')\nexcept Exception as error:\n    print(type(error))",
    "Ellipsis;",
    "class Shown:\n    def _repr_html_(self): return '<i>shown</i>'\nShown()",
    "del x\nx",
]


def notebook(*sources: str) -> nbformat.NotebookNode:
    cells = [new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    cells[0].metadata["tags"] = ["parameters"]
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    heading = new_markdown_cell("# Who?", id="start")
    return new_notebook(cells=[heading, *cells], metadata={"kernelspec": spec})


def run(node: nbformat.NotebookNode, name: str | None, path: Path) -> nbformat.NotebookNode:
    """Run a notebook, and return it executed whether or not its last cell failed."""
    options = {
        "progress_bar": False,
        "coalesce_streams": True,
        "record_timing": False,
        "execution_timeout": 30,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            node, str(path), {"x": 3}, engine_name=name, cwd=str(path.parent), **options
        )
    return nbformat.read(path, as_version=4)


def said(node: nbformat.NotebookNode) -> list[object]:
    """Outputs and counts by cell, without what names a clock, a process or a random id."""
    shown: list[object] = []
    for cell in node.cells:
        if cell.cell_type == "code" and "%%time" not in cell.source:
            shown.append([cell.source[:30], cell.execution_count, *map(plain, cell.outputs)])
    return shown


def plain(output: nbformat.NotebookNode) -> object:
    view = output.get("data", {}).get("application/vnd.jupyter.widget-view+json")
    if view:
        view["model_id"] = "random"
    if output.get("name") == "stderr":
        # A warning names the file that the cell was compiled from, by process id and hash.
        output.text = "\n".join(line for line in output.text.splitlines() if "/tmp/" not in line)
    return re.sub("0x[0-9a-f]+", "0x", repr(dict(output)))


def models(node: nbformat.NotebookNode) -> list[str]:
    """Kinds of the widgets that an executed notebook saved."""
    saved = node.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    return sorted(state["model_name"] for state in saved.values())


@linux
@pytest.mark.slow
def test_a_forked_kernel_says_what_papermills_own_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With it set, ipykernel leaves the file descriptors of its streams alone.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    place = tmp_path / "run" / "out.ipynb"
    theirs = run(notebook(*CELLS), None, place)
    ours = run(notebook(*CELLS), engine.NAME, place)
    assert ours.metadata.language_info == theirs.metadata.language_info
    pairs = zip(said(ours), said(theirs), strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
    assert theirs.cells[-1].outputs[-1].ename == "NameError"
    widgets = [
        node.metadata.widgets["application/vnd.jupyter.widget-state+json"]
        for node in (ours, theirs)
    ]
    models = [sorted(state["model_name"] for state in w["state"].values()) for w in widgets]
    assert models[0] == models[1]
    plot = next(cell for cell in ours.cells if "plt.plot" in cell.source)
    figures = [output for output in plot.outputs if "image/png" in output.get("data", {})]
    assert len(figures) == 1, "matplotlib's figures are lost when its backend misses the shell"


@linux
@pytest.mark.slow
def test_runs_share_nothing_and_an_ordinary_kernel_serves_other_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil = (
        "import builtins, numpy as np\nspoilt = hasattr(builtins, 'spoilt')\nbuiltins.spoilt = 1"
    )
    seen = [
        run(
            notebook("x: int = 1", f"{spoil}\nspoilt, np.random.random()"),
            engine.NAME,
            tmp_path / f"{i}.ipynb",
        )
        for i in range(2)
    ]
    values = [node.cells[-1].outputs[0].data["text/plain"] for node in seen]
    assert all(value.startswith("(False, ") for value in values)
    assert values[0] != values[1], "two runs drew the same random numbers"
    monkeypatch.setattr(warm, "can_fork", lambda: False)
    node = run(notebook("x: int = 1", "x"), engine.NAME, tmp_path / "ordinary.ipynb")
    assert node.cells[-1].outputs[0].data["text/plain"] == "3"


def test_papermill_finds_the_engine_by_its_name() -> None:
    code = "from papermill.engines import papermill_engines as e; print(e.get_engine('torkham'))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "analysis.reports.engine.ForkEngine" in said.stdout


@linux
def test_a_parent_prepares_once_and_takes_its_children_along(tmp_path: Path) -> None:
    pool = Pool(2, ["colorsys", "no.such.module", "random:seed"], tmp_path)
    warmed = pool.schedule(eval, ["'colorsys' in __import__('sys').modules"], 20)
    parents = [pool.schedule(os.getppid, [], 20).result() for _ in range(2)]
    assert warmed.result() is True and parents[0] == parents[1] != os.getpid()
    with pytest.raises(ZeroDivisionError):
        pool.schedule(eval, ["1 / 0"], 20).result()
    with pytest.raises(TimeoutError):
        pool.schedule(time.sleep, [60], 0.1).result()
    with pytest.raises(ProcessExpired, match="worker died"):
        pool.schedule(os._exit, [9], 20).result()
    left = pool.schedule(time.sleep, [60], 60)
    while not left.running():
        time.sleep(0.01)
    pool.stop()
    with pytest.raises(ProcessExpired):
        left.result(timeout=5)
    pool.join()
    assert not Path(f"/proc/{parents[0]}").exists()


@linux
@pytest.mark.slow
def test_a_real_report_is_the_same_as_with_papermill_alone(tmp_path: Path) -> None:
    source = ROOT / "notebooks" / "state_brief.ipynb"
    made = []
    for name, more in ((None, {}), (engine.NAME, {"project": ROOT})):
        path = tmp_path / f"{name}.ipynb"
        papermill.execute_notebook(
            str(source), str(path), {"state": "IRN"}, engine_name=name, progress_bar=False,
            coalesce_streams=True, kernel_name="python3", cwd=str(source.parent), **more,
        )  # fmt: skip
        node = nbformat.read(path, as_version=4)
        assert any(
            "image/png" in o.get("data", {}) for c in node.cells for o in c.get("outputs", [])
        )
        made.append(without_clocks(node))
    assert made[0] == made[1]


def without_clocks(node: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Executed notebook without times, and without the random id of the cell papermill adds."""
    for place in (node, *node.cells):
        place.metadata.pop("papermill", None)
        place.metadata.pop("execution", None)
    for cell in node.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            del cell["id"]
    return node
