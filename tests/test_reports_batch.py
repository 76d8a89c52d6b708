"""The batch, with real kernels: what runs, what fails alone, what stays, and what is the same."""

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pebble import ProcessExpired

from analysis.reports import batch, store
from analysis.reports.inputs import Inputs
from analysis.reports.layout import Guide
from analysis.reports.made import Task
from analysis.reports.matrix import load_matrix, override, select

HOSTILE = "<script>alert(1)</script> **bold** $(reboot) {x} 'a' \"b\" \\n = é"
HEADLINE = """
import html
from IPython.display import display
text = f"As told by {teller} on {as_of}."
said = {"text/html": f"<p>{html.escape(text)}</p>"}
display(said | {"application/vnd.torkham.headline+json": {"text": text}}, raw=True)
"""
EXHIBITS = """
import sys
import counting
sys.audit("torkham.read", f"{counting.ROOT}/seeds/claims.csv")
open("../data/notes.txt").read()
sys.audit("torkham.read", f"{counting.ROOT}/data/snapshots/")
svg = '<svg xmlns="http://www.w3.org/2000/svg"/>'
figure = {"name": "ties", "title": "T", "alt": "A", "source": "S", "table": "a\\n1\\n"}
evidence = {"claims": ["C2", "C1"], "tables": ["claims"], "last_evidence": "2025-05-30"}
shown = {"text/html": '<figure><img alt="A" src="data:,"></figure>', "image/svg+xml": svg}
shown |= {"image/png": "YWJj", "application/vnd.torkham.figure+json": figure}
display(shown, raw=True)
print("stderr of a cell", file=sys.stderr)
said = {"text/html": "<ul></ul>", "application/vnd.torkham.evidence+json": evidence}
display(said, raw=True)
"""
SCHEMA = {
    "type": "object",
    "properties": {
        "as_of": {"type": "string", "format": "date", "description": "last day counted"},
        "teller": {"type": "string", "description": "whose telling"},
    },
}


def write_notebook(root: Path, name: str, *sources: str, question: str = "# Who brokers?") -> None:
    parameters = 'as_of: str = "2025-06-01"  # a day\nteller: str = "nobody"  # an actor'
    cells = [
        new_markdown_cell(f"{question}\nIntroduction.", id="start"),
        new_code_cell(parameters, metadata={"tags": ["parameters"]}, id="parameters"),
        *[new_code_cell(source.strip(), id=f"c{i}") for i, source in enumerate(sources)],
    ]
    path = root / "notebooks" / f"{name}.ipynb"
    write(new_notebook(cells=cells), path)
    schemas = root / "notebooks" / "parameters.json"
    known = json.loads(schemas.read_text()) if schemas.exists() else {}
    schemas.write_text(json.dumps(known | {name: SCHEMA}))


def write_matrix(root: Path, reports: dict[str, dict[str, Any]], limit: int = 60) -> None:
    listed: dict[str, list[dict[str, Any]]] = {}
    for path, parameters in reports.items():
        notebook, name = path.split("/")
        listed.setdefault(notebook, []).append({"name": name, "parameters": parameters})
    document = {"time_limit_seconds": limit, "reports": listed}
    (root / "reports.yml").write_text(json.dumps(document))  # JSON is YAML


def describe(root: Path, **titles: str) -> None:
    """Write a data package whose tables have titles."""
    tables = [
        {"name": name, "path": f"{name}.csv", "title": titles.get(name, "")}
        for name in ("claims", "actors")
    ]
    (root / "seeds" / "datapackage.json").write_text(json.dumps({"resources": tables}))


def make_root(root: Path) -> Path:
    for folder in ("notebooks", "seeds", "data", "analysis"):
        (root / folder).mkdir(parents=True)
    for table in ("claims", "actors"):
        (root / "seeds" / f"{table}.csv").write_text("claim_id\nC1\n")
    describe(root, claims="as told")
    (root / "data" / "notes.txt").write_text("a note")
    (root / "data" / "snapshots" / "old").mkdir(parents=True)
    (root / "analysis" / "ledger.py").write_text("x = 1\n")
    (root / "counting.py").write_text("from places import ROOT\n")
    (root / "places.py").write_text("import os\nROOT = os.path.dirname(os.getcwd())\n")
    return root


def run(root: Path, *more: Any, jobs: int = 2, fresh: bool = False) -> batch.Outcome:
    matrix = load_matrix(root)
    return batch.run(root, [*select(matrix, []), *more], matrix, jobs, fresh, lambda line: None)


def page_of(root: Path, path: str = "network/a") -> BeautifulSoup:
    html = (root / "site" / path / "report.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser")


def records_of(root: Path) -> dict[str, dict[str, Any]]:
    reports: dict[str, dict[str, Any]] = json.loads((root / "site" / "run.json").read_text())
    return reports["reports"]  # type: ignore[return-value]


def files_of(root: Path) -> dict[str, bytes]:
    site = root / "site"
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_root(tmp_path_factory.mktemp("built"))
    write_notebook(root, "network", HEADLINE, EXHIBITS)
    write_matrix(root, {"network/a": {"as_of": "2021-08-31"}, "network/b": {"teller": HOSTILE}})
    assert run(root) == batch.Outcome(ok=2, failed=0, unchanged=0)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """A copy of the built root, to be changed."""
    shutil.copytree(built, tmp_path / "root")
    return tmp_path / "root"


@pytest.mark.slow
def test_a_report_is_written_with_its_manifest(built: Path) -> None:
    folder = built / "site" / "network" / "a"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "ok"
    assert manifest["question"] == "Who brokers?"
    assert manifest["parameters"] == {"as_of": "2021-08-31", "teller": "nobody"}
    assert manifest["headline"] == "As told by nobody on 2021-08-31."
    assert manifest["last_evidence"] == "2025-05-30"
    assert manifest["claims"] == ["C1", "C2"]
    assert manifest["tables"] == ["claims"]
    assert manifest["listed"] is True
    assert sorted(manifest["hashes"]["reads"]) == [
        "data/notes.txt",
        "data/snapshots/",
        "seeds/claims.csv",
    ]
    assert sorted(manifest["hashes"]["modules"]) == ["counting.py", "places.py"]
    assert manifest["versions"]["python"] == "{}.{}".format(*sys.version_info)
    assert list(manifest["files"]) == [
        "figures/ties.png",
        "figures/ties.svg",
        "notebook.ipynb",
        "report.html",
        "tables/ties.csv",
    ]
    assert manifest["files"] == store.file_hashes(folder)
    assert (folder / "figures" / "ties.png").read_bytes() == b"abc"
    text = (folder / "manifest.json").read_text()
    assert text == json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    assert str(built) not in text
    assert not (built / "site" / ".building").exists()


@pytest.mark.slow
def test_stderr_goes_to_the_log_and_not_to_the_page(built: Path) -> None:
    assert records_of(built)["network/a"]["log"] == "stderr of a cell\n"
    notebook = (built / "site" / "network" / "a" / "notebook.ipynb").read_text()
    assert '"stderr"' not in notebook
    assert '"papermill"' not in notebook
    assert "stderr of a cell\n" not in page_of(built).text


@pytest.mark.slow
def test_a_hostile_parameter_is_text_in_kernel_page_and_index(built: Path) -> None:
    soup = page_of(built, "network/b")
    assert soup.header.find(class_="headline").text == f"As told by {HOSTILE} on 2025-06-01."
    assert HOSTILE in [dd.contents[0].strip() for dd in soup("dd")]
    index = BeautifulSoup((built / "site" / "index.html").read_text("utf-8"), "html.parser")
    assert [dd.text for dd in index("dd") if not dd.time] == ["31 August 2021", HOSTILE]
    assert not soup("script")
    assert [HOSTILE in script.text for script in index("script")] == [False]


@pytest.mark.slow
def test_the_index_shows_every_report(built: Path) -> None:
    index = BeautifulSoup((built / "site" / "index.html").read_text("utf-8"), "html.parser")
    assert index.html["lang"] == "en"
    assert len(index("h1")) == 1
    assert [h2.text for h2 in index("h2")] == ["Who brokers?"]
    assert [h3.text for h3 in index("h3")] == ["A", "B"]
    assert index.img["alt"] == "T. A"
    addresses = {link["href"] for link in index("a")} | {img["src"] for img in index("img")}
    assert "network/a/tables/ties.csv" in addresses
    missing = [
        address for address in addresses - {"#main"} if not (built / "site" / address).exists()
    ]
    assert missing == []


@pytest.mark.slow
def test_an_unchanged_report_does_not_run_again(root: Path) -> None:
    before = files_of(root)
    times = {path: path.stat().st_mtime_ns for path in root.glob("site/network/*/*")}
    assert run(root) == batch.Outcome(ok=0, failed=0, unchanged=2)
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert files_of(root) == before
    assert [record["status"] for record in records_of(root).values()] == ["unchanged"] * 2


def change_notebook(root: Path) -> None:
    write_notebook(root, "network", HEADLINE, EXHIBITS, "print(1)")


def change_tag(root: Path) -> None:
    path = root / "notebooks" / "network.ipynb"
    document = json.loads(path.read_text())
    document["cells"][2]["metadata"]["tags"] = ["aside"]
    path.write_text(json.dumps(document))


def change_manifest(root: Path, **fields: Any) -> None:
    path = root / "site" / "network" / "a" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (change_notebook, "notebook changed"),
        (change_tag, "notebook changed"),
        (lambda root: write_matrix(root, {"network/a": {}}), "parameters changed"),
        (lambda root: (root / "seeds/claims.csv").write_text(""), "seeds/claims.csv changed"),
        (lambda root: describe(root, claims="retold"), "seeds/claims.csv changed"),
        (lambda root: (root / "data/notes.txt").unlink(), "data/notes.txt changed"),
        (lambda root: (root / "data/snapshots/new").mkdir(), "data/snapshots/ changed"),
        (lambda root: (root / "places.py").write_text("ROOT = 1"), "places.py changed"),
        (lambda root: change_manifest(root, versions={}), "library versions changed"),
        (lambda root: change_manifest(root, status="failed"), "failed last time"),
        (lambda root: (root / "site/network/a/report.html").unlink(), "files missing"),
        (
            lambda root: (root / "site/network/a/report.html").write_text(""),
            "files changed by hand",
        ),
        (lambda root: shutil.rmtree(root / "site" / "network" / "a"), "never built"),
    ],
)
def test_each_change_makes_a_report_stale_and_says_why(
    root: Path, change: Any, reason: str
) -> None:
    def state() -> str:
        return batch.status(root, load_matrix(root))[0][1]

    assert state() == "current"
    change(root)
    assert state() == f"stale: {reason}"


@pytest.mark.slow
def test_what_a_report_does_not_use_changes_nothing(root: Path) -> None:
    for path in root.rglob("*.*"):
        os.utime(path, (1, 1))
    path = root / "notebooks" / "network.ipynb"
    document = json.loads(path.read_text())
    document["cells"][2]["execution_count"] = 7
    document["metadata"]["widgets"] = {}
    path.write_text(json.dumps(document, indent=4))
    # What this report does not read or import.
    (root / "seeds" / "actors.csv").write_text("")
    describe(root, claims="as told", actors="retold")
    (root / "data" / "new.csv").write_text("a\n")
    (root / "data" / "snapshots" / "old" / "table.csv").write_text("a\n")
    (root / "analysis" / "ledger.py").write_text("x = 2\n")
    (root / "analysis" / "__pycache__").mkdir()
    (root / "analysis" / "__pycache__" / "ledger.pyc").write_bytes(b"compiled")
    assert {state for _, state in batch.status(root, load_matrix(root))} == {"current"}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every way to fail at once, among them one report that is well."""
    root = make_root(tmp_path_factory.mktemp("troubled"))
    write_notebook(root, "raising", "\n\nvalue = {}\nvalue['share_pct']")
    # PyDLL keeps the lock of the interpreter: the kernel cannot even be interrupted.
    write_notebook(root, "hanging", "import ctypes\nctypes.PyDLL(None).sleep(100)")
    write_notebook(root, "dying", "import os\nos._exit(9)")
    note = "open('../kernel', 'w').write(str(os.getpid()))"
    write_notebook(root, "killing", f"import os\n{note}\nos.kill(os.getppid(), 9)\nwhile 1: pass")
    write_notebook(root, "leaving", "import sys\nsys.exit(0)", HEADLINE)
    write_notebook(root, "silent", "1 + 1")
    spawn = (
        "child = subprocess.Popen(['sleep', '600'])\nopen('../child', 'w').write(str(child.pid))"
    )
    # Sockets of its own that lie on TCP; a kernel with a port would race for it.
    ports = (
        "from pathlib import Path\nopen('../ports', 'w').write(str(["
        "line for line in Path('/proc/net/tcp').read_text().splitlines() for fd in "
        "Path('/proc/self/fd').iterdir() if fd.is_socket() and f' {fd.stat().st_ino} ' in line]))"
    )
    write_notebook(root, "good", HEADLINE, f"import subprocess\n{spawn}", ports)
    names = ["killing", "raising", "hanging", "dying", "leaving", "silent", "good"]
    write_matrix(root, {f"{name}/x": {} for name in names}, limit=3)
    outcome = run(root, jobs=4)
    assert (outcome.ok, outcome.failed, outcome.exit_code) == (1, 6, 1)
    return root


@pytest.mark.slow
@pytest.mark.parametrize(
    ("notebook", "cell", "source", "kind", "message"),
    [
        ("raising", 2, "value = {}", "KeyError", "'share_pct'"),
        ("hanging", 2, "import ctypes", "TimeoutError", "time limit of 3 s exceeded"),
        ("dying", 2, "import os", "DeadKernelError", "kernel died"),
        (
            "leaving",
            2,
            "import sys",
            "SystemExit",
            "the cell ended the notebook before its last cell",
        ),
        ("silent", "render", "", "RenderError", "0 headlines; expected exactly one"),
        ("killing", None, "", "ProcessExpired", "worker died (exit code -9)"),
    ],
)
def test_a_failure_is_told_plainly(
    troubled: Path, notebook: str, cell: Any, source: str, kind: str, message: str
) -> None:
    error = {"cell": cell, "source": source, "type": kind, "message": message}
    record = records_of(troubled)[f"{notebook}/x"]
    assert (record["status"], record["error"]) == ("failed", error)
    folder = troubled / "site" / notebook / "x"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["status"], manifest["error"]) == ("failed", error)
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    index = BeautifulSoup((troubled / "site" / "index.html").read_text("utf-8"), "html.parser")
    assert any(f"{kind}: {message}" in told.text for told in index(class_="failed"))


@pytest.mark.slow
def test_the_good_one_among_them_is_built(troubled: Path) -> None:
    assert records_of(troubled)["good/x"]["status"] == "ok"
    assert page_of(troubled, "good/x").h1.text == "Who brokers?"


@pytest.mark.slow
@pytest.mark.parametrize("left", ["kernel", "child"])
def test_neither_kernels_nor_their_children_outlive_the_run(troubled: Path, left: str) -> None:
    process = int((troubled / left).read_text())
    state = Path(f"/proc/{process}/stat")
    # A zombie that nobody has collected is dead all the same.
    assert not state.exists() or state.read_text().split()[2] == "Z"


@pytest.mark.slow
def test_kernels_do_not_race_for_ports(troubled: Path) -> None:
    assert (troubled / "ports").read_text() == "[]"


@pytest.mark.slow
def test_the_last_good_version_stays_and_the_index_says_so(root: Path) -> None:
    before = {name: text for name, text in files_of(root).items() if "manifest" not in name}
    write_notebook(root, "network", HEADLINE, "if as_of == '2021-08-31': 1 / 0")
    write_matrix(root, {"network/a": {"as_of": "2021-08-31"}})
    assert run(root).exit_code == 1
    manifest = json.loads((root / "site" / "network" / "a" / "manifest.json").read_text())
    assert manifest["error"]["type"] == "ZeroDivisionError"
    assert manifest["last_good"]["headline"] == "As told by nobody on 2021-08-31."
    after = files_of(root)
    assert all(after[name] == before[name] for name in before if name.startswith("network/a/"))
    assert "network/b/report.html" not in after, "b is listed no more"
    index = BeautifulSoup(after["index.html"], "html.parser")
    card = index.article.text
    assert "Failed in cell 3: ZeroDivisionError: division by zero" in card
    assert "last good version" in card
    assert index.h3.a["href"] == "network/a/report.html"


@pytest.mark.slow
def test_an_override_runs_once_under_its_own_name(root: Path) -> None:
    before = files_of(root)
    matrix = load_matrix(root)
    changes = ["as_of=2026-03-01", "teller=PAK"]
    own = [override(matrix, report, changes) for report in matrix.reports]
    assert run(root, *own) == batch.Outcome(ok=1, failed=0, unchanged=2)
    path = "network/a+as_of=2026-03-01+teller=PAK"
    assert (
        page_of(root, path).header.find(class_="headline").text == "As told by PAK on 2026-03-01."
    )
    index = BeautifulSoup((root / "site" / "index.html").read_text("utf-8"), "html.parser")
    assert [h2.text for h2 in index("h2")] == ["Who brokers?", "Runs with changed parameters"]
    assert index("article")[-1].h3.a["href"] == f"{path}/report.html"
    listed = [name for name in before if name not in ("index.html", batch.SITE_RECORD)]
    after = files_of(root)
    assert all(after[name] == before[name] for name in listed)
    assert run(root, *own) == batch.Outcome(ok=0, failed=0, unchanged=3)


@pytest.mark.slow
def test_equal_inputs_give_equal_bytes_elsewhere(built: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another clone"
    shutil.copytree(built, elsewhere, ignore=shutil.ignore_patterns("site"))
    (tmp_path / "build.py").write_text(
        "import sys\nfrom pathlib import Path\n"
        "from analysis.reports import batch, matrix\n"
        "if __name__ == '__main__':\n"
        "    root = Path(sys.argv[1])\n"
        "    listed = matrix.load_matrix(root)\n"
        "    outcome = batch.run(root, listed.reports, listed, 1, False, print)\n"
        "    sys.exit(outcome.exit_code)\n"
    )
    # Neither this machine's kernel specs nor its user's start-up files may matter.
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    startup = tmp_path / "ipython" / "profile_default" / "startup" / "spoil.py"
    for path in (spec, startup):
        path.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    startup.write_text("import html\nhtml.escape = lambda text: 'spoiled'\n")
    project = Path(batch.__file__).parents[2]
    environment = os.environ | {
        "TZ": "Asia/Kabul",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(project),
        "JUPYTER_PATH": str(tmp_path / "jupyter"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    command = [sys.executable, str(tmp_path / "build.py"), str(elsewhere)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    assert files_of(elsewhere) == files_of(built)


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (FutureTimeoutError(), "TimeoutError", "the whole report took longer than 66 s"),
        (ProcessExpired("gone", code=-11), "ProcessExpired", "worker died (exit code -11)"),
        (ValueError("not picklable"), "ValueError", "not picklable"),
    ],
)
def test_a_worker_that_gives_no_record_gets_one(
    tmp_path: Path, fault: Exception, kind: str, message: str
) -> None:
    root = make_root(tmp_path)
    write_notebook(root, "network", HEADLINE)
    write_matrix(root, {"network/a": {}}, limit=3)
    matrix = load_matrix(root)
    report = matrix.reports[0]
    made_from = Inputs(root, matrix).origin(report)
    notebook = matrix.notebooks["network"]
    task = Task(root, report, notebook, made_from, Guide(), 3, tmp_path)
    future: Future[store.Record] = Future()
    future.set_exception(fault)
    left = subprocess.Popen(["sleep", "600"], start_new_session=True)
    (tmp_path / "kernel.pid").write_text(str(left.pid))
    record = batch._settle(future, task, 66)
    assert left.wait(timeout=5) == -signal.SIGKILL, "the worker's kernel runs on"
    assert (record.status, record.error["type"], record.error["message"]) == (
        "failed",
        kind,
        message,
    )
    assert store.read_manifest(root / "site" / "network" / "a")["status"] == "failed"
