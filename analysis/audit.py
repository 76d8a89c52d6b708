"""A document held claim by claim against what others say and count: verdicts with reasons."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import tables
from analysis.dates import first_day, last_day
from analysis.ledger import Ledger, a_day, known
from analysis.words import count, listed

# Every verdict, and how the claim stands by it.
STANDINGS = {
    "supported": "holds",
    "confirmed": "holds",
    "come true": "holds",
    "in part": "holds in part",
    "undecided": "open",
    "disputed": "open",
    "both ways": "open",
    "not so far": "open",
    "contradicted in part": "contradicted in part",
    "contradicted": "contradicted",
    "position, no verdict": "not judged",
    "only source": "not judged",
    "nothing to match": "not judged",
    "not checkable": "not judged",
    "cannot be known": "not judged",
    "no outcome coded": "not judged",
}
# What a figure whose verb is missing may have counted: each reading is held apart.
READINGS = {"undetermined_movement": ("returns", "deportations")}
# Measures that hold until somebody changes them; all others are of their day.
LASTING = ("border_length", "visa_free_stay", "hosting_since", "dispute_since", "occupation_since")
# What UNHCR's table of year-ends tells of as well.
YEAR_ENDS = ("hosted", "hosting_since")
# A stock speaks for a day up to a year away.
STOCK_DAYS = 366
# A window is the same where it covers nine tenths of the other and runs over by a tenth at most.
COVER, OVERRUN = 0.9, 0.1
EFFECTS = {"fulfils": 2, "fulfils_in_part": 1, "contradicts": -2, "contradicts_in_part": -1}
# What is held side by side of two claims.
COMPARED = (
    *("claim_id", "source_id", "gloss", "kind", "code", "mode", "actors", "recipients", "start"),
    *("modality", "speaker", "answers", "occurrence_id", "origin"),
)
# What is known of a figure that speaks for another; who told it is blank where a table has it.
COUNTED = (
    *("measure", "low", "high", "bound", "first", "last", "published_day", "places", "publisher"),
    *("series", "reference", "source_id", "actors", "recipients", "occurrence_id"),
)
Row = dict[Hashable, Any]


@dataclass(frozen=True)
class Interval:
    """What a figure leaves possible, both ends included; an end left open is infinite."""

    low: float
    high: float

    def words(self, unit: str = "") -> str:
        """Interval in words; years without a thousands separator.

        >>> Interval(850000, math.inf).words(), Interval(2343, 2670).words("km")
        ('at least 850,000', '2,343 to 2,670')
        """
        ends = (self.low, self.high)
        low, high = (f"{end:.15g}" if unit == "year" else f"{end:,.15g}" for end in ends)
        if math.isinf(self.high):
            return f"at least {low}"
        return low if self.low == self.high else f"{low} to {high}"


def interval(value: float, bound: str) -> Interval:
    """Interval of what a figure says; `about` is the rounding interval of the figure as written.

    That interval reaches half a unit of the last digit that is not zero to
    either side.

    Raises
    ------
    ValueError
        For a bound that is none of exact, about, at_least, at_most, or a
        figure below zero.

    Examples
    --------
    >>> interval(1_300_000, "about").words()
    '1,250,000 to 1,350,000'
    >>> interval(850_000, "at_least").words()
    'at least 850,000'
    """
    if value < 0 or math.isnan(value):
        raise ValueError(f"figure {value!r}; expected a number of at least 0")
    if bound == "exact":
        return Interval(value, value)
    if bound == "at_least":
        return Interval(value, math.inf)
    if bound == "at_most":
        return Interval(0, value)
    if bound != "about":
        raise ValueError(f"bound {bound!r}; expected exact, about, at_least or at_most")
    unit = 1.0
    if value == int(value):
        while value and value % (unit * 10) == 0:
            unit *= 10
    else:
        unit = 10.0 ** -len(f"{value:f}".rstrip("0").split(".")[1])
    return Interval(max(value - unit / 2, 0), value + unit / 2)


def verdict(said: Interval, counted: Interval | None) -> str:
    """Verdict on a figure: supported, contradicted, undecided, or not checkable without evidence.

    Supported where all that independent series leave possible lies inside what
    is said, contradicted where none of it does, else undecided. For "at least
    x": supported if the counted low end reaches x, contradicted if the high end
    stays below.

    >>> verdict(interval(850_000, "at_least"), Interval(861_763, 1_300_000))
    'supported'
    >>> verdict(interval(850_000, "at_least"), Interval(71_500, 72_500))
    'contradicted'
    >>> verdict(interval(850_000, "at_least"), Interval(800_000, 900_000))
    'undecided'
    """
    if counted is None:
        return "not checkable"
    if said.low <= counted.low and counted.high <= said.high:
        return "supported"
    if counted.high < said.low or counted.low > said.high:
        return "contradicted"
    return "undecided"


def verdicts(book: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Every claim of a document with its verdict and the reason, in the order of the text.

    Columns: `claim_id`, `paragraph`, `gloss`, `part` (figure, happening,
    charge, outlook), `verdict`, `standing` (see `STANDINGS`), `reason`,
    `references` (ids of the claims, figures and tables it was held against).
    Evidence is what had happened by `as_of` and, unless `known_by` is blank,
    was published by then. A figure with two readings that come out differently
    is undecided. A charge and its denial are positions and get no verdict.

    Raises
    ------
    ValueError
        If the ledger has no claim of that source, or a day is none.

    Examples
    --------
    >>> from analysis import ledger
    >>> found = verdicts(ledger.load(), "trt-2025-06-01", "2025-12-31").set_index("claim_id")
    >>> found.loc[["C0002", "C0004", "C0036", "C0099"], "verdict"].tolist()
    ['come true', 'confirmed', 'position, no verdict', 'in part']
    """
    own = _own(book, source_id)
    clocks = (source_id, as_of, known_by)
    sides = charges(book, *clocks)
    also = sides["also_said_by"].map(lambda who: "" if who == "none" else f"; also told by {who}")
    sides["reason"] = "said by " + sides["said_by"] + ", denied by " + sides["denied_by"] + also
    rest = own[["claim_id", "answers"]].assign(
        reason=("denies " + own["answers"]).where(
            own["answers"] != "", "says that something is not so"
        ),
        references=own["answers"].map(lambda claim: [claim] if claim else []),
    )
    # A claim of two kinds is told by the last of them; what is in none is a denial.
    parts = [
        rest.assign(part="charge", verdict="position, no verdict"),
        _one_each(figures(book, *clocks)).assign(part="figure"),
        happenings(book, *clocks).assign(part="happening"),
        outlooks(book, *clocks).assign(part="outlook"),
        sides.assign(part="charge", verdict="position, no verdict"),
    ]
    columns = ["claim_id", "part", "verdict", "reason", "references"]
    judged = pd.concat([part[columns].astype(object) for part in parts])
    judged = judged.drop_duplicates("claim_id", keep="last")
    judged.insert(3, "standing", judged["verdict"].map(STANDINGS))
    return own[["claim_id", "paragraph", "gloss"]].merge(judged, on="claim_id")


def differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Claims whose verdict differs between two of `verdicts`: `was` beside `verdict`, `reason`."""
    joined = after.merge(before[["claim_id", "verdict"]].rename(columns={"verdict": "was"}))
    columns = ["claim_id", "gloss", "was", "verdict", "reason"]
    return joined.loc[joined["verdict"] != joined["was"], columns].reset_index(drop=True)


def figures(book: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Figures of a document beside what independent series of that measure count.

    One row a claim and reading: `claim_id`, `gloss`, `measure`, `unit`,
    `said_low`, `said_high`, `counted_low`, `counted_high` (NaN where nothing is
    counted), `said`, `counted` (the same in words), `verdict`, `reason`,
    `series` (number of counters), `references`.

    A series speaks for a figure if it counts the same measure in the same
    place, for the same window or, of a stock, within a year of the day; other
    documents speak where they tell the same of the same parties. Of one
    counter the closest fit is kept. Where no window matches, one inside it is a
    floor and one around it a ceiling; windows are never added up, since
    counters overlap. What the document's own publisher counts is no evidence.
    """
    own = _own(book, source_id)
    publisher = book.sources.set_index("source_id").loc[source_id, "publisher"]
    counted, stocks = _counted(book, as_of, known_by), tables.load("displacement")
    rows = []
    for claim in own[own["kind"] == "figure"].to_dict("records"):
        said = interval(claim["value"], claim["bound"])
        for measure in READINGS.get(claim["measure"], (claim["measure"],)):
            others = counted[counted["measure"] == measure]
            if measure in YEAR_ENDS:
                year_ends = _on_time(_year_ends(claim, measure, stocks), as_of, known_by)
                others = pd.concat([others, year_ends])
            speaking = _speaking(claim, others[others["publisher"] != publisher])
            used, spread, reason = _spread(speaking)
            rows.append(
                {
                    "claim_id": claim["claim_id"],
                    "gloss": claim["gloss"],
                    "measure": measure.replace("_", " "),
                    "unit": claim["unit"],
                    "said_low": said.low,
                    "said_high": said.high,
                    "counted_low": spread.low if spread else math.nan,
                    "counted_high": spread.high if spread else math.nan,
                    "said": said.words(claim["unit"]),
                    "counted": spread.words(claim["unit"]) if spread else "",
                    "verdict": verdict(said, spread),
                    "reason": reason,
                    "series": len({one["series"] for one in used}),
                    "references": sorted({one["reference"] for one in used}),
                }
            )
    columns = [
        *("claim_id", "gloss", "measure", "unit", "said_low", "said_high", "counted_low"),
        *("counted_high", "said", "counted", "verdict", "reason", "series", "references"),
    ]
    return pd.DataFrame(rows, columns=columns)


def own_sum(
    book: Ledger, source_id: str, whole: str, parts: Collection[str]
) -> tuple[str, str, str] | None:
    """A document's own arithmetic: what it says of a whole, the sum of its parts, the verdict.

    The parts are added as intervals, so that rounding is no contradiction.
    None unless the document states the whole and every part.
    """
    own = _own(book, source_id)
    stated = {
        row["measure"]: interval(row["value"], row["bound"])
        for row in own[own["kind"] == "figure"].to_dict("records")
    }
    if not {whole, *parts} <= set(stated):
        return None
    low = sum(stated[part].low for part in parts)
    total = Interval(low, sum(stated[part].high for part in parts))
    return stated[whole].words(), total.words(), verdict(stated[whole], total)


def published() -> pd.DataFrame:
    """Figures that somebody counted and published, from both tables of single figures.

    Columns of `data/published.csv`, plus `table` (operational or published),
    `first`, `last` (days of its window, `first` NaT where it is of a day) and
    `published_day`, which is the window's last where nobody noted it.

    >>> published().set_index("figure_id").loc["P001", ["counted_by", "counts"]].tolist()
    ['GTI', 'militant attacks in Pakistan']
    """
    persons = tables.load("operational")
    persons = persons.rename(columns={"asylum_iso3": "places"}).assign(
        table="operational",
        counts=persons["measure"].str.replace("_", " "),
        unit="persons",
        bears_on="",
    )
    others = tables.load("published").assign(table="published")
    rows = pd.concat([persons, others], ignore_index=True)
    said = rows["published"].where(rows["published"] != "", rows["end"])
    return rows.astype({"low": "float64", "high": "float64"}).assign(
        first=_days(rows["start"], first_day),
        last=_days(rows["end"], last_day),
        published_day=_days(said, last_day),
    )


def series(book: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Series published by others beside statements of a document that give no number.

    One row a claim, subject and counter: `claim_id`, `counts`, `series` (who
    counted), `earliest` and `latest` (value and last day of its window, in
    words; `latest` blank where there is one figure), `unit`, `references`.
    Different counters are never spliced, and there is no verdict.
    """
    rows = published().assign(claim_id=lambda all_rows: all_rows["bears_on"].str.split(";"))
    rows = _on_time(rows.explode("claim_id"), as_of, known_by)
    rows = rows[rows["claim_id"].isin(_own(book, source_id)["claim_id"])]
    rows = rows.sort_values(["claim_id", "measure", "counted_by", "last"])
    found = []
    keys = ["claim_id", "counts", "counted_by", "unit"]
    for (claim, counts, counter, unit), part in rows.groupby(keys, sort=False):
        ends = [
            f"{Interval(row['low'], row['high']).words()} ({row['end']})"
            for row in part.sort_values("last").to_dict("records")
        ]
        latest = ends[-1] if len(ends) > 1 else ""
        found.append((claim, counts, counter, ends[0], latest, unit, sorted(part["figure_id"])))
    columns = ["claim_id", "counts", "series", "earliest", "latest", "unit", "references"]
    return pd.DataFrame(found, columns=columns)


def happenings(book: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Events and lasting relations that a document asserts, with who else asserts or denies them.

    One row a claim: `claim_id`, `gloss`, `verdict`, `reason`, `references` (ids
    of the other claims). *Confirmed*: a source independent of this one asserts
    the same occurrence, or the same relation between the same parties; a
    reprint of one agency confirms nothing. *Disputed*: somebody denies it, also
    where others confirm it. *Only source*: nobody else here tells it. *Nothing
    to match*: the document names no occurrence, so no other claim can be known
    to tell the same.
    """
    own = _own(book, source_id)
    told = own[own["kind"].isin(["event", "tie"]) & (own["modality"] == "asserted")]
    others = known(book, as_of, known_by)
    others = others[(others["source_id"] != source_id) & ~others["origin"].isin(set(own["origin"]))]
    compared, denied, names = _compared(others), _compared(own), book.names()
    rows = []
    for claim in _compared(told):
        alike = _alike(claim, compared)
        firm = [one for one in alike if one["modality"] == "asserted"]
        against = [one for one in alike if one["modality"] == "denied"] + _denials(claim, denied)
        if against:
            who = sorted(names[speaker] for speaker in _each(against, "speaker") - {""})
            result, reason = "disputed", f"denied by {listed(who or ['another source'])}"
        elif firm:
            origins = _each(firm, "origin")
            result, reason = "confirmed", count(len(origins), "independent source")
        elif not claim["occurrence_id"] and not claim["start"] and claim["kind"] == "event":
            result = "nothing to match"
            reason = "the document gives no day and names no occurrence"
        else:
            result, reason = "only source", "no other source in the ledger tells it"
        references = sorted(_each([*firm, *against], "claim_id"))
        rows.append((claim["claim_id"], claim["gloss"], result, reason, references))
    return pd.DataFrame(rows, columns=["claim_id", "gloss", "verdict", "reason", "references"])


def charges(book: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Conduct charged in a document: the positions side by side, no verdict.

    One row a conduct: `claim_id` (the document's), `gloss`, `said_by` and
    `denied_by` (in the document), `also_said_by` and `also_denied_by`
    (publishers of other documents), all in words, and `references`.
    """
    own = _own(book, source_id)
    told = own[own["kind"].isin(["event", "tie"]) & (own["modality"] == "alleged")]
    others = known(book, as_of, known_by)
    compared = _compared(others[others["source_id"] != source_id])
    denied, names = _compared(own), book.names()
    publishers = book.sources.set_index("source_id")["publisher"].to_dict()
    rows = []
    for claim in _compared(told):
        alike, denials = _alike(claim, compared), _denials(claim, denied)
        for_it = [one for one in alike if one["modality"] in ("alleged", "asserted")]
        against = [one for one in alike if one["modality"] == "denied"]
        sides = {
            "said_by": names.get(claim["speaker"], "the document"),
            "denied_by": listed(sorted(names[who] for who in _each(denials, "speaker"))),
            "also_said_by": listed(sorted({publishers[one["source_id"]] for one in for_it})),
            "also_denied_by": listed(sorted({publishers[one["source_id"]] for one in against})),
        }
        references = sorted(_each([*denials, *alike], "claim_id"))
        about = {"claim_id": claim["claim_id"], "gloss": claim["gloss"]}
        rows.append(about | sides | {"references": references})
    columns = ["claim_id", "gloss", "said_by", "denied_by", "also_said_by", "also_denied_by"]
    return pd.DataFrame(rows, columns=[*columns, "references"])


def outlooks(book: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Outlooks and announced acts of a document, with what became of them by `as_of`.

    One row a claim: `claim_id`, `gloss`, `modality`, `verdict`, `reason`,
    `days` (from the document's publication to the first outcome that decides
    the verdict; NA without one, negative where it came before), `references`.
    Outcomes are coded in `seeds/outcomes.csv`; one that happened after `as_of`
    or whose source came after `known_by` is not yet there.

    *Come true* and *contradicted* need one full outcome of that kind and none
    of the other; with both kinds it is *both ways*. Outcomes in part make *in
    part* or *contradicted in part*. *Not so far*: outcomes were looked for and
    none is known yet. *Cannot be known*: nothing could show it.
    """
    return _outlooks(_own(book, source_id), known(book, as_of, known_by), tables.load("outcomes"))


def reread(book: Ledger, source_id: str, days: Sequence[str]) -> pd.DataFrame:
    """Outlooks of a document as judged on several days: `claim_id`, `gloss`, `day`, `verdict`.

    On each day only what had happened and what had been published by then counts.
    """
    own, coded = _own(book, source_id), tables.load("outcomes")
    parts = [_outlooks(own, known(book, day, day), coded).assign(day=day) for day in days]
    columns = ["claim_id", "gloss", "day", "verdict"]
    return pd.concat([pd.DataFrame(columns=columns), *parts], ignore_index=True)[columns]


def _own(book: Ledger, source_id: str) -> pd.DataFrame:
    """Claims of a document; refused where there are none, so that a slip is no empty audit."""
    own = book.rows[book.rows["source_id"] == source_id]
    if own.empty:
        hint = tables.nearest(source_id, sorted(set(book.rows["source_id"])))
        raise ValueError(f"no claims of source {source_id!r} in seeds/claims.csv{hint}")
    return own


def _on_time(rows: pd.DataFrame, as_of: str, known_by: str) -> pd.DataFrame:
    """Figures whose window had ended by one day and that were published by the other."""
    there = rows["last"] <= a_day("as_of", as_of)
    if known_by:
        there &= rows["published_day"] <= a_day("known_by", known_by)
    return rows[there]


def _days(texts: pd.Series, pick: Any) -> pd.Series:
    return pd.to_datetime(texts.map(lambda text: pick(text) if text else None))


def _one_each(readings: pd.DataFrame) -> pd.DataFrame:
    """Figures with one row a claim: two readings that come out differently leave it undecided."""
    rows = []
    for claim_id, part in readings.groupby("claim_id"):
        result, reason = part["verdict"].iloc[0], part["reason"].iloc[0]
        if len(part) > 1:
            told = part[["measure", "verdict", "reason"]].itertuples(index=False)
            reason = "; ".join(f"read as {a}: {what}, {why}" for a, what, why in told)
            decided = set(part["verdict"]) - {"not checkable"} or {"not checkable"}
            result = decided.pop() if len(decided) == 1 else "undecided"
        references = sorted({one for some in part["references"] for one in some})
        rows.append((claim_id, result, reason, references))
    return pd.DataFrame(rows, columns=["claim_id", "verdict", "reason", "references"])


def _counted(book: Ledger, as_of: str, known_by: str) -> pd.DataFrame:
    """Figures that were there by both clocks, in the tables and asserted by claims."""
    tabled = published()
    # A figure for several states of asylum together is no figure of one of them.
    joint = (tabled["table"] == "operational") & tabled["places"].str.contains(";")
    tabled = tabled[~joint].assign(
        reference=tabled["figure_id"], series=tabled["counted_by"], source_id=""
    )
    told = known(book, as_of, known_by)
    told = told[(told["kind"] == "figure") & (told["modality"] == "asserted")]
    told = told.assign(
        reference=told["claim_id"],
        series=told["origin"],
        publisher=told["source_id"].map(book.sources.set_index("source_id")["publisher"]),
        low=told["value"],
        high=told["value"],
        first=_days(told["start"].where(told["end"] != "", ""), first_day),
        last=told["end_day"].fillna(told["day"]),
    )
    rows = pd.concat([tabled, told], ignore_index=True)[[*COUNTED]]
    rows = _on_time(rows, as_of, known_by)
    return rows.assign(
        low=[interval(v, b).low for v, b in zip(rows["low"], rows["bound"], strict=True)],
        high=[interval(v, b).high for v, b in zip(rows["high"], rows["bound"], strict=True)],
    )


def _year_ends(claim: Row, measure: str, stocks: pd.DataFrame) -> pd.DataFrame:
    """UNHCR's count of Afghans where the claim speaks of, at each year-end or since when."""
    release = tables.descriptor("displacement")["release"]
    there = stocks["asylum_iso3"].isin(_places(claim)) & (stocks["origin_iso3"] == "AFG")
    persons = stocks[there].groupby("year")["persons"].sum(min_count=1).dropna().astype("float64")
    persons = persons[persons > 0]
    if measure == "hosting_since":
        persons = pd.Series(persons.index, persons.index, dtype="float64").head(1)
    days = [pd.Timestamp(year=int(year), month=12, day=31) for year in persons.index]
    columns = {
        "measure": measure,
        "low": persons.to_numpy(),
        "high": persons.to_numpy(),
        "first": pd.NaT,
        "last": pd.DatetimeIndex(days),
        "published_day": pd.Timestamp(release.replace(".", "-")),
        "places": ";".join(_places(claim)),
        "source_id": "",
        "publisher": "UNHCR",
        "series": "UNHCR, year-ends",
        "reference": "displacement",
    }
    return pd.DataFrame(columns, index=range(len(days)))


def _speaking(claim: Row, others: pd.DataFrame) -> list[Row]:
    """Figures that speak for the place and the window of a claim, with their `fit`."""
    # A figure "since" a month runs to the day on which it was published.
    start = pd.Timestamp(first_day(claim["start"])) if claim["start"] else None
    end = pd.Timestamp(last_day(claim["end"])) if claim["end"] else claim["published_day"]
    places = set(_places(claim))
    found = []
    for other in others.to_dict("records"):
        if other["source_id"]:
            speaks = _same_parties(claim, other)
        else:
            speaks = not places.isdisjoint(other["places"].split(";"))
        fit, distance = _fit(other, start, end)
        if speaks and fit:
            found.append((distance, other["reference"], other | {"fit": fit}))
    closest: dict[tuple[str, str], Row] = {}
    for _, _, other in sorted(found, key=lambda one: one[:2]):
        closest.setdefault((other["series"], other["fit"]), other)
    return list(closest.values())


def _places(claim: Row) -> list[str]:
    return sorted(set(f"{claim['actors']};{claim['recipients']}".strip(";").split(";")))


def _same_parties(claim: Row, other: Row) -> bool:
    """Whether another document tells of the same parties, and of no other occurrence."""
    same = all(claim[side] == other[side] for side in ("actors", "recipients"))
    named = claim["occurrence_id"] and other["occurrence_id"]
    elsewhere = named and claim["occurrence_id"] != other["occurrence_id"]
    return same and not elsewhere and claim["source_id"] != other["source_id"]


def _fit(other: Row, start: pd.Timestamp | None, end: pd.Timestamp) -> tuple[str, float]:
    """How a figure's window lies to that of a claim, and how far off; blank where it does not."""
    first, last = other["first"], other["last"]
    far = abs((end - last).days)
    if other["measure"] in LASTING:
        return "of its day", far
    if start is None and pd.isna(first):
        return ("of its day" if far <= STOCK_DAYS else ""), far
    if start is None or pd.isna(first):
        return "", far
    asked = (end - start).days + 1
    shared = (min(end, last) - max(start, first)).days + 1
    over = (last - first).days + 1 - shared
    if shared >= COVER * asked and over <= OVERRUN * asked:
        return "same window", asked - shared + over
    if start <= first and last <= end:
        return "inside it", asked - shared
    if first <= start and end <= last:
        return "around it", over
    return "", math.inf


def _spread(speaking: list[Row]) -> tuple[list[Any], Interval | None, str]:
    """Figures used, what they leave possible together, and how that was found, in words."""
    direct = [one for one in speaking if one["fit"] in ("same window", "of its day")]
    used = direct or speaking
    if not used:
        return [], None, "no independent figure of this measure and window"
    number = len({one["series"] for one in used})
    by = f"{number} series" if number > 1 else f"one series ({used[0]['series']})"
    if direct:
        low, high = min(one["low"] for one in direct), max(one["high"] for one in direct)
        return direct, Interval(low, high), f"range over {by}"
    # A part is a floor for the whole, and the whole a ceiling for a part.
    low = max((one["low"] for one in used if one["fit"] == "inside it"), default=0.0)
    high = min((one["high"] for one in used if one["fit"] == "around it"), default=math.inf)
    spread = Interval(min(low, high), max(low, high))
    return used, spread, f"no window matches; bracketed by {by}"


def _compared(claims: pd.DataFrame) -> list[Row]:
    """Claims one by one, each with the relation that it tells of: what, and between whom."""
    rows = claims[[*COMPARED]].to_dict("records")
    for row in rows:
        parties = (frozenset(row[side].split(";")) for side in ("actors", "recipients"))
        row["relation"] = (row["kind"], row["code"], row["mode"], *parties)
    return rows


def _alike(claim: Row, others: list[Row]) -> list[Row]:
    """Claims of the same occurrence, or of the same relation between the same parties."""
    by_relation = claim["kind"] == "tie" or claim["modality"] == "alleged"
    return [
        other
        for other in others
        if (claim["occurrence_id"] and other["occurrence_id"] == claim["occurrence_id"])
        or (by_relation and other["relation"] == claim["relation"])
    ]


def _denials(claim: Row, own: list[Row]) -> list[Row]:
    """Denials of a claim within its own document."""
    return [
        one for one in own if one["modality"] == "denied" and one["answers"] == claim["claim_id"]
    ]


def _each(claims: Iterable[Row], column: str) -> set[Any]:
    return {claim[column] for claim in claims}


def _outlooks(own: pd.DataFrame, there: pd.DataFrame, coded: pd.DataFrame) -> pd.DataFrame:
    """The frame of `outlooks`, of a document's claims and those that are there on a day."""
    day_of = dict(zip(there["claim_id"], there["day"], strict=True))
    outcomes: dict[str, list[Row]] = {}
    for outcome in coded.to_dict("records"):
        outcome["day"] = day_of.get(outcome["outcome_id"])
        outcomes.setdefault(outcome["outlook_id"], []).append(outcome)
    open_ended = own["modality"].isin(["planned", "expected", "hypothetical"])
    rows = []
    for claim in own[(own["kind"] == "outlook") | open_ended].to_dict("records"):
        looked_for = outcomes.get(claim["claim_id"], [])
        came = [outcome for outcome in looked_for if outcome["day"] is not None]
        came.sort(key=lambda outcome: (outcome["day"], outcome["outcome_id"]))
        result, deciding = _outcome(looked_for, came)
        days = (deciding[0]["day"] - claim["published_day"]).days if deciding else None
        in_general = [outcome for outcome in looked_for if outcome["outcome_id"] == ""]
        reason = " ".join(outcome["reason"] for outcome in deciding or in_general)
        if not looked_for:
            reason = "Nobody has looked for an outcome."
        about = [claim[column] for column in ("claim_id", "gloss", "modality")]
        references = [outcome["outcome_id"] for outcome in came]
        rows.append((*about, result, reason or "No outcome is known yet.", days, references))
    columns = ["claim_id", "gloss", "modality", "verdict", "reason", "days", "references"]
    return pd.DataFrame(rows, columns=columns).astype({"days": "Int64"})


def _outcome(looked_for: list[Row], came: list[Row]) -> tuple[str, list[Row]]:
    """Verdict on an outlook, and the outcomes that decide it."""
    if not looked_for:
        return "no outcome coded", []
    if any(outcome["effect"] == "unknowable" for outcome in looked_for):
        return "cannot be known", []
    if not came:
        return "not so far", []
    effects = [EFFECTS.get(outcome["effect"], 0) for outcome in came]
    good, bad = max(*effects, 0), max(*(-effect for effect in effects), 0)
    if good == 2 and bad < 2:
        return "come true", [one for one in came if EFFECTS.get(one["effect"]) == 2]
    if bad == 2 and good < 2:
        return "contradicted", [one for one in came if EFFECTS.get(one["effect"]) == -2]
    if good and bad:
        return "both ways", came
    return ("in part" if good else "contradicted in part"), came
