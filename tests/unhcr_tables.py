"""UNHCR's full tables, as its R package lays them out, as a release below a project folder.

Run `python tests/unhcr_tables.py ../shared/data/unhcr data/snapshots/unhcr/2026-11-24` to make
one by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from analysis import displacement
from analysis.fetch import unhcr

ARRIVALS = {"oip": "other_in_need_of_protection"}


def release(source: Path, target: Path) -> Path:
    """Write the release into `target`, a folder named as it; with arrivals, which the API lacks."""
    target.mkdir(parents=True)
    names = {"population", "solutions", "flows", "countries"}
    full = {name: pd.read_parquet(source / f"{name}.parquet") for name in names}
    key = ["year", "coo_iso", "coa_iso", "pop_type"]
    ages = pd.read_parquet(next(source.glob("demographics*.parquet")))
    counts = list(unhcr.ENDPOINTS[1].counts)
    kinds = ["refugees", "asylum_seekers", "refugee_like", "oip"]
    flows = full["flows"].rename(columns=unhcr.PAIR).query("origin_iso3 != asylum_iso3")
    arrivals = flows.melt(list(unhcr.PAIR.values()), kinds, "category", "persons").dropna()
    places = full["countries"].rename(columns={"iso_code": "iso3"})
    frames = {
        "displacement": unhcr.displacement(full["population"]),
        "solutions": unhcr.solutions(full["solutions"]),
        "age_sex": unhcr.age_sex(ages.groupby(key, as_index=False)[counts].sum()),
        "arrivals": arrivals.replace({"category": ARRIVALS}),
        "countries": places[["iso3", "name"]].dropna(),
    }
    for name, frame in frames.items():
        frame.to_parquet(target / f"{name}.parquet", index=False)
    about = {
        "accessed": "2026-11-24",
        "citation": "UNHCR, Refugee Population Statistics Database, R package refugees 2025.12.1",
        "licence": "CC-BY-4.0",
        "last_year_state": "year-end",
    }
    (target / "metadata.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return target


if __name__ == "__main__":
    print(release(Path(sys.argv[1]), Path(sys.argv[2])), *displacement.releases())
