"""Sentences on operational figures: windows, ranges over sources, papers, the article's numbers."""

from __future__ import annotations

import pandas as pd

from analysis.words import count, day, listed, persons, sentence

GROUPS = {
    "refugees_registered": "registered (PoR, Amayesh)",
    "citizen_card_holders": "citizen card (ACC)",
    "undocumented": "without papers",
    "hosted": "all hosted",
}
HELD = {
    "registered": "registered (PoR, Amayesh)",
    "card_holders": "citizen card (ACC)",
    "undocumented": "none",
    "asylum_seekers": "asylum-seeker",
    "headcount_slips": "headcount slip",
}
BASES = {
    "matched": "",
    "floor": " (a window inside)",
    "ceiling": " (a window around)",
    "bracketed": " (windows inside and around)",
}


def counted(rows: pd.DataFrame, what: str, place: str) -> str:
    """Operational figures of one measure: how many, by whom, the widest window."""
    if rows.empty:
        return sentence(f"no operational figure on {what} from {place} is in the table")
    counters = listed(sorted(set(rows["counted_by"])), most=4)
    text = f"{count(len(rows), 'figure')} on {what} from {place}, by {counters}"
    alone = rows[~rows["asylum_iso3"].str.contains(";") & rows["first"].notna()]
    if alone.empty:
        return sentence(text)
    spans = (alone["last"] - alone["first"]).dt.days
    newest = alone["last"] == alone["last"].max()
    picks = {"widest": int(spans.argmax()), "latest": int(spans.where(newest).argmax())}
    if len(set(picks.values())) == 1:
        picks = {"widest and latest": picks["widest"]}
    for which, place_in_table in picks.items():
        row = alone.iloc[place_in_table]
        text += (
            f"; the {which} window of {place} alone, {day(row['start'])} to {day(row['end'])}, "
            f"holds {bounded(row)} ({row['counted_by']})"
        )
    return sentence(text)


def bounded(row: pd.Series) -> str:
    """Figure with its bound: more than 758,000, about 389,000, 1.3 to 1.4 million.

    >>> bounded(pd.Series({"low": 758000, "high": 758000, "bound": "at_least"}))
    'at least 758,000'
    """
    word = {"exact": "", "about": "about ", "at_least": "at least ", "at_most": "at most "}
    low, high = float(row["low"]), float(row["high"])
    value = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
    return word[row["bound"]] + value


def ranged(papers: pd.DataFrame, who: str, place: str) -> str:
    """Caption on stocks by papers: the range that sources give for people without papers."""
    without = papers[papers["measure"] == "undocumented"]
    if without.empty:
        return f"No source in the table counts {who} without papers in {place}"
    low, high = int(without["low"].min()), int(without["high"].max())
    said = f"{low:,}" if low == high else f"from {low:,} to {high:,}"
    return (
        f"{who[0].upper()}{who[1:]} without papers in {place}: {said}, by "
        f"{count(len(without), 'source row')}, on different days"
    )


def window(
    ranges: pd.DataFrame, article: float, place: str, first: str, last: str, outlet: str = ""
) -> str:
    """Finding on one window: what each independent source gives, beside the article's figure."""
    span = f"from {day(first)} to {day(last)}"
    if ranges.empty:
        return sentence(f"no source in the table bounds the returns from {place} {span}")
    told = [f"{row['text']} by {row['label']}" for _, row in window_rows(ranges).iterrows()]
    text = f"returns from {place} {span}: {listed(told)}"
    floors = ranges["low"].dropna()
    if article != article or floors.empty:
        return sentence(text)
    who = outlet or "the article"
    above = [low for low in floors if low > article]
    if not above:
        return f"{sentence(text)} None of these floors lies above the {article:,.0f} of {who}."
    share = 100 * (min(above) / article - 1)
    return (
        f"{sentence(text)} {count(len(above), 'floor lies', 'floors lie').capitalize()} above the "
        f"{article:,.0f} of {who}, by {share:,.0f} % or more."
    )


def window_rows(ranges: pd.DataFrame) -> pd.DataFrame:
    """Rows of a figure from `displacement.returns`: who counted, bounds, words."""
    rows = []
    for row in ranges.to_dict("records"):
        low, high = float(row["low"]), float(row["high"])
        text = _between(low, high)
        counter = row["counted_by"].replace("not stated", "counter not stated")
        rows.append((counter, low, high, text + BASES[row["basis"]], False))
    return pd.DataFrame(rows, columns=["label", "low", "high", "text", "is_contrast"])


def _between(low: float, high: float) -> str:
    if high != high:
        return f"at least {low:,.0f}"
    if low != low:
        return f"at most {high:,.0f}"
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def forced(
    inside: pd.DataFrame, nearest: pd.Series | None, beside: pd.DataFrame, place: str
) -> str:
    """Finding on deportations apart from other returns in one window.

    `inside` are those of `displacement.returns`; `nearest` is the figure whose
    own window lies nearest, and `beside` are all returns in that same window,
    so that a share is never taken between two windows.
    """
    if inside.empty and nearest is None:
        return f"No source in the table counts deportations from {place} in this window"
    parts = []
    if not inside.empty and inside["low"].notna().any():
        low = inside["low"].max()
        parts.append(f"at least {low:,.0f} people were deported in the window, by one of its parts")
    if nearest is not None:
        parts.append(
            f"the nearest window counted for {place}, {day(nearest['start'])} to "
            f"{day(nearest['end'])}, holds {bounded(nearest)} ({nearest['counted_by']})"
            f"{_share(nearest, beside)}"
        )
    return sentence("; ".join(parts)).rstrip(".")


def _share(part: pd.Series, whole: pd.DataFrame) -> str:
    """Share that people deported are of all returns in the same window, as far as both bound it."""
    counted = whole[(whole["basis"] == "matched") & whole["high"].notna()]
    floor = whole["low"].max()
    if not counted.empty and part["bound"] in ("exact", "about"):
        low = 100 * float(part["low"]) / counted["high"].max()
        high = 100 * float(part["high"]) / counted["low"].min()
        # A share that was published as a whole number is no range.
        told = f"about {(low + high) / 2:.0f}" if high - low < 2 else f"{low:.0f} to {high:.0f}"
        return f", {told} % of the returns in that window"
    if floor > 0 and part["bound"] != "at_least":
        most = 100 * float(part["high"]) / floor
        return f", at most {most:.0f} % of the returns in that window" if most < 100 else ""
    return ""


def shared_out(rows: pd.DataFrame, place: str) -> str:
    """Caption on returns by papers: the largest group in the first and in the last figure."""
    if rows.empty:
        return f"No source in the table breaks returns from {place} down by papers"
    told = [
        f"{row['share_percent']:.0f} % {row['papers'].replace('_', ' ')} "
        f"({day(row['start'])} to {day(row['end'])})"
        for row in rows.drop_duplicates("figure_id").to_dict("records")
    ]
    return f"Largest group among those who returned from {place}: {listed(told)}"


def document_rows(status: pd.DataFrame, article: pd.DataFrame) -> pd.DataFrame:
    """Rows of a figure: each group as counted, and below it what the article says of it.

    `article` has the columns measure, value, bound. Groups that nobody counted
    are left out.
    """
    rows = []
    said = {row["measure"]: row for row in article.to_dict("records")}
    for row in status.to_dict("records"):
        label, low, high = GROUPS[row["measure"]], float(row["low"]), float(row["high"])
        if low == low or high == high:
            rows.append((label, low, high, _between(low, high), False))
        if row["measure"] in said:
            claim = said[row["measure"]]
            value, least = float(claim["value"]), claim["bound"] == "at_least"
            words = f"{'more than' if least else 'about'} {persons(value)}"
            rows.append((f"{label}, the article", value, float("nan") if least else value, words,
                         True))  # fmt: skip
    return pd.DataFrame(rows, columns=["label", "low", "high", "text", "is_contrast"])


def documents(status: pd.DataFrame, article: pd.DataFrame, who: str, place: str, when: str) -> str:
    """Finding on papers: parts and whole as counted, and the arithmetic of the article."""
    parts = status[status["measure"] != "hosted"].dropna(subset=["low", "high"], how="all")
    if parts.empty:
        return sentence(f"nobody in the table counted {who} in {place} by papers by {day(when)}")
    least, most = (float(parts[end].sum(skipna=False)) for end in ("low", "high"))
    ends = [persons(end) if end == end else "" for end in (least, most)]
    told = " to ".join(ends) if all(ends) else "an unknown number of"
    told = f"at least {ends[0]}" if ends[0] and not ends[1] else told
    text = sentence(
        f"by {day(when)} the three groups together are {told} people, each counted by "
        "others on another day"
        if len(parts) == 3
        else f"by {day(when)} only {count(len(parts), 'group is', 'groups are')} counted"
    )
    said = article.set_index("measure")["value"] if not article.empty else pd.Series(dtype=float)
    groups = [measure for measure in GROUPS if measure != "hosted" and measure in said.index]
    if len(groups) < 2:
        return text
    terms = " + ".join(persons(float(said[measure])) for measure in groups)
    whole = float(sum(said[measure] for measure in groups))
    text += f" The article's parts are {terms} = {persons(whole)}"
    if "hosted" in said.index:
        text += f", beside its more than {persons(float(said['hosted']))}"
    free = status.set_index("measure").loc["undocumented"]
    if "undocumented" in groups and free["low"] == free["low"] and free["high"] > free["low"]:
        text += (
            f"; the part without papers was put at {free['low']:,.0f} to {free['high']:,.0f} "
            "by different bodies"
        )
    return text + "."
