"""Joint positions of every two states over the roll calls on which both voted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

# First letter: position of `a`; second: of `b`.
CELLS = ("yy", "ya", "yn", "ay", "aa", "an", "ny", "na", "nn")
SUMMARIES = ("n", "same", "partial", "opposite")
VOTES = {1: "yes", 2: "abstain", 3: "no"}
NEEDED = ("session", "roll_call", "state", "vote")


@dataclass(frozen=True)
class Board:
    """Votes of one session: a row a roll call, a column a state; 0 where none was cast."""

    session: Any
    roll_calls: np.ndarray
    states: pd.Index
    votes: np.ndarray
    is_split: np.ndarray

    def place(self, state: Any) -> int:
        """Column of a state that voted in the session."""
        return list(self.states).index(state)


def boards(votes: pd.DataFrame) -> list[Board]:
    """Votes of each session as a matrix; states in order, only those that voted in it.

    Raises
    ------
    ValueError
        If a column is missing, a vote is none of 1, 2, 3, a key is blank, or a
        state votes twice on one roll call; names the row.
    """
    _require(votes)
    cast = votes["vote"].to_numpy(dtype=np.int8)
    session, sessions = pd.factorize(votes["session"], sort=True)
    state, states = pd.factorize(votes["state"], sort=True)
    label, labels = pd.factorize(votes["roll_call"], sort=True)
    # A roll call is one of its session: the same number in two sessions is two roll calls.
    row, keys = pd.factorize(session.astype(np.int64) * len(labels) + label, sort=True)
    whole = np.zeros((len(keys), len(states)), dtype=np.int8)
    whole[row, state] = cast
    if np.count_nonzero(whole) < len(votes):
        twice = votes.duplicated(["session", "roll_call", "state"])
        raise ValueError(
            f"{_place(votes, twice.to_numpy())}: this state votes twice on this roll call; "
            "expected one vote of a state on a roll call"
        )
    split = _split(votes, row, whole)
    first = np.searchsorted(keys // len(labels), np.arange(len(sessions) + 1))
    found = []
    for number, name in enumerate(sessions):
        rows = slice(first[number], first[number + 1])
        held = whole[rows]
        here = np.flatnonzero(held.any(axis=0))
        numbers = labels.to_numpy()[keys[rows] % len(labels)]
        found.append(Board(name, numbers, states[here], held[:, here], split[rows]))
    return found


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

    Done by products of one-hot matrices: all 889,841 pairs of 78 sessions of the
    General Assembly take a fraction of a second.

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
    if votes.empty:
        _require(votes)
        numbers = [*_columns(), "alone"]
        empty = pd.DataFrame(columns=["session", "a", "b", *numbers])
        return empty.astype(dict.fromkeys(numbers, "int64"))
    held = boards(votes)
    sizes = [len(board.states) * (len(board.states) - 1) // 2 for board in held]
    table = np.empty((len(_columns()), sum(sizes)), dtype=np.int32)
    alone = np.empty(sum(sizes), dtype=np.int32)
    sessions, one, other = [], [], []
    end = 0
    for board, size in zip(held, sizes, strict=True):
        start, end = end, end + size
        rows, cols = np.triu_indices(len(board.states), 1)
        _fill(table[:9, start:end], board.votes, rows, cols)
        united = board.votes[~board.is_split]
        table[13:22, start:end] = table[:9, start:end]
        if len(united):
            agreed = np.empty((9, size), dtype=np.int32)
            _fill(agreed, united, rows, cols)
            table[13:22, start:end] -= agreed
        cast = np.count_nonzero(board.votes, axis=0)
        alone[start:end] = cast[rows] + cast[cols]
        sessions.append(np.repeat(np.array([board.session]), size))
        one.append(board.states.take(rows))
        other.append(board.states.take(cols))
    for base in (0, 13):
        np.sum(table[base : base + 9 : 4], axis=0, out=table[base + 10])
        np.sum(table[base + 1 : base + 8 : 2], axis=0, out=table[base + 11])
        np.sum(table[base + 2 : base + 7 : 4], axis=0, out=table[base + 12])
        np.sum(table[base + 10 : base + 13], axis=0, out=table[base + 9])
    alone -= 2 * table[9]
    frame = pd.DataFrame(table.T, columns=_columns(), copy=False)
    frame.insert(0, "session", np.concatenate(sessions))
    frame.insert(1, "a", one[0].append(one[1:]))
    frame.insert(2, "b", other[0].append(other[1:]))
    frame["alone"] = alone
    return frame


def pooled(counts: pd.DataFrame) -> pd.DataFrame:
    """Joint positions of every pair over all the sessions given, one row a pair.

    Only for sessions whose roll calls are of one kind; that is the caller's to know.
    The column session tells the first and the last.
    """
    if counts.empty:
        return counts.copy()
    first, last = counts["session"].min(), counts["session"].max()
    numbers = [column for column in counts.columns if column not in ("session", "a", "b")]
    total = counts.groupby(["a", "b"], sort=True, observed=True)[numbers].sum().reset_index()
    total.insert(0, "session", str(first) if first == last else f"{first}-{last}")
    return total


def absent_as_abstaining(votes: pd.DataFrame) -> pd.DataFrame:
    """Votes with every absence set to an abstention, for the states that voted in the session.

    What the United States' report on voting practices did for some years. It
    is a choice, not a repair: who is absent has not abstained.

    >>> votes = pd.DataFrame({"session": 1, "roll_call": [1, 1, 2], "state": ["A", "B", "A"],
    ...                       "vote": [1, 1, 3]})
    >>> absent_as_abstaining(votes)["vote"].tolist()
    [1, 1, 3, 2]
    """
    frames = [
        pd.DataFrame(
            {
                "session": board.session,
                "roll_call": np.repeat(board.roll_calls, len(board.states)),
                "state": board.states.take(
                    np.tile(np.arange(len(board.states)), len(board.roll_calls))
                ),
                "vote": np.where(board.votes == 0, 2, board.votes).ravel().astype(np.int64),
                # Whether those who voted were at one is not changed by the absent.
                "is_split": np.repeat(board.is_split, len(board.states)),
            }
        )
        for board in (boards(votes) if len(votes) else [])
    ]
    return pd.concat(frames, ignore_index=True) if frames else votes.copy()


def one_thread() -> AbstractContextManager[Any]:
    """Context in which matrix products take one thread.

    These are many and small, so that threads cost more than they bring, and
    far more where several workers share the processors.
    """
    limit: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limit


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def pairs(board: Board) -> Iterator[tuple[int, int]]:
    """Places of every two states of a board."""
    size = len(board.states)
    return ((a, b) for a in range(size) for b in range(a + 1, size))


def _columns() -> list[str]:
    plain = [*CELLS, *SUMMARIES]
    return [*plain, *(f"{name}_split" for name in plain)]


def _fill(table: np.ndarray, votes: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> None:
    """Nine joint counts of the pairs at `rows`, `cols`, written into a table of nine rows."""
    size = votes.shape[1]
    hot = np.concatenate([votes == code for code in VOTES], axis=1).astype(np.float32)
    # Exact, since float32 counts to 2**24.
    with one_thread():
        product = (hot.T @ hot).astype(np.int32).ravel()
    corner = rows * (3 * size) + cols
    for cell in range(9):
        i, j = divmod(cell, 3)
        np.take(product, corner + (i * 3 * size + j) * size, out=table[cell], mode="clip")


def _split(votes: pd.DataFrame, row: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Whether each roll call was not unanimous: as told by `is_split`, else by these votes."""
    if "is_split" not in votes.columns:
        least = np.where(whole == 0, 9, whole).min(axis=1)
        return np.asarray(least != whole.max(axis=1))
    told = votes["is_split"].to_numpy(dtype=bool)
    split = np.zeros(len(whole), dtype=bool)
    split[row] = told
    astray = told != split[row]
    if astray.any():
        raise ValueError(
            f"{_place(votes, astray)}: is_split differs from another row of the same roll call"
        )
    return split


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
    if pd.api.types.is_bool_dtype(cast) or not pd.api.types.is_numeric_dtype(cast):
        strange = np.array([type(vote) not in (int, np.int64) for vote in cast], dtype=bool)
        if not strange.any():
            strange = ~cast.isin(list(VOTES)).to_numpy()
    else:
        strange = ~cast.isin(list(VOTES)).to_numpy()
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
