"""The published agreement of two coders, computed anew from both codings."""

from __future__ import annotations

import re

import krippendorff
import pandas as pd
import pytest
from conftest import ROOT

from analysis import tables

README = (ROOT / "seeds" / "reliability" / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\w+) \| (\d+) of (\d+) \| ([\d.–]+) \|$", README, flags=re.M)


def both():
    frame = tables.load("double_coding", ROOT)
    pairs = frame.groupby("pair").filter(lambda rows: len(rows) == 2).sort_values("pair")
    coders = [pairs[pairs["coder"] == coder].set_index("pair") for coder in ("first", "second")]
    return frame, coders


def test_how_many_claims_each_found():
    frame, (first, second) = both()
    sizes = frame["coder"].value_counts()
    assert len(first) == len(second) == 30
    assert f"made {sizes['first']} claims, the second {sizes['second']}" in README
    union = frame["pair"].nunique()
    assert f"That is {100 * 30 / union:.0f} % of the {union} that either coder saw" in README


@pytest.mark.parametrize(("field", "agree", "of", "alpha"), ROWS)
def test_the_table_of_agreement(field, agree, of, alpha):
    _, coders = both()
    said = [["" if pd.isna(v) else str(v) for v in coder[field]] for coder in coders]
    assert (sum(a == b for a, b in zip(*said, strict=True)), len(said[0])) == (int(agree), int(of))
    values = sorted({value for coder in said for value in coder})
    if alpha == "–":
        assert len(values) == 1
        return
    data = [[values.index(value) for value in coder] for coder in said]
    found = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")
    assert f"{found:.3f}" == alpha


def test_every_field_is_in_the_table():
    assert len(ROWS) == 16
