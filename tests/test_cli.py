"""The command: what it answers, its exit codes, and the way out of an error."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from test_tables import spoil

from analysis import tables
from analysis.cli import main


def call(*words, **terms):
    return CliRunner().invoke(main, list(words), **terms)


def test_check_passes_and_names_a_fault_when_there_is_one(project):
    assert call("check").exit_code == 0
    spoil(project, "claims", 5, "speaker", "PKA")
    answer = call("check")
    assert answer.exit_code == 1
    assert "seeds/claims.csv, row 5, column speaker, value 'PKA'" in answer.output
    assert "did you mean 'PAK'?" in answer.output


def test_nothing_runs_on_a_broken_ledger(project):
    spoil(project, "claims", 5, "code", "CONSLT")
    answer = call("reports", "--only", "actor_network/2025-06-01")
    assert answer.exit_code == 2
    assert "row 5, column code" in answer.output and "torkham check" in answer.output
    assert not (project / "site" / "actor_network").exists()


@pytest.mark.parametrize("words", [("-p", "asof=2025-01-01"), ("-p", "as_of=2025-02-30")])
def test_a_faulty_override_is_refused(project, words):
    answer = call("reports", "--only", "actor_network/2025-06-01", *words)
    assert answer.exit_code == 2 and "as_of" in answer.output
    assert not (project / "site").exists()


def test_list_says_what_was_never_built(project):
    answer = call("list")
    assert answer.exit_code == 0
    assert "refugee_statistics/iran" in answer.output and "never built" in answer.output


def test_claims_are_looked_up_with_their_source(project):
    answer = call("claims", "PAK", "IEA", "--since", "2025-05-01", "--as-of", "2025-06-01")
    assert answer.exit_code == 0
    assert "C0004  2025-05-21" in answer.output and "TRT World" in answer.output
    later = call("claims", "RUS", "IEA", "--as-of", "2025-07-02")
    assert "recognised the Islamic Emirate" not in later.output


def test_changes_tell_rungs_ties_figures_and_claims(project):
    answer = call("changes", "2025-06-01", "2025-07-10", "RUS")
    assert answer.exit_code == 0
    assert "recognised: not coded -> executed (2025-07-03)" in answer.output
    assert "C4037" in answer.output and "Published figures: 0" in answer.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("claims", "PKA"), "did you mean 'PAK'"),
        (("claims", "PAK", "--as-of", "soon"), "not a day such as"),
        (("changes", "2025-07-10", "2025-06-01"), "is not before"),
        (("changes", "2025-06-01", "2025-13-01"), "is not a day"),
        (("changes", "2025-06-01", "2025-07-01", "PKA"), "did you mean 'PAK'"),
    ],
)
def test_a_look_up_refuses_what_it_does_not_know(project, words, said):
    answer = call(*words)
    assert answer.exit_code == 2 and said in answer.output


ANSWERS = {
    "source_id": "trt-2025-06-01", "paragraph": "6", "gloss": "The two sides talked again.",
    "kind": "event", "code": "CONSULT", "mode": "", "layer": "diplomacy", "step": "contact",
    "actors": "PAK;IEA", "recipients": "", "mediators": "", "start": "2025-06", "end": "",
    "modality": "asserted", "speaker": "", "answers": "", "occurrence_id": "", "measure": "",
    "value": "", "bound": "", "unit": "", "review_status": "single", "coder": "T", "note": "",
}  # fmt: skip


def test_new_claim_asks_again_for_an_unknown_actor_and_appends_one_valid_row(project):
    before = (project / "seeds" / "claims.csv").read_text(encoding="utf-8")
    answers = [*ANSWERS.values()]
    answers.insert(list(ANSWERS).index("actors"), "PAK;IEAX")
    answer = call("new", "claim", input="\n".join(answers) + "\n")
    assert answer.exit_code == 0, answer.output
    assert "'IEAX' is not allowed; did you mean 'IEA'?" in answer.output
    after = (project / "seeds" / "claims.csv").read_text(encoding="utf-8")
    assert after.startswith(before) and after.count("\n") == before.count("\n") + 1
    row = tables.load("claims", project).iloc[-1]
    assert row["gloss"] == ANSWERS["gloss"] and f"as {row['claim_id']}" in answer.output


def test_new_claim_leaves_the_file_alone_when_the_row_is_wrong(project):
    path = project / "seeds" / "claims.csv"
    before = path.read_bytes()
    wrong = ANSWERS | {"start": "2025-02-30"}
    answer = call("new", "claim", input="\n".join(wrong.values()) + "\n")
    assert answer.exit_code == 2 and "2025-02-30" in answer.output
    assert path.read_bytes() == before and not list((project / "seeds").glob("tmp*"))


def test_the_help_names_the_exit_codes():
    assert "Exit codes: 0" in call("--help").output
