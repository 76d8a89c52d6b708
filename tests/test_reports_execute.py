"""One run: what it reads from a notebook, and what it leaves behind, which is nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analysis.reports import execute, scratch
from analysis.reports.execute import Job, defaults_of, question_of, read_notebook

CHILD = """
import os, subprocess
child = subprocess.Popen(["sleep", "600"])
open("../pids", "w").write(f"{os.getpid()} {child.pid}")
"""


def make_root(root: Path, *sources: str) -> Path:
    (root / "notebooks").mkdir(parents=True)
    parameters = new_code_cell("window: int = 12", metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell("# Who?"), parameters, *[new_code_cell(text) for text in sources]]
    write(new_notebook(cells=cells), root / "notebooks" / "network.ipynb")
    return root


def is_running(process: int) -> bool:
    try:
        # A zombie that nobody has collected is dead all the same.
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: object, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_a_notebook_without_cell_ids_gets_the_same_ones_each_time(tmp_path: Path) -> None:
    path = make_root(tmp_path) / "notebooks" / "network.ipynb"
    document = json.loads(path.read_text())
    for cell in document["cells"]:
        del cell["id"]
    document["nbformat_minor"] = 4
    path.write_text(json.dumps(document))
    node = read_notebook(path)
    assert [cell.id for cell in node.cells] == ["cell-0", "cell-1"]
    # From an older format papermill would upgrade, and give out random ids.
    assert node.nbformat_minor == 5


def test_question_and_defaults_are_read_from_the_notebook(tmp_path: Path) -> None:
    node = read_notebook(make_root(tmp_path) / "notebooks" / "network.ipynb")
    assert question_of(node) == "Who?"
    assert defaults_of(node) == {"window": 12}
    node.cells[0].source = "Who? # not at the start"
    node.cells[1].source = "window: int = len('x')"
    assert question_of(node) == ""
    with pytest.raises(ValueError, match=r"window = len\('x'\) is not a plain value"):
        defaults_of(node)


@pytest.mark.slow
def test_parameters_reach_the_kernel_which_stands_in_the_notebooks_folder(tmp_path: Path) -> None:
    root = make_root(tmp_path / "root", "import os\nprint(window, os.getcwd())\nwindow")
    (tmp_path / "s").mkdir()
    result = execute.execute(Job(root, "network", {"window": 3}, 30, tmp_path / "s"))
    assert (result.status, result.error, result.log) == ("ok", None, "")
    shown = result.notebook.cells[-1].outputs
    assert shown[0].text == f"3 {root / 'notebooks'}\n"
    assert shown[1].data["text/plain"] == "3"
    assert [cell.id for cell in result.notebook.cells if "injected" in cell.id] == [
        "injected-parameters"
    ]
    assert result.notebook.metadata.language_info.version.count(".") == 1


@pytest.mark.slow
def test_a_kernel_that_dies_takes_its_children_along(tmp_path: Path) -> None:
    root = make_root(tmp_path / "root", CHILD + "os._exit(9)")
    (tmp_path / "s").mkdir()
    result = execute.execute(Job(root, "network", {}, 30, tmp_path / "s"))
    assert result.error["message"] == "kernel died"
    kernel, child = map(int, (root / "pids").read_text().split())
    assert wait_until(lambda: not is_running(child), 2)
    assert not is_running(kernel)


def test_what_a_lost_worker_left_running_is_ended(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    left = subprocess.Popen(["sleep", "600"], start_new_session=True)
    (tmp_path / "run" / "kernel.pid").write_text(str(left.pid))
    scratch.end_kernels(tmp_path)
    assert left.wait(timeout=5) == -signal.SIGKILL
    scratch.end_kernels(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux to end orphans")
def test_a_killed_batch_takes_workers_and_kernels_along(tmp_path: Path) -> None:
    # PyDLL keeps the lock of the interpreter, so that the kernel cannot look for its parent.
    hang = "import os, ctypes\nopen('../pids', 'w').write(f'{os.getppid()} {os.getpid()}')\n"
    root = make_root(tmp_path / "root", hang + "ctypes.PyDLL(None).sleep(100)")
    schema = {"network": {"properties": {"window": {"type": "integer"}}}}
    (root / "notebooks" / "parameters.json").write_text(json.dumps(schema))
    (root / "reports.yml").write_text(
        "time_limit_seconds: 90\nreports:\n  network:\n    - name: a\n"
    )
    (tmp_path / "build.py").write_text(
        "import sys\nfrom pathlib import Path\n"
        "from analysis.reports import batch, matrix\n"
        "if __name__ == '__main__':\n"
        "    root = Path(sys.argv[1])\n"
        "    listed = matrix.load_matrix(root)\n"
        "    batch.run(root, listed.reports, listed, 1, False, print)\n"
    )
    scratch = tempfile.mkdtemp()
    environment = os.environ | {
        "PYTHONPATH": str(Path(execute.__file__).parents[2]),
        "TMPDIR": scratch,
    }
    command = [sys.executable, str(tmp_path / "build.py"), str(root)]
    main = subprocess.Popen(command, env=environment)
    try:
        pids = root / "pids"
        assert wait_until(lambda: pids.exists() and len(pids.read_text().split()) == 2, 30)
    finally:
        main.kill()
        main.wait()
    worker, kernel = map(int, pids.read_text().split())
    assert wait_until(lambda: not is_running(worker), 3)
    assert wait_until(lambda: not is_running(kernel), 3)
    assert wait_until(lambda: not any(Path(scratch).iterdir()), 5), "scratch files are left"
    shutil.rmtree(scratch)
