"""Sentences on balance: triads by name, ranges over charges, camps, chance, outlooks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.findings.ties import SIGN_WORDS
from analysis.words import count, listed, number, sentence

MEASURE_NAMES = {
    "triangles": "share of balanced triangles",
    "walks": "balance by walks",
    "frustration": "frustration: ties in the way of two camps",
}
# So many ties a caption can name; more are counted and stand in the table.
NAMED = 8


def pair(text: str, names: Mapping[str, str], joint: str = " and ") -> str:
    """Pair written as `a;b` in names.

    >>> pair("IEA;PAK", {"IEA": "Kabul", "PAK": "Pakistan"})
    'Kabul and Pakistan'
    """
    return joint.join(names[actor] for actor in text.split(";"))


def triad(
    actors: Sequence[str], plain: Mapping[str, object], believed: Mapping[str, object],
    names: Mapping[str, str],
) -> str:  # fmt: skip
    """Whether three actors are a triangle out of balance, on the ties drawn and with charges.

    `plain` and `believed` are verdicts of `networks.verdict`.
    """
    who = listed([names[actor] for actor in actors])
    said, other = (_verdict(found, names) for found in (plain, believed))
    tail = "the same if charges are believed" if said == other else f"with charges: {other}"
    return sentence(f"{who}: {said}; {tail}")


def _verdict(found: Mapping[str, object], names: Mapping[str, str]) -> str:
    signs = found["signs"]
    assert isinstance(signs, Mapping)
    if found["pattern"] is None:
        lacking = [
            f"{names[a]} and {names[b]} {'have no tie' if sign is None else 'have a mixed tie'}"
            for (a, b), sign in signs.items()
            if not sign
        ]
        return f"no triangle, since {listed(lacking)}"
    state = "balanced" if found["is_balanced"] else "out of balance"
    return f"{state} ({found['pattern']})"


def unbalanced(strained: pd.DataFrame, believed_word: str) -> str:
    """Caption on the triangles out of balance as drawn, and those that a charge would add.

    >>> unbalanced(pd.DataFrame({"exists": []}), "only if charges are believed")
    'No triangle is out of balance, with or without charges'
    >>> found = pd.DataFrame({"exists": ["either way", "only if charges are believed"]})
    >>> unbalanced(found, "only if charges are believed")
    'One triangle is out of balance on the ties drawn, one more only if charges are believed'
    """
    total = len(strained)
    if not total:
        return "No triangle is out of balance, with or without charges"
    hang = int((strained["exists"] == believed_word).sum())
    drawn = count(total - hang, "triangle is", "triangles are")
    more = f"{number(hang)} more only if charges are believed"
    return sentence(f"{drawn} out of balance on the ties drawn, {more}").rstrip(".")


def strained_ties(gathered: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Triangles out of balance by the tie that two others outvote, in names."""
    odd = [
        f"{names[a]} and {names[b]}" if a else "all three ties"
        for a, b in zip(gathered["odd_a"], gathered["odd_b"], strict=True)
    ]
    thirds = [
        "; ".join(pair(third, names, ", ") for third in ids) if pattern == "---"
        else ", ".join(names[third] for third in ids)
        for ids, pattern in zip(gathered["thirds"], gathered["pattern"], strict=True)
    ]  # fmt: skip
    return pd.DataFrame(
        {
            "conflictual_tie": odd,
            "pattern": gathered["pattern"],
            "triangles": gathered["triangles"],
            "third_actors": thirds,
            "exists": gathered["exists"],
        }
    )


def ranges(cases: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Each measure of balance: on the ties drawn, lowest, highest and all charges believed.

    `cases` is the frame of `networks.ranges`, its first row without any charge.
    """
    rows = []
    for measure, label in MEASURE_NAMES.items():
        values = cases[measure]
        first = values.iloc[0]
        far = (values - first).abs()
        alone = far[cases["believed"].map(len) <= 1]
        moved = ""
        if alone.notna().any() and alone.max() > 1e-9:
            moved = pair(cases["believed"].loc[alone.idxmax()][0], names)
        rows.append((label, first, values.min(), values.max(), values.iloc[-1], moved))
    columns = ["measure", "as_drawn", "lowest", "highest", "all_charges", "moved_most_by"]
    return pd.DataFrame(rows, columns=columns)


def balances(cases: pd.DataFrame) -> str:
    """Caption on balance three ways with its range over charges."""
    first = cases.iloc[0]
    parts = []
    if not math.isnan(first["triangles"]):
        parts.append(f"{_percent(cases['triangles'])} of triangles are balanced")
    if not math.isnan(first["walks"]):
        parts.append(f"balance by walks is {_span(cases['walks'], '.2f')}")
    if not math.isnan(first["frustration"]):
        parts.append(f"{_span(cases['frustration'], '.0f')} ties stand in the way of two camps")
    if not parts:
        return "There is no tie whose balance could be measured"
    charged = sum(len(pairs) == 1 for pairs in cases["believed"])
    over = f"in brackets: the range over {count(charged, 'charged pair')}"
    return sentence(f"{'; '.join(parts)} ({over if charged else 'no charge moves a tie'})")[:-1]


def _span(values: pd.Series, form: str) -> str:
    first, low, high = (format(v, form) for v in (values.iloc[0], values.min(), values.max()))
    return f"{first} ({low} to {high})" if len(values) > 1 else first


def _percent(values: pd.Series) -> str:
    return f"{_span(values * 100, '.0f')} %"


def proof(index: int, lower_bound: int, is_optimal: bool, ties: int, count_: int | None) -> str:
    """Sentence on the frustration index, its proof and the number of best partitions.

    >>> proof(0, 0, True, 0, 1)
    'There is no tie, so there are no camps to part.'
    >>> proof(2, 2, True, 9, 1)
    'At least two of nine ties must change for two camps: proven, since no partition does \
with fewer (bound two). One partition reaches it.'
    """
    if not ties:
        return "There is no tie, so there are no camps to part."
    if not is_optimal:
        return sentence(
            f"the best partition found leaves {number(index)} of {count(ties, 'tie')} against it; "
            f"proven is only that there are at least {number(lower_bound)}"
        )
    ways = (
        "more partitions than were listed reach it" if count_ is None
        else f"{count(count_, 'partition')} {'reaches' if count_ == 1 else 'reach'} it"
    )  # fmt: skip
    if not index:
        return sentence(f"no tie must change: two camps part the network as it is; {ways}")
    return (
        sentence(
            f"at least {number(index)} of {count(ties, 'tie')} must change for two camps: proven, "
            f"since no partition does with fewer (bound {number(lower_bound)})"
        )
        + " "
        + sentence(ways)
    )


def changes(always: Sequence[str], sometimes: Sequence[str], names: Mapping[str, str]) -> str:
    """Caption on the ties that would have to change, in all best partitions or in some."""
    if not always and not sometimes:
        return "No tie would have to change"
    parts = []
    if always:
        parts.append(
            "would have to change in every best partition: "
            + "; ".join(pair(text, names) for text in always)
        )
    if sometimes and len(sometimes) <= NAMED:
        parts.append("in some only: " + "; ".join(pair(text, names) for text in sometimes))
    elif sometimes:
        parts.append(f"in some only: {count(len(sometimes), 'tie')}")
    if not always:
        parts.insert(0, "no tie would have to change in every best partition")
    return sentence("; ".join(parts)).rstrip(".")


def camps(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Best partitions in names: the smaller camp, and the ties against it."""
    sides = [", ".join(names[a] for a in side) or "nobody" for side in table["side"]]
    against = ["; ".join(pair(t, names, " – ") for t in ties) for ties in table["changes"]]
    return pd.DataFrame(
        {"partition": table["partition"], "smaller_camp": sides, "ties_against_it": against}
    )


def chance(tests: Mapping[str, tuple[float, float, float]], draws: int, is_small: bool) -> str:
    """Sentence on a permutation test; `tests` maps measures to observed, mean and p.

    >>> chance({}, 99, False)
    'There is no tie, so there is nothing to shuffle.'
    """
    if not tests:
        return "There is no tie, so there is nothing to shuffle."
    parts = [
        f"{MEASURE_NAMES[name]} is {observed:.2f}, against {mean:.2f} on average (p = {p:.3f})"
        for name, (observed, mean, p) in tests.items()
        if not math.isnan(p)
    ]
    if not parts:
        return "There is no triangle, so there is nothing to compare."
    weak = " The graph is too small for the test to tell much." if is_small else ""
    return sentence(f"over {draws:,} shuffles of the signs: {'; '.join(parts)}") + weak


def outlooks(
    table: pd.DataFrame, names: Mapping[str, str], now: Mapping[str, float]
) -> pd.DataFrame:
    """Outlooks in words: what is looked for, the tie now and then, what balance would become.

    `table` is the frame of `networks.outlooks`, `now` the measures without it.
    What would move most comes first.
    """
    joins = [
        "; ".join(pair(text, names, " – ") for text in pairs) or "no two actors of the network"
        for pairs in table["pairs"]
    ]
    then = [
        f"{_word(before)} → {_word(after)}" if joined else ""
        for before, after, joined in zip(table["now"], table["once"], table["pairs"], strict=True)
    ]
    shown = pd.DataFrame(
        {
            "claim": [[claim] for claim in table["claim_id"]],
            "outlook": table["gloss"],
            "joins": joins,
            "tie_if_once": then,
            "triangles_if_lasting": table["triangles_lasting"] - now["triangles"],
            "frustration_if_lasting": table["frustration_lasting"] - now["frustration"],
        }
    )
    effect = shown["triangles_if_lasting"].abs().fillna(0).round(9)
    order = effect.sort_values(ascending=False, kind="stable").index
    return shown.loc[order].reset_index(drop=True)


def outlook(table: pd.DataFrame, now: Mapping[str, float]) -> str:
    """Caption on the outlooks: how many would turn a tie, and how many would move balance."""
    if table.empty:
        return "No outlook of this source was known by the date"
    turn = int((table["now"].fillna(9) != table["once"].fillna(9)).sum())
    moved = (table["triangles_lasting"] - now["triangles"]).fillna(0).round(9)
    eased, strained = int((moved > 0).sum()), int((moved < 0).sum())
    return sentence(
        f"of {count(len(table), 'outlook')}, {number(turn)} would turn its tie by happening once; "
        f"as lasting ties {number(eased)} would raise the share of balanced triangles and "
        f"{number(strained)} would lower it"
    ).rstrip(".")


def _word(sign: float | None) -> str:
    return "no tie" if sign is None or pd.isna(sign) else SIGN_WORDS[int(sign)]
