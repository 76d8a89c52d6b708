"""Roll-call agreement between states: joint positions, nine coefficients, intervals.

Votes are a long frame with the columns session, roll_call, state and vote (1 yes,
2 abstain, 3 no), a row a vote cast; an absence is a missing row. Where they are
those of some states only, a boolean column `is_split` says on which roll calls
the whole assembly was of more than one mind. A frame with a column missing, a
blank key, another vote or two votes of a state on one roll call is refused with
a ValueError that names the row. Nothing here knows which assembly, or which states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# First letter: position of `a`; second: of `b`.
CELLS = ("yy", "ya", "yn", "ay", "aa", "an", "ny", "na", "nn")
SUMMARIES = ("n", "same", "partial", "opposite")
MEASURES = (
    *("lijphart", "agree3", "agree_voeten"),
    *("kappa_nominal", "kappa_linear", "kappa_squared"),
    *("pi_nominal", "pi_linear", "pi_squared"),
)
# Weight of yes against no where a step to or from an abstention weighs 1.
FAR = {"nominal": 1, "linear": 2, "squared": 4}
VOTES = (1, 2, 3)
KEY = ["session", "roll_call", "state"]


def counts(votes: pd.DataFrame) -> pd.DataFrame:
    """Joint positions of every two states `a` before `b` that voted in a session, by session.

    A row a pair: the nine cells of the joint table (`yn`: `a` yes, `b` no), `n`,
    `same`, `partial` (one abstains), `opposite`, and all thirteen again, ending
    in `_split`, over the roll calls that were not unanimous. A pair that never
    voted together has `n` = 0. Unanimous means that all who voted took one
    position; an abstention breaks it. To count several sessions as one body,
    give them one name: `votes.assign(session="all")`.

    By products of one-hot matrices: the time grows with the votes, and all
    889,841 pairs in 78 sessions of the General Assembly take a second or less.

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
    board = _board(votes)
    names: list[pd.DataFrame] = []
    tables = [np.empty((26, 0), dtype=np.int32)]
    for session in dict.fromkeys(board.session):
        rows = board.session == session
        here = board.votes[rows].any(axis=0)
        cast, split = board.votes[rows][:, here], board.is_split[rows]
        first, second = np.triu_indices(here.sum(), 1)
        tables.append(np.concatenate([_joint(part, first, second) for part in (cast, cast[split])]))
        a, b = board.states[here][first], board.states[here][second]
        names.append(pd.DataFrame({"session": session, "a": a, "b": b}))
    columns = [f"{name}{split}" for split in ("", "_split") for name in (*CELLS, *SUMMARIES)]
    numbers = pd.DataFrame(np.concatenate(tables, axis=1).T, columns=columns)
    empty = pd.DataFrame(columns=["session", "a", "b"])
    return pd.concat([pd.concat(names or [empty], ignore_index=True), numbers], axis=1)


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
        If a cell or `n_split` is missing from `counts`, negative, or too many.

    Examples
    --------
    >>> table = dict.fromkeys(CELLS, 0) | {"yy": 6, "ya": 2, "nn": 2, "n_split": 8}
    >>> found = measures(pd.DataFrame([table | {"session": 78, "a": "CHN", "b": "PAK"}]))
    >>> found[["lijphart", "agree_voeten", "kappa_linear"]].round(4).values.tolist()
    [[0.9, 0.875, 0.7368]]
    """
    needed = [*CELLS, "n_split"]
    absent = [column for column in needed if column not in counts.columns]
    if absent:
        raise ValueError(f"counts lack the column {absent[0]!r}; expected those of counts()")
    cells = np.array([counts[column] for column in needed], dtype=np.float64)
    bad = ~(cells.min(axis=0) >= 0) | (cells[9] > cells[:9].sum(axis=0))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"row {row} of counts: expected counts of 0 or more and n_split of at most their sum, "
            f"got {counts.iloc[row][needed].to_dict()}"
        )
    return counts.assign(**_coefficients(cells, MEASURES))


def intervals(
    votes: pd.DataFrame, state: str, measure: str, draws: int = 1000, seed: int = 1
) -> pd.DataFrame:
    """Agreement of a state with each other one, with its interval: partner, n, value, low, high.

    All votes given count as one body, whatever their session. Roll calls are
    drawn with replacement, the same for all partners; `low` and `high` are the
    bounds of the middle 95 percent of `draws`. NaN where the coefficient is
    undefined; draws in which it is are left out. No rows where the state casts
    no vote.

    Roll calls are taken to be exchangeable; votes on one subject come in
    clusters, so the true uncertainty is rather larger.

    Raises
    ------
    ValueError
        If there is no such measure, or draws is below 1.

    Examples
    --------
    >>> votes = pd.DataFrame({"session": 1, "roll_call": [1, 1, 2, 2, 3, 3], "state": [*"ABABAB"],
    ...                       "vote": [1, 1, 3, 3, 1, 2]})
    >>> intervals(votes, "A", "lijphart", draws=200).round(2).values.tolist()
    [['B', 3, 0.83, 0.5, 1.0]]
    """
    if measure not in MEASURES:
        raise ValueError(f"no measure {measure!r}; expected one of {', '.join(MEASURES)}")
    if draws < 1:
        raise ValueError(f"draws is {draws}; expected 1 or more")
    board = _board(votes)
    is_other = board.states != state
    mine, theirs = board.votes[:, ~is_other], board.votes[:, is_other]
    if not mine.shape[1]:
        return pd.DataFrame(columns=["partner", "n", "value", "low", "high"])
    both = (mine > 0) & (theirs > 0)
    cell = np.where(both, 3 * (mine - 1) + theirs - 1, -1)
    # Last axis: the nine cells of the joint table, then whether the roll call was split.
    hot = np.stack([*(cell == k for k in range(9)), both & board.is_split[:, None]], axis=2)
    size = len(hot)
    times = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=draws)
    drawn = times.astype(np.float32) @ hot.reshape(size, -1).astype(np.float32)
    tables = np.moveaxis(drawn.reshape(draws, *hot.shape[1:]), 2, 0).astype(np.float64)
    spread = _coefficients(tables, [measure])[measure]
    value = _coefficients(hot.sum(axis=0).T.astype(np.float64), [measure])[measure]
    low, high = np.full((2, len(value)), np.nan)
    known = ~np.isnan(spread).all(axis=0)
    low[known], high[known] = np.nanquantile(spread[:, known], [0.025, 0.975], axis=0)
    partner = board.states[is_other]
    return pd.DataFrame(
        {"partner": partner, "n": both.sum(axis=0), "value": value, "low": low, "high": high}
    )


@dataclass(frozen=True)
class _Board:
    """Votes as a matrix: a row a roll call, a column a state; 0 where none was cast."""

    session: np.ndarray
    states: np.ndarray
    votes: np.ndarray
    is_split: np.ndarray


def _board(votes: pd.DataFrame) -> _Board:
    _require(votes)
    session, sessions = pd.factorize(votes["session"], sort=True)
    call, calls = pd.factorize(votes["roll_call"], sort=True)
    column, states = pd.factorize(votes["state"], sort=True)
    # A roll call is one of its session: the same number in two sessions is two roll calls.
    row, keys = pd.factorize(session.astype(np.int64) * len(calls) + call, sort=True)
    whole = np.zeros((len(keys), len(states)), dtype=np.int8)
    whole[row, column] = votes["vote"]
    if "is_split" in votes.columns:
        split = np.zeros(len(keys), dtype=bool)
        split[row] = votes["is_split"]
        _refuse(votes, votes["is_split"] != split[row], "is_split differs within one roll call")
    else:
        split = np.where(whole == 0, 9, whole).min(axis=1, initial=9) != whole.max(
            axis=1, initial=0
        )
    return _Board(np.asarray(sessions)[keys // len(calls)], np.asarray(states), whole, split)


def _require(votes: pd.DataFrame) -> None:
    missing = [column for column in (*KEY, "vote") if column not in votes.columns]
    if missing:
        raise ValueError(
            f"votes lack the column {missing[0]!r}; expected {', '.join(KEY)}, vote, "
            f"got {', '.join(map(str, votes.columns))}"
        )
    for column in KEY:
        _refuse(votes, votes[column].isna(), f"{column} is blank")
    is_vote = votes["vote"].isin(VOTES) & (not pd.api.types.is_bool_dtype(votes["vote"]))
    _refuse(votes, ~is_vote, "expected a vote of 1 (yes), 2 (abstain) or 3 (no)")
    _refuse(votes, votes.duplicated(KEY), "this state votes twice on this roll call")


def _refuse(votes: pd.DataFrame, bad: pd.Series, expected: str) -> None:
    if bad.any():
        place = int(bad.to_numpy().argmax())
        row = votes.iloc[[place]].to_dict("records")[0]
        shown = ", ".join(f"{column} {row[column]!r}" for column in (*KEY, "vote"))
        raise ValueError(f"row {place} of votes ({shown}): {expected}")


def _joint(cast: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Nine joint counts of pairs of columns, and their sums, in thirteen rows."""
    size = cast.shape[1]
    # Exact, since float32 counts to 2**24.
    hot = np.concatenate([cast == vote for vote in VOTES], axis=1).astype(np.float32)
    product = (hot.T @ hot).astype(np.int32).reshape(3, size, 3, size)
    cells = np.stack([product[i, :, j][first, second] for i in range(3) for j in range(3)])
    same, partial, opposite = cells[::4].sum(axis=0), cells[1::2].sum(axis=0), cells[2] + cells[6]
    return np.vstack([cells, same + partial + opposite, same, partial, opposite])


def _coefficients(cells: np.ndarray, wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """Coefficients of joint tables of shape (10, ...): the nine cells, then `n_split`."""
    yy, ya, yn, ay, aa, an, ny, na, nn, n_split = cells
    same, partial, opposite = yy + aa + nn, ya + ay + an + na, yn + ny
    n = same + partial + opposite
    # Unanimous roll calls add no distance, so that one sum serves both.
    distance = partial / 2 + opposite
    found = {
        "agree3": _ratio(same, n),
        "lijphart": 1 - _ratio(distance, n),
        "agree_voeten": 1 - _ratio(distance, n_split),
    }
    mine = (yy + ya + yn, ay + aa + an, ny + na + nn)
    yours = (yy + ay + ny, ya + aa + na, yn + an + nn)
    both = tuple(one + other for one, other in zip(mine, yours, strict=True))
    for family, row, column, scale in (("kappa", mine, yours, n), ("pi", both, both, 4 * n)):
        near = (row[0] + row[2]) * column[1] + row[1] * (column[0] + column[2])
        far = row[0] * column[2] + row[2] * column[0]
        for name, weight in FAR.items():
            # Whole numbers throughout, so that "no disagreement expected" is exactly 0.
            observed = scale * (partial + weight * opposite)
            found[f"{family}_{name}"] = 1 - _ratio(observed, near + weight * far)
    return {measure: found[measure] for measure in wanted}


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
