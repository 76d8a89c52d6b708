"""Two sets of parameters of one notebook, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.explore import panels, runs
from analysis.reports.matrix import Notebook


@dataclass(frozen=True)
class Comparison:
    """Two runs of one notebook: what differs in their parameters, headlines, figures by name."""

    about: Notebook
    left: runs.Run
    right: runs.Run

    @property
    def differing(self) -> dict[str, tuple[Any, Any]]:
        """Parameters whose values differ, with the value of either side."""
        left, right = self.left.parameters, self.right.parameters
        return {name: (left[name], right[name]) for name in left if left[name] != right[name]}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        sides = (self.left, self.right)
        plain = "\n".join(f"{side.parameters}: {side.headline or side.error}" for side in sides)
        return {
            "text/plain": plain,
            "text/html": panels.comparison(self.left, self.right, self.differing, self.about),
        }


def compare(
    notebook: str, left: Mapping[str, Any], right: Mapping[str, Any], root: Path | None = None
) -> Comparison:
    """Two runs of a notebook, one for each set of parameters; the rest keeps its defaults.

    Both run at once, each in a kernel of its own. One that fails is shown with its error.

    Raises
    ------
    ExploreError
        For an unknown notebook or parameters that its schema refuses; nothing is run then.
    """
    _, about = runs.known(notebook, root)
    for parameters in (left, right):
        runs.require(notebook, about, parameters)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda each: runs.run(notebook, each, root), (left, right))
    return Comparison(about, first, second)
