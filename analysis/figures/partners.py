"""Partners and absences of states as dots: under two measures, over sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLUE, GREY, INK, ORANGE, STYLE, WIDTH_INCHES
from analysis.words import MEASURE_NAMES, count, listed, sentence

# Oldest first: shape and fill tell the session, colour only helps.
LOOKS = (("o", "white", GREY), ("D", GREY, GREY), ("o", BLUE, BLUE))


def partner_ranks(
    partners: pd.DataFrame, measures: Sequence[str], names: Mapping[str, str],
    prose: Mapping[str, str], *, name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """A state's partners under two measures side by side, with intervals and ranks.

    `partners` is that of `votes.partners` for the same two measures; rows in
    the order of the first. Partners whose rank moves by five or more are orange.
    """
    first, second = measures
    held = partners[partners["n"] > 0].reset_index(drop=True)
    if held.empty:
        return Finding("This state voted with no other up to this day; there are no partners.")
    move = (held[f"{first}_rank"] - held[f"{second}_rank"]).abs() >= 5
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.3 + 0.27 * len(held)), layout="constrained")
        left, right = drawing.subplots(1, 2, sharey=True)
        for axes, measure in ((left, first), (right, second)):
            for place, row in enumerate(held.to_dict("records")):
                if np.isnan(row[measure]):
                    continue
                colour = ORANGE if move[place] else BLUE
                axes.plot([row[f"{measure}_low"], row[f"{measure}_high"]], [place] * 2,
                          color=colour, linewidth=1.4)  # fmt: skip
                axes.plot(row[measure], place, "D" if move[place] else "o", color=colour,
                          markersize=6)  # fmt: skip
                axes.text(1.02, place, f"{row[f'{measure}_rank']:.0f}", fontsize=9, va="center",
                          transform=axes.get_yaxis_transform())  # fmt: skip
            axes.text(1.02, -1.05, "rank", fontsize=9, va="center",
                      transform=axes.get_yaxis_transform())  # fmt: skip
            axes.set_xlabel(MEASURE_NAMES[measure])
            _rows(axes, [names[partner] for partner in held["partner"]])
    moved = int(move.sum())
    first_by = [
        f"by {MEASURE_NAMES[measure]} {prose[best]} comes first"
        for measure in measures
        for best in held.sort_values(f"{measure}_rank", kind="stable")["partner"].head(1)
    ]
    verb = "moves" if moved == 1 else "move"
    said = sentence(
        f"{'; '.join(first_by)}; {count(moved, 'partner')} {verb} by five places or more"
    )
    alt = (
        f"Two dot plots with intervals, one row a partner, {count(len(held), 'partner')}, in the "
        f"order of {MEASURE_NAMES[first]}; diamonds move by five places or more. {said}"
    )
    return Figure(name, drawing, title, alt, source, held.round(3), said)


def drift_dots(
    drift: pd.DataFrame, names: Mapping[str, str], prose: Mapping[str, str], *,
    name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """Agreement with each partner by session, at most three, with intervals.

    `drift` is that of `votes.drift`. A star marks a change from the first to
    the last session whose interval leaves out 0.
    """
    held = drift[drift["value"].notna()]
    if held.empty:
        return Finding("This state's agreement cannot be measured in any of the sessions.")
    sessions = sorted(held["session"].unique())[-3:]
    held = held[held["session"].isin(sessions)]
    last = held.sort_values("session").drop_duplicates("partner", keep="last")
    order = list(last.sort_values(["value", "partner"], ascending=[False, True])["partner"])
    looks = dict(zip(sessions, LOOKS[-len(sessions) :], strict=True))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.3 + 0.36 * len(order)), layout="constrained")
        axes = drawing.subplots()
        for row in held.to_dict("records"):
            shift = 0.24 * (sessions.index(row["session"]) - (len(sessions) - 1) / 2)
            place = order.index(row["partner"]) + shift
            shape, fill, edge = looks[row["session"]]
            axes.plot([row["low"], row["high"]], [place] * 2, color=edge, linewidth=1)
            axes.plot(row["value"], place, shape, markerfacecolor=fill, markeredgecolor=edge,
                      markersize=5.5)  # fmt: skip
        shifted = set(held.loc[held["is_shift"], "partner"])
        _rows(axes, [("★ " if partner in shifted else "") + names[partner] for partner in order])
        axes.set_xlabel("agreement, with 95 % interval")
        _legend(drawing, {f"session {session}": look for session, look in looks.items()})
    told = [prose[partner] for partner in order if partner in shifted]
    if len(sessions) < 2:
        said = f"Only session {sessions[0]} can be measured, so there is no change to tell."
    elif told:
        said = sentence(
            f"between sessions {sessions[0]} and {sessions[-1]} the change with {listed(told)} "
            "can be told from chance, each interval on its own"
        )
    else:
        said = (
            f"Between sessions {sessions[0]} and {sessions[-1]} no change can be told from chance."
        )
    alt = (
        f"Dot plot with intervals, one row a partner ({len(order)}), one mark a session "
        f"({listed([str(s) for s in sessions])}), most in agreement in the last on top. {said}"
    )
    return Figure(name, drawing, title, alt, source, held.round(3), said)


def absence_dots(
    absences: pd.DataFrame, names: Mapping[str, str], prose: Mapping[str, str], *,
    name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """Share of roll calls without a state's vote, one row a state, one mark a session.

    `absences` is that of `votes.absences`; at most the last three sessions.
    """
    if absences.empty:
        return Finding("None of these states was a member in a session held by this day.")
    sessions = sorted(absences["session"].unique())[-3:]
    held = absences[absences["session"].isin(sessions)]
    top = held.groupby("state")["absent_pct"].max()
    order = sorted(top.index, key=lambda state: (-top[state], state))
    looks = dict(zip(sessions, LOOKS[-len(sessions) :], strict=True))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.3 + 0.27 * len(order)), layout="constrained")
        axes = drawing.subplots()
        for place, state in enumerate(order):
            mine = held[held["state"] == state].sort_values("session")
            axes.plot(mine["absent_pct"], [place] * len(mine), color="#D9D9D9", linewidth=2,
                      zorder=1)  # fmt: skip
            for row in mine.to_dict("records"):
                shape, fill, edge = looks[row["session"]]
                axes.plot(row["absent_pct"], place, shape, markerfacecolor=fill,
                          markeredgecolor=edge, markersize=6.5, zorder=2)  # fmt: skip
        _rows(axes, [names[state] for state in order])
        axes.set_xlabel("roll calls without a vote, percent")
        axes.set_xlim(left=-1.5)
        _legend(drawing, {f"session {session}": look for session, look in looks.items()})
    most = held.sort_values("absent_pct", ascending=False).to_dict("records")[0]
    never = [prose[state] for state in order if top[state] == 0]
    said = sentence(
        f"the highest share is that of {prose[most['state']]}, {most['absent_pct']:.0f} % in "
        f"session {most['session']}; {listed(never)} missed no roll call"
    )
    alt = (
        f"Dot plot, one row a state ({len(order)}), one mark a session "
        f"({listed([str(s) for s in sessions])}), percent of roll calls without its vote. {said}"
    )
    return Figure(name, drawing, title, alt, source, held.round(1), said)


def _rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels, fontsize=9)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(True, axis="x")
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def _legend(drawing: Drawing, looks: Mapping[str, tuple[str, str, str]]) -> None:
    handles = [
        Line2D([], [], marker=shape, linestyle="", markerfacecolor=fill, markeredgecolor=edge,
               markersize=6.5, color=INK, label=label)
        for label, (shape, fill, edge) in looks.items()
    ]  # fmt: skip
    drawing.legend(handles=handles, loc="outside upper right", ncols=3, frameon=False)
