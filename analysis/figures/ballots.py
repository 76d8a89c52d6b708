"""How states voted on single resolutions, as a grid of tiles."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch, Rectangle

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLACK, BLUE, GREY, INK, ORANGE, PALE, PLUM, STYLE, WIDTH_INCHES
from analysis.words import count, day, listed, sentence

# Letter, fill, ink and hatch of a vote.
VOTE_LOOKS = {
    "yes": ("Y", BLUE, "white", ""),
    "abstain": ("A", ORANGE, BLACK, ""),
    "no": ("N", PLUM, "white", ""),
    "absent": ("–", "white", INK, "///"),
    "": ("?", PALE, INK, ""),
}
WORDS = {"": "not known", "absent": "no vote cast"}


def vote_grid(
    votes: pd.DataFrame, names: Mapping[str, str], prose: Mapping[str, str], *,
    name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """Grid of tiles, one row a resolution, one column a state, lettered and coloured by its vote.

    `votes` is that of `votes.on_afghanistan`. States that voted alike stand
    side by side, those most often with the majority at the left.
    """
    if votes.empty:
        return Finding("No resolution on Afghanistan had been put to a recorded vote by this day.")
    rows = votes.drop_duplicates("resolution_id")[["resolution_id", "symbol", "day"]]
    grid = votes.pivot(index="resolution_id", columns="state", values="vote")
    grid = grid.loc[rows["resolution_id"]]
    ranks = {vote: rank for rank, vote in enumerate(("yes", "", "absent", "abstain", "no"))}
    keys = {state: tuple(ranks[vote] for vote in grid[state][::-1]) for state in grid.columns}
    order = sorted(grid.columns, key=lambda state: (sum(k > 1 for k in keys[state]), keys[state],
                                                    names[state]))  # fmt: skip
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 2.6 + 0.38 * len(rows)), layout="constrained")
        axes = drawing.subplots()
        for down, cast in enumerate(grid[order].itertuples(index=False, name=None)):
            for across, vote in enumerate(cast):
                letter, fill, ink, hatch = VOTE_LOOKS[str(vote)]
                # Tiles lie within the axes: neither limits nor layout have to look at each.
                axes.add_artist(Rectangle((across - 0.46, down - 0.43), 0.92, 0.86, facecolor=fill,
                                          hatch=hatch, edgecolor=PALE, linewidth=0.8,
                                          in_layout=False))  # fmt: skip
                axes.text(across, down, letter, ha="center", va="center", fontsize=9, color=ink,
                          in_layout=False)  # fmt: skip
        labels = [
            f"{(symbol.removeprefix('A/RES/') or 'symbol not known')}\n{day(date)}"
            for symbol, date in rows[["symbol", "day"]].itertuples(index=False)
        ]
        axes.set_yticks(range(len(rows)), labels, fontsize=9)
        axes.set_xticks(
            range(len(order)), [textwrap.fill(names[s], 18) for s in order], rotation=90, fontsize=9
        )
        axes.set(xlim=(-0.5, len(order) - 0.5), ylim=(len(rows) - 0.5, -0.5))
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        used = [vote for vote in VOTE_LOOKS if (grid == vote).any(axis=None)]
        handles = [
            Patch(facecolor=VOTE_LOOKS[v][1], hatch=VOTE_LOOKS[v][3], edgecolor=GREY,
                  label=f"{VOTE_LOOKS[v][0]} {WORDS.get(v, v)}")
            for v in used
        ]  # fmt: skip
        drawing.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False)
    last = rows["resolution_id"].iloc[-1]
    parts = [
        f"{listed([prose[s] for s in sorted(grid.columns) if grid.at[last, s] == vote], most=9)} "
        f"{verb}"
        for vote, verb in (("no", "voted no"), ("abstain", "abstained"))
        if (grid.loc[last] == vote).any()
    ]
    date = day(rows["day"].iloc[-1])
    said = sentence(f"{date}: {'; '.join(parts) or 'none voted no or abstained'}")
    alt = (
        f"Grid of tiles, {count(len(rows), 'resolution')} by {count(len(order), 'state')}, each "
        f"lettered Y, A, N, – or ? by its vote. {said}"
    )
    return Figure(name, drawing, title, alt, source, votes, said)
