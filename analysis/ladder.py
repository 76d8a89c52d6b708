"""The ladder of engagement: which state took which step towards the Taliban authorities, when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis import ledger
from analysis.dates import first_day
from analysis.ledger import Ledger
from analysis.words import day

AUTHORITIES = ("IEA", "TAL")
FALL = "2021-08-15"
CONTACT = "contact"
# A first contact is dated only by the first one that a source here reports,
# so the order of first contacts would be an order of coverage.
UNORDERED = (CONTACT,)
# A rung that is undone by this step applies only to states that took it: a
# listing comes before it is lifted and is a reason for the rung, not its undoing.
LISTED = "listed"
# Steps that mend what the same two sides had broken are no measures of engagement.
MENDING = ("crossing_opened", "ceasefire_agreed")
# Statuses of a cell, from most to least done.
HELD = "held from the start"
EXECUTED = "executed"
UNDONE = "undone"
ANNOUNCED = "announced"
REPORTED = "reported only"
NOT_CODED = "not coded"
NOT_APPLICABLE = "not applicable"
STATUSES = (HELD, EXECUTED, UNDONE, ANNOUNCED, REPORTED, NOT_CODED, NOT_APPLICABLE)
HOLDS = (HELD, EXECUTED)
TAKEN = (HELD, EXECUTED, UNDONE)
_FIRMNESS = {"asserted": EXECUTED, "planned": ANNOUNCED, "alleged": REPORTED}


def rungs(book: Ledger) -> list[str]:
    """Codes of the rungs, lowest first, as `codes.csv` orders them.

    >>> rungs(ledger.load())[-2:]
    ['delisted', 'recognised']
    """
    on_ladder = book.codes[book.codes["rung"].notna()]
    return list(on_ladder.sort_values("rung")["code"])


def labels(book: Ledger) -> dict[str, str]:
    """Code of every step, rungs among them, to its name on pages.

    >>> labels(ledger.load())["delisted"]
    'off the list'
    """
    steps_coded = book.codes[book.codes["kind"] == "step"]
    shown = steps_coded["label"].where(steps_coded["label"] != "", steps_coded["code"])
    return dict(zip(steps_coded["code"], shown, strict=True))


def steps(book: Ledger, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Claims that name a step between a state and the Taliban, one row a claim and state.

    Columns of `Ledger.rows` plus `state`. A mediator takes no step by hosting
    others, so only actors and recipients count.
    """
    claims = ledger.known(book, as_of, known_by)
    claims = claims[(claims["step"] != "") & claims["kind"].isin(["event", "tie"])]
    sides = (claims["actors"] + ";" + claims["recipients"]).str.strip(";").str.split(";")
    with_taliban = sides.map(lambda ids: not set(ids).isdisjoint(AUTHORITIES)).astype(bool)
    rows = claims.assign(state=sides)[with_taliban].explode("state")
    return rows[rows["state"].isin(_states(book))].reset_index(drop=True)


def cells(book: Ledger, as_of: str, known_by: str = "", states: Sequence[str] = ()) -> pd.DataFrame:
    """State by rung on a day, one row a cell, every state and every rung present.

    `states` are all of the ladder (`ledger.states`) unless said otherwise.

    Columns: `state`, `rung`, `status`, `first` (last possible day of the first
    execution, or of the announcement where nothing was executed), `first_text`
    (the same as the source dates it, EDTF), `until` (day on which it was last
    undone), `again` (day on which it was taken once more after that), `claims`
    (ids), `dated_by` (the id of the claim that gives the date), `denied_by`
    (ids of claims by which it was not so: of a step taken those on the same
    occurrence, else all), `source_count` (independent origins).

    `status`: *held from the start* (a mission that never closed), *executed*,
    *undone* (executed and later reversed), *announced* (by the state itself,
    not executed), *reported only* (someone else says so), *not coded*, and
    *not applicable* (there is nothing to lift where no listing is coded).
    An announcement never counts as execution.

    Raises
    ------
    ValueError
        If a day is no day, or one of the states is no state of `actors.csv`.

    Examples
    --------
    >>> ladder = cells(ledger.load(), "2025-06-01").set_index(["state", "rung"])
    >>> ladder.loc["PAK", "status"][["ambassador_sent", "recognised"]].tolist()
    ['announced', 'not coded']
    """
    parts = _by_step(steps(book, as_of, known_by))
    undoing = _undoing(book)
    rows = []
    for state in _chosen(book, states):
        for rung in rungs(book):
            cell = _cell(parts, state, rung, undoing.get(rung, ""))
            if undoing.get(rung) == LISTED and cell["status"] == NOT_CODED:
                banned = parts.get((state, LISTED), [])
                if not any(claim.modality == "asserted" for claim in banned):
                    cell["status"] = NOT_APPLICABLE
            rows.append({"state": state, "rung": rung, **cell})
    return pd.DataFrame(rows, columns=["state", "rung", *_EMPTY])


def measures(
    book: Ledger, as_of: str, known_by: str = "", states: Sequence[str] = ()
) -> pd.DataFrame:
    """Steps beside the ladder: consuls, trade, transit, energy, security; one row a state and step.

    Columns as of `cells`, with `step` in place of `rung` and `ladder`, the kind
    of dealing. What is not coded has no row. A contract ended is *undone*.
    Crossings and cease-fires are left out: they mend what the same two sides broke.
    """
    codes = book.codes[(book.codes["kind"] == "step") & book.codes["rung"].isna()]
    beside = codes[(codes["reverses"] == "") & ~codes["code"].isin(MENDING)]
    parts = _by_step(steps(book, as_of, known_by))
    undoing = _undoing(book)
    rows = [
        {"state": state, "step": code, "ladder": kind}
        | _cell(parts, state, code, undoing.get(code, ""))
        for state in _chosen(book, states)
        for code, kind in zip(beside["code"], beside["ladder"], strict=True)
    ]
    found = pd.DataFrame(rows, columns=["state", "step", "ladder", *_EMPTY])
    return found[found["status"] != NOT_CODED].reset_index(drop=True)


def meetings(
    book: Ledger, as_of: str, known_by: str = "", states: Sequence[str] = ()
) -> pd.DataFrame:
    """Meetings of states with the authorities that a source dates, newest first.

    One row an occurrence in which one of `states` (default: of the ladder) took
    part. Columns `day`, `start` (EDTF), `states` (ids), `mediators` (ids),
    `form` (visit, multilateral, phone; blank where the claim gives none),
    `gloss`, `claims` (ids), `source_count`. A host that only brings others
    together is a mediator.

    >>> met = meetings(ledger.load(), "2025-06-01")
    >>> met.loc[0, ["start", "states", "mediators", "claims"]].tolist()
    ['2025-05-21', ['PAK'], ['CHN'], ['C0004', 'C1195']]
    """
    taken = steps(book, as_of, known_by)
    met = taken[
        (taken["step"] == CONTACT) & (taken["modality"] == "asserted") & (taken["start"] != "")
    ]
    wanted = set(_chosen(book, states))
    rows = []
    for _, group in met.sort_values(["day", "claim_id"]).groupby("occurrence", sort=False):
        present = list(dict.fromkeys(group["state"]))
        if wanted.isdisjoint(present):
            continue
        first = group.iloc[0]
        rows.append(
            {
                "day": first["day"],
                "start": first["start"],
                "states": present,
                "mediators": sorted({one for ids in group["mediators"] for one in _ids(ids)}),
                "form": first["mode"],
                "gloss": first["gloss"],
                "claims": sorted(set(group["claim_id"])),
                "source_count": group["origin"].nunique(),
            }
        )
    found = pd.DataFrame(
        rows,
        columns=["day", "start", "states", "mediators", "form", "gloss", "claims", "source_count"],
    )
    return found.sort_values(["day", "start"], ascending=False, ignore_index=True)


def sanctions(book: Ledger, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Bans on the Taliban and sanctions against the authorities, oldest first.

    One row an occurrence, asserted and dated: `by` (actor ids), `day`, `start`
    (EDTF), `gloss`, `is_ban`, `lifted` (EDTF day on which a ban was lifted or
    suspended, blank where none is coded), `claims`. Missions withdrawn and
    contracts ended belong to their steps and are left out.

    >>> sanctions(ledger.load(), "2025-06-01").columns.tolist()
    ['by', 'day', 'start', 'gloss', 'is_ban', 'lifted', 'claims']
    """
    claims = ledger.known(book, as_of, known_by)
    against = claims["recipients"].map(lambda ids: not set(_ids(ids)).isdisjoint(AUTHORITIES))
    found = claims[
        against.astype(bool)
        & (claims["code"] == "SANCTION")
        & (claims["modality"] == "asserted")
        & claims["step"].isin(["", LISTED])
        & (claims["start"] != "")
    ]
    on_ladder = cells(book, as_of, known_by, sorted(_states(book)))
    ladder = on_ladder[on_ladder["status"].isin(HOLDS)].set_index(["state", "rung"])["first_text"]
    ends = [rung for rung, step in _undoing(book).items() if step == LISTED]
    rows = []
    for _, group in found.sort_values(["day", "claim_id"]).groupby("occurrence", sort=False):
        first = group.iloc[0]
        is_ban = first["step"] == LISTED
        lifted = [ladder.get((first["actors"], rung), "") for rung in ends if is_ban]
        rows.append(
            {
                "by": _ids(first["actors"]),
                "day": first["day"],
                "start": first["start"],
                "gloss": first["gloss"],
                "is_ban": is_ban,
                "lifted": next(filter(None, lifted), ""),
                "claims": sorted(set(group["claim_id"])),
            }
        )
    columns = ["by", "day", "start", "gloss", "is_ban", "lifted", "claims"]
    return pd.DataFrame(rows, columns=columns).astype({"is_ban": bool})


def held(cells: pd.DataFrame) -> pd.Series:
    """Number of rungs that each state holds, most first, then by id.

    >>> held(cells(ledger.load(), "2025-06-01", states=["RUS", "CHN"])).to_dict()
    {'CHN': 2, 'RUS': 1}
    """
    holds = cells["status"].isin(HOLDS).groupby(cells["state"]).sum().astype(int)
    return holds.rename("rungs").sort_values(ascending=False, kind="stable")


def pending(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells announced by the state itself and not carried out, oldest first."""
    return cells[cells["status"] == ANNOUNCED].sort_values(["first", "state"], ignore_index=True)


def moved(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Cells of `after` whose status differs from `before`, newest first, with the column `was`."""
    keys = ["state", "rung"]
    joined = after.merge(before[[*keys, "status"]].rename(columns={"status": "was"}), on=keys)
    changed = joined[joined["status"] != joined["was"]]
    return changed.sort_values(["first", "state"], ascending=[False, True], ignore_index=True)


def thin(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells taken by rung, and how many of them rest on one source: `rung`, `taken`, `on_one`."""
    done = cells[cells["status"].isin(TAKEN)]
    counts = done.groupby("rung", sort=False).agg(
        taken=("state", "size"), on_one=("source_count", lambda n: int((n == 1).sum()))
    )
    return counts.reset_index()


def heights(cells: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """Number of rungs that each state held, from the fall of Kabul to a day.

    Columns `state`, `day`, `rungs`: one row at the fall, one at each change,
    one at the day. A step counts from the last day that its date allows, until
    it was undone and again from when it was taken once more. Empty before the fall.
    """
    start, end = pd.Timestamp(FALL), pd.Timestamp(as_of)
    columns = ["state", "day", "rungs"]
    if end < start:
        return pd.DataFrame(columns=columns).astype({"day": "datetime64[s]", "rungs": int})
    done = cells[cells["status"].isin(TAKEN)]
    moves = pd.concat(
        [
            done[["state", column]].set_axis(["state", "day"], axis=1).assign(change=change)
            for column, change in (("first", 1), ("until", -1), ("again", 1))
        ]
    ).dropna(subset=["day"])
    moves["day"] = moves["day"].where(moves["day"] > start, start)
    ends = pd.DataFrame(
        [(state, day, 0) for state in cells["state"].unique() for day in (start, end)],
        columns=["state", "day", "change"],
    )
    change = pd.concat([ends, moves]).groupby(["state", "day"], sort=True)["change"].sum()
    return change.groupby("state").cumsum().astype(int).rename("rungs").reset_index()


def order(cells: pd.DataFrame) -> pd.DataFrame:
    """States that have taken each rung, in order of date, with the places that the dates allow.

    Columns `rung`, `state`, `status`, `first`, `first_text`, `place` and
    `place_high`: the best and the worst place, 1 = first; equal days share a
    place. A step known only *by* a day may have been taken on any day since
    Kabul fell, so it has a range of places, and so have those near it.
    Contacts have no order (`UNORDERED`).

    >>> order(cells(ledger.load(), "2025-08-31"))[["rung", "state", "place"]].values.tolist()[1:3]
    [['ambassador_sent', 'CHN', 1], ['ambassador_sent', 'PAK', 2]]
    """
    ordered = [rung for rung in cells["rung"].unique() if rung not in UNORDERED]
    whole = pd.concat([_sequence(cells, rung) for rung in ordered], ignore_index=True)
    # Rungs that nobody took carry no numbers and would make floats of all places.
    return whole.astype({"place": "int64", "place_high": "int64"})


def in_order(book: Ledger, order: pd.DataFrame) -> pd.DataFrame:
    """Order for a reader, one row a rung: the states with place and date as the source gives it."""
    names, shown = book.names(), labels(book)
    rows = []
    for rung, taken in order.groupby("rung", sort=False):
        states = [
            f"{_span(row['place'], row['place_high'])}. {names[row['state']]} "
            + (HELD if row["status"] == HELD else day(row["first_text"]))
            for row in taken.to_dict("records")
        ]
        rows.append({"rung": shown[str(rung)], "states": "; ".join(states)})
    return pd.DataFrame(rows, columns=["rung", "states"])


def tiles(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with `text`, the letters of a tile: the month, ≤ where it was taken by then.

    A second line gives the month in which a step undone was taken again, a
    last one says that it is denied.
    """
    by_then = cells["first_text"].str.startswith("../").map({True: "≤", False: ""})
    month = by_then + cells["first"].dt.strftime("%Y-%m").fillna("")
    text = month.mask(cells["status"] == HELD, "held").mask(
        cells["status"] == NOT_APPLICABLE, "n/a"
    )
    text += ("\n" + cells["again"].dt.strftime("%Y-%m")).fillna("")
    is_denied = cells["denied_by"].str.len() > 0
    return cells.assign(text=(text + is_denied.map({True: "\ndenied", False: ""})).str.strip())


def table(book: Ledger, cells: pd.DataFrame) -> pd.DataFrame:
    """Ladder for a reader, tallest state first: a state a row, a rung a column.

    A cell gives the status where it is not plainly executed, and the date in
    words; `n/a` where a rung does not apply, a blank where nothing is coded;
    `denied` where somebody says that it was not so. For each rung a second
    column, its label with ` claims`, holds the claims of the cell, the one that
    dates it first, those that deny it last.
    """
    names, shown = book.names(), labels(book)
    plain = {EXECUTED: "", NOT_CODED: "", NOT_APPLICABLE: "n/a", HELD: "held"}
    words = cells["status"].map(plain).fillna(cells["status"])
    is_dated = (cells["status"] != HELD) & (cells["first_text"] != "")
    texts = (words + " " + cells["first_text"].map(day).where(is_dated, "")).str.strip()
    again = cells["again"].dt.strftime("%Y-%m-%d").fillna("")
    texts += again.map(lambda text: f", again {day(text)}" if text else "")
    is_denied = cells["denied_by"].str.len() > 0
    texts = (texts + is_denied.map({True: ", denied", False: ""})).str.removeprefix(", ")
    dated_first = [
        sorted(ids, key=lambda claim: claim != dating)
        for ids, dating in zip(cells["claims"], cells["dated_by"], strict=True)
    ]
    behind = pd.Series(dated_first, cells.index) + cells["denied_by"]
    filled = cells.assign(text=texts.mask(texts == "", None), ids=behind)
    states = list(held(cells).index)
    wide = pd.DataFrame({"state": [names[state] for state in states]})
    for rung, part in filled.groupby("rung", sort=False):
        mine = part.set_index("state").loc[states]
        wide[shown[str(rung)]] = mine["text"].tolist()
        wide[f"{shown[str(rung)]} claims"] = mine["ids"].tolist()
    return wide


def described(book: Ledger, cells: pd.DataFrame) -> pd.DataFrame:
    """Cells or measures for a reader: state, step, status, date, claims; `was` if there is one."""
    step = "rung" if "rung" in cells else "step"
    shown = cells.assign(
        state=cells["state"].map(book.names()),
        **{step: cells[step].map(labels(book))},
        date=cells["first_text"].map(day),
    )
    was = ["was"] if "was" in cells else []
    return shown[["state", step, *was, "status", "date", "claims"]]


class _Claim(NamedTuple):
    """What one claim says of a step, with the columns of `steps` that a cell rests on."""

    claim_id: str
    kind: str
    modality: str
    answers: str
    start: str
    day: pd.Timestamp
    origin: str
    occurrence: str


_EMPTY = {
    "status": NOT_CODED,
    "first": pd.NaT,
    "first_text": "",
    "until": pd.NaT,
    "again": pd.NaT,
    "claims": [],
    "dated_by": "",
    "denied_by": [],
    "source_count": 0,
}


def _cell(
    parts: Mapping[tuple[str, str], Sequence[_Claim]], state: str, step: str, undoing: str
) -> dict[str, Any]:
    """How far one state got with one step: the columns of `cells` from `status` on."""
    claims = parts.get((state, step), [])
    modalities = {claim.modality for claim in claims}
    firmest = next((modality for modality in _FIRMNESS if modality in modalities), "")
    denials = [claim for claim in claims if claim.modality == "denied"]
    if not firmest:
        return _EMPTY | {"claims": [], "denied_by": sorted(claim.claim_id for claim in denials)}
    chosen = [claim for claim in claims if claim.modality == firmest]
    status, ids = _FIRMNESS[firmest], sorted(claim.claim_id for claim in chosen)
    first = min(chosen, key=lambda claim: (claim.day, claim.claim_id))
    ends: list[pd.Timestamp] = []
    if status == EXECUTED:
        # That it was not so earlier does not contradict a step taken later.
        occurrences = {claim.occurrence for claim in chosen}
        denials = [one for one in denials if one.answers in ids or one.occurrence in occurrences]
        if any(claim.kind == "tie" and claim.start.startswith("../") for claim in chosen):
            status = HELD
        back = [] if undoing == LISTED else parts.get((state, undoing), [])
        ends = [one.day for one in back if one.modality == "asserted" and one.day > first.day]
    until = max(ends, default=pd.NaT)
    later = [claim.day for claim in chosen if claim.day > until]
    if ends and not later:
        status = UNDONE
    return {
        "status": status,
        "first": first.day,
        "first_text": first.start or first.day.strftime("%Y-%m-%d"),
        "until": until,
        "again": min(later, default=pd.NaT),
        "claims": ids,
        "dated_by": first.claim_id,
        "denied_by": sorted(claim.claim_id for claim in denials),
        "source_count": len({claim.origin for claim in chosen if pd.notna(claim.origin)}),
    }


def _by_step(taken: pd.DataFrame) -> dict[tuple[str, str], list[_Claim]]:
    parts: dict[tuple[str, str], list[_Claim]] = {}
    columns = (taken[column] for column in ("state", "step", *_Claim._fields))
    for state, step, *rest in zip(*columns, strict=True):
        parts.setdefault((state, step), []).append(_Claim(*rest))
    return parts


def _undoing(book: Ledger) -> dict[str, str]:
    """Step to the step that undoes it."""
    back = book.codes[book.codes["reverses"] != ""]
    return dict(zip(back["reverses"], back["code"], strict=True))


def _sequence(cells: pd.DataFrame, rung: str) -> pd.DataFrame:
    done = cells[(cells["rung"] == rung) & cells["status"].isin(TAKEN)]
    done = done.sort_values(["first", "state"], ignore_index=True)
    by_then = done["first_text"].str.startswith("../")
    earliest = done["first_text"].where(~by_then, FALL).map(first_day).to_numpy()
    latest = done["first"].dt.date.where(done["status"] != HELD, first_day(FALL)).to_numpy()
    place = [1 + int((latest < taken).sum()) for taken in earliest]
    # A state is never ahead of itself.
    place_high = [
        1 + int((earliest < taken).sum()) - int(own < taken)
        for own, taken in zip(earliest, latest, strict=True)
    ]
    columns = ["rung", "state", "status", "first", "first_text", "place", "place_high"]
    return done.assign(place=place, place_high=place_high)[columns]


def _chosen(book: Ledger, states: Sequence[str]) -> list[str]:
    ledger.require("states", states, _states(book))
    return list(dict.fromkeys(states)) or ledger.states(book)


def _states(book: Ledger) -> set[str]:
    return set(book.actors.loc[book.actors["kind"] == "state", "actor_id"])


def _ids(text: str) -> list[str]:
    return text.split(";") if text else []


def _span(best: int, worst: int) -> str:
    return str(best) if best == worst else f"{best} to {worst}"
