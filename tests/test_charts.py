"""Six forms: they take tidy frames and return Axes that say in words what they show."""

from __future__ import annotations

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import charts

DAYS = pd.to_datetime(["2025-10-12", "2025-11-01", "2026-03-19"])
COUNTS = pd.DataFrame({
    "counter": ["UNHCR", "IOM", "Kabul"], "year": [2023, 2024, 2026],
    "persons": [120_000, 180_000, np.nan], "low": [100_000, np.nan, 300_000],
    "high": [150_000, 200_000, np.nan], "kind": ["all", "all", "some"], "day": DAYS,
    "verdict": ["holds", "open", "holds"],
})  # fmt: skip


def ties(*edges):
    graph = nx.Graph()
    for a, b, sign in edges:
        graph.add_edge(a, b, sign=sign, net=3.0 * sign, is_charge=sign == 0)
    return graph


FORMS = {
    "rows": lambda frame, **more: charts.rows(
        frame, label="counter", value="persons", low="low", high="high", group="kind", **more
    ),
    "tiles": lambda frame, **more: charts.tiles(
        frame, row="counter", column="year", value="verdict", **more
    ),
    "bars": lambda frame, **more: charts.bars(frame, x="year", y="persons", group="kind", **more),
    "panels": lambda frame, **more: charts.panels(
        frame, x="year", y="persons", panel="kind", **more
    ),
    "scatter": lambda frame, **more: charts.scatter(
        frame, x="day", y="persons", group="kind", **more
    ),
    "network": lambda frame, **more: charts.network(
        ties(*[(name, "Kabul", 1) for name in frame["counter"][:2]]), **more
    ),
}
each_form = pytest.mark.parametrize("form", FORMS)


@each_form
def test_a_form_returns_axes_that_pyplot_does_not_know(form):
    before = plt.get_fignums()
    ax = np.ravel(FORMS[form](COUNTS))[0]
    assert isinstance(ax, Axes) and isinstance(ax.figure, Figure)
    assert plt.get_fignums() == before
    assert ax.get_label().endswith(".")
    assert not ax.spines["top"].get_visible()


@each_form
def test_a_frame_without_rows_is_drawn_all_the_same(form):
    ax = np.ravel(FORMS[form](COUNTS.head(0)))
    if form != "panels":
        ax[0].figure.draw_without_rendering()


def test_words_say_form_axis_range_and_at_most_six_points():
    many = pd.DataFrame({"place": list("abcdefgh"), "persons": range(1000, 9000, 1000)})
    said = charts.rows(many, label="place", value="persons").get_label()
    assert said.startswith("Dot plot, eight rows, persons from 1,000 to 8,000: a 1,000; ")
    assert said.endswith("f 6,000; 2 more.")
    years = charts.bars(many.assign(year=range(2001, 2009)), x="year", y="persons").get_label()
    assert years == (
        "Standing bars, persons from 1,000 to 8,000: 2001 1,000; most in 2008 8,000; 2008 8,000."
    )


def test_an_open_end_is_an_arrow_and_a_missing_value_no_mark():
    ax = charts.rows(COUNTS, label="counter", low="low", high="high", axis="persons")
    arrows = [text for text in ax.texts if text.arrow_patch is not None]
    assert len(arrows) == 2
    assert {arrow.xyann[0] for arrow in arrows} == {-30, 30}
    endless = COUNTS.assign(high=[150_000, 200_000, np.inf])
    again = charts.rows(endless, label="counter", low="low", high="high")
    assert sum(text.arrow_patch is not None for text in again.texts) == 2


def test_rows_of_days_need_no_zero_and_those_of_counts_hold_it():
    dated = COUNTS.assign(end=DAYS + pd.Timedelta(days=30))
    left = charts.rows(dated, label="counter", low="day", high="end").get_xlim()[0]
    assert left > 20_000
    assert charts.rows(COUNTS, label="counter", value="persons").get_xlim()[0] <= 0


def test_a_sign_is_told_by_line_as_well_as_by_colour():
    ax = charts.network(ties(("A", "B", 1), ("B", "C", -1), ("A", "C", 0)), focus=["A"])
    styles = {line.get_linestyle() for line in ax.lines if len(line.get_xdata()) == 2}
    assert styles == {"-", "--", ":"}
    assert ax.get_label().startswith(
        "Node-link diagram of three actors, three ties (1 cooperative, 1 conflictual, 1 mixed)"
    )
    words = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert words == ["cooperative", "conflictual", "mixed", "charge"]
    assert min(line.get_alpha() or 1 for line in ax.lines) < 0.5


def test_too_many_actors_belong_in_tiles():
    many = ties(*[("A", str(number), 1) for number in range(14)])
    with pytest.raises(ValueError, match="15 actors; more than 14"):
        charts.network(many)


def test_a_tile_bears_its_mark_beside_its_colour_and_ink_that_reads_on_it():
    dark = {"holds": charts.BLUE, "open": "white"}
    ax = charts.tiles(
        COUNTS, row="counter", column="year", value="verdict", colors=dark, marks={"holds": "✓"}
    )
    assert [text.get_text() for text in ax.texts] == ["✓", "open", "✓"]
    assert [text.get_color() for text in ax.texts] == ["white", charts.BLACK, "white"]
    assert ax.get_label() == "Grid of tiles, three rows by three columns: holds 2; open 1."


def test_bars_stack_and_diverge():
    two = pd.DataFrame({"pair": ["A"] * 2, "sum": [3.0, 2.0], "side": ["with", "against"]})
    stacked = charts.bars(two, x="sum", y="pair", group="side")
    assert [bar.get_x() for bar in stacked.patches] == [0.0, 3.0]
    diverging = charts.bars(two, x="sum", y="pair", group="side", left=["against"])
    assert [bar.get_width() for bar in diverging.patches] == [3.0, -2.0]
    assert "−" not in "".join(t.get_text() for t in diverging.get_xticklabels())


def test_breaks_are_lettered_and_years_without_a_row_stay_a_gap():
    ax = charts.bars(COUNTS, x="year", y="persons", marks={2024: "a"})
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["a"]
    assert [bar.get_x() + bar.get_width() / 2 for bar in ax.patches] == [2023, 2024]
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["break in the series"]


@pytest.mark.parametrize(
    ("most", "words"), [(644, "persons"), (23_910, "thousand persons"), (3e6, "million persons")]
)
def test_axes_of_counts_take_the_unit_that_fits(most, words):
    """2,391 people are never 0.0024 million on an axis."""
    frame = COUNTS.assign(persons=[most / 2, most, np.nan])
    assert charts.bars(frame, x="year", y="persons").get_ylabel() == words
    assert charts.rows(frame, label="counter", value="persons").get_xlabel() == words


def test_a_dollar_sign_is_a_dollar_sign_in_the_house_style():
    with plt.rc_context(charts.STYLE):
        priced = COUNTS.assign(counter=["$5 to $6", "a", "b"])
        ax = charts.rows(priced, label="counter", value="persons")
        ax.figure.draw_without_rendering()
    assert ax.get_yticklabels()[0].get_text() == "$5 to $6"
    assert not ax.get_yticklabels()[0].get_parse_math()
