"""Brokers on positive arcs, with and without what they did as mediators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from analysis.brokerage import Brokerage, brokerage
from analysis.ledger import Ledger, arcs


def roles(arcs: pd.DataFrame, group: Mapping[str, str]) -> Brokerage:
    """Brokerage roles on the frame of `ledger.arcs`, actors in order (Gould and Fernandez 1989).

    >>> frame = pd.DataFrame({"source": ["PAK", "QAT"], "target": ["QAT", "IEA"]})
    >>> found = roles(frame, {"PAK": "south", "IEA": "south", "QAT": "west"})
    >>> int(found.raw.loc["QAT", "itinerant"])
    1
    """
    made = nx.DiGraph()
    made.add_nodes_from(sorted(set(arcs["source"]) | set(arcs["target"])))
    made.add_edges_from(arcs[["source", "target"]].itertuples(index=False))
    return brokerage(made, group)


def without_mediations(ledger: Ledger, actor: str) -> Ledger:
    """Ledger without the claims in which an actor is mediator; its own acts stay.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> left = without_mediations(book, "CHN").claims
    >>> "C0004" in set(book.claims["claim_id"]), "C0004" in set(left["claim_id"])
    (True, False)
    """
    mediates = [
        actor in mediators.split(";") for mediators in ledger.claims["mediators"].to_numpy()
    ]
    return replace(ledger, claims=ledger.claims[~np.array(mediates, dtype=bool)])


def compared(
    ledger: Ledger, actors: Sequence[str], groups: Mapping[str, Mapping[str, str]],
    as_of: str, terms: Mapping[str, Any],
) -> pd.DataFrame:  # fmt: skip
    """Brokerage of some actors with and without the claims in which they mediate.

    One row an actor and a grouping: `with_raw`, `with_z` (all roles together),
    `role` (the one of largest z), `without_raw`, `without_z`, `mediations`
    (claims taken out). NaN where the actor has no arc, or z does not exist.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> groups = {"region": ledger.regions(book)}
    >>> compared(book, ["TUR"], groups, "2025-06-01", {})["mediations"].tolist()
    [0]
    """
    rows = []
    whole = arcs(ledger, as_of, **terms)
    behind = {claim for claims in whole["claims"] for claim in claims}
    found = {grouping: roles(whole, group) for grouping, group in groups.items()}
    for actor in actors:
        less = without_mediations(ledger, actor)
        bare = arcs(less, as_of, **terms)
        used = behind - set(less.claims["claim_id"])
        for grouping, group in groups.items():
            row: dict[str, object] = {"actor": actor, "grouping": grouping}
            for way, by in (("with", found[grouping]), ("without", roles(bare, group))):
                row[f"{way}_raw"] = float(by.raw["total"].get(actor, float("nan")))
                row[f"{way}_z"] = float(by.z["total"].get(actor, float("nan")))
                if way == "with":
                    row["role"] = _foremost(by.z.T[actor]) if actor in by.z.index else None
            rows.append(row | {"mediations": len(used)})
    columns = ["actor", "grouping", "with_raw", "with_z", "role", "without_raw", "without_z"]
    return pd.DataFrame(rows, columns=[*columns, "mediations"])


def _foremost(z: pd.Series) -> str:
    """Role in which the actor lies farthest above what chance gives; blank where in none."""
    single = z.drop("total").astype(float)
    above = single[single > 0]
    return str(above.idxmax()) if len(above) else ""
