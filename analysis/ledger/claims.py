"""The tables of claims: loaded and checked whole, with what follows from each row alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from analysis import checks, tables
from analysis.dates import last_day
from analysis.tables import TableError

UNSOURCED = "unsourced"
# Kinds of actors that can stand with or against one another.
PARTIES = ("state", "authority", "movement", "armed_group")
MODALITIES = ("asserted", "alleged", "denied", "planned", "expected", "hypothetical")
LAYERS = ("diplomacy", "security", "economy", "displacement", "border", "history")


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
        """Actor id to its label for figures and tables, or its name where it has none.

        >>> load().short_names()["IEA"]
        'Taliban authorities'
        """
        shown = self.actors["label"].where(self.actors["label"] != "", self.actors["name"])
        return dict(zip(self.actors["actor_id"], shown, strict=True))

    def prose_names(self) -> dict[str, str]:
        """Short names as they stand in a sentence: the Taliban authorities, but Pakistan.

        >>> [load().prose_names()[actor] for actor in ("IEA", "PAK")]
        ['the Taliban authorities', 'Pakistan']
        """
        article = self.actors["takes_article"].map({True: "the ", False: ""})
        named = self.actors["actor_id"].map(self.short_names())
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
    >>> book.claims["claim_id"].is_unique, "unsourced" in set(book.claims["source_id"])
    (True, False)
    """
    root = root or tables.find_root()
    paths = [root / tables.descriptor(name, root)["path"] for name in checks.LEDGER]
    stamps = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
    book = _load(root, include_unconfirmed, stamps)
    # The caller may change its ledger, so it gets one of its own.
    return Ledger(*(frame.copy() for frame in (book.sources, book.actors, book.codes, book.claims)))


@lru_cache(maxsize=8)
def _load(root: Path, include_unconfirmed: bool, _stamps: tuple[int, ...]) -> Ledger:
    sources, actors, codes, claims = (tables.load(name, root) for name in checks.LEDGER)
    problems = checks.check(sources, actors, codes, claims)
    if problems:
        raise TableError(problems)
    if not include_unconfirmed:
        claims = claims[claims["source_id"] != UNSOURCED]
    return Ledger(sources, actors, codes, derive(claims, sources, codes))


def opened(claims: Ledger | pd.DataFrame) -> Ledger:
    """Ledger of some claims: itself, or rows of the claims table with the project's other tables.

    Rows may have the columns of `seeds/claims.csv` or of `Ledger.claims`;
    missing values of text count as blank. All rows are used, remembered ones too.

    Raises
    ------
    TypeError
        If it is neither a ledger nor a frame.
    ValueError
        If columns are missing; the text names them.

    Examples
    --------
    >>> book = load()
    >>> some = opened(book.claims[book.claims["source_id"] == "trt-2025-06-01"])
    >>> len(some.claims) < len(book.claims), opened(book) is book
    (True, True)
    """
    if isinstance(claims, Ledger):
        return claims
    if not isinstance(claims, pd.DataFrame):
        kind = type(claims).__name__
        raise TypeError(f"expected a Ledger, as load() gives it, or a frame of claims, not {kind}")
    root = tables.find_root()
    sources, actors, codes, own = (tables.load(name, root) for name in checks.LEDGER)
    if missing := [column for column in own.columns if column not in claims]:
        raise ValueError(f"claims lack the columns {', '.join(missing)} of seeds/claims.csv")
    texts = own.columns.difference(["paragraph", "value"])
    rows = claims.assign(**{column: claims[column].fillna("") for column in texts})
    if "intensity" not in rows:
        rows = derive(rows, sources, codes)
    return Ledger(sources, actors, codes, rows)


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
            raise ValueError(f"{name} has {value!r}; expected some of {', '.join(known_names)}")


def derive(claims: pd.DataFrame, sources: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Claims with the derived columns that `Ledger` documents.

    >>> from analysis import tables
    >>> claims, sources, codes = (tables.load(name) for name in ("claims", "sources", "codes"))
    >>> [c for c in derive(claims, sources, codes) if c not in claims]
    ['intensity', 'day', 'end_day', 'published_day', 'origin', 'occurrence']
    """
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

    Raises
    ------
    ValueError
        If one of the two is no day, such as a month or a blank.

    Examples
    --------
    >>> book = load()
    >>> len(known(book, "2025-06-01", known_by="2025-06-01")) < len(known(book, "2025-06-01"))
    True
    """
    claims = ledger.claims
    keep = claims["day"] <= a_day("as_of", as_of)
    if known_by:
        keep &= claims["published_day"] <= a_day("known_by", known_by)
    return claims[keep]


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


def concerning(
    ledger: Ledger, actors: Collection[str], as_of: str = "", known_by: str = ""
) -> pd.DataFrame:
    """Claims in which all the actors have a part: as actor, recipient, mediator or speaker.

    >>> book = load()
    >>> len(concerning(book, ["PAK", "IEA", "CHN"])) < len(concerning(book, ["PAK", "IEA"]))
    True
    """
    claims = known(ledger, as_of or "9999-12-31", known_by)
    parts = claims["actors"].str.cat(claims[["recipients", "mediators", "speaker"]], sep=";")
    wanted = set(actors)
    return claims[parts.str.split(";").map(wanted.issubset).astype(bool)]


def sources_of(ledger: Ledger, claim_ids: Iterable[str]) -> pd.DataFrame:
    """Claims with publisher, title, address and day of their sources, in order of date.

    >>> sources_of(load(), ["C0098"])["publisher"].tolist()
    ['TRT World']
    """
    chosen = ledger.claims[ledger.claims["claim_id"].isin(set(claim_ids))]
    about = ledger.sources[["source_id", "publisher", "title", "url", "published", "wire", "side"]]
    return chosen.merge(about, on="source_id").sort_values(["day", "claim_id"], ignore_index=True)


def _days(texts: pd.Series, pick: Callable[[str], date]) -> pd.Series:
    days = {text: pick(text) for text in texts.unique() if text}
    ends = {text: day for text, day in days.items() if date.min < day < date.max}
    return pd.to_datetime(texts.map(ends)).astype("datetime64[s]")
