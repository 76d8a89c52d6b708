"""The engagement ladder: which state took which step towards the Taliban authorities, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from analysis.ledger import Ledger, known, load
from analysis.tables import nearest
from analysis.words import day

AUTHORITIES = ("IEA", "TAL")
FALL = "2021-08-15"
# A first contact is dated only by the first one that a source here reports,
# so the order of first contacts would be an order of coverage.
UNORDERED = ("contact",)
RUNG_LABELS = {
    "contact": "contact (first coded)",
    "mission_open": "mission open",
    "charge_accepted": "chargé or secretary accepted",
    "embassy_handed_over": "embassy handed over",
    "ambassador_sent": "ambassador sent",
    "ambassador_accepted": "ambassador accepted",
    "delisted": "off the list",
    "recognised": "recognised",
}
# Statuses of a cell, from most to least done.
HELD = "held from the start"
EXECUTED = "executed"
UNDONE = "undone"
ANNOUNCED = "announced"
REPORTED = "reported only"
NOT_CODED = "not coded"
NOT_APPLICABLE = "not applicable"
STATUSES = (HELD, EXECUTED, UNDONE, ANNOUNCED, REPORTED, NOT_CODED, NOT_APPLICABLE)


@dataclass(frozen=True)
class Rungs:
    """Names of the rungs in order, lowest first, and which step undoes which."""

    order: list[str]
    undone_by: dict[str, str]


def rungs(ledger: Ledger) -> Rungs:
    """Rungs of the engagement ladder as `codes.csv` defines them."""
    steps = ledger.codes[ledger.codes["ladder"] == "engagement"]
    order = steps[steps["rung"].notna()].sort_values("rung")["code"].tolist()
    back = steps[steps["reverses"] != ""]
    return Rungs(order, dict(zip(back["reverses"], back["code"], strict=True)))


def steps(ledger: Ledger, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Claims that name a step between a state and the Taliban, one row a state.

    Columns of the claims plus `state`. A mediator takes no step by hosting
    others, so only actors and recipients count.
    """
    claims = known(ledger, as_of, known_by)
    claims = claims[(claims["step"] != "") & claims["kind"].isin(["event", "tie"])]
    sides = (claims["actors"] + ";" + claims["recipients"]).str.strip(";").str.split(";")
    with_taliban = sides.map(lambda ids: not set(ids).isdisjoint(AUTHORITIES)).astype(bool)
    states = set(ledger.actors.loc[ledger.actors["kind"] == "state", "actor_id"])
    rows = claims.assign(state=sides)[with_taliban].explode("state")
    return rows[rows["state"].isin(states)].reset_index(drop=True)


def ladder(
    as_of: str, known_by: str = "", states: Sequence[str] = (), *, ledger: Ledger | None = None
) -> pd.DataFrame:
    """State by rung on a date, one row a cell, every state and every rung present.

    `states` are all that have a step coded unless said otherwise; `ledger` is
    another one than that of `seeds/`.

    Columns: `state`, `rung`, `status`, `first` (last possible day of the
    first execution, or of the announcement where nothing was executed),
    `first_text` (the same as the source dates it, EDTF), `until` (day on
    which it was last undone), `again` (day on which it was taken once more
    after that), `claims` (ids), `dated_by` (the id of the claim that gives the
    date), `denied_by` (ids of claims by which it was not so: of a step taken
    those on the same happening, else all), `source_count` (independent origins).

    `status`: *held from the start* (a mission that never closed), *executed*,
    *undone* (executed and later reversed), *announced* (by the state itself,
    not executed), *reported only* (someone else says so), *not coded*, and
    *not applicable* (there is nothing to delist where no listing is coded).
    An announcement never counts as execution.

    Raises
    ------
    ValueError
        If a date is no day, or one of the states is no state of `actors.csv`.

    Examples
    --------
    >>> cells = ladder("2025-06-01").set_index(["state", "rung"])
    >>> cells.loc[("RUS", "recognised"), "status"]
    'not coded'
    """
    book = load() if ledger is None else ledger
    taken = steps(book, as_of, known_by)
    scale = rungs(book)
    require_states(book, states)
    parts = by_step(taken)
    # A listing comes before it is lifted: it is a reason for the step, not its undoing.
    undone_by = dict(scale.undone_by)
    listing = undone_by.pop("delisted")
    named = list(states) or sorted(set(taken["state"]))
    rows = []
    for state in named:
        for rung in scale.order:
            cell = step_cell(parts, state, rung, undone_by.get(rung))
            if rung == "delisted" and cell["status"] == NOT_CODED:
                is_banned = asserted(parts.get((state, listing), []))
                cell["status"] = NOT_CODED if is_banned else NOT_APPLICABLE
            rows.append({"state": state, "rung": rung, **cell})
    return pd.DataFrame(rows, columns=["state", "rung", *_EMPTY])


def by_height(cells: pd.DataFrame) -> list[str]:
    """States by the number of rungs they hold, most first, then by name."""
    holds = cells["status"].isin([HELD, EXECUTED])
    taken = cells.assign(holds=holds).groupby("state")["holds"].sum()
    return sorted(taken.index, key=lambda state: (-taken[state], state))


def tiles(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells for a grid: row, column, status, text.

    The text is the month of the first day, ≤ where it was taken by then; a
    second line where it was undone and taken again, or where it is denied.
    """
    by_then = cells["first_text"].str.startswith("../").map({True: "≤", False: ""})
    month = by_then + cells["first"].dt.strftime("%Y-%m").fillna("")
    text = month.mask(cells["status"] == HELD, "held").mask(
        cells["status"] == NOT_APPLICABLE, "n/a"
    )
    text += ("\n" + cells["again"].dt.strftime("%Y-%m")).fillna("")
    is_denied = cells["denied_by"].str.len() > 0
    text = (text + is_denied.map({True: "\ndenied", False: ""})).str.strip()
    shown = cells.assign(row=cells["state"], column=cells["rung"], text=text)
    return shown[["row", "column", "status", "text", "first_text", "claims"]]


def dated(cells: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Ladder as a table for a reader, tallest state first: a state a row, a rung a column.

    A cell gives the status where it is not plainly executed, and the date in
    words; `n/a` where a rung does not apply, a blank where nothing is coded;
    `denied` where somebody says that it was not so. For each rung a second
    column, its name with ` claims`, holds the claims of the cell, the one that
    dates it first, those that deny it last.
    """
    words = cells["status"].map({EXECUTED: "", NOT_CODED: "", NOT_APPLICABLE: "n/a", HELD: "held"})
    words = words.fillna(cells["status"])
    dates = cells["first_text"].map(day).where(cells["status"] != HELD, "")
    dates = dates.where(cells["first_text"] != "", "")
    again = cells["again"].dt.strftime("%Y-%m-%d").fillna("")
    texts = (words + " " + dates).str.strip()
    texts += again.map(lambda text: f", again {day(text)}" if text else "")
    is_denied = cells["denied_by"].str.len() > 0
    texts = (texts + is_denied.map({True: ", denied", False: ""})).str.removeprefix(", ")
    first = cells["dated_by"].map(lambda claim: [claim] if claim else [])
    rest = [
        [one for one in ids if one != claim]
        for ids, claim in zip(cells["claims"], cells["dated_by"], strict=True)
    ]
    shown = cells.assign(
        text=texts.mask(texts == "", None),
        ids=first + pd.Series(rest, cells.index) + cells["denied_by"],
    )
    states = by_height(cells)
    table = pd.DataFrame({"state": [names[state] for state in states]})
    for rung, part in shown.groupby("rung", sort=False):
        mine = part.set_index("state").reindex(states)
        table[RUNG_LABELS[str(rung)]] = mine["text"].tolist()
        table[f"{RUNG_LABELS[str(rung)]} claims"] = mine["ids"].tolist()
    return table


def pending(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells announced by the state itself and not carried out."""
    return cells[cells["status"] == ANNOUNCED].sort_values(["first", "state"], ignore_index=True)


def moved(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Cells of `after` whose status differs from `before`, with the column `was`."""
    keys = ["state", "rung"]
    joined = after.merge(before[[*keys, "status"]].rename(columns={"status": "was"}), on=keys)
    changed = joined[joined["status"] != joined["was"]]
    return changed.sort_values(["first", "state"], ascending=[False, True], ignore_index=True)


def named(cells: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Cells for a reader: state, rung, status, date, claims; `was` where there is one."""
    shown = cells.assign(
        state=cells["state"].map(names),
        rung=cells["rung"].map(RUNG_LABELS),
        date=cells["first_text"].map(day),
    )
    was = ["was"] if "was" in cells else []
    return shown[["state", "rung", *was, "status", "date", "claims"]]


def thin(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells by rung: how many are executed or held, how many of them rest on one source."""
    done = cells[cells["status"].isin([HELD, EXECUTED, UNDONE])]
    counts = done.groupby("rung", sort=False).agg(
        taken=("state", "size"), on_one_source=("source_count", lambda n: int((n == 1).sum()))
    )
    counts.index = counts.index.map(RUNG_LABELS).rename("rung")
    return counts.reset_index()


def latest(ledger: Ledger) -> str:
    """Day on which the last step that is coded was taken or told of, ISO.

    >>> latest(load()) > "2026-01-01"
    True
    """
    coded = steps(ledger, "2100-01-01")
    if coded.empty:
        return FALL
    return str(coded[["day", "published_day"]].max().max().strftime("%Y-%m-%d"))


def require_states(ledger: Ledger, states: Sequence[str]) -> None:
    """Refuse what is no state of the ledger, which would pass for one that took no step."""
    known_states = ledger.actors.loc[ledger.actors["kind"] == "state", "actor_id"]
    for state in states:
        if state not in set(known_states):
            raise ValueError(f"no state {state!r} in actors.csv{nearest(state, known_states)}")


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


class Told(NamedTuple):
    """What one claim says of a step, with the columns of `steps` that a cell rests on."""

    claim_id: str
    kind: str
    modality: str
    answers: str
    start: str
    day: pd.Timestamp
    origin: str
    occurrence: str


def by_step(taken: pd.DataFrame) -> dict[tuple[str, str], list[Told]]:
    """Rows of `steps` by state and step, in their order."""
    parts: dict[tuple[str, str], list[Told]] = {}
    columns = (taken[column] for column in ("state", "step", *Told._fields))
    for state, step, *rest in zip(*columns, strict=True):
        parts.setdefault((state, step), []).append(Told(*rest))
    return parts


def asserted(claims: Iterable[Told]) -> bool:
    """Whether one of the claims asserts that the step was taken."""
    return any(claim.modality == "asserted" for claim in claims)


def step_cell(
    parts: Mapping[tuple[str, str], Sequence[Told]], state: str, step: str, undoing: str | None
) -> dict[str, Any]:
    """How far one state got with one step: the columns of `ladder` from `status` on.

    `parts` is that of `by_step`; `undoing` is the step that undoes this one, if any.
    """
    claims = parts.get((state, step))
    if claims is None:
        return dict(_EMPTY)
    firmness = {"asserted": EXECUTED, "planned": ANNOUNCED, "alleged": REPORTED}
    modalities = {claim.modality for claim in claims}
    firmest = next((word for word in firmness if word in modalities), None)
    denials = [claim for claim in claims if claim.modality == "denied"]
    if firmest is None:
        return _EMPTY | {"denied_by": sorted(claim.claim_id for claim in denials)}
    chosen = [claim for claim in claims if claim.modality == firmest]
    status, ids = firmness[firmest], sorted(claim.claim_id for claim in chosen)
    first = min(chosen, key=lambda claim: (claim.day, claim.claim_id))
    ends: list[pd.Timestamp] = []
    if status == EXECUTED:
        # That it was not so earlier does not contradict a step taken later.
        happenings = {claim.occurrence for claim in chosen}
        denials = [d for d in denials if d.answers in ids or d.occurrence in happenings]
        if any(claim.kind == "tie" and claim.start.startswith("../") for claim in chosen):
            status = HELD
        back = parts.get((state, undoing or ""), [])
        ends = [c.day for c in back if c.modality == "asserted" and c.day > first.day]
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
