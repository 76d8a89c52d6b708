"""Indicators of engagement, counted from the steps of the ledger, each with its claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.engagement.ladder import (
    EXECUTED,
    HELD,
    NOT_CODED,
    Told,
    asserted,
    by_step,
    step_cell,
    steps,
)
from analysis.ledger import Ledger


@dataclass(frozen=True)
class Indicator:
    """What one indicator counts: the steps of the codebook that a state has taken and kept.

    `dimension` groups indicators for weights. A `tally` counts separate
    happenings of its one step and has no most that could be attained; the
    others count kinds of steps, at most all of `steps`.
    """

    label: str
    dimension: str
    steps: tuple[str, ...]
    tally: bool = False


INDICATORS = {
    "representation": Indicator(
        "chargé and embassies", "diplomacy",
        ("mission_open", "charge_accepted", "embassy_handed_over"),
    ),
    "ambassadors": Indicator(
        "ambassadors", "diplomacy", ("ambassador_sent", "ambassador_accepted")
    ),
    "consular": Indicator(
        "consuls", "diplomacy", ("consul_accepted", "consulate_handed_over")
    ),
    "law": Indicator("ban and recognition", "diplomacy", ("delisted", "recognised")),
    "contacts": Indicator("meetings coded", "diplomacy", ("contact",), tally=True),
    "trade": Indicator(
        "trade and corridors", "economy",
        ("trade_preference", "trade_zone_open", "corridor_agreed", "corridor_ratified",
         "corridor_opened"),
    ),
    "energy": Indicator("energy and mines", "economy", ("energy_agreed", "energy_started")),
    "security": Indicator("security agreement", "security", ("security_agreed",)),
}  # fmt: skip


def indicators(
    ledger: Ledger, as_of: str, known_by: str = "", states: Sequence[str] = ()
) -> pd.DataFrame:
    """Indicators on a date, one row a state and indicator.

    Columns `state`, `indicator` (a key of `INDICATORS`), `value`, `claims`
    (ids). A step counts while it is asserted as carried out and not undone
    since; announcements count for nothing. Crossings and cease-fires are left
    out, since they mend what the same two sides had broken. A state for which
    no step of any indicator is coded has the value NaN throughout: not coded
    is not zero. For a state with at least one step a value of 0 means that
    none of this kind is coded for it. Where no ban is coded there is nothing
    to lift, and recognition alone is counted.
    """
    taken = steps(ledger, as_of, known_by)
    back = ledger.codes[(ledger.codes["kind"] == "step") & (ledger.codes["reverses"] != "")]
    undone_by = dict(zip(back["reverses"], back["code"], strict=True))
    # A listing comes before it is lifted: it is a reason for the step, not its undoing.
    listing = undone_by.pop("delisted")
    parts = by_step(taken)
    rows = []
    for state in list(states) or sorted(set(taken["state"])):
        is_banned = asserted(parts.get((state, listing), []))
        values = [
            {"state": state, "indicator": name, **_value(parts, state, one, undone_by, is_banned)}
            for name, one in INDICATORS.items()
        ]
        if not any(row["claims"] for row in values):
            values = [row | {"value": np.nan} for row in values]
        rows += values
    return pd.DataFrame(rows, columns=["state", "indicator", "value", "claims"])


def wide(values: pd.DataFrame) -> pd.DataFrame:
    """Indicators as a table, state by indicator, both in their given order."""
    table = values.pivot(index="state", columns="indicator", values="value")
    return table.loc[values["state"].unique(), list(INDICATORS)].astype(float)


def _value(
    parts: Mapping[tuple[str, str], Sequence[Told]], state: str, one: Indicator,
    undone_by: Mapping[str, str], is_banned: bool,
) -> dict[str, object]:  # fmt: skip
    cells = {step: step_cell(parts, state, step, undone_by.get(step)) for step in one.steps}
    if one.tally and cells[one.steps[0]]["status"] == EXECUTED:
        met = [claim for claim in parts[state, one.steps[0]] if claim.modality == "asserted"]
        happenings = {claim.occurrence for claim in met}
        return {"value": float(len(happenings)), "claims": sorted(c.claim_id for c in met)}
    kept = [cell for cell in cells.values() if cell["status"] in (HELD, EXECUTED)]
    # Without a ban there is nothing to lift, so recognition alone is all there is to do.
    nothing_to_lift = not is_banned and cells.get("delisted", {}).get("status") == NOT_CODED
    share = len(kept) / (len(one.steps) - nothing_to_lift)
    claims = [claim for cell in kept for claim in cell["claims"]]
    return {"value": share * len(one.steps), "claims": sorted(set(claims))}


def described(values: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Indicators for a reader: a state a row, an indicator a column, and its claims beside it.

    Only states with some step coded; a blank where none of the kind is. For
    each indicator a second column, its label with ` claims`, holds the ids.
    """
    coded = values[values["value"].notna()]
    states = coded["state"].unique()
    table = pd.DataFrame({"state": [names[state] for state in states]})
    for name, one in INDICATORS.items():
        mine = coded[coded["indicator"] == name].set_index("state").loc[states]
        count = mine["value"].where(mine["value"] > 0).round().astype("Int64")
        table[one.label] = count.to_numpy()
        table[f"{one.label} claims"] = mine["claims"].tolist()
    return table
