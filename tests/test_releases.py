"""Releases: the embedded one, and snapshots of the full tables read without a change of code."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from conftest import ROOT, SHARED
from test_notebooks import run
from unhcr_tables import snapshot

from analysis import displacement, tables
from analysis.exhibits import MEDIA
from analysis.words import persons

HEADLINE, FIGURE = MEDIA.format("headline"), MEDIA.format("figure")
FULL = SHARED / "data" / "unhcr"


@pytest.fixture(scope="session")
def fetched(tmp_path_factory):
    """A project folder with a snapshot of UNHCR's full tables."""
    if not FULL.exists():
        pytest.skip("UNHCR's full tables lie in ../shared/data/unhcr")
    root = tmp_path_factory.mktemp("project")
    for folder in ("seeds", "data", "notebooks"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("snapshots"))
    snapshot(FULL, root / displacement.SNAPSHOTS / "2026-11-24")
    return root


def test_without_a_snapshot_the_error_says_how_to_fetch(project):
    shutil.rmtree(project / displacement.SNAPSHOTS, ignore_errors=True)
    for name in ("latest", "2026-01-01"):
        with pytest.raises(displacement.ReleaseError, match=f"{name}.*run `torkham fetch unhcr`"):
            displacement.load(name, root=project)


def test_latest_is_the_newest_whole_snapshot(fetched):
    (fetched / displacement.SNAPSHOTS / "2027-01-01").mkdir(exist_ok=True)
    (fetched / displacement.SNAPSHOTS / ".2028-01-01").mkdir(exist_ok=True)
    assert displacement.releases(fetched) == ["2025.12.1", "2026-11-24"]
    assert displacement.load("latest", root=fetched).name == "2026-11-24"


def test_a_cut_snapshot_is_named(fetched, tmp_path):
    for folder in ("seeds", "data"):
        shutil.copytree(fetched / folder, tmp_path / folder)
    folder = tmp_path / displacement.SNAPSHOTS / "2026-11-24"
    whole = (folder / "solutions.parquet").read_bytes()
    (folder / "solutions.parquet").write_bytes(whole[: len(whole) // 2])
    release = displacement.load("latest", "AFG", tmp_path)
    with pytest.raises(displacement.ReleaseError, match="'2026-11-24'.*delete its folder"):
        release.table("solutions")
    (folder / "metadata.json").write_text(json.dumps({"release": "x"}), encoding="utf-8")
    with pytest.raises(displacement.ReleaseError, match="metadata.json lacks accessed, citation"):
        displacement.load("latest", "AFG", tmp_path)


def reconciled(release, **more):
    return displacement.reconciliation(
        displacement=release.table("displacement"),
        solved=release.table("solutions"),
        arrivals=release.table("arrivals"),
        **more,
    )


def test_the_embedded_tables_are_those_of_the_full_release(fetched):
    """Every pair of places that both hold is the same, to the person, from stock to residual."""
    ours, full = (displacement.load(name, "AFG", fetched) for name in ("2025.12.1", "latest"))
    breaks = tables.load("breaks", fetched)
    rows = [reconciled(release, listing=breaks) for release in (ours, full)]
    rows = [frame[frame["asylum_iso3"].isin(["PAK", "IRN", "DEU", "CHN"])] for frame in rows]
    rows = [frame.reset_index(drop=True) for frame in rows]
    pd.testing.assert_frame_equal(*rows)
    assert len(rows[0]) > 100
    worlds = [
        r.table("displacement").query("year == 2023 and category == 'refugees'")["persons"].sum()
        for r in (ours, full)
    ]
    assert worlds[0] == worlds[1] == 6_403_144


def test_every_published_figure_holds_in_the_full_tables(fetched):
    full = displacement.load("latest", "AFG", fetched)
    found = displacement.validate(
        tables.load("validation", fetched), full.table("displacement"), full.table("solutions")
    )
    assert found[~found["reproduced"]]["check_id"].tolist() == ["V19"]


@pytest.mark.parametrize("asylum", ["PAK", "IRN"])
def test_embedded_age_and_sex_are_those_of_the_full_tables(fetched, asylum):
    ours, full = (displacement.load(name, "AFG", fetched) for name in ("2025.12.1", "latest"))
    for year in (2001, 2013, 2025):
        pyramids = [
            displacement.age_pyramid("AFG", asylum, year, ["refugees"], table=r.table("age_sex"))
            for r in (ours, full)
        ]
        pd.testing.assert_frame_equal(*pyramids)


def test_a_snapshot_without_arrivals_says_nothing_of_them(fetched, tmp_path):
    for folder in ("seeds", "data"):
        shutil.copytree(fetched / folder, tmp_path / folder)
    (tmp_path / displacement.SNAPSHOTS / "2026-11-24" / "arrivals.parquet").unlink()
    release = displacement.load("latest", "SYR", tmp_path)
    found = reconciled(release)
    assert release.table("arrivals").empty and found["arrivals"].isna().all() and len(found) > 1000


# Large and small, old and new; what is reported differs from pair to pair.
PAIRS = [("SYR", "TUR"), ("UKR", "POL"), ("VEN", "COL"), ("SSD", "UGA"), ("MMR", "BGD")]


@pytest.mark.slow
@pytest.mark.parametrize(("origin", "asylum"), PAIRS)
def test_other_pairs_run_without_a_change_of_code(fetched, monkeypatch, origin, asylum):
    monkeypatch.chdir(fetched)
    shown = run("refugee_statistics", {"origin": origin, "asylum": asylum, "release": "latest"})
    said = next(b[HEADLINE]["text"] for b in shown if HEADLINE in b)
    full = displacement.load("latest", origin, fetched)
    places = [displacement.place_name(full, code) for code in (origin, asylum)]
    assert f"people from {places[0]}" in said and f"were in {places[1]}" in said
    years = displacement.stock(origin, asylum, table=full.table("displacement"))
    assert persons(displacement.total(years)[2025]) in said
    names = {b[FIGURE]["name"] for b in shown if FIGURE in b}
    assert {"stock", "hosts", "host-tiles", "residuals", "age-sex"} <= names
    text = " ".join(bundle["text/plain"] for bundle in shown)
    assert "2026-11-24" in text and "Afghan" not in said
