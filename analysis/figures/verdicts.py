"""Verdicts of an audit as tiles: a strip of claims by paragraph, a grid of outlooks by day."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch, Rectangle

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLACK, BLUE, GREY, INK, PALE, PLUM, STYLE, TEAL, WIDTH_INCHES
from analysis.words import count, listed

# Fill, ink and hatch of a verdict: holds, holds in part, open, does not hold, not judged.
VERDICT_LOOKS = {
    "supported": (BLUE, "white", ""),
    "confirmed": (BLUE, "white", ""),
    "come true": (BLUE, "white", ""),
    "in part": (TEAL, BLACK, ""),
    "undecided": ("white", INK, ""),
    "disputed": ("white", INK, ""),
    "both ways": ("white", INK, ""),
    "not so far": ("white", INK, ""),
    "contradicted in part": ("white", PLUM, ""),
    "contradicted": (PLUM, "white", ""),
    "position, no verdict": (PALE, INK, ""),
    "only source": (PALE, INK, ""),
    "nothing to match": (PALE, INK, ""),
    "not checkable": (PALE, INK, ""),
    "cannot be known": (PALE, INK, ""),
    "no outcome coded": (PALE, INK, ""),
}
# The mark of a verdict's group, so that it is read without colour.
_GROUPS = {
    (BLUE, "white", ""): ("✓", "holds"),
    (TEAL, BLACK, ""): ("(✓)", "holds in part"),
    ("white", INK, ""): ("?", "open"),
    ("white", PLUM, ""): ("(✗)", "contradicted in part"),
    (PLUM, "white", ""): ("✗", "contradicted"),
    (PALE, INK, ""): ("–", "not judged"),
}


def verdict_strip(audited: pd.DataFrame, *, name: str, title: str, source: str) -> Figure | Finding:
    """Claims of a document as tiles in the order of the text, one row a paragraph.

    `audited` has the columns claim_id, paragraph, verdict of `audit.audit`.
    """
    if audited.empty:
        return Finding("No claim of the document is coded, so there is nothing to show.")
    rows = audited.assign(paragraph=audited["paragraph"].fillna(0).astype("int64"))
    paragraphs = sorted(set(rows["paragraph"]))
    place = rows.groupby("paragraph").cumcount()
    with mpl.rc_context(STYLE):
        drawing = Drawing(
            figsize=(WIDTH_INCHES, 1.1 + 0.27 * len(paragraphs)), layout="constrained"
        )
        axes = drawing.subplots()
        down = {paragraph: k for k, paragraph in enumerate(paragraphs)}
        for x, paragraph, verdict in zip(place, rows["paragraph"], rows["verdict"], strict=True):
            look = VERDICT_LOOKS[verdict]
            _tile(axes, x, down[paragraph], look, _GROUPS[look][0])
        labels = [str(paragraph) if paragraph else "none" for paragraph in paragraphs]
        axes.set_yticks(range(len(paragraphs)), labels)
        axes.set_xticks([])
        axes.set(xlim=(-0.6, max(place.max() + 0.6, 9.6)), ylim=(len(paragraphs) - 0.4, -0.6))
        axes.set_ylabel("paragraph")
        axes.tick_params(length=0, labelsize=9)
        for spine in axes.spines.values():
            spine.set_visible(False)
        drawing.legend(handles=_legend(rows["verdict"]), loc="outside lower center", ncols=3,
                       frameon=False)  # fmt: skip
    said = _tally(rows["verdict"])
    alt = (
        f"Tiles in {count(len(paragraphs), 'row')}, one a paragraph, each tile a claim marked by "
        f"its verdict. {said}"
    )
    return Figure(name, drawing, title, alt, source, audited, said)


def verdict_grid(
    cells: pd.DataFrame, labels: Mapping[str, str], days: Sequence[str], *,
    name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """Outlooks by day: one row a claim, one column a day, each tile its verdict as known then.

    `cells` has the columns claim_id, day, verdict; `labels` gives the words for
    the claims and the order of the rows.
    """
    if cells.empty:
        return Finding("The document expects nothing that is coded, so there is no grid.")
    shown = [claim for claim in labels if claim in set(cells["claim_id"])]
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.1 + 0.5 * len(shown)), layout="constrained")
        axes = drawing.subplots()
        across = {day: k for k, day in enumerate(days)}
        down = {claim: k for k, claim in enumerate(shown)}
        for claim, day, verdict in cells[["claim_id", "day", "verdict"]].itertuples(index=False):
            look = VERDICT_LOOKS[verdict]
            _tile(axes, across[day], down[claim], look, textwrap.fill(verdict, 12), size=9)
        axes.set_xticks(range(len(days)), days)
        wrapped = [textwrap.fill(f"{claim} {labels[claim]}", 40) for claim in shown]
        axes.set_yticks(range(len(shown)), [_two_lines(label) for label in wrapped])
        axes.set(xlim=(-0.5, len(days) - 0.5), ylim=(len(shown) - 0.5, -0.5))
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelsize=9)
        for spine in axes.spines.values():
            spine.set_visible(False)
    last = cells[cells["day"] == days[-1]]
    said = f"On {days[-1]}: {_tally(last['verdict'], by_verdict=True)}"
    alt = (
        f"Grid of tiles, {count(len(shown), 'claim')} in rows by {count(len(days), 'day')} in "
        f"columns, each tile the verdict as it stood then. {said}"
    )
    return Figure(name, drawing, title, alt, source, cells, said)


def _two_lines(label: str) -> str:
    lines = label.split("\n")
    return "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")


def _tile(
    axes: mpl.axes.Axes, x: int, y: int, look: tuple[str, str, str], text: str, size: float = 9
) -> None:
    fill, ink, hatch = look
    axes.add_patch(Rectangle((x - 0.47, y - 0.44), 0.94, 0.88, facecolor=fill, hatch=hatch,
                             edgecolor=GREY, linewidth=0.6))  # fmt: skip
    # The words lie within their tile, so that the layout need not measure them.
    axes.text(x, y, text, ha="center", va="center", fontsize=size, color=ink, linespacing=0.95,
              in_layout=False)  # fmt: skip


def _legend(verdicts: pd.Series) -> list[Patch]:
    used = {VERDICT_LOOKS[verdict] for verdict in verdicts}
    return [
        Patch(facecolor=look[0], edgecolor=GREY, label=f"{mark} {words}")
        for look, (mark, words) in _GROUPS.items()
        if look in used
    ]


def _tally(verdicts: pd.Series, by_verdict: bool = False) -> str:
    if by_verdict:
        groups, order = verdicts, list(VERDICT_LOOKS)
    else:
        groups = verdicts.map(lambda verdict: _GROUPS[VERDICT_LOOKS[verdict]][1])
        order = [words for _, words in _GROUPS.values()]
    tally = groups.value_counts()
    return listed([f"{tally[word]} {word}" for word in order if word in tally], most=9) + "."
