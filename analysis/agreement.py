"""Agreement of states over roll calls: joint positions, coefficients, intervals; arrays alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

# First letter: position of `a`; second: of `b`.
CELLS = ("yy", "ya", "yn", "ay", "aa", "an", "ny", "na", "nn")
SUMMARIES = ("n", "same", "partial", "opposite")
MEASURES = (
    *("lijphart", "agree3", "agree_voeten", "kappa_nominal", "kappa_linear", "kappa_squared"),
    *("pi_nominal", "pi_linear", "pi_squared"),
)
VOTES = {1: "yes", 2: "abstain", 3: "no"}
NEEDED = ("session", "roll_call", "state", "vote")
# Weight of yes against no where a step to or from an abstention weighs 1.
FAR = {"nominal": 1, "linear": 2, "squared": 4}
LEVEL = 0.95


def counts(votes: pd.DataFrame) -> pd.DataFrame:
    """Joint positions of every pair `a < b` of states, session by session.

    `votes` is long: session, roll_call, state, vote (1 yes, 2 abstain, 3 no);
    an absence is a missing row. Gives one row for every two states that voted
    in the session: the nine cells of the joint table (`yn`: `a` yes, `b` no),
    `n`, `same`, `partial` (one abstains), `opposite`, and all thirteen again,
    ending in `_split`, over the roll calls that were not unanimous. `alone` are
    the roll calls on which only one of the two voted. A pair that never voted
    together has a row with `n` = 0.

    Unanimous means that all who voted took one position; an abstention breaks
    it. Where `votes` holds some of the states only, a boolean column `is_split`
    says which roll calls were not unanimous among all.

    Done by products of one-hot matrices, linear in the number of votes: all
    889,841 pairs of 78 sessions of the General Assembly take about a second.

    Raises
    ------
    ValueError
        If a column is missing, a vote is none of 1, 2, 3, a key is blank, or a
        state votes twice on one roll call; names the row.

    Examples
    --------
    >>> votes = pd.DataFrame({
    ...     "session": 78, "roll_call": [1, 1, 2, 2, 3, 3],
    ...     "state": ["PAK", "CHN", "PAK", "CHN", "PAK", "CHN"], "vote": [1, 1, 1, 2, 3, 1],
    ... })
    >>> counts(votes)[["a", "b", "yy", "ay", "yn", "n", "same", "partial", "opposite", "n_split"]]
         a    b  yy  ay  yn  n  same  partial  opposite  n_split
    0  CHN  PAK   1   1   1  3     1        1         1        2
    """
    plain = [*CELLS, *SUMMARIES]
    columns = ["session", "a", "b", *plain, *(f"{name}_split" for name in plain), "alone"]
    parts = []
    for board in _boards(votes):
        rows, cols = np.triu_indices(len(board.states), 1)
        table = _joint(board.votes, rows, cols)
        split = table - _joint(board.votes[~board.is_split], rows, cols)
        cast = np.count_nonzero(board.votes, axis=0)
        alone = cast[rows] + cast[cols] - 2 * table.sum(axis=0)
        numbers = [*table, *_summaries(table), *split, *_summaries(split), alone]
        states = [board.states.take(rows), board.states.take(cols)]
        session = np.repeat(np.array([board.session]), len(rows))
        parts.append(pd.DataFrame(dict(zip(columns, [session, *states, *numbers], strict=True))))
    if not parts:
        return pd.DataFrame(columns=columns).astype(dict.fromkeys(columns[3:], "int64"))
    return pd.concat(parts, ignore_index=True)


def pooled(counts: pd.DataFrame) -> pd.DataFrame:
    """Joint positions of every pair over all the sessions given, one row a pair.

    Only for sessions whose roll calls are of one kind; that is the caller's to know.
    The column session tells the first and the last.
    """
    if counts.empty:
        return counts.copy()
    first, last = counts["session"].min(), counts["session"].max()
    total = counts.drop(columns="session").groupby(["a", "b"], observed=True).sum().reset_index()
    total.insert(0, "session", str(first) if first == last else f"{first}-{last}")
    return total


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


def intervals(
    votes: pd.DataFrame, measure: str, state: str, draws: int = 500, seed: int = 1
) -> pd.DataFrame:
    """Agreement of a state with each other one over all votes: partner, n, value, low, high.

    `votes` as for `counts`; `n` are the roll calls on which both voted. `low`
    and `high` are the 2.5th and 97.5th percentile of the coefficient when roll
    calls are drawn anew with replacement, the same for all partners. NaN where
    the coefficient is undefined; no rows where the state casts no vote.

    It treats roll calls as exchangeable; votes on one subject come in clusters,
    so the true uncertainty is rather larger.

    Raises
    ------
    ValueError
        If the measure is unknown or `draws` is below 1; as `counts`.

    Examples
    --------
    >>> votes = pd.DataFrame({
    ...     "session": 78, "roll_call": [1, 1, 2, 2], "state": ["PAK", "CHN"] * 2,
    ...     "vote": [1, 1, 3, 3],
    ... })
    >>> intervals(votes, "lijphart", "PAK").values.tolist()
    [['CHN', 2, 1.0, 1.0, 1.0]]
    """
    if measure not in MEASURES:
        raise ValueError(f"no measure {measure!r}; expected one of {', '.join(MEASURES)}")
    if draws < 1:
        raise ValueError(f"draws is {draws}; expected 1 or more")
    columns = ["partner", "n", "value", "low", "high"]
    if state not in set(votes["state"]):
        return pd.DataFrame(columns=columns)
    number = votes.groupby(["session", "roll_call"]).ngroup()
    board = _boards(votes.assign(session="all", roll_call=number))[0]
    own = board.votes[:, [list(board.states).index(state)]]
    is_other = board.states != state
    others = board.votes[:, is_other]
    both = (own > 0) & (others > 0)
    cell = np.where(both, 3 * (own - 1) + others - 1, -1)
    hot = np.stack([*(cell == k for k in range(9)), both & board.is_split[:, None]], axis=-1)
    hot = hot.astype(np.float32)
    held = len(hot)
    generator = np.random.default_rng(seed)
    times = generator.multinomial(held, np.full(held, 1 / held), size=draws).astype(np.float32)
    drawn = (times @ hot.reshape(held, -1)).reshape(draws, -1, 10).astype(np.float64)
    value, replicates = (
        _coefficients(np.moveaxis(table, -1, 0), (measure,))[measure]
        for table in (hot.sum(axis=0, dtype=np.float64), drawn)
    )
    bounds = np.full((2, len(value)), np.nan)
    known = ~np.isnan(replicates).all(axis=0)
    tail = (1 - LEVEL) / 2
    bounds[:, known] = np.nanquantile(replicates[:, known], [tail, 1 - tail], axis=0)
    found = [board.states[is_other], both.sum(axis=0), value, *bounds]
    return pd.DataFrame(dict(zip(columns, found, strict=True)))


@dataclass(frozen=True)
class _Board:
    """Votes of one session: a row a roll call, a column a state; 0 where none was cast."""

    session: Any
    states: pd.Index
    votes: np.ndarray
    is_split: np.ndarray


def _boards(votes: pd.DataFrame) -> list[_Board]:
    """Votes of each session as a matrix; states in order, only those that voted in it."""
    _require(votes)
    twice = votes.duplicated(["session", "roll_call", "state"]).to_numpy()
    if twice.any():
        raise ValueError(
            f"{_place(votes, twice)}: this state votes twice on this roll call; "
            "expected one vote of a state on a roll call"
        )
    found = []
    for session, held in votes.groupby("session"):
        row, calls = pd.factorize(held["roll_call"], sort=True)
        column, states = pd.factorize(held["state"], sort=True)
        matrix = np.zeros((len(calls), len(states)), dtype=np.int8)
        matrix[row, column] = held["vote"].to_numpy(dtype=np.int8)
        found.append(_Board(session, pd.Index(states), matrix, _split(held, row, matrix)))
    return found


def _split(votes: pd.DataFrame, row: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Whether each roll call was not unanimous: as told by `is_split`, else by these votes."""
    if "is_split" not in votes.columns:
        least = np.where(matrix == 0, 9, matrix).min(axis=1)
        return np.asarray(least != matrix.max(axis=1))
    told = votes["is_split"].to_numpy(dtype=bool)
    split = np.zeros(len(matrix), dtype=bool)
    split[row] = told
    astray = told != split[row]
    if astray.any():
        raise ValueError(
            f"{_place(votes, astray)}: is_split differs from another row of the same roll call"
        )
    return split


def _joint(votes: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Nine joint counts of the pairs of columns at `rows`, `cols`: shape (9, pairs)."""
    hot = [(votes == code).astype(np.float32) for code in VOTES]
    # Exact, since float32 counts to 2**24.
    return np.array([(one.T @ other)[rows, cols] for one in hot for other in hot], dtype=np.int64)


def _summaries(cells: np.ndarray) -> list[np.ndarray]:
    """How often both voted, alike, half alike, and opposite."""
    same, opposite = cells[[0, 4, 8]].sum(axis=0), cells[[2, 6]].sum(axis=0)
    n = cells.sum(axis=0)
    return [n, same, n - same - opposite, opposite]


def _coefficients(cells: np.ndarray, wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """Coefficients of joint tables of shape (10, ...): the nine cells and `n_split`."""
    yy, ya, yn, ay, aa, an, ny, na, nn, n_split = cells
    same, partial, opposite = yy + aa + nn, ya + ay + an + na, yn + ny
    n = same + partial + opposite
    found: dict[str, np.ndarray] = {"agree3": _ratio(same, n)}
    # Unanimous roll calls add no distance, so one sum serves both.
    for measure, base in (("lijphart", n), ("agree_voeten", n_split)):
        found[measure] = 1 - _ratio(partial / 2 + opposite, base)
    mine = (yy + ya + yn, ay + aa + an, ny + na + nn)
    yours = (yy + ay + ny, ya + aa + na, yn + an + nn)
    both = tuple(one + other for one, other in zip(mine, yours, strict=True))
    for family, row, column, scale in (("kappa", mine, yours, n), ("pi", both, both, 4 * n)):
        near = (row[0] + row[2]) * column[1] + row[1] * (column[0] + column[2])
        far = row[0] * column[2] + row[2] * column[0]
        for name, weight in FAR.items():
            if f"{family}_{name}" in wanted:
                # Whole numbers throughout, so that "no disagreement expected" is exactly 0.
                observed = scale * (partial + weight * opposite)
                found[f"{family}_{name}"] = 1 - _ratio(observed, near + weight * far)
    return found


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _require(votes: pd.DataFrame) -> None:
    missing = [column for column in NEEDED if column not in votes.columns]
    if missing:
        raise ValueError(
            f"votes lack the column {missing[0]!r}; expected {', '.join(NEEDED)}, "
            f"got {', '.join(map(str, votes.columns))}"
        )
    for column in ("session", "roll_call", "state"):
        blank = votes[column].isna().to_numpy()
        if blank.any():
            raise ValueError(f"{_place(votes, blank)}: {column} is blank")
    cast = votes["vote"]
    is_number = pd.api.types.is_numeric_dtype(cast) and not pd.api.types.is_bool_dtype(cast)
    strange = ~cast.isin(list(VOTES)).to_numpy() if is_number else np.ones(len(cast), dtype=bool)
    if strange.any():
        raise ValueError(
            f"{_place(votes, strange)}: expected a vote of 1 (yes), 2 (abstain) or 3 (no); "
            "leave out the rows of the absent and of those who are no members"
        )


def _place(votes: pd.DataFrame, at: np.ndarray) -> str:
    number = int(np.flatnonzero(at)[0])
    row = votes.iloc[[number]][list(NEEDED)].to_dict("records")[0]
    shown = ", ".join(f"{column} {value!r}" for column, value in row.items())
    more = int(at.sum()) - 1
    return f"row {number} of votes ({shown})" + (f" and {more} more" if more else "")
