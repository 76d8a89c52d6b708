"""Sentences on brokerage, mediations and ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.words import count, day, listed, number, sentence

ROLE_WORDS = {
    "coordinator": "within its own group",
    "itinerant": "between members of one other group",
    "representative": "from its own group outwards",
    "gatekeeper": "from outside into its own group",
    "liaison": "between two other groups",
    "": "none beyond chance",
}


def mediated(table: pd.DataFrame, names: Mapping[str, str], within_days: int) -> str:
    """Caption on the mediations: how many, by whom most, how often a clash came after."""
    if table.empty:
        return "No mediated act is coded by the date"
    tally = table["mediators"].explode().value_counts()
    most = [names[actor] for actor in sorted(tally.index[tally == tally.iloc[0]])]
    clashes = int(table["clash"].notna().sum())
    tail = f"after {number(clashes)} of them a clash between the parties is coded"
    verb = "acts" if len(table) > 1 else "act"
    return sentence(
        f"{count(len(table), f'mediated {verb}', f'mediated {verb}')}, most often through "
        f"{listed(most)} ({number(int(tally.iloc[0]))}); {tail} within {within_days} days"
    ).rstrip(".")


def mediations(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Mediations in words, latest first: day, parties, mediators, what followed in days."""
    followed = [
        ", ".join(
            f"{label} +{int(value)}"
            for label, value in zip(("agreement", "cease-fire", "step", "clash"), row, strict=True)
            if pd.notna(value)
        )
        for row in table[["agreement", "ceasefire", "step", "clash"]].itertuples(index=False)
    ]
    shown = pd.DataFrame(
        {
            "date": [day(when.strftime("%Y-%m-%d")) for when in table["day"]],
            "parties": [", ".join(names[a] for a in ids) for ids in table["parties"]],
            "through": [", ".join(names[a] for a in ids) for ids in table["mediators"]],
            "followed_days_later": [text or "nothing coded" for text in followed],
            "sources": table["origins"].map(len),
            "claims": table["claims"],
        }
    )
    return shown[::-1].reset_index(drop=True)


def compared(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Brokerage with and without mediations in words, one row an actor and a grouping."""
    return pd.DataFrame(
        {
            "actor": table["actor"].map(names),
            "groups": table["grouping"],
            "pairs_joined": table["with_raw"],
            "z": table["with_z"],
            "foremost_role": table["role"].map(ROLE_WORDS),
            "pairs_without": table["without_raw"],
            "z_without": table["without_z"],
            "mediating_claims": table["mediations"],
        }
    )


def brokered(table: pd.DataFrame, names: Mapping[str, str], subject: str) -> str:
    """Caption on one broker beside others, with and without its mediations."""
    once = table.drop_duplicates("actor").set_index("actor")
    joined: dict[str, float] = dict(zip(once.index, once["with_raw"], strict=True))
    bare: dict[str, float] = dict(zip(once.index, once["without_raw"], strict=True))
    if math.isnan(joined[subject]):
        return sentence(f"{names[subject]} has no positive arc by the date").rstrip(".")
    rest = [
        f"{names[actor]} {number(int(raw))}"
        for actor, raw in joined.items()
        if actor != subject and not math.isnan(raw)
    ]
    left = "no arc left" if math.isnan(bare[subject]) else f"{number(int(bare[subject]))} left"
    tail = f"; beside it {listed(rest)}" if rest else ""
    return sentence(
        f"ordered pairs that no arc joins directly: {names[subject]} joins "
        f"{number(int(joined[subject]))}, without its mediations {left}{tail}"
    ).rstrip(".")


def roles(raw: pd.DataFrame, z: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Brokers by role, most pairs first: number of pairs joined, z in brackets where it exists."""
    total = raw["total"].sort_index().sort_values(ascending=False, kind="stable")
    order = total.index[total > 0]
    raw, z = raw.loc[order], z.loc[order]
    cells = {role: [_cell(*both) for both in zip(raw[role], z[role], strict=True)] for role in raw}
    return pd.DataFrame({"actor": [names[actor] for actor in order], **cells})


def foremost(raw: pd.DataFrame, names: Mapping[str, str], groups: str) -> str:
    """Caption on brokers by role: who joins most pairs.

    >>> foremost(pd.DataFrame({"total": []}), {}, "region")
    'By region: nobody stands between two actors whom no arc joins'
    """
    total = raw["total"]
    if not len(total) or not total.max():
        return f"By {groups}: nobody stands between two actors whom no arc joins"
    most = [names[actor] for actor in sorted(total.index[total == total.max()])]
    return f"By {groups}: most pairs, {int(total.max()):,}, go through {listed(most)}"


def ranks(table: pd.DataFrame, names: Mapping[str, str], actors: Sequence[str]) -> str:
    """Ranks of some actors with their intervals, and how many ranks never move."""
    if table.empty:
        return "There are too few ties to rank anyone."
    said = []
    for actor in actors:
        if actor not in table.index:
            said.append(f"no rank for {names[actor]}, for want of ties")
            continue
        row = table.loc[[actor], ["rank", "source_low", "source_high"]].astype(int)
        rank, low, high = row.to_numpy()[0].tolist()
        moves = f"anywhere from {low} to {high} with one source less"
        still = "whichever source is left out"
        said.append(f"rank {rank} for {names[actor]}, {moves if low < high else still}")
    firm = int((table["source_low"] == table["source_high"]).sum())
    verb = "holds" if firm <= 1 else "hold"
    kept = f"{number(firm)} of {count(len(table), 'rank')} {verb} without any one source"
    return sentence("; ".join([*said, kept]))


def places(table: pd.DataFrame) -> pd.DataFrame:
    """Ranks with their interval from leaving one source out, as a figure of places wants them."""
    columns = {"rank": "place", "source_low": "low", "source_high": "high"}
    return table[list(columns)].astype(int).rename(columns=columns).reset_index()


def ranges(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Ranks in words with three intervals: one source less, one claim less, half-life varied."""
    spans = {
        way: [_span(*both) for both in zip(table[f"{way}_low"], table[f"{way}_high"], strict=True)]
        for way in ("source", "claim", "half_life")
    }
    return pd.DataFrame(
        {
            "actor": [names[actor] for actor in table.index],
            "rank": table["rank"].astype(int).to_numpy(),
            "index": table["value"].to_numpy(),
            "one_source_less": spans["source"],
            "one_claim_less": spans["claim"],
            "half_life_varied": spans["half_life"],
        }
    )


def looser(ranges: pd.DataFrame) -> str:
    """Caption on the three intervals: how many ranks each of them moves.

    >>> looser(pd.DataFrame(columns=["one_source_less", "one_claim_less", "half_life_varied"]))
    'There are too few ties to rank anyone'
    """
    if ranges.empty:
        return "There are too few ties to rank anyone"
    ways = {"one_source_less": "one source less", "one_claim_less": "one claim less",
            "half_life_varied": "another half-life"}  # fmt: skip
    moved = [
        f"{way} moves {number(int(ranges[column].str.contains(' to ').sum()))}"
        for column, way in ways.items()
    ]
    return sentence(f"of {count(len(ranges), 'rank')}, {listed(moved)}").rstrip(".")


def _span(low: float, high: float) -> str:
    return f"{int(low)} to {int(high)}" if low < high else f"{int(low)}"


def _cell(raw: float, z: float) -> str:
    return f"{int(raw)}" if math.isnan(z) else f"{int(raw)} ({z:+.1f})"
