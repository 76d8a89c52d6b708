"""What is seen of a batch while it runs: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]

from analysis.reports.site import place_of
from analysis.reports.store import Record

BAR = "{n_fmt}/{total_fmt} |{bar:12}| {remaining} left{postfix}"
# Columns that all but the names of the running reports take at most.
BESIDE_NAMES = 37


class Progress:
    """Tells how many of a batch's reports are done and failed, which run, and the time left."""

    def __init__(self, total: int, echo: Callable[[str], None]) -> None:
        self._total, self._echo = total, echo
        self._done = self._failed = 0
        self._begun = time.monotonic()
        self._bar = tqdm(total=total, bar_format=BAR, disable=not sys.stderr.isatty())

    def finished(self, futures: Mapping[Future[Any], str]) -> Iterator[Future[Any]]:
        """Yield each future as it ends; meanwhile say which run, by the names given."""
        left = set(futures)
        while left:
            done, left = wait(left, timeout=0.5, return_when=FIRST_COMPLETED)
            running = [
                name for future, name in futures.items() if future in left and future.running()
            ]
            told = "; ".join(filter(None, [self._failures(), *running]))
            # What finds no room is left out name by name, not cut in the middle.
            room = max(shutil.get_terminal_size().columns - BESIDE_NAMES, 1)
            shown = textwrap.shorten(told, room, placeholder=" …", break_on_hyphens=False)
            self._bar.set_postfix_str(shown)
            yield from done

    def tell(self, record: Record) -> None:
        """Count a report that has ended; on a terminal only failures get a line."""
        self._done += 1
        self._failed += record.status == "failed"
        self._bar.update()
        if record.status == "failed" or self._bar.disable:
            with tqdm.external_write_mode():
                self._echo(line(record) + self._outlook())

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._bar.close()

    def _outlook(self) -> str:
        left = (time.monotonic() - self._begun) / self._done * (self._total - self._done)
        words = [f"{self._done}/{self._total}", self._failures(), f"about {left:.0f} s left"]
        return f"  [{', '.join(filter(None, words))}]"

    def _failures(self) -> str:
        return f"{self._failed} failed" if self._failed else ""


def line(record: Record) -> str:
    """One line on how a report fared.

    >>> line(Record("state_brief/iran", "ok", 2.04, None, ""))
    'ok         state_brief/iran  2.0 s'
    """
    told = f"{record.status:<10} {record.path}"
    if record.seconds is not None:
        told += f"  {record.seconds:.1f} s"
    if record.error is not None:
        told += f"  {place_of(record.error)}: {record.error['type']}: {record.error['message']}"
    return told
