"""Sentences on votes in the General Assembly: partners, drift, absence, resolutions, reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.words import MEASURE_NAMES, count, day, listed, number, sentence, signed

NO_PARTNER = "cast no vote beside another of these states, so it has no partners to compare"


def held_sessions(sessions: Sequence[int], as_of: str) -> str:
    """Which sessions a run looks at, and what the archive's votes are not."""
    if not sessions:
        return sentence(f"the archive holds no roll call from session 46 on by {day(as_of)}")
    span = f"session {sessions[0]}" if len(sessions) == 1 else _span(sessions)
    end = "; the archive ends in June 2024" if sessions[-1] == 78 and as_of >= "2024-06-30" else ""
    return sentence(
        f"compared are the roll calls of {span} up to {day(as_of)}{end}; Afghanistan's votes are "
        "those of the Republic's delegation, not of the Taliban authorities"
    )


def partners_of(
    partners: pd.DataFrame, state: str, names: Mapping[str, str], measures: Sequence[str],
    rho: float,
) -> str:  # fmt: skip
    """Nearest partner of a state under each measure, and how far the two orders go together.

    `partners` is that of `votes.partners`; `rho` the state's in `votes.rank_correlations`.
    """
    held = partners[partners["n"] > 0] if len(partners) else partners
    if held.empty:
        return sentence(f"{names[state]} {NO_PARTNER}")
    parts = []
    for measure in measures:
        known = held[held[measure].notna()]
        best = known.loc[known[f"{measure}_rank"] == 1, "partner"]
        if len(best):
            value = signed(float(known[measure].max()))
            who = listed([names[partner] for partner in best])
            parts.append(f"by {MEASURE_NAMES[measure]} {who} ({value})")
        else:
            parts.append(f"by {MEASURE_NAMES[measure]} none, since it is undefined")
    text = f"nearest to {names[state]} stands {', '.join(parts)}"
    if rho == rho:
        text += (
            f"; the two orders of its {count(len(held), 'partner')} have a rank correlation of "
            f"{signed(rho)}"
        )
    return sentence(text)


def tied_partners(differences: pd.DataFrame, state: str, names: Mapping[str, str]) -> str:
    """Whom a state's first partner cannot be told apart from, and how many pairs in all.

    `differences` is that of `agreement.differences`.
    """
    if differences.empty:
        return sentence(f"{names[state]} has no two partners that can be compared")
    first = differences.sort_values("value_p", ascending=False, kind="stable")["p"].iloc[0]
    beside = differences[(differences["p"] == first) & ~differences["is_apart"]]
    alike = [names[partner] for partner in beside["q"]]
    text = f"{names[first]}, first among the partners of {names[state]}, " + (
        f"cannot be told apart from {listed(alike)}" if alike else "is apart from all others"
    )
    both = int((~differences["is_apart"]).sum())
    rest = f"{number(both)} cannot" if both else "all can"
    return sentence(
        f"{text}; of {count(len(differences), 'pair')} of partners {rest} be told apart, each "
        "held to 95 % on its own"
    )


def drifting(drift: pd.DataFrame, state: str, names: Mapping[str, str]) -> str:
    """Which partners a state came nearer to or went further from over the sessions.

    `drift` is that of `votes.drift`.
    """
    known = drift[drift["change"].notna()].drop_duplicates("partner") if len(drift) else drift
    if known.empty:
        return sentence(f"no change in the agreement of {names[state]} can be measured")
    first, last = drift["session"].min(), drift["session"].max()
    sure = known[known["is_shift"].astype(bool)]
    nearer = [names[partner] for partner in sure.loc[sure["change"] > 0, "partner"]]
    further = [names[partner] for partner in sure.loc[sure["change"] < 0, "partner"]]
    parts = []
    if nearer:
        parts.append(f"came nearer to {listed(nearer)}")
    if further:
        parts.append(f"went further from {listed(further)}")
    if not parts:
        parts.append(f"shows no change with any of {count(len(known), 'partner')} beyond chance")
    return sentence(f"between sessions {first} and {last} {names[state]} {' and '.join(parts)}")


def absent(absences: pd.DataFrame, names: Mapping[str, str], most_pct: float = 20) -> str:
    """Who cast no vote on more than a share of the roll calls of a session."""
    if absences.empty:
        return "None of these states was a member in a session held by this day."
    top = absences.sort_values("absent_pct", ascending=False).drop_duplicates("state")
    often = top[top["absent_pct"] > most_pct]
    if often.empty:
        return sentence(f"no state missed more than {most_pct:.0f} % of a session's roll calls")
    who = [
        f"{names[row['state']]} ({row['absent_pct']:.0f} % in session {row['session']})"
        for row in often.to_dict("records")
    ]
    return sentence(
        f"more than {most_pct:.0f} % of a session's roll calls went without a vote of "
        f"{listed(who)}; the archive does not say why"
    )


def absence_counted(changes: pd.DataFrame, names: Mapping[str, str], measure: str) -> str:
    """Caption on what counting an absence as an abstention would change.

    `changes` is that of `votes.absence_counted`.
    """
    known = changes[changes["change"].notna()] if len(changes) else changes
    if known.empty:
        return "No pair can be measured both ways"
    top = known.to_dict("records")[0]
    moved = int((known["change"].abs() >= 0.05).sum())
    return sentence(
        f"counting an absence as an abstention moves {MEASURE_NAMES[measure]} of "
        f"{names[top['a']]} and {names[top['b']]} most, from {signed(top['value'])} to "
        f"{signed(top['value_counted'])}; {number(moved)} of {count(len(known), 'pair')} "
        f"{'moves' if moved == 1 else 'move'} by 0.05 or more"
    )


def on_afghanistan(votes: pd.DataFrame, state: str, names: Mapping[str, str]) -> str:
    """How one state voted on the resolutions on Afghanistan, and how far the record goes.

    `votes` is that of `votes.on_afghanistan`.
    """
    if votes.empty:
        return "No resolution on Afghanistan had been put to a recorded vote by this day."
    total = votes["resolution_id"].nunique()
    mine = votes.loc[votes["state"] == state, "vote"]
    told = {"yes": "voted yes on", "abstain": "abstained on", "no": "voted no on",
            "absent": "cast no vote on"}  # fmt: skip
    parts = [
        f"{verb} {number(int((mine == v).sum()))}" for v, verb in told.items() if v in set(mine)
    ]
    unknown = int((mine == "").sum())
    if unknown:
        parts.append(f"its vote on {number(unknown)} is not known here")
    if not parts:
        parts = ["is not among the states listed"]
    held = count(total, "recorded vote")
    return sentence(f"of {held} on resolutions on Afghanistan, {names[state]} {listed(parts)}")


def reproduced(panel: pd.DataFrame) -> str:
    """Caption on published figures held against the archive; `panel` is that of `votes.panel`."""
    within = panel[panel["holds"].notna()]
    good = int(within["holds"].sum())
    beyond = len(panel) - len(within)
    text = f"{number(good)} of {count(len(within), 'published figure')} within the archive's reach "
    text += "is reproduced" if good == 1 else "are reproduced"
    if beyond:
        text += f"; {number(beyond)} {'is' if beyond == 1 else 'are'} later than its end"
    failed = list(within.loc[~within["holds"].astype(bool), "published_id"])
    if failed:
        text += f"; not reproduced: {listed(failed, most=12)}"
    return sentence(text)


def _span(sessions: Sequence[int]) -> str:
    return f"sessions {sessions[0]} to {sessions[-1]}"
