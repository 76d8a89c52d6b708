"""The ledger of claims: what is known on a date, and the ties that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import checks, tables
from analysis.dates import last_day
from analysis.tables import TableError

UNSOURCED = "unsourced"
# A dyad is positive (negative) where cooperation outweighs conflict (conflict
# cooperation) at least two to one; in between it is mixed.
BAND = 1 / 3
# A dyad whose evidence has faded below half a point of intensity has no tie left.
FLOOR = 0.5
# Kinds of actors that can stand with or against one another.
PARTIES = ("state", "authority", "movement", "armed_group")


@dataclass(frozen=True)
class Ledger:
    """The four tables of `seeds/`, checked; `claims` carries derived columns.

    Derived columns of `claims`: `intensity`, from the code; `day` and
    `end_day`, last possible days of start and end (`day` is the day of
    publication where the start is blank, `end_day` is NaT where the end is
    open); `published_day`; `origin`, the agency reprinted or else the
    publisher, which is what makes a source independent; `occurrence`, the
    occurrence id or else the claim's own.
    """

    sources: pd.DataFrame
    actors: pd.DataFrame
    codes: pd.DataFrame
    claims: pd.DataFrame

    def short_names(self) -> dict[str, str]:
        """Actor id to its label for figures and tables, or its name where it has none."""
        shown = self.actors["label"].where(self.actors["label"] != "", self.actors["name"])
        return dict(zip(self.actors["actor_id"], shown, strict=True))

    def prose_names(self) -> dict[str, str]:
        """Short names as they stand in a sentence: the Taliban authorities, but Pakistan."""
        article = self.actors["takes_article"].map({True: "the ", False: ""})
        named = self.actors["actor_id"].map(self.short_names())
        return dict(zip(self.actors["actor_id"], article + named, strict=True))

    def kin(self, actor: str) -> set[str]:
        """Actor and everyone whose word is its word: persons and offices below it."""
        family = {actor}
        while True:
            below = set(self.actors.loc[self.actors["parent"].isin(family), "actor_id"])
            if below <= family:
                return family
            family |= below


def load(root: Path | None = None, include_unconfirmed: bool = False) -> Ledger:
    """Ledger of the project, refused whole if any table or reference is broken.

    Claims of the source `unsourced`, which are only remembered, stay out
    unless `include_unconfirmed` is set.

    Raises
    ------
    TableError
        With file, row, column, value and expectation of every fault.
    """
    root = root or tables.find_root()
    sources, actors, codes, claims = (tables.load(name, root) for name in checks.LEDGER)
    problems = checks.check(sources, actors, codes, claims)
    if problems:
        raise TableError(problems)
    if not include_unconfirmed:
        claims = claims[claims["source_id"] != UNSOURCED]
    return Ledger(sources, actors, codes, derive(claims, sources, codes))


def derive(claims: pd.DataFrame, sources: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Claims with the derived columns that `Ledger` documents."""
    claims = claims.reset_index(drop=True)
    about = sources.set_index("source_id")
    published = claims["source_id"].map(about["published"]).fillna("")
    published_day = _days(published, last_day)
    key = claims["code"].where(claims["mode"] == "", claims["code"] + ":" + claims["mode"])
    rules = codes[codes["kind"].isin(["event", "tie"])].set_index("code_key")
    wire = claims["source_id"].map(about["wire"])
    publisher = claims["source_id"].map(about["publisher"])
    return claims.assign(
        intensity=key.map(rules["intensity"]),
        day=_days(claims["start"], last_day).fillna(published_day),
        end_day=_days(claims["end"], last_day),
        published_day=published_day,
        origin=publisher.where(wire == "", wire),
        occurrence=claims["occurrence_id"].where(claims["occurrence_id"] != "", claims["claim_id"]),
    )


def known(ledger: Ledger, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Claims about what had happened by `as_of`, from sources published by `known_by`.

    Both are ISO days; a blank `known_by` sets no bound. A date known to the
    month counts from its last possible day, so nothing leaks in early. A
    source whose day of publication was inferred counts from the inferred day.
    """
    claims = ledger.claims
    keep = claims["day"] <= pd.Timestamp(as_of)
    if known_by:
        keep &= claims["published_day"] <= pd.Timestamp(known_by)
    return claims[keep]


def concerning(
    ledger: Ledger, actors: Collection[str], as_of: str = "", known_by: str = ""
) -> pd.DataFrame:
    """Claims in which all the actors have a part: as actor, recipient, mediator or speaker."""
    claims = known(ledger, as_of or "9999-12-31", known_by)
    parts = claims[["actors", "recipients", "mediators", "speaker"]].agg(";".join, axis=1)
    wanted = set(actors)
    return claims[parts.str.split(";").map(wanted.issubset).astype(bool)]


def ties(
    ledger: Ledger,
    as_of: str,
    known_by: str = "",
    half_life_days: float | None = 365.0,
    window_days: int | None = None,
    modalities: Collection[str] = ("asserted",),
    speaker: str = "",
    layers: Collection[str] = (),
    kinds: Collection[str] = (),
) -> pd.DataFrame:
    """Undirected signed ties that follow from the claims, one row a dyad.

    Columns: `a`, `b` (actor ids, a < b), `cooperation`, `conflict` (sums of
    intensities, both >= 0, on PLOVER's scale), `net`, `sign` (1, -1, or 0 for
    mixed), `is_charge` (no claim behind it is asserted), `disputed`, `denials`
    (ids of the claims that deny), `claims` (ids, faded ones too),
    `claim_count`, `source_count` (independent origins). A dyad without a row
    is not coded, or its evidence has faded below `FLOOR`; neither is the same
    as neutral. `disputed` means that a charge about the dyad is denied.

    From directed claims to undirected ties: a claim joins each actor with each
    recipient; where there is no recipient, the actors with one another, each
    pair by its `share` (see `dyads`). Mediators join nobody. Events fade with
    the half-life, or count in full inside the window; lasting ties count in
    full until they end. An occurrence counts once a dyad, with the mean
    intensity of its claims; a relation likewise, however many sources state it.

    Parameters
    ----------
    as_of, known_by
        ISO days, see `known`.
    half_life_days, window_days
        One of the two; the other is None.
    modalities
        How firm a claim must be.
    speaker
        The network as this actor tells it: what is asserted, and what it and
        its offices allege, less what they deny.
    layers, kinds
        Layers of claims and kinds of actors to keep; none = all.

    Raises
    ------
    ValueError
        If both or neither of half-life and window are given, or are not positive.
    """
    if (half_life_days is None) == (window_days is None):
        raise ValueError("give half_life_days or window_days, one of the two")
    reach = half_life_days if half_life_days is not None else window_days
    if reach is None or reach <= 0:
        raise ValueError(f"half_life_days or window_days must be above 0, not {reach}")
    now = pd.Timestamp(as_of)
    claims = known(ledger, as_of, known_by)
    claims = claims[claims["kind"].isin(["event", "tie"])]
    if layers:
        claims = claims[claims["layer"].isin(list(layers))]
    open_tie = (claims["kind"] == "tie") & ~(claims["end_day"] < now)
    # What still goes on has no age; what lasted fades from its end, all else from its day.
    age = (now - claims["end_day"].fillna(claims["day"])).dt.days
    if half_life_days is not None:
        fading = 0.5 ** (age.clip(lower=0) / half_life_days)
    else:
        fading = (age <= window_days).astype(float)
    weight = np.where(claims["kind"] == "tie", open_tie.astype(float), fading)
    claims = claims.assign(weighted=claims["intensity"] * weight)[weight > 0]

    pairs = dyads(claims)
    pairs["weighted"] *= pairs["share"]
    if kinds:
        wanted = set(ledger.actors.loc[ledger.actors["kind"].isin(list(kinds)), "actor_id"])
        pairs = pairs[pairs["a"].isin(wanted) & pairs["b"].isin(wanted)]
    denied = pairs[(pairs["modality"] == "denied") & (pairs["answers"] != "")]
    firm = pairs["modality"].isin(list(modalities))
    if speaker:
        own = pairs["speaker"].isin(ledger.kin(speaker))
        firm |= own & (pairs["modality"] == "alleged")
        refused = pairs[own & (pairs["modality"] == "denied")]
        conduct = ["a", "b", "occurrence"]
        gone = pd.MultiIndex.from_frame(refused[conduct])
        firm &= ~pd.MultiIndex.from_frame(pairs[conduct]).isin(gone)
    return _sum_up(pairs[firm], denied)


def dyads(claims: pd.DataFrame) -> pd.DataFrame:
    """Claims by the pairs of actors that they join: columns `a` < `b` added, one row a pair.

    `share` is what a pair gets of a joint act: 1 / (n - 1) of n parties (Newman
    2001, Phys. Rev. E 64, 016132), so that a statement signed by ten states
    does not make forty-five full ties. A lasting tie takes its relation as
    `occurrence`, so that two sources on one relation of one pair are one.
    """
    left = claims.assign(a=claims["actors"].str.split(";")).explode("a")
    joint = left["recipients"] == ""
    other = left["recipients"].where(~joint, left["actors"]).str.split(";")
    parties = left["actors"].str.count(";").where(joint, 1).clip(lower=1)
    pairs = left.assign(b=other, is_joint=joint, share=1 / parties).explode("b")
    # A joint act lists each pair twice, once from either side: one is enough.
    pairs = pairs[(pairs["a"] != pairs["b"]) & (~pairs["is_joint"] | (pairs["a"] < pairs["b"]))]
    swap = pairs["a"] > pairs["b"]
    a, b = pairs["a"].where(~swap, pairs["b"]), pairs["b"].where(~swap, pairs["a"])
    lasting = pairs["kind"] == "tie"
    return pairs.assign(
        a=a, b=b, occurrence=pairs["occurrence"].where(~lasting, "tie:" + pairs["code"])
    ).reset_index(drop=True)


def core(network: pd.DataFrame, focus: Collection[str], most: int) -> pd.DataFrame:
    """Ties among the actors in focus and those with the strongest ties, `most` actors in all."""
    strength = pd.concat([network.set_index(side)["net"].abs() for side in ("a", "b")])
    ranked = strength.groupby(level=0).sum().sort_values(ascending=False, kind="stable")
    chosen = list(dict.fromkeys([*focus, *ranked.index]))[:most]
    return network[network["a"].isin(chosen) & network["b"].isin(chosen)]


def evidence(*networks: pd.DataFrame) -> list[str]:
    """Ids of all claims behind the ties of some networks, and of those that deny them."""
    columns = [network[column] for network in networks for column in ("claims", "denials")]
    return sorted(set(pd.concat(columns).explode().dropna()))


def between(network: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Tie of two actors, whichever is named first: one row, or none where none is coded."""
    low, high = sorted((first, second))
    return network[(network["a"] == low) & (network["b"] == high)]


def described(network: pd.DataFrame, names: Mapping[str, str], by: str = "") -> pd.DataFrame:
    """Ties for a reader, strongest first: names, sign in words, sums, sources, claims.

    With `by`, the named index comes first instead of the two actors, and the
    order is kept.
    """
    shown = network.assign(
        first=network["a"].map(names),
        second=network["b"].map(names),
        tie=network["sign"].map({1: "cooperative", -1: "conflictual", 0: "mixed"}),
        basis=network["is_charge"].map({True: "charge only", False: "established"}),
        sources=network["source_count"],
    )
    columns = ["tie", "basis", "cooperation", "conflict", "sources", "claims", "denials"]
    if by:
        return shown.reset_index()[[by, *columns]]
    strongest = network["net"].abs().sort_values(ascending=False, kind="stable").index
    return shown.loc[strongest, ["first", "second", *columns]].reset_index(drop=True)


def sources_of(ledger: Ledger, claim_ids: Iterable[str]) -> pd.DataFrame:
    """Claims with publisher, title, address and day of their sources, in order of date."""
    chosen = ledger.claims[ledger.claims["claim_id"].isin(set(claim_ids))]
    about = ledger.sources[["source_id", "publisher", "title", "url", "published", "wire", "side"]]
    return chosen.merge(about, on="source_id").sort_values(["day", "claim_id"], ignore_index=True)


def _sum_up(pairs: pd.DataFrame, denied: pd.DataFrame) -> pd.DataFrame:
    once = pairs.groupby(["a", "b", "occurrence"], as_index=False)["weighted"].mean()
    once["cooperation"] = once["weighted"].clip(lower=0)
    once["conflict"] = (-once["weighted"]).clip(lower=0)
    grouped = pairs.groupby(["a", "b"])
    sums: pd.DataFrame = (
        once.groupby(["a", "b"])[["cooperation", "conflict"]]
        .sum()
        .assign(
            claims=grouped["claim_id"].agg(lambda ids: sorted(set(ids))),
            source_count=grouped["origin"].nunique(),
            is_charge=grouped["modality"].agg(lambda firmness: "asserted" not in set(firmness)),
        )
        .reset_index()
    )
    sums = sums[sums["cooperation"] + sums["conflict"] >= FLOOR].reset_index(drop=True)
    sums["claim_count"] = sums["claims"].map(len)
    sums["net"] = sums["cooperation"] - sums["conflict"]
    share = sums["net"] / (sums["cooperation"] + sums["conflict"])
    # The tolerance keeps a ratio of exactly two to one on its side of the band.
    sums["sign"] = np.select([share >= BAND - 1e-9, share <= -BAND + 1e-9], [1, -1], 0)
    answers = denied.groupby(["a", "b"])["claim_id"].agg(list).to_dict()
    keys = zip(sums["a"], sums["b"], strict=True)
    sums["denials"] = [sorted(set(answers.get(pair, []))) for pair in keys]
    sums["disputed"] = sums["denials"].map(bool)
    columns = [
        *("a", "b", "cooperation", "conflict", "net", "sign", "is_charge", "disputed"),
        *("denials", "claims", "claim_count", "source_count"),
    ]
    return sums.reindex(columns=columns)


def _days(texts: pd.Series, pick: Callable[[str], date]) -> pd.Series:
    days = {text: pick(text) for text in texts.unique() if text}
    ends = {text: day for text, day in days.items() if date.min < day < date.max}
    return pd.to_datetime(texts.map(ends)).astype("datetime64[s]")
