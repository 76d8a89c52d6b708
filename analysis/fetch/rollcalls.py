"""Recorded votes of the General Assembly as their sources write them, read and repaired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.fetch.http import FetchError

# Correlates of War numbers of the region and the powers; others keep their number (COW020).
ISO3 = {
    2: "USA", 200: "GBR", 220: "FRA", 255: "DEU", 365: "RUS", 373: "AZE", 385: "NOR", 630: "IRN",
    640: "TUR", 670: "SAU", 694: "QAT", 696: "ARE", 700: "AFG", 701: "TKM", 702: "TJK",
    703: "KGZ", 704: "UZB", 705: "KAZ", 710: "CHN", 740: "JPN", 750: "IND", 770: "PAK",
}  # fmt: skip
CAST, NOT_CAST = (1, 2, 3), (8, 9)
LETTERS = {"Y": 1, "A": 2, "N": 3}
# In Voeten's file the day of the month is the day of the week (2 Monday ... 6 Friday) before this.
FIRST_EXACT_DAY = 58
# Under its new name Türkiye is all but missing from Voeten's session 78.
THIN = 0.05


@dataclass(frozen=True)
class RollCalls:
    """Votes and roll calls of one source, with what was repaired in words.

    `votes`: session, roll_call, state, vote (1 yes, 2 abstain, 3 no; absences
    are missing rows). `roll_calls`: roll_call, session, month, day, resolution
    (day and resolution blank where the source does not tell), yes, abstain, no.
    """

    votes: pd.DataFrame
    roll_calls: pd.DataFrame
    repairs: list[str]


def read(path: Path) -> RollCalls:
    """Roll calls of a file: Voeten's (CSV, tab, R or Parquet) or the UN Library's CSV.

    Told apart by their columns: `ccode` and `vote` with `resid` or `rcid` are
    Voeten's, `ms_code` and `ms_vote` the Library's.

    Raises
    ------
    FetchError
        If the file cannot be read, is neither, or holds a vote it should not;
        names the row.
    """
    frame = _open(path)
    columns = set(frame.columns)
    if {"ms_code", "ms_vote", "undl_id", "session", "date"} <= columns:
        return _library(frame, path)
    if {"ccode", "vote"} <= columns and ("resid" in columns or {"rcid", "session"} <= columns):
        return _voeten(frame, path)
    raise FetchError(
        f"{path}: neither Voeten's file (resid or rcid with session, ccode, vote) nor the UN "
        f"Library's (undl_id, ms_code, ms_vote, session, date); its columns are "
        f"{', '.join(map(str, frame.columns[:12]))}"
    )


def _open(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise FetchError(f"{path}: no such file")
    name = path.name.lower()
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        ".parquet": pd.read_parquet,
        ".rdata": _from_r,
        ".rda": _from_r,
        ".rds": _from_r,
        ".tab": lambda place: _text(place, sep="\t"),
        ".csv": _text,
        ".csv.gz": _text,
    }
    for ending, reader in readers.items():
        if name.endswith(ending):
            try:
                return reader(path)
            except FetchError:
                raise
            except Exception as error:
                raise FetchError(f"{path}: cannot be read ({error}); fetch it again") from None
    raise FetchError(f"{path}: expected a name ending in {', '.join(readers)}")


def _text(path: Path, sep: str = ",") -> pd.DataFrame:
    # Names of states, which nothing here reads, are not always in UTF-8.
    return pd.read_csv(path, sep=sep, low_memory=False, encoding_errors="replace")


def _from_r(path: Path) -> pd.DataFrame:
    # Slow to load, and few files are R's.
    import rdata

    single = path.suffix.lower() == ".rds"
    held = {"": rdata.read_rds(path)} if single else rdata.read_rda(path)
    frames = [one for one in held.values() if isinstance(one, pd.DataFrame)]
    votes = [frame for frame in frames if "vote" in frame.columns]
    if len(votes) != 1:
        raise FetchError(f"{path}: expected one data frame with a column vote, found {len(votes)}")
    return votes[0]


def _voeten(frame: pd.DataFrame, path: Path) -> RollCalls:
    numbers = {
        name: _whole(frame, name, path)
        for name in ("resid", "rcid", "session", "ccode", "vote")
        if name in frame.columns
    }
    vote = numbers["vote"]
    known = vote.isna() | vote.isin([*CAST, *NOT_CAST])
    if not known.all():
        raise FetchError(
            f"{_place(path, ~known)}: vote {vote[~known].iloc[0]}; expected 1 yes, 2 abstain, "
            "3 no, 8 absent or 9 no member"
        )
    if "resid" in numbers:
        # The session's own number; the column year gives 2022 for two sessions.
        call, session = numbers["resid"], numbers["resid"] // 1000
    else:
        session = numbers["session"]
        order = numbers["rcid"].groupby(session).rank(method="dense")
        call = (session * 1000 + order).astype("Int64")
    blank = call.isna() | session.isna() | numbers["ccode"].isna()
    if blank.any():
        raise FetchError(f"{_place(path, blank)}: session, roll call or state is blank")
    votes = pd.DataFrame(
        {
            "session": session,
            "roll_call": call,
            "state": numbers["ccode"].map(lambda code: ISO3.get(code, f"COW{code:03d}")),
            "vote": vote,
        }
    )
    untold = pd.Series("", index=frame.index)
    votes["day"] = pd.to_datetime(frame.get("date", untold), errors="coerce")
    votes["resolution"] = frame.get("unres", untold)
    cast = votes[vote.isin(CAST)].copy()
    notes = []
    here = (cast["state"] == "TUR") & (cast["session"] == 78)
    held = cast.loc[cast["session"] == 78, "roll_call"].nunique()
    if 0 < here.sum() < THIN * held:
        notes.append(f"TUR left out of session 78: {here.sum()} votes on {held} roll calls")
        # Their two votes still count in the tally of the Assembly.
        cast["kept"] = ~here
    exact = cast["session"] >= FIRST_EXACT_DAY
    if (~exact).any() and cast["day"].notna().any():
        notes.append(f"days before session {FIRST_EXACT_DAY} cut to their month: they are weekdays")
    return _finish(cast, exact, notes, path)


def _library(frame: pd.DataFrame, path: Path) -> RollCalls:
    letter = frame["ms_vote"].fillna("X").astype(str).str.strip().str.upper()
    known = letter.isin([*LETTERS, "X", ""])
    if not known.all():
        raise FetchError(
            f"{_place(path, ~known)}: ms_vote {letter[~known].iloc[0]!r}; expected Y, A, N or X"
        )
    regular = frame["session"].astype(str).str.fullmatch(r"\d+(\.0)?")
    notes = []
    if not regular.all():
        left = frame.loc[~regular, "undl_id"].nunique()
        notes.append(f"{left} roll calls of special and emergency sessions left out")
    cast = frame[regular & letter.isin(list(LETTERS))]
    votes = pd.DataFrame(
        {
            "session": cast["session"].astype(float).astype("int64"),
            "undl_id": cast["undl_id"],
            "state": cast["ms_code"].astype(str).str.strip(),
            "vote": letter[cast.index].map(LETTERS),
            "day": pd.to_datetime(cast["date"], errors="coerce"),
            "resolution": cast["resolution"] if "resolution" in cast.columns else "",
        }
    )
    # Numbered by day within the session, since the Library's numbers are its catalogue's.
    order = (
        votes[["session", "day", "undl_id"]]
        .drop_duplicates()
        .sort_values(["session", "day", "undl_id"])
    )
    number = order.groupby("session").cumcount() + 1
    order = order.assign(roll_call=order["session"] * 1000 + number)
    votes = votes.merge(order[["undl_id", "roll_call"]], on="undl_id")
    return _finish(votes, pd.Series(True, index=votes.index), notes, path)


def _finish(cast: pd.DataFrame, exact: pd.Series, notes: list[str], path: Path) -> RollCalls:
    """Duplicates out, tallies counted, days as exact as they are."""
    if cast.empty:
        raise FetchError(f"{path}: no vote was cast in it; expected yes, abstain or no")
    key = ["session", "roll_call", "state"]
    cast = cast.assign(exact=exact).astype(dict.fromkeys(["session", "roll_call", "vote"], "int64"))
    double = cast.duplicated(key)
    if double.any():
        differing = cast[cast.duplicated(key, keep=False)].groupby(key)["vote"].nunique()
        if (differing > 1).any():
            session, call, state = differing[differing > 1].index[0]
            raise FetchError(
                f"{path}: {state} has two different votes on roll call {call} of session {session}"
            )
        notes.append(f"{int(double.sum())} repeated votes left out")
        cast = cast[~double]
    kept = cast["kept"] if "kept" in cast.columns else pd.Series(True, index=cast.index)
    votes = cast.loc[kept, [*key, "vote"]].sort_values(key, ignore_index=True)
    # A few rows bear the day of the roll call next to theirs; what most rows say stands.
    told = cast.groupby(["roll_call", "day"]).size().rename("rows").reset_index()
    strays = int(told.duplicated("roll_call").sum())
    if strays:
        notes.append(f"{strays} roll calls have rows of another day: the day of most rows kept")
    told = told.sort_values(["roll_call", "rows"]).drop_duplicates("roll_call", keep="last")
    first = cast.drop_duplicates("roll_call").set_index("roll_call").sort_index()
    first["day"] = told.set_index("roll_call")["day"].reindex(first.index)
    tally = cast.groupby(["roll_call", "vote"]).size().unstack(fill_value=0)
    tally = tally.reindex(columns=list(CAST), fill_value=0)
    days = first["day"].dt.strftime("%Y-%m-%d").fillna("")
    calls = pd.DataFrame(
        {
            "roll_call": first.index,
            "session": first["session"].to_numpy(),
            "month": days.str[:7].to_numpy(),
            "day": days.where(first["exact"], "").to_numpy(),
            "resolution": first["resolution"].fillna("").astype(str).to_numpy(),
            "yes": tally[1].to_numpy(),
            "abstain": tally[2].to_numpy(),
            "no": tally[3].to_numpy(),
        }
    )
    return RollCalls(votes, calls, notes)


def _whole(frame: pd.DataFrame, name: str, path: Path) -> pd.Series:
    """A column as whole numbers, missing ones kept."""
    numbers = pd.to_numeric(frame[name], errors="coerce")
    strange = (numbers.isna() & frame[name].notna()) | (numbers % 1 > 0)
    if strange.any():
        raise FetchError(
            f"{_place(path, strange)}: {name} {frame.loc[strange, name].iloc[0]!r}; expected a "
            "whole number"
        )
    return numbers.astype("Int64")


def _place(path: Path, at: pd.Series) -> str:
    # Row 1 of the file is its header.
    return f"{path}, row {int(at.to_numpy().argmax()) + 2}"
