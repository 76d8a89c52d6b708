"""UNHCR's tables in the suite's own schema: long, one number a row, codes of places alone.

What UNHCR says is not mixed with what is done to it here: a release keeps the
tables as received beside these. Text columns are categories, as they repeat.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.fetch.http import FetchError

CATEGORIES = {
    "refugees": "refugees",
    "asylum_seekers": "asylum_seekers",
    "oip": "other_in_need_of_protection",
    "ooc": "others_of_concern",
}
INSIDE = {
    "idps": "internally_displaced",
    "returned_idps": "returned_internally_displaced",
    "ooc": "others_of_concern",
    "hst": "host_community",
}
SOLUTIONS = {
    "returned_refugees": "return",
    "resettlement": "resettlement",
    "naturalisation": "naturalisation",
}
DECISIONS = {
    "dec_recognized": "recognised",
    "dec_other": "complementary",
    "dec_rejected": "rejected",
    "dec_closed": "closed",
}
UNITS = {"P": "persons", "C": "cases"}
TYPES = {
    "REF": "refugees",
    "ASY": "asylum_seekers",
    "OIP": "other_in_need_of_protection",
    "OOC": "others_of_concern",
}
SEXES = {"f": "female", "m": "male"}
AGES = {
    "0_4": "0-4",
    "5_11": "5-11",
    "12_17": "12-17",
    "18_59": "18-59",
    "60": "60+",
    "other": "unknown",
}
PLACES = {"coo_iso": "origin_iso3", "coa_iso": "asylum_iso3"}
PAIR = ["year", "origin_iso3", "asylum_iso3"]


def displacement(population: pd.DataFrame) -> pd.DataFrame:
    """Persons at the end of a year by origin, asylum and category; missing = not reported.

    Rows with one place on both sides are internal displacement, not asylum.
    """
    rows = _abroad(population)
    return _long(rows, PAIR, CATEGORIES, "category")


def internal_displacement(population: pd.DataFrame) -> pd.DataFrame:
    """Persons at the end of a year inside their own country, by category; missing = not reported.

    Those who went home during the year are UNHCR's column of that year, a
    flow beside the stocks.
    """
    rows = population[population["coo_iso"] == population["coa_iso"]]
    rows = rows.rename(columns={"coo_iso": "country_iso3"})
    return _long(rows, ["year", "country_iso3"], INSIDE, "category")


def solutions(received: pd.DataFrame) -> pd.DataFrame:
    """Persons who went home, were resettled or naturalised in a year; only what is reported."""
    return _reported(_long(_abroad(received), PAIR, SOLUTIONS, "solution"))


def age_sex(demographics: pd.DataFrame) -> pd.DataFrame:
    """Persons at the end of a year by origin, asylum, category, sex and age group.

    `unknown` of both is what the total holds beyond women and men. It has a
    row in every group that UNHCR reports; other cells of nobody have none.

    Raises
    ------
    FetchError
        If a group has more women and men than its total.
    """
    rows = _abroad(demographics)
    rows = rows[rows["pop_type"].isin(list(TYPES))]
    rows = rows.assign(category=rows["pop_type"].map(TYPES))
    key = [*PAIR, "category"]
    parts = [
        rows[key].assign(sex=sex, age_group=ages, persons=rows[f"{letter}_{column}"])
        for letter, sex in SEXES.items()
        for column, ages in AGES.items()
    ]
    parts = [part[part["persons"] > 0] for part in parts]
    rest = rows["total"] - rows["f_total"] - rows["m_total"]
    if (rest < 0).any():
        group = ", ".join(str(value) for value in rows[rest < 0].iloc[0][key])
        raise FetchError(
            f"demographics: {group}: more women and men than the total; expected at most as many. "
            "Nothing was written."
        )
    parts.append(rows[key].assign(sex="unknown", age_group="unknown", persons=rest))
    return _tidy(pd.concat(parts), [*key, "sex", "age_group"])


def asylum_decisions(received: pd.DataFrame) -> pd.DataFrame:
    """Decisions on asylum in a year by outcome, persons and cases apart.

    Summed over procedures and levels, so that one person may count at two.
    """
    rows = _abroad(received)
    rows = rows.assign(unit=rows["dec_pc"].map(lambda code: UNITS.get(code, code)))
    key = [*PAIR, "unit"]
    summed = rows.groupby(key, as_index=False)[list(DECISIONS)].sum(min_count=1)
    return _reported(_long(summed, key, DECISIONS, "decision"))


def footnotes(received: pd.DataFrame) -> pd.DataFrame:
    """UNHCR's notes by place and category, one row for each category; blank = any."""
    rows = received.assign(
        origin_iso3=received["coo_iso"].str.strip(),
        asylum_iso3=received["coa_iso"].str.strip(),
        category=received["population_type"].str.split(","),
        years=received["year"].str.strip(),
    ).explode("category")
    kinds = rows["category"].str.strip()
    rows = rows.assign(category=kinds.map(lambda kind: TYPES.get(kind, kind)))
    return _tidy(rows, ["origin_iso3", "asylum_iso3", "category", "years", "footnote"])


def shaped(received: Mapping[str, pd.DataFrame]) -> dict[str, tuple[pd.DataFrame, str]]:
    """Every table of the suite's schema, with the name of the received one it was made from."""
    population, demographics = received["population"], received["demographics"]
    return {
        "displacement": (displacement(population), "population"),
        "internal_displacement": (internal_displacement(population), "population"),
        "solutions": (solutions(received["solutions"]), "solutions"),
        "age_sex": (age_sex(demographics), "demographics"),
        "asylum_decisions": (asylum_decisions(received["asylum_decisions"]), "asylum_decisions"),
        "footnotes": (footnotes(received["footnotes"]), "footnotes"),
        "countries": (received["countries"], "countries"),
    }


def _abroad(received: pd.DataFrame) -> pd.DataFrame:
    return received[received["coo_iso"] != received["coa_iso"]].rename(columns=PLACES)


def _long(rows: pd.DataFrame, key: list[str], names: Mapping[str, str], name: str) -> pd.DataFrame:
    parts = []
    for column, word in names.items():
        part = rows[key].assign(persons=rows[column])
        part[name] = word
        parts.append(part)
    return _tidy(pd.concat(parts), [*key, name])


def _reported(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["persons"].notna()].reset_index(drop=True)


def _tidy(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    chosen = rows[[*key, *(name for name in rows if name == "persons")]]
    texts = [name for name in key if name != "year"]
    ordered = chosen.sort_values(key, kind="stable", ignore_index=True)
    return ordered.astype(dict.fromkeys(texts, "category"))
