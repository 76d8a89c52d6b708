"""Reports made on a Dask cluster: all of them come back, whatever becomes of a worker."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from test_reports_batch import HEADLINE, make_root, records_of, write_matrix, write_notebook

from analysis.reports import batch, store
from analysis.reports.matrix import load_matrix

distributed = pytest.importorskip("distributed")
REPORTS = 200


@pytest.mark.slow
def test_two_hundred_reports_come_back_though_a_worker_dies(tmp_path: Path) -> None:
    root = make_root(tmp_path)
    write_notebook(root, "network", HEADLINE, "assert teller != 'liar'")
    names = {f"network/r{number:03}": {"teller": f"T{number}"} for number in range(REPORTS - 1)}
    write_matrix(root, names | {"network/failing": {"teller": "liar"}})
    matrix = load_matrix(root)
    said: list[str] = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid

        def kill_in_the_middle() -> None:
            while len(said) < REPORTS // 4:
                time.sleep(0.05)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill_in_the_middle)
        killer.start()
        address = cluster.scheduler_address
        outcome = batch.run(root, matrix.reports, matrix, 2, False, said.append, scheduler=address)
        killer.join()
    assert outcome == batch.Outcome(ok=REPORTS - 1, failed=1, unchanged=0)
    assert records_of(root)["network/failing"]["error"]["type"] == "AssertionError"
    for report in matrix.reports[:-1]:
        manifest = store.read_manifest(root / "site" / report.path)
        assert manifest is not None and manifest["status"] == "ok"
        assert manifest["headline"].startswith(f"As told by {report.parameters['teller']} on")
    assert batch.run(root, matrix.reports[:-1], matrix, 1, False, said.append) == batch.Outcome(
        0, 0, REPORTS - 1
    )


def test_an_address_where_nobody_answers_is_told(tmp_path: Path) -> None:
    root = make_root(tmp_path)
    write_notebook(root, "network", HEADLINE)
    write_matrix(root, {"network/a": {}})
    matrix = load_matrix(root)
    with pytest.raises(store.StoreError, match="no Dask scheduler answers"):
        batch.run(root, matrix.reports, matrix, 1, False, print, scheduler="tcp://127.0.0.1:9")
