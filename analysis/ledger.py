"""The ledger of claims: what sources say, who they are, and what was known on a day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from analysis import coding, tables
from analysis.dates import last_day

UNSOURCED = "unsourced"
# Kinds of actors that can stand with or against one another.
PARTIES = ("state", "authority", "movement", "armed_group")
MODALITIES = ("asserted", "alleged", "denied", "planned", "expected", "hypothetical")
LAYERS = ("diplomacy", "security", "economy", "displacement", "border", "history")


@dataclass(frozen=True, repr=False)
class Ledger:
    """The four tables of `seeds/`, checked; `rows` are the claims, with derived columns.

    Derived columns of `rows`: `intensity`, from the code; `day` and `end_day`,
    last possible days of start and end (`day` is the day of publication where
    the start is blank, `end_day` is NaT where the end is open);
    `published_day`; `origin`, the agency reprinted or else the publisher, which
    is what makes a source independent; `occurrence`, the occurrence id or else
    the claim's own.
    """

    sources: pd.DataFrame
    actors: pd.DataFrame
    codes: pd.DataFrame
    rows: pd.DataFrame

    def __repr__(self) -> str:
        days = self.rows["day"]
        return (
            f"Ledger of {len(self.rows)} claims from {self.rows['source_id'].nunique()} sources, "
            f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}"
        )

    def names(self) -> dict[str, str]:
        """Actor id to its label for figures and tables, or its name where it has none.

        >>> load().names()["IEA"]
        'Taliban authorities'
        """
        shown = self.actors["label"].where(self.actors["label"] != "", self.actors["name"])
        return dict(zip(self.actors["actor_id"], shown, strict=True))

    def prose_names(self) -> dict[str, str]:
        """Names as they stand in a sentence: the Taliban authorities, but Pakistan.

        >>> [load().prose_names()[actor] for actor in ("IEA", "PAK")]
        ['the Taliban authorities', 'Pakistan']
        """
        article = self.actors["takes_article"].map({True: "the ", False: ""})
        named = self.actors["actor_id"].map(self.names())
        return dict(zip(self.actors["actor_id"], article + named, strict=True))

    def kin(self, actor: str) -> set[str]:
        """Actor and everyone whose word is its word: persons and offices below it.

        >>> "PAK_MFA" in load().kin("PAK")
        True
        """
        family = {actor}
        while True:
            below = set(self.actors.loc[self.actors["parent"].isin(family), "actor_id"])
            if below <= family:
                return family
            family |= below

    def claims(
        self, *actors: str, since: str = "", until: str = "", known_by: str = ""
    ) -> pd.DataFrame:
        """Claims in which all the actors have a part: as actor, recipient, mediator or speaker.

        Columns of `rows`; all claims where no actor is named. The days are ISO,
        the bounds inclusive; a blank one sets none.

        >>> book = load()
        >>> len(book.claims("PAK", "IEA", "CHN")) < len(book.claims("PAK", "IEA"))
        True
        """
        require("actors", actors, self.actors["actor_id"])
        found = known(self, until or "9999-12-31", known_by)
        if since:
            found = found[found["day"] >= a_day("since", since)]
        parts = found["actors"].str.cat(found[["recipients", "mediators", "speaker"]], sep=";")
        return found[parts.str.split(";").map(set(actors).issubset).astype(bool)]


def load(root: Path | None = None, include_unconfirmed: bool = False) -> Ledger:
    """Ledger of the project, refused whole if any table or reference is broken.

    Claims of the source `unsourced`, which are only remembered, stay out
    unless `include_unconfirmed` is set.

    Raises
    ------
    TableError
        With file, row, column, value and expectation of every fault.

    Examples
    --------
    >>> book = load()
    >>> book.rows["claim_id"].is_unique, "unsourced" in set(book.rows["source_id"])
    (True, False)
    """
    root = root or tables.find_root()
    sources, actors, codes, _ = (tables.load(name, root) for name in coding.LEDGER)
    rows = _rows(root, tables.stamps(coding.LEDGER, root))
    if not include_unconfirmed:
        rows = rows[rows["source_id"] != UNSOURCED].reset_index(drop=True)
    return Ledger(sources, actors, codes, rows.copy(deep=False))


@lru_cache(maxsize=4)
def _rows(root: Path, _stamps: tuple[int, ...]) -> pd.DataFrame:
    sources, actors, codes, claims = (tables.load(name, root) for name in coding.LEDGER)
    problems = coding.check(sources, actors, codes, claims)
    if problems:
        raise tables.TableError(problems)
    return derive(claims, sources, codes)


def preload() -> None:
    """Read and check every table once, so that forks of this process find them ready."""
    for name in tables.names():
        tables.load(name)
    load()
    tables.forget_used()


def states(book: Ledger) -> list[str]:
    """Ids of the states that reports list beside each other, in the order of `actors.csv`.

    >>> states(load())[:3]
    ['PAK', 'CHN', 'RUS']
    """
    return list(book.actors.loc[book.actors["on_ladder"], "actor_id"])


def known(book: Ledger, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Claims about what had happened by `as_of`, from sources published by `known_by`.

    Both are ISO days; a blank `known_by` sets no bound. A date known to the
    month counts from its last possible day, so nothing leaks in early. A
    source whose day of publication was inferred counts from the inferred day.

    Raises
    ------
    ValueError
        If one of the two is no day, such as a month or a blank.

    Examples
    --------
    >>> book = load()
    >>> len(known(book, "2025-06-01", known_by="2025-06-01")) <= len(known(book, "2025-06-01"))
    True
    """
    keep = book.rows["day"] <= a_day("as_of", as_of)
    if known_by:
        keep &= book.rows["published_day"] <= a_day("known_by", known_by)
    return book.rows[keep]


def sources_of(book: Ledger, claim_ids: Iterable[str]) -> pd.DataFrame:
    """Claims with publisher, title, address and day of their sources, in order of date.

    >>> sources_of(load(), ["C0098"])["publisher"].tolist()
    ['TRT World']
    """
    chosen = book.rows[book.rows["claim_id"].isin(list(claim_ids))]
    about = book.sources[["source_id", "publisher", "title", "url", "published", "wire", "side"]]
    return chosen.merge(about, on="source_id").sort_values(["day", "claim_id"], ignore_index=True)


def require(name: str, given: Collection[str], allowed: Iterable[str]) -> None:
    """Refusal of names that nothing in the ledger bears, so that a slip is no empty network.

    Raises
    ------
    ValueError
        If one of those given is not allowed, or they are one text in place of several.

    Examples
    --------
    >>> require("layers", ["trade"], ["economy", "border"])
    Traceback (most recent call last):
    ValueError: layers has 'trade'; expected some of border, economy
    """
    if isinstance(given, str):
        raise ValueError(f"{name} is the text {given!r}; expected a list, such as [{given!r}]")
    known_names = sorted(set(allowed))
    for value in given:
        if value not in known_names:
            hint = tables.nearest(value, known_names)
            expected = ", ".join(known_names) if len(known_names) <= 20 else "the table's names"
            raise ValueError(f"{name} has {value!r}; expected some of {expected}{hint}")


def a_day(name: str, given: str | date) -> pd.Timestamp:
    """Day of a parameter; a month or a year has no one day, and is refused.

    >>> a_day("as_of", "2025-06")
    Traceback (most recent call last):
    ValueError: as_of is '2025-06'; expected a day such as 2025-06-01
    """
    try:
        day = given if isinstance(given, date) else date.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {given!r}; expected a day such as 2025-06-01") from None
    return pd.Timestamp(day.year, day.month, day.day)


def derive(claims: pd.DataFrame, sources: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Claims with the derived columns that `Ledger` documents.

    >>> from analysis import tables
    >>> claims, sources, codes = (tables.load(name) for name in ("claims", "sources", "codes"))
    >>> [column for column in derive(claims, sources, codes) if column not in claims]
    ['intensity', 'day', 'end_day', 'published_day', 'origin', 'occurrence']
    """
    claims = claims.reset_index(drop=True)
    about = sources.set_index("source_id")
    published_day = _days(claims["source_id"].map(about["published"]), last_day)
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


def _days(texts: pd.Series, pick: Callable[[str], date]) -> pd.Series:
    days = {text: pick(text) for text in texts.unique() if text}
    ends = {text: day for text, day in days.items() if date.min < day < date.max}
    return pd.to_datetime(texts.map(ends)).astype("datetime64[s]")
