"""Voting tables of `data/`, from Voeten's archive of every recorded vote of the Assembly.

The archive has traps, and a file that is cut or of another version looks like
any other: so it is held against its published checksum, its rows against
their code, and what is made of them against the tables that stand.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd

from analysis import tables, votes
from analysis.fetch.http import Client, FetchError

# Correlates of War numbers, by which the archive names states.
STATES = {
    2: "USA", 200: "GBR", 220: "FRA", 255: "DEU", 365: "RUS", 373: "AZE", 385: "NOR", 630: "IRN",
    640: "TUR", 670: "SAU", 694: "QAT", 696: "ARE", 700: "AFG", 701: "TKM", 702: "TJK",
    703: "KGZ", 704: "UZB", 705: "KAZ", 710: "CHN", 740: "JPN", 750: "IND", 770: "PAK",
}  # fmt: skip
WORDS = {1: "yes", 2: "abstain", 3: "no"}
FIRST_SESSION = 46
# Before it the archive gives the day of the week (2 Monday ... 6 Friday) as day of the month.
FIRST_EXACT_DAY = 58
# Under its new name Türkiye has two votes in the session, unless a later version mends that:
# with so few it is unknown, and not absent.
UNKNOWN, FEW = "state == 'TUR' and session == 78", 5
NEEDED = ("resid", "ccode", "vote", "date")


@dataclass(frozen=True)
class Archive:
    """Where the votes lie: a Dataverse, a data set in it, a version of it, the file's name.

    `version` is `:latest-published` or a number such as `32.0`; `file` is a
    regular expression, since names change with the version.
    """

    address: str = "https://dataverse.harvard.edu"
    dataset: str = "doi:10.7910/DVN/LEJUQZ"
    version: str = ":latest-published"
    file: str = r".*UNVotes.*\.(csv|tab)"


ARCHIVE = Archive()


def fetch(
    root: Path,
    archive: Archive = ARCHIVE,
    tell: Callable[[str], None] = print,
    client: Client | None = None,
) -> list[Path]:
    """Paths of the voting tables of `data/`, written anew from the archive.

    `unga_roll_calls` and `unga_afghanistan`, from session 46 on, for the states
    that have a column in the first. The file is chosen from the listing of the
    version. `tell` gets a line for what came, and one for what is in it.

    Raises
    ------
    FetchError
        If the archive does not answer, lists no such file or several, publishes
        no checksum, or sends something else; and as `take` does.
    """
    client, base = client or Client(), f"{archive.address.rstrip('/')}/api"
    where = f"{base}/datasets/:persistentId/versions/{archive.version}"
    answer = client.json(where, {"persistentId": archive.dataset})
    try:
        files = [entry["dataFile"] for entry in answer["data"]["files"]]
        listed = {str(one.get("originalFileName") or one["filename"]): one for one in files}
    except (KeyError, TypeError, AttributeError):
        raise FetchError(f"{where}: no list of files; the service may have changed") from None
    fit = [name for name in listed if re.fullmatch(archive.file, name)]
    if len(fit) != 1 or not listed[fit[0]].get("md5"):
        raise FetchError(
            f"{where}: {', '.join(fit) or 'nothing'} for {archive.file}; expected one file with "
            f"an md5 of {', '.join(listed)}. Name it in Archive(file=...)."
        )
    name, one = fit[0], listed[fit[0]]
    # The checksum of a table that Dataverse has converted is that of the original.
    query = {"format": "original"} if one.get("originalFileFormat") else None
    body = client.get(f"{base}/access/datafile/{one['id']}", query, one["md5"])
    tell(f"{name}: {len(body):,} bytes, checksum as published")
    return _renew(root, name, body, tell)


def take(root: Path, path: Path, tell: Callable[[str], None] = print) -> list[Path]:
    """Paths of the voting tables of `data/`, written anew from a file of the archive's.

    CSV, tab-separated or Parquet, with the archive's own columns `resid`,
    `ccode`, `vote` and `date`.

    Raises
    ------
    FetchError
        If the file cannot be read; a row breaks its code; a state votes in two
        ways; a session is missing, or a vote that the tables have is lost or
        another one; a roll call of `unga_resolutions` is not there, or of
        another day. Nothing is written then.
    """
    if not path.is_file():
        raise FetchError(f"{path}: no such file")
    return _renew(root, path.name, path.read_bytes(), tell)


def _renew(root: Path, name: str, body: bytes, tell: Callable[[str], None]) -> list[Path]:
    cast = ballots(name, body)
    calls = roll_calls(cast, votes.states(root))
    _only_more(calls, root, name)
    tell(f"{len(cast):,} votes on {len(calls):,} roll calls, to session {calls['session'].max()}")
    made = {"unga_roll_calls.csv": calls, "unga_afghanistan.csv": on_afghanistan(calls, root, name)}
    data = root / "data"
    try:
        with tempfile.TemporaryDirectory(prefix=".unga-", dir=data) as folder:
            for file, frame in made.items():
                frame.to_csv(f"{folder}/{file}", index=False, lineterminator="\n")
            for file in made:
                os.replace(f"{folder}/{file}", data / file)
    except OSError as error:
        raise FetchError(f"{data}: cannot be written ({error}). Make room.") from None
    return [data / file for file in made]


def ballots(name: str, body: bytes) -> pd.DataFrame:
    """Votes cast from session 46 on, by all states: roll_call, ccode, vote, date, session.

    `vote` is 1 yes, 2 abstain, 3 no; who cast none has no row.

    Raises
    ------
    FetchError
        As `take` does, with the row.
    """
    frame = _open(name, body)
    cast = frame[["resid", "ccode", "vote"]].apply(pd.to_numeric, errors="coerce")
    cast["date"] = pd.to_datetime(frame["date"], errors="coerce")
    is_whole = (cast[["resid", "ccode"]] % 1 == 0).all(axis=1)
    is_known = cast["vote"].isin([*WORDS, 8, 9]) | frame["vote"].isna()
    is_right = is_whole & is_known & cast["date"].notna()
    if not is_right.all():
        row = int(is_right.to_numpy(dtype="bool").argmin())
        found = ", ".join(f"{column} {frame[column].iloc[row]}" for column in NEEDED)
        # Row 1 of the file is its header.
        raise FetchError(
            f"{name}, row {row + 2}: {found}; expected whole numbers, a vote of 1 yes, 2 abstain, "
            "3 no, 8 absent or 9 no member, and a date such as 2024-06-30"
        )
    # The session's own number: the column year gives 2022 for two of them.
    cast = cast.rename(columns={"resid": "roll_call"}).assign(session=cast["resid"] // 1000)
    cast = cast[cast["vote"].isin(list(WORDS)) & (cast["session"] >= FIRST_SESSION)]
    cast = cast.astype(dict.fromkeys(["roll_call", "ccode", "vote", "session"], "int64"))
    once: pd.DataFrame = cast.drop_duplicates(["roll_call", "ccode", "vote"])
    for one in once[once.duplicated(["roll_call", "ccode"])].itertuples():
        raise FetchError(f"{name}: two different votes of state {one.ccode} on {one.roll_call}")
    return once


def roll_calls(cast: pd.DataFrame, states: list[str]) -> pd.DataFrame:
    """Table `unga_roll_calls`: session, month, day, tally of all states, letter of each given.

    A few rows bear the day of the roll call next to theirs: what most rows of a
    roll call say stands.

    Raises
    ------
    FetchError
        If a state has no number in `STATES`.
    """
    for state in set(states) - set(STATES.values()):
        raise FetchError(f"{state}: a column of unga_roll_calls; expected in STATES of {__name__}")
    dated = cast.groupby(["roll_call", "date"]).size().rename("rows").reset_index()
    days = dated.sort_values(["roll_call", "rows"]).groupby("roll_call")["date"].last()
    calls = cast.groupby("roll_call")[["session"]].first()
    calls["month"] = days.dt.strftime("%Y-%m")
    calls["day"] = days.dt.strftime("%Y-%m-%d").where(calls["session"] >= FIRST_EXACT_DAY, "")
    tally = pd.crosstab(cast["roll_call"], cast["vote"].map(WORDS))
    calls = calls.join(tally.reindex(columns=[*WORDS.values()], fill_value=0))
    ours = cast.assign(state=cast["ccode"].map(STATES), letter=cast["vote"].map(WORDS).str[0])
    ours = ours.dropna(subset="state")
    unknown = ours.query(UNKNOWN)
    # What is left out still counts in the tally.
    ours = ours.drop(unknown.index if len(unknown) < FEW else [])
    wide = ours.pivot(index="roll_call", columns="state", values="letter")
    calls = calls.join(wide.reindex(columns=states, fill_value="")).fillna("")
    calls.insert(1, "roll_call", calls.index)
    return calls.reset_index(drop=True)


def on_afghanistan(calls: pd.DataFrame, root: Path, name: str) -> pd.DataFrame:
    """Table `unga_afghanistan`: how each state voted on each resolution on Afghanistan.

    From the archive where `unga_resolutions` names a roll call; what the press
    tells of the others stays as the table has it.

    Raises
    ------
    FetchError
        If a resolution's roll call is not in the file, or of another day.
    """
    states, key = votes.states(root), ["resolution_id", "session", "day"]
    about = tables.load("unga_resolutions", root).query("is_on_afghanistan and roll_call.notna()")
    found = about.merge(calls.drop(columns="session"), "left", ["roll_call", "day"])
    for one in found[found["yes"].isna()].itertuples():
        what = f"{one.symbol}, roll call {one.roll_call} of {one.day}"
        raise FetchError(f"{name}: no {what}; if its number is new, mend unga_resolutions.csv")
    archived = found.melt(key, states, "state", "letter").assign(evidence="archive")
    words = {"y": "yes", "a": "abstain", "n": "no", "": "absent"}
    archived["vote"] = archived["letter"].map(words)
    archived.loc[archived.query(f"{UNKNOWN} and letter == ''").index, "vote"] = ""
    press = tables.load("unga_afghanistan", root).query("resolution_id not in @about.resolution_id")
    both = pd.concat([archived, press]).sort_values(["day", "resolution_id", "state"])
    return both[[*key, "state", "vote", "evidence"]]


def _only_more(calls: pd.DataFrame, root: Path, name: str) -> None:
    """Refuse a gap in the sessions, and any vote of the table that is lost or another one.

    So a file that is cut, or numbers its roll calls anew, is noticed.
    """
    last = max(calls["session"], default=FIRST_SESSION)
    for session in sorted({*range(FIRST_SESSION, last + 1)} - {*calls["session"]}):
        raise FetchError(f"{name}: no vote of session {session}; expected all since the first")
    path = root / "data" / "unga_roll_calls.csv"
    before = pd.read_csv(path, keep_default_na=False, index_col="roll_call")
    before = before.filter(regex="^[A-Z]{3}$")
    found = calls.set_index("roll_call").reindex_like(before).fillna("")
    differs = ((before != "") & (found != before)).stack()
    for call, state in differs.index[differs.to_numpy()]:
        was, now = before.loc[call, state], found.loc[call, state]
        raise FetchError(
            f"{name}: vote of {state} on roll call {call} is {now!r}; expected {was!r}, as in "
            f"{path.name}. If the archive has corrected it, take it out there first."
        )


def _open(name: str, body: bytes) -> pd.DataFrame:
    sep = "\t" if b"\t" in body[:1000] else ","
    try:
        if name.endswith(".parquet"):
            frame = pd.read_parquet(BytesIO(body))
        else:
            # Names of states, which nothing here reads, are not always in UTF-8.
            frame = pd.read_csv(BytesIO(body), sep=sep, encoding_errors="replace", low_memory=False)
    except (ValueError, OSError) as error:
        raise FetchError(f"{name}: no CSV, tab-separated text or Parquet ({error})") from None
    if lacking := [column for column in NEEDED if column not in frame.columns]:
        raise FetchError(f"{name}: no column {', '.join(lacking)}; expected {', '.join(NEEDED)}")
    return frame
