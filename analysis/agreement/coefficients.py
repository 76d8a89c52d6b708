"""Coefficients of agreement from joint positions: plain, and corrected for chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.agreement.joint import CELLS

MEASURES = (
    "lijphart", "agree3", "agree_voeten", "kappa_nominal", "kappa_linear", "kappa_squared",
    "pi_nominal", "pi_linear", "pi_squared",
)  # fmt: skip
# Weight of yes against no where a step to or from an abstention weighs 1.
FAR = {"nominal": 1, "linear": 2, "squared": 4}


def measures(counts: pd.DataFrame) -> pd.DataFrame:
    """Joint positions with nine coefficients of agreement, one column each; NaN where undefined.

    With d = 0, 1, 2 for the same, a partial and the opposite position on a roll
    call, over the n on which both voted:

    - `agree3`: share with d = 0;
    - `lijphart`: mean of 1 - d/2, an abstention half-way (Lijphart 1963);
    - `agree_voeten`: the same over roll calls that were not unanimous;
    - `kappa_*`: 1 - Do/De, Do the mean weight observed, De that expected from
      the two states' own margins (Cohen 1960, 1968);
    - `pi_*`: the same with De from their pooled margins (Scott 1955), as Häge
      (2011, *Political Analysis* 19) uses it for foreign policies;
      weights are 0/1 (`nominal`), d (`linear`) or d squared (`squared`).

    Where no disagreement is expected (De = 0) chance leaves nothing to measure:
    NaN, not 0 and not 1.

    Raises
    ------
    ValueError
        If a cell or `n_split` is missing from `counts`, or negative.

    Examples
    --------
    >>> table = dict.fromkeys(CELLS, 0) | {"yy": 6, "ya": 2, "nn": 2, "n_split": 8}
    >>> found = measures(pd.DataFrame([table | {"session": 78, "a": "CHN", "b": "PAK"}]))
    >>> found[["lijphart", "agree_voeten", "kappa_linear"]].round(4).values.tolist()
    [[0.9, 0.875, 0.7368]]
    """
    absent = [column for column in (*CELLS, "n_split") if column not in counts.columns]
    if absent:
        raise ValueError(f"counts lack the column {absent[0]!r}; expected those of counts()")
    cells = np.array([counts[column] for column in (*CELLS, "n_split")], dtype=np.float64)
    bad = ~(cells.min(axis=0) >= 0) | (cells[9] > cells[:9].sum(axis=0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"row {row} of counts: expected counts of 0 or more and n_split of at most their sum, "
            f"got {counts.iloc[row][[*CELLS, 'n_split']].to_dict()}"
        )
    found = _coefficients(cells, MEASURES)
    return counts.assign(**{measure: found[measure] for measure in MEASURES})


def coincidence(counts: pd.DataFrame) -> pd.Series:
    """Lijphart's agreement with every vote of one alone counted as half.

    As the voting coincidence of the United States' reports on voting practices
    for 2022 and 2023; those for 2018 and 2020 leave absences out, which is
    `lijphart`. Not the same as an absence counted as an abstention
    (`absent_as_abstaining`), which makes two of one mind where one abstains
    and the other is absent. NaN where neither ever voted.

    >>> table = {"same": [10], "partial": [6], "alone": [42], "n": [45]}
    >>> float(coincidence(pd.DataFrame(table)).round(3).iloc[0])
    0.391
    """
    shared = counts["same"] + (counts["partial"] + counts["alone"]) / 2
    held = counts["n"] + counts["alone"]
    return (shared / held.where(held > 0)).rename("coincidence")


def coefficient(measure: str, table: np.ndarray) -> np.ndarray:
    """One coefficient for joint tables of shape (..., 10): the nine cells and `n_split`.

    Raises
    ------
    ValueError
        If there is no such measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"no measure {measure!r}; expected one of {', '.join(MEASURES)}")
    return _coefficients(np.moveaxis(table, -1, 0), (measure,))[measure]


def _coefficients(cells: np.ndarray, wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """Coefficients of joint tables of shape (10, ...); what they share is summed once."""
    yy, ya, yn, ay, aa, an, ny, na, nn, n_split = cells
    same, partial, opposite = yy + aa + nn, ya + ay + an + na, yn + ny
    n = same + partial + opposite
    found: dict[str, np.ndarray] = {}
    if "agree3" in wanted:
        found["agree3"] = _ratio(same, n)
    # Unanimous roll calls add no distance, so one sum serves both.
    for measure, base in (("lijphart", n), ("agree_voeten", n_split)):
        if measure in wanted:
            found[measure] = 1 - _ratio(partial / 2 + opposite, base)
    mine = (yy + ya + yn, ay + aa + an, ny + na + nn)
    yours = (yy + ay + ny, ya + aa + na, yn + an + nn)
    both = tuple(one + other for one, other in zip(mine, yours, strict=True))
    margins = {"kappa": (mine, yours, n), "pi": (both, both, 4 * n)}
    for family, (row, column, scale) in margins.items():
        weights = {name: w for name, w in FAR.items() if f"{family}_{name}" in wanted}
        if weights:
            near = (row[0] + row[2]) * column[1] + row[1] * (column[0] + column[2])
            far = row[0] * column[2] + row[2] * column[0]
        for name, weight in weights.items():
            # Whole numbers throughout, so that "no disagreement expected" is exactly 0.
            observed = scale * (partial + weight * opposite)
            found[f"{family}_{name}"] = 1 - _ratio(observed, near + weight * far)
    return found


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
