"""The batch: which reports are stale, each made in a process of its own, and the site around."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.matrix import Matrix, Report
from reports.site import Surroundings

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Settings:
    """How a batch runs.

    `surroundings` is asked only when tables or modules behind the pages have changed. `prepare`
    names functions, as `package.module:function`, worth calling once and not in every report.
    `scheduler` is the address of a Dask cluster; blank for processes of this machine.
    """

    jobs: int = os.cpu_count() or 1
    fresh: bool = False
    scheduler: str = ""
    prepare: tuple[str, ...] = ()
    surroundings: Callable[[], Surroundings] | None = None
    echo: Callable[[str], object] = print


@dataclass(frozen=True)
class Outcome:
    """How a batch fared. A single failed report makes the exit code 1."""

    ok: int
    failed: int
    unchanged: int

    @property
    def exit_code(self) -> int:
        """Code for the shell."""
        return 1 if self.failed else 0


@dataclass(frozen=True)
class Trial:
    """A run that leaves nothing on disk: the executed notebook, or the error that ended it.

    `error` has the keys `cell` (number of the code cell, from 1; None before the first), `source`
    (its first line), `type` and `message`.
    """

    notebook: NotebookNode | None
    error: dict[str, Any] | None
    log: str


def run(
    root: Path, matrix: Matrix, reports: Iterable[Report], settings: Settings = Settings()
) -> Outcome:
    """Outcome of building the stale reports (with `fresh`, all of them), pages, index, run.json.

    Raises
    ------
    store.StoreError
        When another run is building the same site, it cannot be written, or no scheduler answers.
    """
    raise NotImplementedError


def status(
    root: Path, matrix: Matrix, surroundings: Callable[[], Surroundings] | None = None
) -> list[tuple[Report, str]]:
    """Every listed report, with `current` or `stale: ` and the reasons in words."""
    raise NotImplementedError


def trial(
    root: Path,
    notebook: str,
    parameters: Mapping[str, Any],
    limit_seconds: int,
    watch: Callable[[int, str], object] = lambda number, line: None,
) -> Trial:
    """A notebook run in memory with parameters, in a process of its own; never raises.

    Any thread may call it, several at once. `watch` is told of each code cell as it begins: its
    number in the author's file, counted from 1, and its first line.
    """
    raise NotImplementedError
