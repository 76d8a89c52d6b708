"""UNHCR's full tables, as its R package lays them out, turned into a snapshot as `fetch` writes it.

Run `python tests/unhcr_tables.py SOURCE TARGET` to make one by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

CATEGORIES = {
    "refugees": "refugees",
    "asylum_seekers": "asylum_seekers",
    "oip": "other_in_need_of_protection",
    "ooc": "others_of_concern",
}
SOLUTIONS = {
    "returned_refugees": "return",
    "resettlement": "resettlement",
    "naturalisation": "naturalisation",
}
ARRIVALS = {
    "refugees": "refugees",
    "asylum_seekers": "asylum_seekers",
    "refugee_like": "refugee_like",
    "oip": "other_in_need_of_protection",
}
TYPES = {"REF": "refugees", "ASY": "asylum_seekers", "OIP": CATEGORIES["oip"],
         "OOC": "others_of_concern"}  # fmt: skip
AGES = {"0_4": "0-4", "5_11": "5-11", "12_17": "12-17", "18_59": "18-59", "60": "60+",
        "other": "unknown"}  # fmt: skip


def snapshot(source: Path, target: Path) -> Path:
    """Write the snapshot into `target`, a folder named as its release."""
    target.mkdir(parents=True)
    stocks = abroad(pd.read_parquet(source / "population.parquet"))
    solved = abroad(pd.read_parquet(source / "solutions.parquet"))
    moved = abroad(pd.read_parquet(source / "flows.parquet"))
    countries = pd.read_parquet(source / "countries.parquet").dropna(subset=["iso_code"])
    tables = {
        "displacement": long(stocks, CATEGORIES, "category"),
        "solutions": long(solved, SOLUTIONS, "solution").dropna(),
        "arrivals": long(moved, ARRIVALS, "category").dropna(),
        "age_sex": age_sex(abroad(pd.read_parquet(next(source.glob("demographics*.parquet"))))),
        "countries": countries.rename(columns={"iso_code": "iso3", "unsd_subregion": "region"})[
            ["iso3", "name", "unhcr_code", "region"]
        ],
    }
    for name, frame in tables.items():
        strings = frame.select_dtypes(exclude="number").columns.drop("year", errors="ignore")
        frame = frame.astype(dict.fromkeys(strings, "category"))
        frame.to_parquet(target / f"{name}.parquet", index=False)
    about = {
        "release": target.name,
        "accessed": "2026-11-24",
        "source": "https://github.com/PopulationStatistics/refugees",
        "citation": "UNHCR, Refugee Population Statistics Database, R package refugees 2025.12.1",
        "licence": "CC-BY-4.0",
        "last_year": int(stocks["year"].max()),
        "last_year_state": "year-end",
        "tables": {name: {"file": f"{name}.parquet"} for name in tables},
    }
    (target / "metadata.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return target


def abroad(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows on people outside their place of origin, under our names for the key columns."""
    keys = {"coo_iso": "origin_iso3", "coa_iso": "asylum_iso3"}
    rows = frame.rename(columns=keys)
    rows = rows[rows["origin_iso3"] != rows["asylum_iso3"]]
    return rows.astype({"year": "int64"})


def long(frame: pd.DataFrame, columns: dict[str, str], name: str) -> pd.DataFrame:
    """One row a year, pair and column; a column that is not reported stays missing."""
    keys = ["year", "origin_iso3", "asylum_iso3"]
    melted = frame[[*keys, *columns]].melt(keys, var_name=name, value_name="persons")
    melted[name] = melted[name].map(columns)
    melted["persons"] = melted["persons"].astype("Int64")
    return melted.sort_values([*keys, name], ignore_index=True)


def age_sex(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a year, pair, category, sex and age group; locations added up."""
    rows = frame[frame["pop_type"].isin(TYPES)]
    keys = ["year", "origin_iso3", "asylum_iso3", "category"]
    cells = {f"{sex[0]}_{age}": (sex, group) for sex in ("female", "male")
             for age, group in AGES.items()}  # fmt: skip
    rows = rows.assign(category=rows["pop_type"].map(TYPES))
    sums = rows.groupby(keys)[[*cells, "f_total", "m_total", "total"]].sum().reset_index()
    sums["rest"] = sums["total"] - sums["f_total"] - sums["m_total"]
    cells["rest"] = ("unknown", "unknown")
    melted = sums[[*keys, *cells]].melt(keys, var_name="cell", value_name="persons")
    melted = melted[melted["persons"] != 0]
    both = melted["cell"].map(cells)
    melted["sex"], melted["age_group"] = both.str[0], both.str[1]
    melted["persons"] = melted["persons"].astype("int64")
    order = [*keys, "sex", "age_group"]
    return melted[[*order, "persons"]].sort_values(order, ignore_index=True)


if __name__ == "__main__":
    print(snapshot(Path(sys.argv[1]), Path(sys.argv[2])))
