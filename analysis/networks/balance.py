"""Balance three ways, and how far it moves when charges are believed or hopes come true."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import networkx as nx
import numpy as np
import pandas as pd

from analysis import signed
from analysis.ledger import Account, Ledger, dyads, known
from analysis.networks.graphs import cases, graph, of_signs, signs, turned, with_signs

MEASURES = ("triangles", "walks", "frustration")
SECONDS = 20.0
_ACCOUNT = ("a", "b", "occurrence", "weighed")
_USED = [
    *("claim_id", "source_id", "gloss", "kind", "code", "modality", "actors", "recipients"),
    *("intensity", "occurrence"),
]
_Edges = frozenset[tuple[str, str, int]]


def balance(made: nx.Graph, near: nx.Graph | None = None) -> dict[str, float]:
    """Balance of a signed graph three ways: `triangles`, `walks` (shares) and `frustration`.

    `frustration` is the least number of ties that stand in the way of two
    camps; where it is not proven within `SECONDS` it is the best one found.
    `near` is a graph that may differ by one tie: its best camps then tell the
    frustration of this one, to the same result, and spare the proof.
    NaN where there is nothing to measure: no triangle, no tie. Sources with
    the measures themselves, in `analysis.signed`.

    >>> signs = [("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": 1})]
    >>> found = balance(nx.Graph(signs))
    >>> found["triangles"], round(found["walks"], 2), found["frustration"]
    (0.0, 0.69, 1.0)
    """
    edges, beside = _edges(made), _edges(near) if near is not None else frozenset()
    return dict(_measured(edges, frozenset() if beside == edges else beside))


def forget() -> None:
    """Drop the graphs measured so far, as a benchmark wants it.

    >>> forget()
    """
    _measured.cache_clear()
    _parted.cache_clear()


def ranges(plain: pd.DataFrame, believed: pd.DataFrame) -> pd.DataFrame:
    """Balance with no charge believed, with each charged pair alone, and with all of them.

    One row a case: `believed` (list of pairs as `a;b`), the three measures,
    `ties`. The range over these rows is a range over charges, not over what
    may be true.

    >>> pairs = {"a": ["CHN", "CHN", "IEA"], "b": ["IEA", "PAK", "PAK"], "sign": [1, 1, -1]}
    >>> believed = pd.DataFrame(pairs)
    >>> ranges(believed.head(2), believed)[["believed", "triangles"]].values.tolist()
    [[[], nan], [['IEA;PAK'], 0.0]]
    """
    start, changes = graph(plain), turned(plain, believed)
    rows = [
        {
            "believed": [";".join(pair) for pair in pairs],
            **balance(made, near=start),
            "ties": made.number_of_edges(),
        }
        for pairs, made in cases(start, changes)
    ]
    return pd.DataFrame(rows)


def outlooks(
    ledger: Ledger, shares: pd.DataFrame, plain: pd.DataFrame, source_id: str,
    as_of: str, known_by: str = "", kinds: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """What each outlook of one source would do to balance, switched on alone.

    An outlook is switched on in two ways. *Once*: it happens on the day, and
    its intensity is added to the account of its pairs (`shares`, the rows of
    `ledger.shares` behind `plain`). *Lasting*: the pairs take its sign. What
    is denied is no outlook; one that joins no two actors of these kinds, or
    has no sign, moves nothing.

    One row an outlook: `claim_id`, `gloss`, `modality`, `pairs` (as `a;b`),
    `outlook_sign`, `now`, `once` (signs of the first pair, blank for no tie),
    the three measures `_once` and `_lasting`.

    >>> from analysis import ledger
    >>> book, day = ledger.load(), "2025-06-01"
    >>> known_ties, rows = ledger.ties(book, day), ledger.shares(book, day)
    >>> found = outlooks(book, rows, known_ties, "trt-2025-06-01", day).set_index("claim_id")
    >>> found.loc["C0098", ["outlook_sign", "now", "once"]].astype(int).tolist()
    [-1, 0, -1]
    """
    claims = known(ledger, as_of, known_by)[_USED]
    chosen = (claims["kind"] == "outlook") & (claims["source_id"] == source_id)
    claims = claims[chosen & claims["modality"].isin(["expected", "hypothetical"])]
    joined = dyads(claims)
    if kinds:
        parties = set(ledger.actors.loc[ledger.actors["kind"].isin(list(kinds)), "actor_id"])
        joined = joined[joined["a"].isin(parties) & joined["b"].isin(parties)]
    acts = joined.assign(weighed=joined["intensity"] * joined["share"])
    of_claim = dict(list(acts.groupby("claim_id")[[*_ACCOUNT]]))
    firm = {name: shares[name].to_numpy()[~shares["is_denial"].to_numpy()] for name in _ACCOUNT}
    now, made = signs(plain), graph(plain)
    rows = [
        {"claim_id": claim, **_switched(of_claim.get(claim, acts.iloc[:0]), firm, now, made)}
        for claim in claims["claim_id"].tolist()
    ]
    about = claims[["claim_id", "gloss", "modality"]]
    columns = ["pairs", "outlook_sign", "now", "once"]
    columns += [f"{measure}_{way}" for way in ("once", "lasting") for measure in MEASURES]
    return about.merge(
        pd.DataFrame(rows, columns=["claim_id", *columns]), on="claim_id"
    ).reset_index(drop=True)


def _switched(
    act: pd.DataFrame, firm: Mapping[str, np.ndarray], now: Mapping[tuple[str, str], int],
    made: nx.Graph,
) -> dict[str, object]:  # fmt: skip
    """One outlook, by the pairs that it joins, on the account and the graph as they are."""
    pairs = list(zip(act["a"], act["b"], strict=True))
    sign = 0 if act.empty else int((act["weighed"].iloc[0] > 0) * 2 - 1)
    account = Account.of(
        {name: np.concatenate([rows, act[name].to_numpy()]) for name, rows in firm.items()}
    )
    once = account.signs()
    lasting = with_signs(made, dict.fromkeys(pairs, sign)) if sign else made
    ways = {"once": of_signs(once), "lasting": lasting}
    after = {way: balance(changed, near=made) for way, changed in ways.items()}
    return {
        "pairs": [";".join(pair) for pair in pairs],
        "outlook_sign": sign,
        "now": now.get(pairs[0]) if pairs else None,
        "once": once.get(pairs[0]) if pairs else None,
        **{f"{m}_{way}": value[m] for way, value in after.items() for m in MEASURES},
    }


def _edges(made: nx.Graph) -> _Edges:
    return frozenset((*sorted((a, b)), sign) for a, b, sign in made.edges(data="sign"))


def _graph(edges: _Edges) -> nx.Graph:
    made = nx.Graph()
    made.add_edges_from((a, b, {"sign": sign}) for a, b, sign in sorted(edges))
    return made


@lru_cache(maxsize=1024)
def _measured(edges: _Edges, near: _Edges) -> tuple[tuple[str, float], ...]:
    made = _graph(edges)
    least = float("nan")
    if edges:
        told = signed.changed_index(_graph(near), _parted(near), made) if near else None
        least = float(_parted(edges).index if told is None else told)
    return (
        ("triangles", signed.triangle_balance(made)),
        ("walks", signed.walk_balance(made)),
        ("frustration", least),
    )


# Few, since each may hold a thousand partitions.
@lru_cache(maxsize=8)
def _parted(edges: _Edges) -> signed.Frustration:
    return signed.frustration(_graph(edges), SECONDS)
