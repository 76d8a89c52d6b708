"""Ties for a reader: those of one pair, those at the core, their claims, and all in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd


def core(network: pd.DataFrame, focus: Collection[str], most: int) -> pd.DataFrame:
    """Ties among the actors in focus and those with the strongest ties, `most` actors in all.

    >>> ties = pd.DataFrame({"a": ["CHN", "IEA"], "b": ["IEA", "NOR"], "net": [5.0, 1.0]})
    >>> core(ties, ["IEA"], 2)["b"].tolist()
    ['IEA']
    """
    strength = pd.concat([network.set_index(side)["net"].abs() for side in ("a", "b")])
    ranked = strength.groupby(level=0).sum().sort_values(ascending=False, kind="stable")
    chosen = list(dict.fromkeys([*focus, *ranked.index]))[:most]
    return network[network["a"].isin(chosen) & network["b"].isin(chosen)]


def evidence(*networks: pd.DataFrame) -> list[str]:
    """Ids of all claims behind the ties of some networks, and of those that deny them.

    >>> evidence(pd.DataFrame({"claims": [["C2", "C1"]], "denials": [["C3"]]}))
    ['C1', 'C2', 'C3']
    """
    columns = [network[column] for network in networks for column in ("claims", "denials")]
    return sorted(set(pd.concat(columns).explode().dropna()))


def between(network: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Tie of two actors, whichever is named first: one row, or none where none is coded.

    >>> ties = pd.DataFrame({"a": ["IEA"], "b": ["PAK"], "sign": [0]})
    >>> len(between(ties, "PAK", "IEA")), len(between(ties, "PAK", "CHN"))
    (1, 0)
    """
    low, high = sorted((first, second))
    return network[(network["a"] == low) & (network["b"] == high)]


def described(network: pd.DataFrame, names: Mapping[str, str], by: str = "") -> pd.DataFrame:
    """Ties for a reader: names, rank among those of one sign, sums, sources, claims.

    The strongest tie of each sign comes first, then the second of each. With
    `by`, the named index comes first instead of the two actors, and the order
    is kept.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> shown = described(ledger.ties(book, "2025-06-01"), book.short_names())
    >>> shown.columns.tolist()[:4], int(shown["rank"].iloc[0])
    (['first', 'second', 'rank', 'tie'], 1)
    """
    shown = network.assign(
        first=network["a"].map(names),
        second=network["b"].map(names),
        tie=network["sign"].map({1: "cooperative", -1: "conflictual", 0: "mixed"})
        + network["is_charge"].map({True: ", charge only", False: ""}),
        strength=network["net"].abs().where(network["sign"] != 0, network["cooperation"]),
        sources=network["source_count"],
    )
    columns = ["tie", "cooperation", "conflict", "sources", "claims", "denials"]
    if by:
        return shown.reset_index()[[by, *columns]]
    shown = shown.sort_values("strength", ascending=False, kind="stable")
    shown["rank"] = shown.groupby("sign").cumcount() + 1
    shown = shown.sort_values("rank", kind="stable")
    return shown[["first", "second", "rank", *columns]].reset_index(drop=True)
