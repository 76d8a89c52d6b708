"""Headline and captions of the notebook on who stands with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis import ties
from analysis.charts import SIGNS
from analysis.words import count, day, listed, number, sentence

SIGN_WORDS = {sign: look[0] for sign, look in SIGNS.items()}
Names = Mapping[str, str]


def headline(
    found: pd.DataFrame, focus: Sequence[str], names: Names, as_of: str, speaker: str = ""
) -> str:
    """Tie in focus, what it rests on, and all ties by sign; names as `Ledger.prose_names`.

    >>> named = {"PAK": "Pakistan", "IEA": "Kabul"}
    >>> headline(pd.DataFrame(columns=["a", "b", "sign"]), ["PAK", "IEA"], named, "2025-06-01")
    'On 1 June 2025 no tie between Pakistan and Kabul is on record.'
    """
    told = f"As told by {names[speaker]}, on" if speaker else "On"
    first, second = (names[actor] for actor in focus)
    one = ties.between(found, *focus)
    if one.empty:
        lead = f"{told} {day(as_of)} no tie between {first} and {second} is on record."
    else:
        lead = f"{told} {day(as_of)} the tie between {first} and {second} is {_state(one.iloc[0])}"
    if found.empty:
        return lead
    actors = len({*found["a"], *found["b"]})
    most = found.iloc[int(found["conflict"].argmax())]
    where = "these two" if {most["a"], most["b"]} == set(focus) else _pair(most, names)
    hostile = f"; most conflict is recorded between {where}" if most["conflict"] > 0 else ""
    return f"{lead} Among {count(actors, 'actor')} the record holds {tally(found)}{hostile}."


def _state(tie: pd.Series) -> str:
    """Sign of one tie, the heavier side of a mixed one, and what it rests on."""
    more, less = ("cooperation", "conflict") if tie["net"] > 0 else ("conflict", "cooperation")
    mixed = f", with more {more} than {less} on record" if tie["sign"] == 0 else ""
    charge = ", by charges alone" if tie["is_charge"] else ""
    return (
        f"{SIGN_WORDS[tie['sign']]}{mixed}{charge}. It rests on "
        f"{count(tie['claim_count'], 'claim')} from "
        f"{count(tie['source_count'], 'independent source')}."
    )


def tally(found: pd.DataFrame) -> str:
    """Number of ties by sign.

    >>> tally(pd.DataFrame({"sign": [1, 1, -1]}))
    'two cooperative and one conflictual ties'
    """
    if found.empty:
        return "no ties"
    by_sign = found["sign"].value_counts()
    said = [f"{number(int(by_sign[s]))} {word}" for s, word in SIGN_WORDS.items() if s in by_sign]
    return f"{listed(said)} {'tie' if len(found) == 1 else 'ties'}"


def strongest(found: pd.DataFrame, names: Names) -> str:
    """Caption on the ties: the strongest of each sign, by both sums together."""
    said = []
    for sign, word in SIGN_WORDS.items():
        some = found[found["sign"] == sign]
        if len(some):
            top = some.iloc[int((some["cooperation"] + some["conflict"]).argmax())]
            said.append(f"{word}, {_pair(top, names)}")
    return sentence(f"strongest of each sign: {'; '.join(said)}")


def acts(found: pd.DataFrame) -> str:
    """Caption on the dated acts between two: how many of each kind, and the day of the last."""
    said = [
        f"{number(len(some))} of {act} (last on {day(some['day'].max().strftime('%Y-%m-%d'))})"
        for act, some in found.groupby("act")
    ]
    return sentence(f"acts on record since August 2021: {listed(said)}")


def episodes(found: pd.DataFrame, names: Names, within_days: int) -> str:
    """Caption on rounds of mediation: how many, by whom most, how often a clash came after."""
    rounds = found["mediators"].explode().value_counts()
    most = [names[actor] for actor in sorted(rounds.index[rounds == rounds.iloc[0]])]
    times = count(int(rounds.iloc[0]), "round") + (" each" if len(most) > 1 else "")
    clashes = int(found["clash"].notna().sum())
    return (
        f"{_capital(count(len(found), 'round'))} of mediation, most often by {listed(most)} "
        f"({times}). After {number(clashes)} a clash between the parties is coded within "
        f"{within_days} days."
    )


def by_network(pairs: Mapping[str, pd.DataFrame], joint: str, first: str, second: str) -> str:
    """Sentence on the tie in focus in several networks: one sign in all, or where it has which.

    `pairs` maps the name of a network to the one row, or none, of
    `ties.between`; `joint` stands before the names.

    >>> pairs = {"trade": pd.DataFrame({"sign": [1]}), "security": pd.DataFrame()}
    >>> by_network(pairs, "in", "Pakistan", "Kabul")
    'Pakistan and Kabul: cooperative in trade; not coded in security.'
    """
    where: dict[str, list[str]] = {word: [] for word in (*SIGN_WORDS.values(), "not coded")}
    for name, pair in pairs.items():
        where["not coded" if pair.empty else SIGN_WORDS[pair["sign"].iloc[0]]].append(name)
    said = [f"{word} {joint} {listed(names)}" for word, names in where.items() if names]
    return f"{_capital(first)} and {second}: {'; '.join(said)}."


def unbalanced(found: pd.DataFrame, believed: str) -> str:
    """Caption on triangles out of balance: how many on the ties drawn, how many by charges alone.

    >>> found = pd.DataFrame({"triangles": [2, 1], "exists": ["either way", "if believed"]})
    >>> unbalanced(found, "if believed")
    'Two triangles are out of balance, and one more if every charge is believed.'
    """
    hang = int(found.loc[found["exists"] == believed, "triangles"].sum())
    drawn = count(int(found["triangles"].sum()) - hang, "triangle is", "triangles are")
    more = f", and {number(hang)} more if every charge is believed" if hang else ""
    return sentence(f"{drawn} out of balance{more}")


def camps(index: int, signed_ties: int) -> str:
    """Sentence on two camps: whether the actors fall into two, and how many ties stand against it.

    >>> camps(9, 58)
    'The actors do not divide into two camps: any division leaves at least nine of 58 ties against \
it.'
    """
    if not signed_ties:
        return "Without a cooperative or conflictual tie there are no camps to look for."
    if not index:
        return "The actors divide into two camps without a single tie against it."
    return (
        "The actors do not divide into two camps: any division leaves at "
        f"least {number(index)} of {count(signed_ties, 'tie')} against it."
    )


def course(quarters: pd.DataFrame, first: str, second: str) -> str:
    """Caption on the quarters: how the record grew, and since when the tie in focus is what it is.

    `quarters` is the frame of `networks.quarters`.
    """
    if len(quarters) < 2:
        return "The day lies in the quarter of the fall of Kabul, so there is no course yet."
    totals = quarters[["cooperative", "conflictual", "mixed"]].sum(axis=1)
    word = quarters["sign"].map(SIGN_WORDS).fillna("not coded")
    turn = int((word != word.shift()).to_numpy().nonzero()[0][-1])
    since = f"since the quarter that ended in {_month(quarters, turn)}" if turn else "throughout"
    return (
        f"The record went from {totals.iloc[0]} ties in {_month(quarters, 0)} to "
        f"{totals.iloc[-1]}. {_capital(first)} and {second}: {word.iloc[-1]} {since}."
    )


def half_lives(runs: pd.DataFrame, tried: int, first: str, second: str) -> str:
    """Caption on the tie in focus at several half-lives; `runs` has a row for each that has it."""
    words = sorted({SIGN_WORDS[sign] for sign in runs["sign"]})
    gone = f", and gone at {number(tried - len(runs))}" if len(runs) < tried else ""
    how = (
        "at every half-life tried" if len(words) == 1 and not gone else "depending on the half-life"
    )
    return f"{_capital(first)} and {second}: {' or '.join(words)}{gone}, {how}."


def left_out(signs: pd.Series, pair: pd.DataFrame) -> str:
    """Sentence on the tie in focus with each source left out in turn.

    `signs` are its signs by source left out, missing where no tie is left;
    `pair` is the row of `ties.between`.

    >>> left_out(pd.Series({"AP": 0, "Dawn": -1}), pd.DataFrame({"sign": [0]}))
    'The sign of this tie hangs on single sources: without Dawn it is conflictual.'
    """
    if pair.empty:
        return "There is no tie between the two, so no source decides its sign."
    by_word: dict[str, list[str]] = {}
    for source, sign in signs.items():
        if sign != pair["sign"].iloc[0]:
            word = "gone" if pd.isna(sign) else SIGN_WORDS[int(sign)]
            by_word.setdefault(word, []).append(str(source))
    if not by_word:
        return f"No single one of {count(len(signs), 'source')} decides the sign of this tie."
    said = [f"without {' or '.join(some)} it is {word}" for word, some in by_word.items()]
    return f"The sign of this tie hangs on single sources: {listed(said)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pair(tie: pd.Series, names: Names) -> str:
    return f"{names[tie['a']]} and {names[tie['b']]}"


def _month(quarters: pd.DataFrame, row: int) -> str:
    return day(quarters["day"].iloc[row].strftime("%Y-%m"))
