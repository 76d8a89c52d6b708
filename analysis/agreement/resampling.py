"""How far a coefficient rests on which roll calls were held: the bootstrap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.agreement.coefficients import coefficient
from analysis.agreement.joint import CELLS, Board, boards, one_thread, pairs

DRAWS, LEVEL = 1000, 0.95
# Pairs drawn at one go, so that all states of an assembly fit into memory.
_BLOCK = 1000


def intervals(
    data: pd.DataFrame,
    measure: str = "lijphart",
    *,
    draws: int = DRAWS,
    seed: int = 1,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Interval of one coefficient for every pair and session: session, a, b, value, low, high.

    Given votes (`session, roll_call, state, vote`) it draws roll calls of the
    session with replacement, the same for all pairs; given joint counts it
    draws from the joint table (multinomial). The column `resampled` says which:
    "roll calls" or "joint table". Percentile intervals; NaN where the
    coefficient is undefined. Draws in which it is undefined are left out.

    Both treat roll calls as exchangeable; votes on one subject come in
    clusters, so the true uncertainty is rather larger.

    Raises
    ------
    ValueError
        If data is neither, draws is below 1, level is not within 0 and 1, or
        the measure is unknown.
    """
    _require(draws, level)
    if "roll_call" in data.columns:
        parts = [
            _frame(board, value, low, high)
            for board in (boards(data) if len(data) else [])
            for value, low, high in [_of_board(board, measure, draws, seed, level)]
        ]
        columns = ["session", "a", "b", "value", "low", "high"]
        frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
        return frame.assign(resampled="roll calls")
    if "n_split" not in data.columns or not set(CELLS) <= set(data.columns):
        raise ValueError(
            "expected votes (session, roll_call, state, vote) or counts "
            f"({', '.join(CELLS)}, n_split), got {', '.join(map(str, data.columns))}"
        )
    tables = data[[*CELLS, "n_split"]].to_numpy(dtype=np.float64)
    value = coefficient(measure, tables)
    low, high = np.full((2, len(tables)), np.nan)
    for row, table in enumerate(tables):
        if np.isnan(value[row]):
            continue
        # A generator a row: a pair's interval does not depend on who else is listed.
        drawn = _joint_draws(table, draws, np.random.default_rng(seed))
        low[row], high[row] = _bounds(coefficient(measure, drawn), level)
    return data[["session", "a", "b"]].assign(
        value=value, low=low, high=high, resampled="joint table"
    )


def differences(
    votes: pd.DataFrame, state: str, measure: str, *,
    draws: int = DRAWS, seed: int = 1, level: float = LEVEL,
) -> pd.DataFrame:  # fmt: skip
    """Which partners of a state can be told apart: paired bootstrap of every difference.

    One row for every two partners `p`, `q` with value_p >= value_q: both values,
    their difference with its interval, and `is_apart`: whether the interval
    leaves out 0. The same roll calls are drawn for both, so that what moves
    them together cancels; two intervals that overlap say nothing about this.
    All roll calls given count as one body. Each interval stands on its own: of
    many equal pairs about 1 - `level` would seem apart.

    Raises
    ------
    ValueError
        If the state casts no vote, or as `intervals`.
    """
    _require(draws, level)
    board = _one(votes, state)
    at = board.place(state)
    others = [place for place in range(len(board.states)) if place != at]
    exact, drawn = _draw(board, [(at, place) for place in others], measure, draws, seed)
    order = [k for k in np.argsort(-exact, kind="stable") if not np.isnan(exact[k])]
    rows = []
    for first, k in enumerate(order):
        for m in order[first + 1 :]:
            low, high = _bounds(drawn[:, k] - drawn[:, m], level)
            p, q = board.states[others[k]], board.states[others[m]]
            rows.append(
                (p, q, exact[k], exact[m], exact[k] - exact[m], low, high, low > 0 or high < 0)
            )
    columns = ["p", "q", "value_p", "value_q", "difference", "low", "high", "is_apart"]
    return pd.DataFrame(rows, columns=columns).astype({"is_apart": bool})


def drift(
    votes: pd.DataFrame, state: str, measure: str, *,
    draws: int = DRAWS, seed: int = 1, level: float = LEVEL,
) -> pd.DataFrame:  # fmt: skip
    """Agreement of a state with each partner, session by session, and the change over them.

    Rows: partner, session, n, value, low, high; `change` from the first to the
    last session in which the pair can be measured, with its interval (sessions
    are drawn apart), and `is_shift`: whether that interval leaves out 0. The
    sessions must hold roll calls of one kind; that is the caller's to know.
    A pair that can be measured in one session only has no change (NaN).

    Raises
    ------
    ValueError
        If the state casts no vote, or as `intervals`.
    """
    _require(draws, level)
    rows: list[tuple[Any, ...]] = []
    samples: dict[Any, list[tuple[float, np.ndarray]]] = {}
    held = [board for board in _all(votes, state) if state in board.states]
    for number, board in enumerate(held):
        at = board.place(state)
        others = [place for place in range(len(board.states)) if place != at]
        exact, drawn = _draw(
            board, [(at, place) for place in others], measure, draws, seed + number
        )
        for k, place in enumerate(others):
            partner = board.states[place]
            low, high = _bounds(drawn[:, k], level)
            both = (board.votes[:, at] > 0) & (board.votes[:, place] > 0)
            rows.append((partner, board.session, int(both.sum()), exact[k], low, high))
            if not np.isnan(exact[k]):
                samples.setdefault(partner, []).append((exact[k], drawn[:, k]))
    frame = pd.DataFrame(rows, columns=["partner", "session", "n", "value", "low", "high"])
    changes = {partner: _change(seen, level) for partner, seen in samples.items()}
    told = [changes.get(partner, _change([], level)) for partner in frame["partner"]]
    columns = ["change", "change_low", "change_high"]
    frame = frame.join(pd.DataFrame(told, columns=columns, dtype=float))
    frame["is_shift"] = (frame["change_low"] > 0) | (frame["change_high"] < 0)
    return frame.sort_values(["partner", "session"], kind="stable", ignore_index=True)


def _change(seen: list[tuple[float, np.ndarray]], level: float) -> tuple[float, float, float]:
    if len(seen) < 2:
        return np.nan, np.nan, np.nan
    (before, early), (after, late) = seen[0], seen[-1]
    low, high = _bounds(late - early, level)
    return after - before, float(low), float(high)


def replicates(
    votes: pd.DataFrame, states: list[Any], measure: str, *, draws: int, seed: int
) -> np.ndarray:
    """Resampled coefficients of every two of the states, shape (draws, pairs), roll calls drawn."""
    board = _one(votes, states[0])
    at = [board.place(state) for state in states]
    chosen = [(at[i], at[j]) for i in range(len(at)) for j in range(i + 1, len(at))]
    return _draw(board, chosen, measure, draws, seed)[1]


def _of_board(
    board: Board, measure: str, draws: int, seed: int, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chosen = list(pairs(board))
    value, low, high = np.empty((3, len(chosen)))
    for start in range(0, len(chosen), _BLOCK):
        block = slice(start, start + _BLOCK)
        value[block], drawn = _draw(board, chosen[block], measure, draws, seed)
        low[block], high[block] = _bounds(drawn, level)
    return value, low, high


def _draw(
    board: Board, chosen: list[tuple[int, int]], measure: str, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficient of each pair (pairs,) and under each draw of roll calls (draws, pairs)."""
    places = np.array(chosen, dtype=int).reshape(-1, 2)
    one, other = board.votes[:, places[:, 0]], board.votes[:, places[:, 1]]
    both = (one > 0) & (other > 0)
    cell = np.where(both, 3 * (one - 1) + other - 1, -1)
    hot = np.empty((*cell.shape, 10), dtype=np.float32)
    for k in range(9):
        hot[..., k] = cell == k
    hot[..., 9] = both & board.is_split[:, None]
    held = len(board.votes)
    generator = np.random.default_rng(seed)
    times = generator.multinomial(held, np.full(held, 1 / held), size=draws).astype(np.float32)
    with one_thread():
        drawn = (times @ hot.reshape(held, -1)).reshape(draws, len(places), 10).astype(np.float64)
    exact = hot.sum(axis=0, dtype=np.float64)
    return coefficient(measure, exact), coefficient(measure, drawn)


def _joint_draws(table: np.ndarray, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Joint tables drawn with the shares of one; unanimous roll calls are cells of their own.

    A unanimous roll call is one on which both took the same position, so it is
    drawn from the three cells of agreement in proportion to them.
    """
    n = int(table[:9].sum())
    same = table[[0, 4, 8]].sum()
    united = n - table[9]
    drawn = generator.multinomial(n, table[:9] / n, size=draws).astype(np.float64)
    agreed = drawn[:, [0, 4, 8]].sum(axis=1)
    share = united / same if same else 0.0
    split = n - generator.binomial(agreed.astype(int), share)
    return np.column_stack([drawn, split])


def _bounds(drawn: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bounds along the first axis; NaN where no draw is defined."""
    tail = (1 - level) / 2
    held = np.asarray(drawn)
    known = ~np.isnan(held).all(axis=0)
    low, high = np.full((2, *held.shape[1:]), np.nan)
    if held.ndim == 1:
        return tuple(np.nanquantile(held, [tail, 1 - tail])) if known else (low, high)
    if known.any():
        low[known], high[known] = np.nanquantile(held[:, known], [tail, 1 - tail], axis=0)
    return low, high


def _frame(board: Board, value: np.ndarray, low: np.ndarray, high: np.ndarray) -> pd.DataFrame:
    one, other = np.triu_indices(len(board.states), 1)
    return pd.DataFrame(
        {
            "session": board.session,
            "a": board.states.take(one),
            "b": board.states.take(other),
            "value": value,
            "low": low,
            "high": high,
        }
    )


def _all(votes: pd.DataFrame, state: Any) -> list[Board]:
    held = boards(votes) if len(votes) else []
    if not any(state in board.states for board in held):
        raise ValueError(f"{state!r} casts no vote among those given")
    return held


def _one(votes: pd.DataFrame, state: Any) -> Board:
    """All votes as one body, whatever their session."""
    if len(votes):
        number = votes.groupby(["session", "roll_call"], sort=True).ngroup()
        votes = votes.assign(session="all", roll_call=number)
    return _all(votes, state)[0]


def _require(draws: int, level: float) -> None:
    if draws < 1:
        raise ValueError(f"draws is {draws}; expected 1 or more")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a share between 0 and 1, such as 0.95")
