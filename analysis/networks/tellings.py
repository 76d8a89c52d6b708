"""One day told by each of two sides, and as others establish it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.ledger import LAYERS, Ledger, ties
from analysis.networks.graphs import signs


def of_others(ledger: Ledger, sides: Collection[str]) -> Ledger:
    """Ledger of third parties: without the sources that a side owns and what a side says.

    A source counts as a side's own where `side` in `sources.csv` names it or
    its kin; a press that is merely at home in a country is a third party.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> others = of_others(book, ["TUR"])
    >>> ["trt-2025-06-01" in set(one.claims["source_id"]) for one in (book, others)]
    [True, False]
    """
    kin = set().union(*(ledger.kin(side) for side in sides)) if sides else set()
    owned = set(ledger.sources.loc[ledger.sources["side"].isin(kin), "source_id"])
    claims = ledger.claims
    keep = ~claims["source_id"].isin(owned) & ~claims["speaker"].isin(kin)
    return replace(ledger, claims=claims[keep])


def tellings(
    ledger: Ledger, sides: Sequence[str], as_of: str, terms: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Networks of one day: one a side as it tells it, and `others` as third parties establish it.

    `terms` are those of `ledger.ties` without modalities and speaker.

    >>> from analysis import ledger
    >>> list(tellings(ledger.load(), ["PAK", "IEA"], "2025-06-01", {}))
    ['PAK', 'IEA', 'others']
    """
    told = {side: ties(ledger, as_of, speaker=side, **terms) for side in sides}
    return told | {"others": ties(of_others(ledger, sides), as_of, **terms)}


def differences(networks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Pairs whose tie is not the same in all networks: `a`, `b`, one column of signs a network.

    Signs are 1, -1, 0 for mixed; blank where there is no tie. Pairs that turn
    from one sign to the other come first, then those that are missing somewhere.

    >>> one = pd.DataFrame({"a": ["IEA"], "b": ["PAK"], "sign": [1]})
    >>> differences({"x": one, "y": one.assign(sign=-1)}).values.tolist()
    [['IEA', 'PAK', 1, -1]]
    """
    told = {name: signs(network) for name, network in networks.items()}
    pairs = sorted(set().union(*(ways.keys() for ways in told.values())))
    rows = [
        (*pair, *values)
        for pair in pairs
        if len(set(values := [ways.get(pair) for ways in told.values()])) > 1
    ]
    table = pd.DataFrame(rows, columns=["a", "b", *told])
    columns = list(told)
    table[columns] = table[columns].astype("Int64")
    spread = table[columns].max(axis=1) - table[columns].min(axis=1)
    order = spread.fillna(0).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def by_layer(
    ledger: Ledger, as_of: str, terms: Mapping[str, Any], layers: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Networks of one day, one a layer of claims; all six, or those asked for, in fixed order.

    >>> from analysis import ledger
    >>> list(by_layer(ledger.load(), "2025-06-01", {}, ["history", "border"]))
    ['border', 'history']
    """
    kept = [layer for layer in LAYERS if not layers or layer in layers]
    return {layer: ties(ledger, as_of, **{**terms, "layers": [layer]}) for layer in kept}
