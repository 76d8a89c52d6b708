"""Figures and sentences on votes: true for any day and state, and words where nothing is."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import ROOT

from analysis import agreement, figures, findings, votes
from analysis.exhibits import Figure, Finding

NAMES, PROSE = votes.NAMES, votes.prose_names()
SOURCE = {"source": "Voeten and others"}


def drawn(as_of, state):
    """Every figure on votes for a day and a state, by name."""
    every = votes.states(ROOT)
    held = votes.sessions(as_of, root=ROOT)
    cast = votes.ballots(every, held, as_of, ROOT)
    apart = (
        agreement.differences(cast, state, "kappa_linear", draws=60)
        if state in set(cast["state"])
        else pd.DataFrame()
    )
    return {
        "matrix": figures.agreement_matrix(
            votes.clusters(cast, draws=20), votes.intervals(cast, draws=60), NAMES, PROSE,
            measure="kappa_linear", name="matrix", title="Agreement", **SOURCE),
        "ranks": figures.partner_ranks(
            votes.partners(cast, state, draws=60), votes.MEASURES, NAMES, PROSE,
            name="ranks", title="Partners", **SOURCE),
        "apart": figures.told_apart(apart, NAMES, name="apart", title="Apart", **SOURCE),
        "drift": figures.drift_dots(
            votes.drift(cast, state, draws=60), NAMES, PROSE, name="drift", title="Drift",
            **SOURCE),
        "absence": figures.absence_dots(
            votes.absences(every, held, as_of, ROOT), NAMES, PROSE, name="absence",
            title="Absence", **SOURCE),
        "grid": figures.vote_grid(
            votes.on_afghanistan(every, as_of, ROOT), NAMES, PROSE, name="grid", title="Grid",
            **SOURCE),
    }  # fmt: skip


@pytest.mark.parametrize(("as_of", "state"), [("2025-06-01", "PAK"), ("2021-12-31", "AFG")])
def test_every_figure_draws_and_says_what_it_shows(as_of, state):
    found = drawn(as_of, state)
    for name, figure in found.items():
        assert isinstance(figure, Figure), name
        assert figure.finding and figure.alt.endswith(figure.finding) and len(figure.table)
        assert "nan" not in figure.finding.lower()
    assert len(found["ranks"].svg()) > 5000


def test_where_there_are_no_votes_there_are_words():
    assert all(isinstance(figure, Finding) for figure in drawn("1980-01-01", "PAK").values())


def sentences(as_of, state):
    every = votes.states(ROOT)
    held = votes.sessions(as_of, root=ROOT)
    cast = votes.ballots(every, held, as_of, ROOT)
    rho = votes.rank_correlations(cast).set_index("state")["rho"].get(state, float("nan"))
    apart = (
        agreement.differences(cast, state, "kappa_linear", draws=60)
        if state in set(cast["state"])
        else pd.DataFrame()
    )
    return [
        findings.held_sessions(held, as_of),
        findings.partners_of(
            votes.partners(cast, state, draws=20), state, PROSE, votes.MEASURES, rho
        ),
        findings.tied_partners(apart, state, PROSE),
        findings.drifting(votes.drift(cast, state, draws=60), state, PROSE),
        findings.absent(votes.absences(every, held, as_of, ROOT), PROSE),
        findings.absence_counted(votes.absence_counted(cast), PROSE, "lijphart"),
        findings.on_afghanistan(votes.on_afghanistan(every, as_of, ROOT), state, PROSE),
    ]


def test_the_sentences_of_the_article_s_date():
    said = sentences("2025-06-01", "PAK")
    assert "sessions 76 to 78" in said[0] and "not of the Taliban authorities" in said[0]
    assert "Turkmenistan (0.89)" in said[1] and "China (0.60)" in said[1] and "0.76" in said[1]
    assert said[2].startswith("China, first among the partners of Pakistan, cannot be told apart")
    assert "the Republic of Afghanistan (48 % in session 78)" in said[4]
    assert said[6] == (
        "Of four recorded votes on resolutions on Afghanistan, Pakistan voted yes on two and "
        "abstained on two."
    )


@pytest.mark.parametrize("as_of", ["1980-01-01", "1992-01-31", "2026-05-31"])
@pytest.mark.parametrize("state", ["UZB", "TUR"])
def test_sentences_hold_for_any_day_and_state(as_of, state):
    for text in sentences(as_of, state):
        assert text[0].isupper() and "nan" not in text and "  " not in text
        assert not pd.isna(text)


def test_a_panel_that_fails_names_its_rows():
    panel = votes.panel(PROSE, ROOT)
    assert findings.reproduced(panel).startswith("26 of 26 published figures within")
    panel.loc[panel["published_id"] == "P15", "holds"] = False
    assert findings.reproduced(panel).endswith("not reproduced: P15.")


def test_where_every_two_partners_can_be_told_apart_it_says_so():
    apart = pd.DataFrame(
        {"p": ["CHN"], "q": ["USA"], "value_p": [0.6], "value_q": [-0.2], "difference": [0.8],
         "low": [0.7], "high": [0.9], "is_apart": [True]}
    )  # fmt: skip
    said = findings.tied_partners(apart, "PAK", PROSE)
    assert "of one pair of partners all can be told apart" in said
    figure = figures.told_apart(apart, NAMES, name="apart", title="Apart", **SOURCE)
    assert "all can be told apart" in figure.alt


def test_two_states_that_voted_together_are_not_said_never_to_have_done_so():
    """Türkiye's session 78 is unknown, so only Norway and the Republic have votes in it."""
    cast = votes.ballots(["TUR", "NOR", "AFG"], [78], "2025-06-01", ROOT)
    shown = figures.agreement_matrix(
        votes.clusters(cast, draws=20), votes.intervals(cast, draws=20), NAMES, PROSE,
        measure="kappa_linear", name="matrix", title="Agreement", **SOURCE)  # fmt: skip
    assert isinstance(shown, Finding) and "no three of these states" in shown.text
