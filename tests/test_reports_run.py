"""The batch on small notebooks: what runs, what fails alone, what stays, and what is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest
from small_project import (
    EVIDENCE,
    FIGURE,
    HEADLINE,
    build,
    describe,
    files_of,
    make_root,
    page_of,
    records_of,
    write_matrix,
    write_notebook,
)

from reports import engine, run, store
from reports.matrix import load_matrix, override
from reports.site import Guide, Page, Section, Surroundings

pytestmark = pytest.mark.slow
HOSTILE = "<script>alert(1)</script> **bold** $(reboot) {x} 'a' \"b\" \\n = é"
WHOLE = (HEADLINE, FIGURE, EVIDENCE)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_root(tmp_path_factory.mktemp("built"))
    write_notebook(root, "network", *WHOLE)
    write_matrix(root, {"network/a": {"as_of": "2021-08-31"}, "network/b": {"teller": HOSTILE}})
    assert build(root) == run.Outcome(ok=2, failed=0, unchanged=0)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """A copy of the built root, to be changed."""
    shutil.copytree(built, tmp_path / "root")
    return tmp_path / "root"


def manifest_of(root: Path, path: str = "network/a") -> dict[str, Any]:
    return dict(json.loads((root / "site" / path / "manifest.json").read_text()))


def test_a_report_is_written_with_its_manifest(built: Path) -> None:
    folder, manifest = built / "site" / "network" / "a", manifest_of(built)
    assert manifest["status"] == "ok" and manifest["listed"] is True
    assert manifest["question"] == "Who brokers?"
    assert manifest["parameters"] == {"as_of": "2021-08-31", "teller": "nobody"}
    assert manifest["headline"] == "As told by nobody on 2021-08-31."
    assert manifest["last_evidence"] == "2025-05-30"
    assert (manifest["claims"], manifest["tables"]) == (["C1", "C2"], ["claims"])
    reads = ["data/notes.txt", "data/snapshots/", "seeds/claims.csv", "seeds/datapackage.json"]
    assert sorted(manifest["reads"]) == reads
    assert {"counting.py", "places.py"} < manifest["hashes"].keys()
    assert manifest["versions"]["python"] == "{}.{}".format(*sys.version_info)
    made = ["figures/ties.png", "figures/ties.svg", "notebook.ipynb", "report.html"]
    assert list(manifest["files"]) == [*made, "tables/ties.csv"]
    assert manifest["files"] == store.file_hashes(folder)
    assert (folder / "figures" / "ties.png").read_bytes() == b"abc"
    text = (folder / "manifest.json").read_text()
    assert text == json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    assert str(built) not in text
    assert not (built / "site" / ".building").exists()


def test_stderr_goes_to_the_log_and_not_to_the_page(built: Path) -> None:
    assert records_of(built)["network/a"]["log"] == "stderr of a cell\n"
    notebook = (built / "site" / "network" / "a" / "notebook.ipynb").read_text()
    assert '"stderr"' not in notebook and '"papermill"' not in notebook
    assert "stderr of a cell\n" not in page_of(built).text


def test_the_index_shows_every_report(built: Path) -> None:
    index = page_of(built, "index.html")
    assert [h.text for h in index(["h1", "h2", "h3"])] == ["Reports", "Who brokers?", "A", "B"]
    addresses = {link["href"] for link in index("a")} | {img["src"] for img in index("img")}
    assert [a for a in addresses - {"#main"} if not (built / "site" / a).exists()] == []


def test_a_hostile_parameter_is_text_in_notebook_page_and_index(built: Path) -> None:
    soup = page_of(built, "network/b/report.html")
    assert soup.header.find(class_="headline").text == f"As told by {HOSTILE} on 2025-06-01."
    assert HOSTILE in [dd.contents[0].strip() for dd in soup("dd")]
    index = page_of(built, "index.html")
    assert [dd.text for dd in index("dd") if not dd.time] == ["31 August 2021", HOSTILE]
    assert not soup("script")
    assert [HOSTILE in script.text for script in index("script")] == [False]


def test_nothing_stale_changes_no_file_and_imports_nothing_heavy(root: Path) -> None:
    before = files_of(root)
    times = {path: path.stat().st_mtime_ns for path in root.glob("site/*/*/*")}
    code = (
        "import sys; from pathlib import Path; from reports import engine, matrix, run\n"
        f"root = Path({str(root)!r})\n"
        "with engine.grammar_blocked():\n    listed = matrix.load_matrix(root)\n"
        "print(run.run(root, listed, listed.reports).unchanged)\n"
        "print([name for name in ('pandas', 'nbformat', 'nbconvert', 'papermill', 'IPython') "
        "if name in sys.modules], sys.modules.get('rfc3987_syntax', 'free'))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["2 unchanged", "2", "[] free"]
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert files_of(root) == before
    assert [record["status"] for record in records_of(root).values()] == ["unchanged"] * 2


def change_tag(root: Path) -> None:
    path = root / "notebooks" / "network.ipynb"
    document = json.loads(path.read_text())
    document["cells"][2]["metadata"]["tags"] = ["aside"]
    path.write_text(json.dumps(document))


def change_manifest(root: Path, **fields: Any) -> None:
    path = root / "site" / "network" / "a" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def change_hashes(root: Path, **hashes: str) -> None:
    change_manifest(root, hashes=manifest_of(root)["hashes"] | hashes)


PAGE = "site/network/a/report.html"
STALE = {
    "notebook changed": lambda root: write_notebook(root, "network", *WHOLE, "print(1)"),
    "notebook changed ": change_tag,
    "parameters changed": lambda root: write_matrix(root, {"network/a": {}}),
    "seeds/claims.csv changed": lambda root: (root / "seeds/claims.csv").write_text(""),
    "seeds/datapackage.json changed": lambda root: describe(root, claims="retold"),
    "data/notes.txt changed": lambda root: (root / "data/notes.txt").unlink(),
    "data/snapshots/ changed": lambda root: (root / "data/snapshots/new").mkdir(),
    "places.py changed": lambda root: (root / "places.py").write_text("ROOT = 1"),
    "library versions changed": lambda root: change_hashes(root, **{"library versions": "other"}),
    "failed last time": lambda root: change_manifest(root, status="failed"),
    "files missing": lambda root: (root / PAGE).unlink(),
    "files changed by hand": lambda root: (root / PAGE).write_text(""),
    "never built": lambda root: shutil.rmtree(root / "site" / "network" / "a"),
    "never built ": lambda root: change_manifest(root, hashes=None),
    "never built  ": lambda root: change_manifest(root, files=["report.html"]),
}


@pytest.mark.parametrize("reason", STALE)
def test_each_change_makes_a_report_stale_and_says_why(root: Path, reason: str) -> None:
    def state() -> str:
        return run.status(root, load_matrix(root))[0][1]

    assert state() == "current"
    STALE[reason](root)
    assert state() == f"stale: {reason.strip()}"


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
    (root / "data" / "new.csv").write_text("a\n")
    (root / "data" / "snapshots" / "old" / "table.csv").write_text("a\n")
    (root / "analysis" / "ledger.py").write_text("x = 2\n")
    (root / "analysis" / "__pycache__").mkdir()
    (root / "analysis" / "__pycache__" / "ledger.pyc").write_bytes(b"compiled")
    assert {state for _, state in run.status(root, load_matrix(root))} == {"current"}


def test_a_file_that_changes_while_it_is_read_makes_the_report_stale(root: Path) -> None:
    change = "import os\nos.utime('../data/notes.txt')"
    write_notebook(root, "network", HEADLINE, change, EVIDENCE)
    assert build(root).ok == 2
    assert run.status(root, load_matrix(root))[0][1] == "stale: data/notes.txt changed"


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every way to fail at once, among them one report that is well."""
    root = make_root(tmp_path_factory.mktemp("troubled"))
    write_notebook(root, "raising", "\n\nvalue = {}\nvalue['share_pct']")
    # PyDLL keeps the lock of the interpreter: the process cannot even be interrupted.
    write_notebook(root, "hanging", "import ctypes\nctypes.PyDLL(None).sleep(100)")
    write_notebook(root, "dying", "import os\nos._exit(9)")
    write_notebook(root, "leaving", "import sys\nsys.exit(0)", HEADLINE)
    write_notebook(root, "silent", "1 + 1", EVIDENCE.replace("display(", "_ = display(", 0))
    write_notebook(root, "sourceless", HEADLINE)
    write_notebook(root, "plotting", HEADLINE, "import matplotlib.pyplot as plt\nplt.plot([1])")
    write_notebook(root, "unreadable", HEADLINE)
    (root / "notebooks" / "unreadable.ipynb").write_text("{")
    write_notebook(root, "misdescribed", HEADLINE, EVIDENCE)
    schemas = json.loads((root / "notebooks" / "parameters.json").read_text())
    schemas["misdescribed"] = {"properties": {"as_off": {"type": "string"}}}
    (root / "notebooks" / "parameters.json").write_text(json.dumps(schemas))
    # One child stays in the group of its parent, one has left it and its session.
    write_notebook(root, "good", HEADLINE, EVIDENCE, CHILDREN)
    write_matrix(root, {f"{name}/x": {} for name in [*FAILURES, "good"]}, limit=3)
    outcome = build(root, jobs=4)
    assert (outcome.ok, outcome.failed, outcome.exit_code) == (1, len(FAILURES), 1)
    return root


CHILDREN = """
import os, subprocess
pids = [subprocess.Popen(["sleep", "600"], start_new_session=apart).pid for apart in (False, True)]
if os.fork() == 0:
    subprocess.Popen(["sleep", "600"])
    os._exit(0)
open("../children", "w").write(str([os.getpid(), *pids]))
"""
FAILURES = {
    "raising": (2, "value = {}", "KeyError", "'share_pct'"),
    "hanging": (2, "import ctypes", "TimeoutError", "time limit of 3 s exceeded"),
    "dying": (2, "import os", "ProcessDied", "its process ended"),
    "leaving": (2, "import sys", "SystemExit", "the cell ended the notebook before its last cell"),
    "silent": ("render", "", "RenderError", "0 headlines; expected exactly one"),
    "sourceless": ("render", "", "RenderError", "no evidence; expected a last cell"),
    "plotting": ("render", "", "RenderError", "cell 3: <img: a picture without words; show it"),
    "unreadable": (None, "", "MatrixError", "notebooks/unreadable.ipynb, or what"),
    "misdescribed": (None, "", "MatrixError", "parameter 'as_off' of notebooks/parameters.json"),
}


@pytest.mark.parametrize("notebook", FAILURES)
def test_a_failure_is_told_plainly_and_is_its_own(troubled: Path, notebook: str) -> None:
    record, manifest = records_of(troubled)[f"{notebook}/x"], manifest_of(troubled, f"{notebook}/x")
    assert (record["status"], manifest["status"]) == ("failed", "failed")
    assert record["error"] == manifest["error"]
    cell, source, kind, message = FAILURES[notebook]
    error = record["error"]
    assert (error["cell"], error["source"], error["type"]) == (cell, source, kind)
    assert message in error["message"]
    assert [path.name for path in (troubled / "site" / notebook / "x").iterdir()] == [
        "manifest.json"
    ]
    told = [card.text for card in page_of(troubled, "index.html")(class_="failed")]
    assert any(f"{kind}: {error['message']}" in card for card in told)


def test_the_good_one_among_them_is_built_and_its_children_are_gone(troubled: Path) -> None:
    assert records_of(troubled)["good/x"]["status"] == "ok"
    assert page_of(troubled, "good/x/report.html").h1.text == "Who brokers?"
    children = json.loads((troubled / "children").read_text())
    assert not any(map(psutil.pid_exists, children))


def test_the_last_good_version_stays_and_the_index_says_so(root: Path) -> None:
    before = {name: text for name, text in files_of(root).items() if "manifest" not in name}
    write_notebook(root, "network", HEADLINE, "if as_of == '2021-08-31': 1 / 0")
    write_matrix(root, {"network/a": {"as_of": "2021-08-31"}})
    assert build(root).exit_code == 1
    assert manifest_of(root)["error"]["type"] == "ZeroDivisionError"
    assert manifest_of(root)["last_good"]["headline"] == "As told by nobody on 2021-08-31."
    after = files_of(root)
    assert all(after[name] == before[name] for name in before if name.startswith("network/a/"))
    assert "network/b/report.html" not in after, "b is listed no more"
    index = page_of(root, "index.html")
    assert "Failed in cell 3: ZeroDivisionError: division by zero" in index.article.text
    assert "last good version" in index.article.text
    assert index.h3.a["href"] == "network/a/report.html"


def test_an_override_runs_once_under_its_own_name(root: Path) -> None:
    before, matrix = files_of(root), load_matrix(root)
    changes = ["as_of=2026-03-01", "teller=PAK"]
    own = [override(matrix, report, changes) for report in matrix.reports]
    assert build(root, *own) == run.Outcome(ok=1, failed=0, unchanged=2)
    path = "network/a+as_of=2026-03-01+teller=PAK/report.html"
    headline = page_of(root, path).header.find(class_="headline")
    assert headline.text == "As told by PAK on 2026-03-01."
    index = page_of(root, "index.html")
    assert [h2.text for h2 in index("h2")] == ["Who brokers?", "Runs with changed parameters"]
    assert index("article")[-1].h3.a["href"] == path
    after = files_of(root)
    assert all(after[name] == before[name] for name in before if name != "index.html")
    assert build(root, *own) == run.Outcome(ok=0, failed=0, unchanged=3)


ELSEWHERE = """
import sys
from pathlib import Path
from reports import matrix, run
listed = matrix.load_matrix(Path(sys.argv[1]))
sys.exit(run.run(Path(sys.argv[1]), listed, listed.reports, run.Settings(jobs=1)).exit_code)
"""


def test_equal_inputs_give_equal_bytes_elsewhere(built: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another clone"
    shutil.copytree(built, elsewhere, ignore=shutil.ignore_patterns("site"))
    # Neither this machine's kernel specs nor its user's start-up files may matter.
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    startup = tmp_path / "ipython" / "profile_default" / "startup" / "spoil.py"
    for path in (spec, startup):
        path.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    startup.write_text("import html\nhtml.escape = lambda text: 'spoiled'\n")
    environment = os.environ | {
        "TZ": "Asia/Kabul",
        "PYTHONHASHSEED": "7",
        "JUPYTER_PATH": str(tmp_path / "jupyter"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    command = [sys.executable, "-c", ELSEWHERE, str(elsewhere)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("ok         network/") == 2
    assert files_of(elsewhere) == files_of(built)


def test_pages_beside_the_reports_are_made_only_when_what_they_are_made_from_changed(
    root: Path,
) -> None:
    asked: list[str] = []

    def surroundings() -> Surroundings:
        asked.append("asked")
        section = Section("s", "Words")
        pages = {
            "method.html": Page("Method", (root / "data" / "notes.txt").read_text(), (section,))
        }
        guide = Guide(names={"PAK": "Pakistan"}, paths=frozenset(pages))
        return Surroundings(guide, pages, ("counting",), ("data/notes.txt",))

    (root / "site" / run.RECORD).unlink()
    build(root, surroundings=surroundings)
    assert page_of(root, "method.html").find(class_="headline").text == "a note"
    changed = override(load_matrix(root), load_matrix(root).reports[0], ["teller=PAK"])
    assert build(root, changed, surroundings=surroundings).ok == 1
    assert len(asked) == 1, "one changed report makes no page anew"
    (root / "site" / "method.html").unlink()
    assert build(root, surroundings=surroundings).unchanged == 2
    assert len(asked) == 2 and page_of(root, "method.html").h1.text == "Method"
    (root / "data" / "notes.txt").write_text("another note")
    assert build(root, surroundings=surroundings).ok == 2
    assert page_of(root, "method.html").find(class_="headline").text == "another note"


def test_a_trial_leaves_nothing_on_disk_and_any_thread_may_ask(root: Path) -> None:
    before, seen = files_of(root), list[Any]()
    trials: dict[str, run.Made] = {}

    def ask(teller: str) -> None:
        watch = seen.append if teller == "A" else lambda *words: None
        trials[teller] = run.trial(
            root, "network", {"teller": teller}, 60, lambda *words: watch(words)
        )

    threads = [threading.Thread(target=ask, args=[name]) for name in "AB"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in "AB":
        headline = trials[name].notebook.cells[3].outputs[0].data
        told = headline["application/vnd.torkham.headline+json"]["text"]
        assert told == f"As told by {name} on 2025-06-01." and trials[name].error is None
    assert seen[:2] == [(1, 'as_of: str = "2025-06-01"  # a day'), (2, "import html")]
    write_notebook(root, "network", "1 / 0")
    failed = run.trial(root, "network", {}, 60)
    assert failed.notebook is None and failed.error is not None
    assert (failed.error["cell"], failed.error["type"]) == (2, "ZeroDivisionError")
    assert files_of(root) == before


def test_where_nothing_can_be_forked_kernels_serve(
    tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_root(tmp_path / "root")
    write_notebook(root, "network", *WHOLE)
    write_notebook(root, "failing", "1 / 0")
    write_matrix(root, {"network/a": {"as_of": "2021-08-31"}, "failing/x": {}})
    monkeypatch.setattr(engine, "can_fork", lambda: False)
    # The workers are new interpreters that must not fork either.
    (tmp_path / "sitecustomize.py").write_text("import os\ndel os.pidfd_open\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{root}")
    said: list[str] = []
    assert build(root, echo=said.append) == run.Outcome(ok=1, failed=1, unchanged=0)
    assert said[0].startswith("no forks on this system")
    assert records_of(root)["failing/x"]["error"]["type"] == "ZeroDivisionError"
    ours, theirs = files_of(built), files_of(root)
    assert ours["network/a/report.html"] == theirs["network/a/report.html"]
