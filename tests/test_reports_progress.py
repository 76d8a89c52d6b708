"""What a terminal shows of a batch."""

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from analysis.reports.progress import Progress
from analysis.reports.store import Record

pty = pytest.importorskip("pty", reason="no terminals of this kind here")
NAMES = [f"state_brief/2025-06-01-{state}" for state in ("iran", "uzbekistan", "qatar", "oman")]


def all_of(terminal: int) -> str:
    """Everything written to a terminal until nobody has it open."""
    told = b""
    while True:
        try:
            told += os.read(terminal, 4096)
        except OSError:
            return told.decode()


@pytest.mark.parametrize("columns", [20, 80, 110, 200])
def test_a_bar_names_what_runs_as_far_as_there_is_room(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, columns))
    lines: list[str] = []
    with ThreadPoolExecutor(1) as pool, open(theirs, "w") as terminal:
        reading = pool.submit(all_of, ours)
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("COLUMNS", str(columns))
        progress = Progress(len(NAMES), lines.append)
        futures: dict[Future[Any], str] = {Future(): name for name in NAMES}
        for future in futures:
            future.set_running_or_notify_cancel()
        # Ended one after another, as the batch would: while one is told, the others run.
        first, *rest = futures
        first.set_result(None)
        for number, future in enumerate(progress.finished(futures)):
            error = {"type": "KeyError", "message": "x", "cell": 3}
            progress.tell(Record(futures[future], *(("ok", 1.0, None) if number else
                                 ("failed", 1.0, error)), ""))  # fmt: skip
            if rest:
                rest.pop(0).set_result(None)
        progress.close()
        terminal.close()
        shown = reading.result(timeout=10).replace("\n", "\r").split("\r")
    os.close(ours)
    assert len(lines) == 1 and lines[0].startswith("failed     state_brief/2025-06-01-iran")
    assert "[1/4, 1 failed, about" in lines[0]
    assert max(map(len, shown)) <= columns
    assert any("4/4 |" in line for line in shown)
    for line in shown if columns > 20 else []:
        told = line.partition(" left, ")[2].strip()
        assert set(filter(None, told.split("; "))) <= {*NAMES, "1 failed", "…", "1 failed …"}, line
    if columns == 200:
        assert any("1 failed; " in line and NAMES[2] in line and NAMES[3] in line for line in shown)
