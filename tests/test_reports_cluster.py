"""Reports made on a Dask cluster: all of them come back, whatever becomes of a worker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from small_project import (
    EVIDENCE,
    HEADLINE,
    build,
    make_root,
    records_of,
    write_matrix,
    write_notebook,
)

from reports import run, store

distributed = pytest.importorskip("distributed")
REPORTS = 60
pytestmark = pytest.mark.slow


def make(root: Path) -> Path:
    make_root(root)
    write_notebook(root, "network", HEADLINE, "assert teller != 'liar'", EVIDENCE)
    names = {f"network/r{number:03}": {"teller": f"T{number}"} for number in range(REPORTS - 1)}
    write_matrix(root, names | {"network/failing": {"teller": "liar"}})
    return root


def test_all_reports_come_back_though_a_worker_dies(tmp_path: Path) -> None:
    root, said = make(tmp_path / "root"), list[str]()
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid

        def echo(line: str) -> None:
            said.append(line)
            if len(said) == REPORTS // 4:
                os.kill(victim, signal.SIGKILL)

        address = cluster.scheduler_address
        outcome = build(root, scheduler=address, echo=echo)
    assert outcome == run.Outcome(ok=REPORTS - 1, failed=1, unchanged=0)
    error = records_of(root)["network/failing"]["error"]
    assert (error["cell"], error["type"]) == (3, "AssertionError")
    for number in range(REPORTS - 1):
        manifest = store.read_manifest(root / "site" / "network" / f"r{number:03}")
        assert manifest["status"] == "ok"
        assert manifest["headline"].startswith(f"As told by T{number} on")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "tcp://", "http://127.0.0.1"])
def test_an_address_where_nobody_answers_is_told(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ANSWER_SECONDS", 0.5)
    with pytest.raises(store.StoreError, match=r"no Dask scheduler answers; expected tcp://host"):
        build(make(tmp_path / "root"), scheduler=address)
