"""Triads by name: which are out of balance, and which of them hang on a charge."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from analysis import signed
from analysis.networks.graphs import graph, signs

BOTH, BELIEVED, DISBELIEVED = "either way", "only if charges are believed", "only if none is"


def triads(ties: pd.DataFrame) -> pd.DataFrame:
    """Triangles of cooperative and conflictual ties, by name.

    Columns: `first`, `second`, `third` (actor ids in order), `pattern`,
    `is_balanced`, and `odd_a`, `odd_b`: the tie whose sign the two others
    outvote in a triangle out of balance (the conflictual one of `++-`), blank
    where all three are alike (`---`) or the triangle is balanced (Cartwright
    and Harary 1956, Psychological Review 63, 277-293).

    >>> pairs = {"a": ["CHN", "CHN", "IEA"], "b": ["IEA", "PAK", "PAK"], "sign": [1, 1, -1]}
    >>> triads(pd.DataFrame(pairs))[["pattern", "odd_a", "odd_b"]].values.tolist()
    [['++-', 'IEA', 'PAK']]
    """
    made = graph(ties)
    rows = []
    for nodes, pattern, is_balanced in signed.list_triangles(made):
        odd = ("", "")
        if pattern == "++-":
            pairs = combinations(nodes, 2)
            odd = next((a, b) for a, b in pairs if made.edges[a, b]["sign"] == -1)
        rows.append((*nodes, pattern, is_balanced, *odd))
    columns = ["first", "second", "third", "pattern", "is_balanced", "odd_a", "odd_b"]
    return pd.DataFrame(rows, columns=columns).astype({"is_balanced": bool})


def strained(plain: pd.DataFrame, believed: pd.DataFrame) -> pd.DataFrame:
    """Triangles out of balance in one network or the other, with `exists` saying in which.

    `plain` are the ties without the charges, `believed` those with them.
    Columns of `triads` plus `exists`: either way, only if charges are
    believed, or only if none is.

    >>> pairs = {"a": ["CHN", "CHN", "IEA"], "b": ["IEA", "PAK", "PAK"], "sign": [1, 1, -1]}
    >>> believed = pd.DataFrame(pairs)
    >>> strained(believed.head(2), believed)["exists"].tolist()
    ['only if charges are believed']
    """
    key = ["first", "second", "third", "pattern"]
    found = [frame[~frame["is_balanced"]] for frame in (triads(plain), triads(believed))]
    columns = [*key, "odd_a", "odd_b"]
    merged = found[0][columns].merge(found[1][columns], how="outer", indicator="exists")
    words = {"both": BOTH, "right_only": BELIEVED, "left_only": DISBELIEVED}
    merged["exists"] = merged["exists"].map(words).astype(str)
    return merged.sort_values(key, ignore_index=True)


def strained_ties(strained: pd.DataFrame) -> pd.DataFrame:
    """Triangles out of balance, gathered by the tie that the two others outvote.

    Columns: `odd_a`, `odd_b` (blank for triangles of three conflictual ties),
    `pattern`, `exists`, `triangles` (how many), `thirds` (ids of the third
    actors; for `---` the three actors joined by `;`). Those that need no charge
    come first, then those with most triangles.

    >>> row = {"first": "CHN", "second": "IEA", "third": "PAK", "pattern": "++-", "odd_a": "IEA"}
    >>> frame = pd.DataFrame([row | {"odd_b": "PAK", "exists": "either way"}])
    >>> strained_ties(frame)["thirds"].tolist()
    [['CHN']]
    """
    thirds = [
        next(iter({first, second, third} - {a, b})) if a else ";".join((first, second, third))
        for first, second, third, a, b in strained[
            ["first", "second", "third", "odd_a", "odd_b"]
        ].itertuples(index=False)
    ]
    keys = ["odd_a", "odd_b", "pattern", "exists"]
    grouped = strained.assign(thirds=thirds).groupby(keys, sort=True)["thirds"]
    gathered = grouped.agg(list).reset_index()
    gathered.insert(len(keys), "triangles", gathered["thirds"].map(len).astype(int))
    gathered["place"] = gathered["exists"].map([BOTH, DISBELIEVED, BELIEVED].index)
    order = gathered.sort_values(["place", "triangles"], ascending=[True, False], kind="stable")
    return order.drop(columns="place").reset_index(drop=True)


def verdict(ties: pd.DataFrame, actors: Sequence[str]) -> dict[str, object]:
    """What three actors are to one another: signs of their pairs, pattern, whether balanced.

    Keys: `signs` (1, -1, 0 for mixed, None for no tie, by pair), `pattern` and
    `is_balanced`, both None where one of the three ties is mixed or missing.

    >>> frame = pd.DataFrame({"a": ["IEA"], "b": ["PAK"], "sign": [0]})
    >>> verdict(frame, ["PAK", "IEA", "TTP"])["signs"]
    {('IEA', 'PAK'): 0, ('IEA', 'TTP'): None, ('PAK', 'TTP'): None}
    """
    known = signs(ties)
    found = {pair: known.get(pair) for pair in combinations(sorted(actors), 2)}
    values = list(found.values())
    if any(not sign for sign in values):
        return {"signs": found, "pattern": None, "is_balanced": None}
    negative = values.count(-1)
    return {
        "signs": found,
        "pattern": signed.PATTERNS[negative],
        "is_balanced": negative % 2 == 0,
    }
