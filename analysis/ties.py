"""From claims to ties: what stands between two actors on a day, and who brought whom together."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from analysis.ledger import LAYERS, MODALITIES, PARTIES, Ledger, a_day, known, require

HALF_LIFE_DAYS = 365.0
# A dyad is positive (negative) where cooperation outweighs conflict (conflict
# cooperation) at least two to one; in between it is mixed.
BAND = 1 / 3
# A dyad whose evidence has faded below half a point of intensity has no tie left.
FLOOR = 0.5

# What making ties needs of a claim: fewer columns are quicker to choose from.
_USED = [
    *("claim_id", "source_id", "kind", "code", "actors", "recipients", "mediators", "modality"),
    *("speaker", "answers", "intensity", "day", "end_day", "origin", "occurrence"),
]

Pairs = tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class Terms:
    """On which terms claims make ties.

    known_by
        Day up to which sources were published, ISO; blank for no bound.
    half_life_days
        Days after which an event counts half.
    modalities
        How firm a claim must be.
    speaker
        The perspective of this actor: what is asserted, and what it and its
        offices allege, less what they deny.
    layers, kinds
        Layers of claims and kinds of actors to keep; none = all.
    """

    known_by: str = ""
    half_life_days: float = HALF_LIFE_DAYS
    modalities: Collection[str] = ("asserted",)
    speaker: str = ""
    layers: Collection[str] = ()
    kinds: Collection[str] = PARTIES


def on(book: Ledger, as_of: str, terms: Terms | None = None) -> pd.DataFrame:
    """Undirected signed ties that follow from the claims on a day, one row a dyad.

    Columns: `a`, `b` (actor ids, a < b), `cooperation`, `conflict` (sums of
    intensities, both >= 0, on PLOVER's scale), `net`, `sign` (1, -1, or 0 for
    mixed), `is_charge` (no claim behind it is asserted), `disputed`, `denials`
    (ids of the claims that deny), `claims` (ids, faded ones too),
    `claim_count`, `origins` (independent sources by name), `source_count`
    (how many). A dyad without a row is not coded, or its evidence has faded
    below `FLOOR`; neither is the same as neutral. `disputed` means that a
    charge about the dyad is denied.

    A claim joins each actor with each recipient; where there is no recipient,
    the actors with one another, each pair by its share (see `dyads`). Both
    directions add to one account. Mediators join nobody. Events fade with the
    half-life; lasting ties count in full until they end. An occurrence counts
    once a dyad, with the mean intensity of its claims; a relation likewise,
    however many sources state it. The sign is that of the side of the account
    which outweighs the other at least two to one (`BAND`).

    Raises
    ------
    ValueError
        If the half-life is not positive, a day is no day, or a modality,
        speaker, layer or kind is none of the ledger's.

    Examples
    --------
    >>> from analysis import ledger
    >>> found = on(ledger.load(), "2025-06-01")
    >>> between(found, "IND", "PAK")["sign"].tolist()
    [-1]
    """
    return sum_up(shares(book, as_of, terms))


def shares(book: Ledger, as_of: str, terms: Terms | None = None) -> pd.DataFrame:
    """What each claim puts on the account of each pair on the day: the rows behind `on`.

    Columns: `a` < `b`, `claim_id`, `source_id`, `origin`, `occurrence`,
    `modality`, `weighed` (intensity after decay, shared), `is_denial` (a claim
    that denies a charge about the pair: it adds nothing and is kept so that
    the tie can say that it is disputed). Errors as for `on`.

    >>> from analysis import ledger
    >>> rows = shares(ledger.load(), "2025-06-01")
    >>> sum_up(rows).equals(on(ledger.load(), "2025-06-01"))
    True
    """
    terms = terms or Terms()
    require("modalities", terms.modalities, MODALITIES)
    require("speaker", [terms.speaker] if terms.speaker else [], book.actors["actor_id"])
    rows = dyads(_weighed(book, as_of, terms))
    if terms.kinds:
        rows = rows[_within(book, rows["a"], rows["b"], terms.kinds)]
    firm = rows["modality"].isin(list(terms.modalities)).to_numpy()
    is_denied = (rows["modality"] == "denied").to_numpy()
    if terms.speaker:
        own = rows["speaker"].isin(book.kin(terms.speaker)).to_numpy()
        firm = firm | (own & (rows["modality"] == "alleged").to_numpy())
        conduct = pd.MultiIndex.from_frame(rows[["a", "b", "occurrence"]])
        firm = firm & ~conduct.isin(conduct[own & is_denied])
    is_denial = ~firm & is_denied & (rows["answers"] != "").to_numpy()
    columns = ["a", "b", "claim_id", "source_id", "origin", "occurrence", "modality"]
    found = rows[columns].assign(weighed=rows["weighed"] * rows["share"], is_denial=is_denial)
    return found[firm | is_denial].reset_index(drop=True)


def sum_up(rows: pd.DataFrame) -> pd.DataFrame:
    """Ties from the rows of `shares`: the columns of `on`, dyads in order of their actors.

    >>> from analysis import ledger
    >>> rows = shares(ledger.load(), "2025-06-01")
    >>> by_one = sum_up(rows[rows["origin"] == "TRT World"])
    >>> set(by_one["source_count"])
    {1}
    """
    firm, denied = rows[~rows["is_denial"]], rows[rows["is_denial"]]
    account = Account.of(firm)
    cooperation, conflict = account.sums()
    sign = signs(cooperation, conflict)
    asserted = np.bincount(account.dyad, firm["modality"] == "asserted", minlength=len(sign))
    denials: dict[Any, set[str]] = {}
    for a, b, claim in denied[["a", "b", "claim_id"]].itertuples(index=False):
        denials.setdefault((a, b), set()).add(claim)
    listed = {
        "denials": [sorted(denials.get(pair, ())) for pair in account.pairs],
        "claims": _by_dyad(account, firm["claim_id"]),
        "origins": _by_dyad(account, firm["origin"]),
    }
    found: pd.DataFrame = pd.DataFrame(
        {
            "a": pd.Series([a for a, _ in account.pairs], dtype="str"),
            "b": pd.Series([b for _, b in account.pairs], dtype="str"),
            "cooperation": cooperation,
            "conflict": conflict,
            "net": cooperation - conflict,
            "sign": sign,
            "is_charge": asserted == 0,
            "disputed": np.array([bool(ids) for ids in listed["denials"]], dtype=bool),
            "denials": pd.Series(listed["denials"], dtype=object),
            "claims": pd.Series(listed["claims"], dtype=object),
            "claim_count": np.array([len(ids) for ids in listed["claims"]], dtype=int),
            "origins": pd.Series(listed["origins"], dtype=object),
            "source_count": np.array([len(ids) for ids in listed["origins"]], dtype=int),
        }
    )
    return found[found["sign"].notna()].astype({"sign": int}).reset_index(drop=True)


def dyads(claims: pd.DataFrame) -> pd.DataFrame:
    """Claims by the pairs of actors that they join: columns `a` < `b` added, one row a pair.

    `share` is what a pair gets of a joint act: 1 / (n - 1) of n parties (Newman
    2001, Phys. Rev. E 64, 016132), so that a statement signed by ten states
    does not make forty-five full ties. A lasting tie takes its relation as
    `occurrence`, so that two sources on one relation of one pair are one.

    >>> row = {"actors": "PAK;IEA;CHN", "recipients": "", "kind": "event", "occurrence": "talks"}
    >>> pairs = dyads(pd.DataFrame([row | {"code": "CONSULT"}]))
    >>> pairs[["a", "b", "share"]].values.tolist()
    [['IEA', 'PAK', 0.5], ['CHN', 'PAK', 0.5], ['CHN', 'IEA', 0.5]]
    """
    parties = zip(claims["actors"], claims["recipients"], strict=True)
    return _joined(claims, [_pairs(*sides) for sides in parties])


def between(ties: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Tie of two actors, whichever is named first: one row, or none where none is coded.

    >>> ties = pd.DataFrame({"a": ["IEA"], "b": ["PAK"], "sign": [0]})
    >>> len(between(ties, "PAK", "IEA")), len(between(ties, "PAK", "CHN"))
    (1, 0)
    """
    low, high = sorted((first, second))
    return ties[(ties["a"] == low) & (ties["b"] == high)]


def strongest(ties: pd.DataFrame, focus: Collection[str], most: int) -> pd.DataFrame:
    """Ties among the actors in focus and those with the strongest ties, `most` actors in all.

    >>> ties = pd.DataFrame({"a": ["CHN", "IEA"], "b": ["IEA", "NOR"], "net": [5.0, 1.0]})
    >>> strongest(ties, ["IEA"], 2)["b"].tolist()
    ['IEA']
    """
    strength = pd.concat([ties.set_index(side)["net"].abs() for side in ("a", "b")])
    ranked = strength.groupby(level=0).sum().sort_values(ascending=False, kind="stable")
    chosen = list(dict.fromkeys([*focus, *ranked.index]))[:most]
    return ties[ties["a"].isin(chosen) & ties["b"].isin(chosen)]


@dataclass(frozen=True)
class Account:
    """Shares as arrays, so that the sums of many subsets of them are quick.

    `pairs` are the dyads in order; `dyad` and `cell` give to each row its dyad
    and its occurrence within the dyad, `owner` to each cell its dyad.
    """

    pairs: list[tuple[str, str]]
    dyad: np.ndarray
    cell: np.ndarray
    owner: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Account:
        """Account of the rows of `shares` that are no denials.

        >>> row = {"a": "IEA", "b": "PAK", "occurrence": "talks", "weighed": 4.0}
        >>> rows = pd.DataFrame([row, row | {"weighed": 2.0}, row | {"occurrence": "raid"}])
        >>> Account.of(rows).sums()
        (array([7.]), array([0.]))
        """
        keys = list(zip(rows["a"], rows["b"], strict=True))
        pairs = sorted(set(keys))
        place = {key: number for number, key in enumerate(pairs)}
        dyad = np.array([place[key] for key in keys], dtype=np.intp)
        occurrence = pd.factorize(rows["occurrence"])[0]
        width = max(int(occurrence.max(initial=0)) + 1, 1)
        cells, cell = np.unique(dyad * width + occurrence, return_inverse=True)
        return cls(pairs, dyad, cell, cells // width, rows["weighed"].to_numpy(dtype=float))

    def sums(self, keep: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Cooperation and conflict of each dyad, from all rows or from those to `keep`.

        Arrays with a value a dyad, both >= 0; an occurrence counts with the mean
        of its rows that are kept.

        >>> row = {"a": "IEA", "b": "PAK", "occurrence": "talks", "weighed": 4.0}
        >>> rows = pd.DataFrame([row, row | {"weighed": -9.0, "occurrence": "raid"}])
        >>> Account.of(rows).sums(np.array([True, False]))
        (array([4.]), array([0.]))
        """
        counted = np.ones(len(self.cell)) if keep is None else keep.astype(float)
        size = len(self.owner)
        total = np.bincount(self.cell, self.weight * counted, minlength=size)
        told = np.bincount(self.cell, counted, minlength=size)
        mean = np.divide(total, told, out=np.zeros(size), where=told > 0)
        count = len(self.pairs)
        plus = np.bincount(self.owner, np.clip(mean, 0, None), minlength=count)
        return plus, np.bincount(self.owner, np.clip(-mean, 0, None), minlength=count)


def signs(cooperation: np.ndarray, conflict: np.ndarray) -> np.ndarray:
    """Sign of each pair of sums: 1, -1, 0 for mixed, NaN where below `FLOOR` no tie is left.

    >>> signs(np.array([9.0, 2.0, 3.0, 0.2]), np.array([1.0, 4.0, 2.0, 0.1]))
    array([ 1., -1.,  0., nan])
    """
    total = cooperation + conflict
    share = np.divide(cooperation - conflict, total, out=np.zeros(len(total)), where=total > 0)
    # The tolerance keeps a ratio of exactly two to one on its side of the band.
    signed = np.select([share >= BAND - 1e-9, share <= -BAND + 1e-9], [1.0, -1.0], 0.0)
    return np.where(total >= FLOOR, signed, np.nan)


def arcs(book: Ledger, as_of: str, terms: Terms | None = None) -> pd.DataFrame:
    """Directed positive arcs from asserted claims: `source`, `target`, `net`, `claims`.

    An act leads from each actor to each recipient; a joint act leads both ways
    between its parties, shared as in `dyads`. A mediated act of cooperation
    joins its parties through the mediator alone: arcs from each party to the
    mediator and from the mediator to each party, none between the parties. A
    mediated act of conflict stays between its parties. An arc is positive by
    the rule of `on`, on the account of this direction. Modalities and speaker
    of the terms are left aside. Errors as for `on`.

    >>> from analysis import ledger
    >>> found = arcs(ledger.load(), "2025-06-01")
    >>> sorted(found.loc[found["source"] == "CHN", "target"])
    ['IEA', 'PAK']
    """
    terms = terms or Terms()
    claims = _weighed(book, as_of, terms)
    claims = claims[claims["modality"] == "asserted"]
    # Good offices join through the mediator; blows do not pass through anyone.
    through = claims["mediators"].where(claims["weighed"] > 0, "")
    parties = zip(claims["actors"], claims["recipients"], through, strict=True)
    steps = _joined(claims, [_steps(*sides) for sides in parties])
    if terms.kinds:
        steps = steps[_within(book, steps["a"], steps["b"], terms.kinds)]
    account = Account.of(steps.assign(weighed=steps["weighed"] * steps["share"]))
    cooperation, conflict = account.sums()
    found: pd.DataFrame = pd.DataFrame(
        {
            "source": pd.Series([source for source, _ in account.pairs], dtype="str"),
            "target": pd.Series([target for _, target in account.pairs], dtype="str"),
            "net": cooperation - conflict,
            "claims": pd.Series(_by_dyad(account, steps["claim_id"]), dtype=object),
        }
    )
    is_positive = pd.Series(signs(cooperation, conflict) == 1)
    return found[is_positive].reset_index(drop=True)


def regions(book: Ledger) -> dict[str, str]:
    """Subregion of each actor by the UN's M49; who has none is a group of its own.

    United Nations Statistics Division, Standard country or area codes for
    statistical use (M49).

    >>> from analysis import ledger
    >>> groups = regions(ledger.load())
    >>> groups["PAK"], groups["UZB"], groups["TTP"]
    ('Southern Asia', 'Central Asia', 'TTP')
    """
    actors = book.actors
    own = actors["subregion"].where(actors["subregion"] != "", actors["actor_id"])
    return dict(zip(actors["actor_id"], own, strict=True))


def mediations(book: Ledger, as_of: str, known_by: str = "", within_days: int = 90) -> pd.DataFrame:
    """Asserted acts of cooperation that went through a mediator, one row an occurrence, by date.

    Columns: `occurrence`, `day` (last possible), `parties`, `mediators` (sorted
    ids, of all claims on the occurrence), `code`, `claims` (ids), `origins`
    (independent sources), and `clash`: days until the next other occurrence of
    asserted force (`ASSAULT`) in which the same parties take part, within
    `within_days` and by `as_of`; missing where there is none. That something
    followed does not say that the mediation brought it about or failed.

    Raises
    ------
    ValueError
        If `within_days` is negative or a day is no day.

    Examples
    --------
    >>> from analysis import ledger
    >>> found = mediations(ledger.load(), "2025-06-01").set_index("occurrence")
    >>> found.loc["beijing-trilateral-2025-05", "mediators"]
    ['CHN']
    """
    if within_days < 0:
        raise ValueError(f"within_days must be 0 or more, not {within_days}")
    acts = known(book, as_of, known_by)
    acts = acts[(acts["kind"] == "event") & (acts["modality"] == "asserted")]
    clashes = acts[acts["code"] == "ASSAULT"].sort_values(["day", "claim_id"]).to_dict("records")
    rows = []
    chosen = acts[(acts["mediators"] != "") & (acts["intensity"] > 0)]
    for occurrence, claims in chosen.groupby("occurrence", sort=False):
        told = claims.to_dict("records")
        parties, day = frozenset[str]().union(*map(_parties, told)), claims["day"].min()
        after = (
            (clash["day"] - day).days
            for clash in clashes
            if clash["day"] >= day
            and clash["occurrence"] != occurrence
            and parties <= _parties(clash)
        )
        soonest = next(after, None)
        rows.append(
            {
                "occurrence": occurrence,
                "day": day,
                "parties": sorted(parties),
                "mediators": sorted({who for act in told for who in act["mediators"].split(";")}),
                "code": told[0]["code"],
                "claims": sorted(claims["claim_id"]),
                "origins": sorted(set(claims["origin"])),
                "clash": soonest if soonest is not None and soonest <= within_days else None,
            }
        )
    columns = ["occurrence", "day", "parties", "mediators", "code", "claims", "origins", "clash"]
    found = pd.DataFrame(rows, columns=columns).astype({"clash": "Int64", "day": "datetime64[s]"})
    return found.sort_values(["day", "occurrence"], ignore_index=True)


def _weighed(book: Ledger, as_of: str, terms: Terms) -> pd.DataFrame:
    """Events and lasting relations with what is left of their intensity on the day, `weighed`.

    What still goes on has no age; what lasted fades from its end, all else
    from its day. A lasting relation counts in full until it ends.
    """
    if not terms.half_life_days > 0:
        raise ValueError(
            f"half_life_days is {terms.half_life_days!r}; expected a number of days above 0"
        )
    require("layers", terms.layers, LAYERS)
    rows, now = book.rows, a_day("as_of", as_of)
    keep = rows["kind"].isin(["event", "tie"]) & (rows["day"] <= now)
    if terms.known_by:
        keep &= rows["published_day"] <= a_day("known_by", terms.known_by)
    if terms.layers:
        keep &= rows["layer"].isin(list(terms.layers))
    claims = rows.loc[keep, _USED]
    end = claims["end_day"]
    age = (now - end.fillna(claims["day"])).dt.days.clip(lower=0)
    fading = 0.5 ** (age / terms.half_life_days)
    weight = fading.where(claims["kind"] == "event", (~(end < now)).astype(float))
    left: pd.DataFrame = claims.assign(weighed=claims["intensity"] * weight)[weight > 0]
    return left


def _parties(claim: Mapping[Hashable, Any]) -> frozenset[str]:
    sides = claim["actors"], claim["recipients"]
    return frozenset(who for side in sides for who in side.split(";") if who)


def _joined(claims: pd.DataFrame, pairs: Sequence[Pairs]) -> pd.DataFrame:
    """Claims with the pairs that each makes: `a`, `b`, `share`, one row a pair."""
    row = np.repeat(np.arange(len(pairs)), [len(found) for found in pairs])
    flat = [pair for found in pairs for pair in found]
    told = claims.take(row).reset_index(drop=True)
    a, b, share = ([pair[side] for pair in flat] for side in range(3))
    return told.assign(
        a=pd.Series(a, dtype="str"),
        b=pd.Series(b, dtype="str"),
        share=pd.Series(share, dtype=float),
        occurrence=told["occurrence"].where(told["kind"] != "tie", "tie:" + told["code"]),
    )


# Parties repeat from claim to claim and from day to day.
@lru_cache(maxsize=4096)
def _pairs(actors: str, recipients: str) -> Pairs:
    """Pairs that one claim joins, each in order of the alphabet, with its share."""
    sides = actors.split(";")
    others = recipients.split(";") if recipients else sides
    share = 1.0 if recipients else 1 / max(len(sides) - 1, 1)
    pairs = dict.fromkeys((min(a, b), max(a, b)) for a in sides for b in others if a != b)
    return tuple((a, b, share) for a, b in pairs)


@lru_cache(maxsize=4096)
def _steps(actors: str, recipients: str, mediators: str) -> Pairs:
    """Directed steps that one claim makes, with the share of each."""
    sides, others = actors.split(";"), recipients.split(";") if recipients else []
    if mediators:
        parties = dict.fromkeys([*sides, *others])
        there = [(party, middle) for party in parties for middle in mediators.split(";")]
        steps = [*there, *((middle, party) for party, middle in there)]
        return tuple((a, b, 1.0) for a, b in steps if a != b)
    share = 1.0 if recipients else 1 / max(len(sides) - 1, 1)
    return tuple((a, b, share) for a in sides for b in others or sides if a != b)


def _within(book: Ledger, a: pd.Series, b: pd.Series, kinds: Collection[str]) -> pd.Series:
    """Which pairs have both actors of the kinds."""
    require("kinds", kinds, book.actors["kind"])
    wanted = book.actors.loc[book.actors["kind"].isin(list(kinds)), "actor_id"]
    return a.isin(wanted) & b.isin(wanted)


def _by_dyad(account: Account, values: Iterable[str]) -> list[list[str]]:
    """Sorted distinct values of each dyad."""
    found: list[set[str]] = [set() for _ in account.pairs]
    for number, value in zip(account.dyad.tolist(), values, strict=True):
        found[number].add(value)
    return [sorted(one) for one in found]
