"""The signed network as files for other programs: GraphML, GEXF, node-link JSON, CSV."""

from __future__ import annotations

import json
import re

import networkx as nx
import pandas as pd

from analysis.ledger import Ledger

FORMS = ("graphml", "gexf", "json", "csv")


def exports(ties: pd.DataFrame, ledger: Ledger, stem: str = "network") -> dict[str, str]:
    """All ties, mixed ones too, as text by file name: `stem` with each ending of `FORMS`.

    Nodes carry name, kind and subregion; ties their sums, net, sign, the flags
    `is_charge` and `disputed`, and their claims, denials and independent
    sources, joined by `;`. The same ties give the same bytes: GEXF's day of
    writing is left out.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> list(exports(ledger.ties(book, "2025-06-01"), book))
    ['network.graphml', 'network.gexf', 'network.json', 'network.csv']
    """
    made = _full(ties, ledger)
    gexf = "\n".join(nx.generate_gexf(made))
    # The writer stamps the day and its own version into the head.
    gexf = re.sub(r"\s*<meta\b.*?</meta>", "", gexf, flags=re.DOTALL)
    flat = ties.map(lambda value: ";".join(value) if isinstance(value, list) else value)
    texts = {
        "graphml": "\n".join(nx.generate_graphml(made)),
        "gexf": gexf,
        "json": json.dumps(nx.node_link_data(made, edges="edges"), ensure_ascii=False, indent=1),
        "csv": flat.to_csv(index=False, lineterminator="\n"),
    }
    return {f"{stem}.{form}": text.rstrip("\n") + "\n" for form, text in texts.items()}


def _full(ties: pd.DataFrame, ledger: Ledger) -> nx.Graph:
    about = ledger.actors.set_index("actor_id")
    names = ledger.short_names()
    made = nx.Graph()
    for actor in sorted(set(ties["a"]) | set(ties["b"])):
        kind, subregion = about.loc[actor, ["kind", "subregion"]]
        made.add_node(actor, label=names[actor], kind=kind, subregion=subregion)
    for row in ties.to_dict("records"):
        lists = {key: ";".join(row[key]) for key in ("claims", "denials", "origins")}
        sums = {key: round(float(row[key]), 4) for key in ("cooperation", "conflict", "net")}
        flags = {key: bool(row[key]) for key in ("is_charge", "disputed")}
        made.add_edge(row["a"], row["b"], sign=int(row["sign"]), **sums, **flags, **lists)
    return made
