"""Exploring in JupyterLab: a form for parameters, two runs side by side, claims looked up.

The batch and the rendered reports need none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.explore.comparison import Comparison, compare
from analysis.explore.lists import Listing, actors, claims, data_tables, notebooks
from analysis.explore.runs import ExploreError

if TYPE_CHECKING:
    from analysis.explore.forms import Form

__all__ = [
    "Comparison",
    "ExploreError",
    "Listing",
    "actors",
    "claims",
    "compare",
    "data_tables",
    "form",
    "notebooks",
]


def form(notebook: str) -> Form:
    """Form with every parameter of a notebook, and a button that runs it with them.

    Raises
    ------
    ExploreError
        For a notebook that is not described in notebooks/parameters.json.
    """
    # All else here works where widgets do not, so they are imported only for the form.
    from analysis.explore.forms import Form

    return Form(notebook)
