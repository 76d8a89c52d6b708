"""The tables of claims: loaded and checked whole, with what follows from each row alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from analysis import checks, tables
from analysis.dates import last_day
from analysis.tables import TableError

UNSOURCED = "unsourced"
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
    parts = claims["actors"].str.cat(claims[["recipients", "mediators", "speaker"]], sep=";")
    wanted = set(actors)
    return claims[parts.str.split(";").map(wanted.issubset).astype(bool)]


def sources_of(ledger: Ledger, claim_ids: Iterable[str]) -> pd.DataFrame:
    """Claims with publisher, title, address and day of their sources, in order of date."""
    chosen = ledger.claims[ledger.claims["claim_id"].isin(set(claim_ids))]
    about = ledger.sources[["source_id", "publisher", "title", "url", "published", "wire", "side"]]
    return chosen.merge(about, on="source_id").sort_values(["day", "claim_id"], ignore_index=True)


def _days(texts: pd.Series, pick: Callable[[str], date]) -> pd.Series:
    days = {text: pick(text) for text in texts.unique() if text}
    ends = {text: day for text, day in days.items() if date.min < day < date.max}
    return pd.to_datetime(texts.map(ends)).astype("datetime64[s]")
