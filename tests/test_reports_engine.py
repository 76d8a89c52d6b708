"""Forks in place of kernels: the same outputs as papermill's own, nothing shared, nothing left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from reports import engine

pytestmark = pytest.mark.slow
linux = pytest.mark.skipif(not engine.can_fork(), reason="runs are forks on Linux only")
# Every way a cell can say something.
CELLS = [
    "x: int = 1",
    "import sys, os, warnings, subprocess\nprint('a'); print('b', file=sys.stderr); print('c')\nx",
    "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = (2, 1)\nplt.plot([1, 2])",
    "fig, ax = plt.subplots(2)\nfig",
    "plt.bar([1], [2]); plt.show()\nprint('after the figure')\nplt.figure();",
    "from matplotlib.figure import Figure\nFigure(figsize=(1, 1))",
    "import matplotlib; matplotlib.get_backend(), matplotlib.is_interactive()",
    "%matplotlib inline\n%config InlineBackend.figure_formats = ['svg', 'png']\nimport io",
    "import pandas as pd\npd.DataFrame({f'column {i}': ['words and words', 2] for i in range(12)})",
    "from IPython.display import display, clear_output, HTML, Markdown, Image, update_display",
    "h = display('first', display_id='one'); display('other'); clear_output(wait=True)\n"
    "display(HTML('<b>x</b>'), metadata={'text/html': {'isolated': True}})",
    "h = display('first', display_id='two')\nh.update('second')",
    "update_display('from another cell', display_id='two'); display('fourth', display_id='two')",
    "print('gone'); clear_output(); print('stays'); clear_output(wait=True)",
    "display({'application/x+json': {'a': (1, 2)}, 'text/plain': 'a'}, raw=True)",
    "!echo from the shell", "%%time\n1", "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "task = asyncio.create_task(asyncio.sleep(0, 'in the background'))", "await task",
    "try:\n    asyncio.run(asyncio.sleep(0))\nexcept RuntimeError as error:\n    print(error)",
    "print('1\\r2'); print('over\\b\\bwritten'); print('\\x1b[31mred\\x1b[0m')",
    "__name__, '' in sys.path, os.getcwd(), In[2][:6], _, get_ipython().__class__.__name__",
    "warnings.warn('careful')\nsys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable()",
    "subprocess.run(['echo', 'past Python'])\n1",
    "if os.fork() == 0:\n    print('from a fork'); os._exit(0)\nos.wait()[1]",
    "%%capture caught\nprint('caught'); display('this too')", "caught.stdout, caught.outputs",
    "import networkx, scipy\nsorted(networkx.karate_club_graph().degree)[:3]",
    "import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider.value = 4\nslider", "?len",
    "try:\n    input('name? ')\nexcept Exception as error:\n    print(type(error), error)",
    "print(1, file=sys.stderr, end=''); sys.stdout.write('2\\n')", "Ellipsis;",
    "class Shown:\n    def _repr_html_(self): return '<i>shown</i>'\nShown()",
    "class Unshown:\n    def _repr_html_(self): raise ValueError('in repr')\n'before'",
    "get_ipython().run_cell('1 / 0'); 'an error of an inner cell'",
    "def outer():\n    inner()\ndef inner():\n    raise KeyError('deep') from ValueError('why')",
    "1 +", "del x\nouter()",
]  # fmt: skip


def notebook(*sources: str, allow: tuple[int, ...] = ()) -> nbformat.NotebookNode:
    cells = [new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    cells[0].metadata["tags"] = ["parameters"]
    for index in allow:
        cells[index].metadata["tags"] = ["raises-exception"]
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    heading = new_markdown_cell("# Who?", id="start")
    return new_notebook(cells=[heading, *cells], metadata={"kernelspec": spec})


def run(node: nbformat.NotebookNode, name: str | None, path: Path) -> nbformat.NotebookNode:
    """Run a notebook, and return it executed whether or not its last cell failed."""
    options = {"progress_bar": False, "record_timing": False, "execution_timeout": 60}
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            node, str(path), {"x": 3}, engine_name=name, cwd=str(path.parent), **options
        )
    return nbformat.read(path, as_version=4)


def said(node: nbformat.NotebookNode) -> list[Any]:
    """Outputs and counts by cell, without what names a clock, a process or a random id."""
    return [
        [cell.source[:40], cell.execution_count, *map(plain, together(cell.outputs))]
        for cell in node.cells
        if cell.cell_type == "code" and "%%time" not in cell.source
    ]


def together(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Outputs with neighbouring pieces of a stream joined: their seams depend on the clock."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        before = [one for one in joined if one.output_type == "stream"]
        if output.output_type == "stream" and joined and joined[-1] in before:
            same = [one for one in joined[-2:] if one.get("name") == output.name]
            if same:
                same[-1].text += output.text
                continue
        joined.append(output)
    for output in joined:
        if output.output_type == "stream":
            output.text = re.sub(
                r".*\r(?=[^\n])", "", re.sub(r"(.\x08|..\x08\x08)", "", output.text)
            )
    return sorted(joined, key=lambda one: one.get("name", "") == "stderr")


def plain(output: nbformat.NotebookNode) -> str:
    view = output.get("data", {}).get("application/vnd.jupyter.widget-view+json")
    if view:
        view["model_id"] = "random"
    if output.get("name") == "stderr":
        # A warning names the file that the cell was compiled from.
        output.text = re.sub(r"^/tmp/ipykernel_.*?:", "", output.text, flags=re.M)
    return re.sub(r"0x[0-9a-f]+|ipykernel_\d+", "", repr(dict(output)))


@linux
def test_a_fork_says_what_papermills_own_kernel_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With it set, ipykernel leaves the file descriptors of its streams alone.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    place = tmp_path / "run" / "out.ipynb"
    allow = (len(CELLS) - 2,)
    theirs = run(notebook(*CELLS, allow=allow), None, place)
    ours = run(notebook(*CELLS, allow=allow), engine.NAME, place)
    assert ours.metadata.language_info == theirs.metadata.language_info
    pairs = zip(said(ours), said(theirs), strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
    errors = [o.ename for c in theirs.cells for o in c.get("outputs", []) if "ename" in o]
    assert errors == ["ZeroDivisionError", "SyntaxError", "KeyError"]
    assert ours.cells[-1].metadata.papermill.status == theirs.cells[-1].metadata.papermill.status


@linux
def test_runs_share_nothing(tmp_path: Path) -> None:
    spoil = (
        "import builtins, numpy as np\nspoilt = hasattr(builtins, 'spoilt')\nbuiltins.spoilt = 1"
    )
    cells = ["x: int = 1", f"{spoil}\nspoilt, np.random.random()"]
    seen = [run(notebook(*cells), engine.NAME, tmp_path / f"{i}.ipynb") for i in range(2)]
    values = [node.cells[-1].outputs[0].data["text/plain"] for node in seen]
    assert all(value.startswith("(False, ") for value in values)
    assert values[0] != values[1], "two runs drew the same random numbers"


@pytest.mark.parametrize("first", ["papermill", "reports.engine"])
def test_papermill_finds_the_engine_whatever_is_imported_first(first: str, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.modules['rfc3987_syntax'] = None; import {first}\n"
        "from papermill.engines import papermill_engines as engines\n"
        "print(engines.get_engine('torkham'))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "reports.engine.ForkEngine" in said.stdout


@linux
def test_papermill_by_hand(tmp_path: Path) -> None:
    nbformat.write(notebook("x: int = 1", "print(x)\nx"), tmp_path / "in.ipynb")
    call = ["--engine", "torkham", "-p", "x", "7", "in.ipynb", "out.ipynb"]
    papermill_ = [sys.executable, "-m", "papermill", *call]
    subprocess.run(papermill_, cwd=tmp_path, check=True, capture_output=True)
    last = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1]
    assert [last.outputs[0].text, last.outputs[1].data["text/plain"]] == ["7\n", "7"]
    assert last.metadata.papermill.status == "completed"


def all_end(pids: list[int]) -> bool:
    gone, alive = psutil.wait_procs(map_alive(pids), timeout=5)
    return not alive


def map_alive(pids: list[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[engine.Server]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    made = engine.Server(["colorsys", "no.such.module", "random:seed", "json:nothing"], tmp_path)
    yield made
    made.close()


@linux
def test_a_server_prepares_once_for_all_its_forks(server: engine.Server, tmp_path: Path) -> None:
    ask = "fork_calls:imported"
    answers = [server.call(ask, "colorsys") for _ in range(2)]
    assert answers == [(True, server.process.pid, 1, str(tmp_path))] * 2
    assert not server.call(ask, "rfc3987_syntax")[0], "the grammar is free again"


@linux
def test_each_way_to_fail_is_told_and_others_go_on(server: engine.Server) -> None:
    heard: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        other = pool.submit(server.call, "fork_calls:have_children")
        with pytest.raises(KeyError, match="x"):
            server.call("fork_calls:fail", "raise", watch=heard.append)
        with pytest.raises(TimeoutError, match="time limit of 0.5 s exceeded"):
            server.call("fork_calls:fail", "hang", limit=0.5, watch=heard.append)
        with pytest.raises(engine.ProcessDied):
            server.call("fork_calls:fail", "die", watch=heard.append)
        assert heard == ["about to fail"] * 3
        assert all_end(other.result())


@linux
@pytest.mark.parametrize("killed", ["fork", "server's owner lets go", "server"])
def test_whatever_is_killed_takes_what_was_started_below_along(
    server: engine.Server, killed: str
) -> None:
    heard: list[list[int]] = []
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(server.call, "fork_calls:stay", watch=heard.append)
        while not heard:
            time.sleep(0.01)
        pids = heard[0]
        if killed == "fork":
            os.kill(pids[0], signal.SIGKILL)
        elif killed == "server":
            server.process.kill()
        else:
            server.close()
        with pytest.raises(engine.ProcessDied):
            call.result(timeout=10)
    # What cells started outlives a server that is killed itself; its forks do not.
    assert all_end(pids if killed != "server" else pids[:1])
    for process in map_alive(pids):
        process.kill()


@linux
def test_an_owner_that_is_killed_takes_all_along(tmp_path: Path) -> None:
    owner = (
        "import sys; from reports import engine\n"
        "server = engine.Server([])\nserver.call('fork_calls:stay', watch=lambda pids: "
        "print(server.process.pid, *pids, flush=True))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", owner], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    process.kill()
    process.wait()
    process.stdout.close()
    assert len(pids) == 5 and all_end(pids)


def test_the_grammar_is_blocked_around_an_import_and_free_again() -> None:
    before = sys.modules.get(engine.GRAMMAR)
    with engine.grammar_blocked(), pytest.raises(ImportError):
        import rfc3987_syntax  # noqa: F401
    assert sys.modules.get(engine.GRAMMAR) is before
