"""Networks from ties: graphs, balance, perspectives, and one pair through time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd

from analysis import signed as measures
from analysis import ties
from analysis.ledger import Ledger, known
from analysis.ties import Terms

FALL = "2021-08-15"
# Acts of the same mediators between the same parties, at most so many days
# apart, are one episode: a round of talks lasts days, and each is reported twice.
EPISODE_DAYS = 7
BALANCE = ("triangles", "walks", "frustration")
# What an act between two is, in the order in which they are drawn.
ACTS = ("cooperation", "de-escalation", "conflict", "expulsion")
EITHER_WAY, BELIEVED, DISBELIEVED = "either way", "only if charges are believed", "only if none is"


def graph(found: pd.DataFrame, book: Ledger | None = None) -> nx.Graph:
    """Graph of all ties of a day, mixed ones too: an edge a tie, a node an actor.

    An edge carries every column of `ties.on`: `sign` (1, -1, 0 for mixed), the
    sums `cooperation`, `conflict`, `net`, the flags, and the lists `claims`,
    `denials`, `origins`. With the ledger, a node carries `label`, `kind` and
    `subregion`. The measures of `analysis.signed` know no mixed ties; hand
    them `signed(graph)`.

    >>> from analysis import ledger, ties
    >>> book = ledger.load()
    >>> made = graph(ties.on(book, "2025-06-01"), book)
    >>> made.edges["IND", "PAK"]["sign"], made.nodes["IEA"]["label"]
    (-1, 'Taliban authorities')
    """
    made = nx.Graph()
    records = found.to_dict("records")
    made.add_edges_from((row.pop("a"), row.pop("b"), row) for row in records)
    if book is not None:
        about = book.actors.set_index("actor_id")[["kind", "subregion"]]
        about.insert(0, "label", pd.Series(book.names()))
        nx.set_node_attributes(made, about.loc[list(made)].to_dict("index"))
    return made


def signed(made: nx.Graph) -> nx.Graph:
    """Graph of the cooperative and conflictual ties alone, with the actors that have one.

    >>> mixed = nx.Graph([("IEA", "PAK", {"sign": 0}), ("IEA", "TTP", {"sign": 1})])
    >>> list(signed(mixed).edges)
    [('IEA', 'TTP')]
    """
    kept = [(a, b) for a, b, sign in made.edges(data="sign") if sign]
    return made.edge_subgraph(kept).copy()


def exports(made: nx.Graph, stem: str = "network") -> dict[str, str]:
    """Files of a graph for other programs, as text by name: GraphML, GEXF, node-link JSON, CSV.

    The file formats know no lists: claims, denials and origins are joined by
    `;`. The same graph gives the same bytes: GEXF's day of writing is left out.

    >>> list(exports(nx.Graph([("IEA", "TTP", {"sign": 1, "claims": ["C1"]})])))
    ['network.graphml', 'network.gexf', 'network.json', 'network.csv']
    """
    flat = made.copy()
    for _, _, about in flat.edges(data=True):
        about.update({key: ";".join(v) for key, v in about.items() if isinstance(v, list)})
        about.update({key: round(v, 4) for key, v in about.items() if isinstance(v, float)})
    # The writer stamps the day and its own version into the head.
    gexf = re.sub(r"\s*<meta\b.*?</meta>", "", "\n".join(nx.generate_gexf(flat)), flags=re.DOTALL)
    # networkx's own edge list has its columns in the order of a set.
    table = pd.DataFrame([{"a": a, "b": b, **about} for a, b, about in flat.edges(data=True)])
    texts = {
        "graphml": "\n".join(nx.generate_graphml(flat)),
        "gexf": gexf,
        "json": json.dumps(nx.node_link_data(flat, edges="edges"), ensure_ascii=False, indent=1),
        "csv": table.to_csv(index=False, lineterminator="\n"),
    }
    return {f"{stem}.{form}": text.rstrip("\n") + "\n" for form, text in texts.items()}


def unbalanced(plain: nx.Graph, believed: nx.Graph) -> pd.DataFrame:
    """Triangles out of balance, gathered by the two foes whose friends they share.

    `plain` is the network without charges, `believed` the one with them; mixed
    ties make no triangle. Columns: `foes` (ids of the two whose conflict two
    friendships outvote, or of three who are all foes), `friends` (ids of those
    who are friends of both, none for three foes), `triangles` (how many),
    `exists` (either way, only if charges are believed, only if none is).
    Cartwright and Harary 1956, Psychological Review 63, 277-293.

    >>> pairs = [("CHN", "IEA", 1), ("CHN", "PAK", 1), ("IEA", "PAK", -1)]
    >>> made = nx.Graph([(a, b, {"sign": sign}) for a, b, sign in pairs])
    >>> unbalanced(made, made)[["foes", "friends"]].values.tolist()
    [[['IEA', 'PAK'], ['CHN']]]
    """
    in_plain, in_believed = _unbalanced(plain), _unbalanced(believed)
    gathered: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for foes, friend in sorted({*in_plain, *in_believed}):
        here, there = (foes, friend) in in_plain, (foes, friend) in in_believed
        exists = EITHER_WAY if here and there else BELIEVED if there else DISBELIEVED
        gathered.setdefault((exists, foes), []).append(friend)
    rows = [
        (list(foes), [friend for friend in friends if friend], len(friends), exists)
        for (exists, foes), friends in gathered.items()
    ]
    found = pd.DataFrame(rows, columns=["foes", "friends", "triangles", "exists"])
    rank = found["exists"].map([EITHER_WAY, DISBELIEVED, BELIEVED].index)
    order = found.assign(rank=rank).sort_values(
        ["rank", "triangles"], ascending=[True, False], kind="stable"
    )
    return order.drop(columns="rank").reset_index(drop=True)


def balance(made: nx.Graph) -> dict[str, float]:
    """Balance of a signed graph three ways: `triangles`, `walks` (shares) and `frustration`.

    `frustration` is the least number of ties that stand in the way of two
    camps. NaN where there is nothing to measure: no triangle, no tie. Sources
    with the measures themselves, in `analysis.signed`.

    >>> signs = [("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": 1})]
    >>> found = balance(nx.Graph(signs))
    >>> found["triangles"], round(found["walks"], 2), found["frustration"]
    (0.0, 0.69, 1.0)
    """
    has_ties = made.number_of_edges() > 0
    return {
        "triangles": measures.triangle_balance(made),
        "walks": measures.walk_balance(made),
        "frustration": float(measures.frustration(made).index) if has_ties else float("nan"),
    }


def ranges(plain: nx.Graph, believed: nx.Graph) -> pd.DataFrame:
    """Balance with no charge believed, with each charged pair alone, and with all of them.

    One row a case: `believed` (list of pairs as `a;b`), the three measures of
    `balance`, `ties`. The range over these rows is a range over charges, not
    over what may be true.

    >>> pairs = [("CHN", "IEA", 1), ("CHN", "PAK", 1), ("IEA", "PAK", -1)]
    >>> believed = nx.Graph([(a, b, {"sign": sign}) for a, b, sign in pairs])
    >>> plain = believed.edge_subgraph([("CHN", "IEA"), ("CHN", "PAK")])
    >>> ranges(plain, believed)[["believed", "triangles"]].values.tolist()
    [[[], nan], [['IEA;PAK'], 0.0]]
    """
    here, there = _signs(plain), _signs(believed)
    changed = [pair for pair in sorted({*here, *there}) if here.get(pair) != there.get(pair)]
    cases = [[], *([pair] for pair in changed)]
    if len(changed) > 1:
        cases.append(changed)
    rows = []
    for case in cases:
        after = here | {pair: there.get(pair, 0) for pair in case}
        made = nx.Graph()
        made.add_edges_from(
            (a, b, {"sign": sign}) for (a, b), sign in sorted(after.items()) if sign
        )
        about = {"believed": [";".join(pair) for pair in case], "ties": made.number_of_edges()}
        rows.append(about | balance(made))
    return pd.DataFrame(rows, columns=["believed", *BALANCE, "ties"])


def jackknife(
    rows: pd.DataFrame, measure: Callable[[nx.Graph], Mapping[str, float]]
) -> pd.DataFrame:
    """Rank of each actor by a measure, and its interval with each source left out in turn.

    `rows` are those of `ties.shares`. One row an actor that the measure gives a
    value, best first: `actor`, `value`, `rank`, `low`, `high` (best and worst
    rank), `absent` (runs in which the actor has no rank). Equals share the best
    rank. An interval says what one source more or less does; it is no
    confidence interval.

    >>> from analysis import ledger, signed, ties
    >>> found = jackknife(ties.shares(ledger.load(), "2025-06-01"), signed.pn_centrality)
    >>> found.columns.tolist()
    ['actor', 'value', 'rank', 'low', 'high', 'absent']
    """
    firm = rows[~rows["is_denial"]]
    account, sources = ties.Account.of(firm), firm["source_id"].to_numpy()
    value = pd.Series(measure(_of_signs(account.pairs, ties.signs(*account.sums()))), dtype=float)
    table = pd.DataFrame({"value": value, "rank": _rank(value)}).dropna(subset="rank")
    # Most sources left out change no sign, so most runs are one graph.
    seen: dict[bytes, pd.Series] = {}
    # The rank with nothing left out belongs to its interval.
    ranks = {"": table["rank"]}
    for source in dict.fromkeys(sources):
        signs = ties.signs(*account.sums(sources != source))
        if signs.tobytes() not in seen:
            values = measure(_of_signs(account.pairs, signs))
            seen[signs.tobytes()] = _rank(pd.Series(values, dtype=float))
        ranks[source] = seen[signs.tobytes()]
    runs = pd.DataFrame(ranks, index=table.index, dtype=float)
    table = table.assign(
        low=runs.min(axis=1), high=runs.max(axis=1), absent=runs.isna().sum(axis=1)
    )
    table = table.rename_axis("actor").reset_index()
    return table.sort_values(["rank", "actor"], ignore_index=True)


def quarters(
    book: Ledger, as_of: str, pair: Sequence[str], terms: Terms | None = None
) -> pd.DataFrame:
    """Ties at the end of each quarter since the fall of Kabul, and on the day itself.

    One row a day: `day`, `cooperative`, `conflictual`, `mixed` (ties by sign),
    and for the pair `cooperation`, `conflict`, `sign` (NaN where it has no
    tie). No rows before the fall.

    >>> from analysis import ledger
    >>> found = quarters(ledger.load(), "2021-10-01", ("PAK", "IEA"))
    >>> found["day"].dt.strftime("%Y-%m-%d").tolist()
    ['2021-09-30', '2021-10-01']
    """
    days = pd.date_range(FALL, as_of, freq="QE").union(pd.DatetimeIndex([as_of]))
    rows = []
    for day in days[days >= pd.Timestamp(FALL)]:
        found = ties.on(book, day.strftime("%Y-%m-%d"), terms)
        tally = found["sign"].value_counts()
        of_pair = ties.between(found, *pair)[["cooperation", "conflict", "sign"]]
        rows.append(
            {
                "day": day,
                "cooperative": int(tally.get(1, 0)),
                "conflictual": int(tally.get(-1, 0)),
                "mixed": int(tally.get(0, 0)),
                **next(iter(of_pair.to_dict("records")), {}),
            }
        )
    columns = ["day", "cooperative", "conflictual", "mixed"]
    found = pd.DataFrame(rows, columns=[*columns, "cooperation", "conflict", "sign"])
    return found.astype({"sign": float})


def acts(
    book: Ledger, pair: Collection[str], as_of: str, terms: Terms | None = None
) -> pd.DataFrame:
    """Dated acts between two actors since the fall of Kabul, one row an occurrence, by day.

    Columns: `day`, `occurrence`, `act` (one of `ACTS`), `intensity` (mean of
    its claims, on PLOVER's scale, shared as in `ties.dyads`), `gloss`,
    `claims`. Asserted acts alone, besides expulsions; what a source does not
    date, and what scores nothing, is left out. De-escalation is what is coded
    `RETREAT`: fire stopped, prisoners released, a crossing opened. It mends
    what the same two sides had broken and is no cooperation like the rest. An
    expulsion is an order or an act of one of the two against a people,
    announced or done. Of the terms, `known_by` and `layers` hold.

    >>> from analysis import ledger
    >>> acts(ledger.load(), ["PAK", "IEA"], "2025-10-31")["act"].tolist()
    ['cooperation', 'cooperation', 'conflict']
    """
    claims = _dated(book, as_of, terms, "event")
    claims = claims[claims["day"] >= FALL]
    asserted = claims[claims["modality"] == "asserted"]
    between = _of_pair(asserted, pair)
    between["intensity"] *= between["share"]
    between["act"] = np.where(between["intensity"] > 0, "cooperation", "conflict")
    between.loc[between["code"] == "RETREAT", "act"] = "de-escalation"

    peoples = set(book.actors.loc[book.actors["kind"] == "people", "actor_id"])
    key = claims["code"] + ":" + claims["mode"]
    expels = claims["modality"].isin(["asserted", "planned"])
    expels &= key.isin(["THREATEN:expel", "COERCE:deport"])
    expels &= _names_one(claims["recipients"], peoples) & _names_one(claims["actors"], pair)
    expulsions = claims[expels].assign(act="expulsion")

    rows = pd.concat([between[between["intensity"] != 0], expulsions])
    found = rows.groupby(["act", "occurrence"], as_index=False).agg(
        day=("day", "min"),
        intensity=("intensity", "mean"),
        gloss=("gloss", "first"),
        claims=("claim_id", sorted),
    )
    columns = ["day", "occurrence", "act", "intensity", "gloss", "claims"]
    return found.sort_values(["day", "occurrence"], ignore_index=True)[columns]


def spans(
    book: Ledger, pair: Collection[str], as_of: str, terms: Terms | None = None
) -> pd.DataFrame:
    """Lasting relations between two actors that a source dates, one row a relation.

    Columns: `relation` (the code in words), `start`, `end` (last possible
    days; `end` is missing where none is reported by the day), `claims`.
    Of the terms, `known_by` and `layers` hold.

    >>> from analysis import ledger
    >>> spans(ledger.load(), ["CHN", "IEA"], "2025-06-01")["relation"].tolist()
    ['maintains missions in']
    """
    claims = _dated(book, as_of, terms, "tie")
    rows = _of_pair(claims[claims["modality"] == "asserted"], pair)
    ended = rows["end_day"] <= pd.Timestamp(as_of)
    rows = rows.assign(
        relation=rows["code"].str.replace("_", " "), end=rows["end_day"].where(ended)
    )
    found = rows.groupby("relation", as_index=False).agg(
        start=("day", "min"),
        end=("end", lambda days: days.max() if days.notna().all() else pd.NaT),
        claims=("claim_id", sorted),
    )
    return found.sort_values(["start", "relation"], ignore_index=True)


def episodes(mediations: pd.DataFrame) -> pd.DataFrame:
    """Rounds of mediation from the acts of `ties.mediations`, one row a round, by date.

    Acts of the same mediators between the same parties, each at most
    `EPISODE_DAYS` after the one before, are one round: sources report the
    talks, the truce and the paper one by one. Columns: `start`, `end`,
    `parties`, `mediators`, `codes` (of its acts, in order), `clash` (days from
    its end to the next clash between the parties, missing where none is coded),
    `origins`, `claims`.

    >>> from analysis import ledger, ties
    >>> found = episodes(ties.mediations(ledger.load(), "2025-06-01"))
    >>> found[["mediators", "codes"]].values.tolist()
    [[['CHN'], ['CONSULT']]]
    """
    who = [mediations[side].str.join(";") for side in ("parties", "mediators")]
    rounds = mediations.groupby(who)["day"].transform(
        lambda days: (days.diff().dt.days > EPISODE_DAYS).cumsum()
    )
    columns = ["start", "end", "parties", "mediators", "codes", "clash", "origins", "claims"]
    rows = []
    for _, acts_of in mediations.groupby([*who, rounds], sort=False):
        last = acts_of.iloc[-1]
        rows.append(
            {
                "start": acts_of["day"].iloc[0],
                "end": last["day"],
                "parties": last["parties"],
                "mediators": last["mediators"],
                "codes": list(dict.fromkeys(acts_of["code"])),
                "clash": last["clash"],
                "origins": sorted(set(acts_of["origins"].explode())),
                "claims": sorted(acts_of["claims"].explode()),
            }
        )
    days = dict.fromkeys(["start", "end"], "datetime64[s]")
    found = pd.DataFrame(rows, columns=columns).astype(days | {"clash": "Int64"})
    return found.sort_values(["start", "end"], ignore_index=True)


def third_parties(book: Ledger, sides: Collection[str]) -> Ledger:
    """Ledger of third parties: without the sources that a side owns and what a side says.

    A source counts as a side's own where `side` in `sources.csv` names it or
    its kin; a press that is merely at home in a country is a third party.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> len(third_parties(book, ["PAK", "IEA"]).rows) < len(book.rows)
    True
    """
    kin = {one for side in sides for one in book.kin(side)}
    owned = book.sources.loc[book.sources["side"].isin(kin), "source_id"]
    own = book.rows["source_id"].isin(owned) | book.rows["speaker"].isin(kin)
    return replace(book, rows=book.rows[~own])


def perspectives(
    book: Ledger, sides: Sequence[str], as_of: str, terms: Terms | None = None
) -> dict[str, pd.DataFrame]:
    """Ties of one day as each side tells it, and `others` as third parties establish it.

    Frames of `ties.on` by actor id. Modalities and speaker of the terms are
    left aside: a side tells what is established, and what it alleges, less
    what it denies.

    >>> from analysis import ledger
    >>> list(perspectives(ledger.load(), ["PAK", "IEA"], "2025-06-01"))
    ['PAK', 'IEA', 'others']
    """
    plain = replace(terms or Terms(), modalities=("asserted",), speaker="")
    of_sides = {side: ties.on(book, as_of, replace(plain, speaker=side)) for side in sides}
    return of_sides | {"others": ties.on(third_parties(book, sides), as_of, plain)}


def signs(networks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Signs of every pair in several networks: `a`, `b`, one column of signs a network.

    Signs are 1, -1, 0 for mixed; missing where there is no tie. Pairs whose
    signs lie furthest apart come first, then pairs in order.

    >>> one = pd.DataFrame({"a": ["IEA"], "b": ["PAK"], "sign": [1]})
    >>> signs({"x": one, "y": one.assign(sign=-1)}).values.tolist()
    [['IEA', 'PAK', 1, -1]]
    """
    found = {name: ties_of.set_index(["a", "b"])["sign"] for name, ties_of in networks.items()}
    table = pd.DataFrame(found).astype("Int64").rename_axis(["a", "b"]).sort_index()
    spread = (table.max(axis=1) - table.min(axis=1)).fillna(0)
    order = spread.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index()


def _unbalanced(made: nx.Graph) -> set[tuple[tuple[str, ...], str]]:
    """Triangles out of balance as (the two foes, their friend) or (three foes, blank)."""
    found: set[tuple[tuple[str, ...], str]] = set()
    for nodes, pattern, _ in measures.list_triangles(made):
        if pattern == "---":
            found.add((nodes, ""))
        elif pattern == "++-":
            foes = next(p for p in combinations(nodes, 2) if made.edges[p]["sign"] == -1)
            found.add((foes, next(node for node in nodes if node not in foes)))
    return found


def _signs(made: nx.Graph) -> dict[tuple[str, str], int]:
    """Sign of each tie, its two actors in order."""
    return {(min(a, b), max(a, b)): sign for a, b, sign in made.edges(data="sign")}


def _of_signs(pairs: Sequence[tuple[str, str]], signs: np.ndarray) -> nx.Graph:
    """Signed graph of the pairs whose sign is 1 or -1."""
    made = nx.Graph()
    signs_of = zip(pairs, signs.tolist(), strict=True)
    made.add_edges_from((a, b, {"sign": int(sign)}) for (a, b), sign in signs_of if abs(sign) == 1)
    return made


def _rank(values: pd.Series) -> pd.Series:
    """Rank of each actor, highest value first; equals share the best rank."""
    # Rounded, because the order of summing must not part what is equal.
    return values.round(9).rank(ascending=False, method="min")


def _dated(book: Ledger, as_of: str, terms: Terms | None, kind: str) -> pd.DataFrame:
    """Claims of one kind that a source dates."""
    terms = terms or Terms()
    claims = known(book, as_of, terms.known_by)
    keep = (claims["kind"] == kind) & (claims["start"] != "")
    if terms.layers:
        keep &= claims["layer"].isin(list(terms.layers))
    return claims[keep]


def _names_one(ids: pd.Series, wanted: Collection[str]) -> pd.Series:
    """Which of the lists of ids, joined by `;`, name one of those wanted."""
    return ids.str.split(";").map(lambda found: not set(wanted).isdisjoint(found)).astype(bool)


def _of_pair(claims: pd.DataFrame, pair: Collection[str]) -> pd.DataFrame:
    """Claims that join the two, one row each, with the pair's share."""
    low, high = sorted(pair)
    return ties.between(ties.dyads(claims), low, high).copy()
