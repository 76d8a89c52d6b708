"""Sentences on a signed network: a tie, all ties, triangles, tellings, steadiness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.words import count, day, listed, number, sentence

SIGN_WORDS = {1: "cooperative", -1: "conflictual", 0: "mixed"}


def tie(found: pd.DataFrame, first: str, second: str) -> str:
    """Tie of two actors in words, from the one row (or none) of `ledger.between`.

    >>> tie(pd.DataFrame(columns=["sign"]), "Norway", "Qatar")
    'no tie between Norway and Qatar is coded, or it has faded'
    """
    if found.empty:
        return f"no tie between {first} and {second} is coded, or it has faded"
    row = found.iloc[0]
    marks = [word for word in ("disputed",) if row["disputed"]]
    if row["is_charge"]:
        marks.append("a charge only")
    aside = "".join(f", {mark}" for mark in marks)
    return (
        f"the tie between {first} and {second} is {SIGN_WORDS[row['sign']]}{aside}, on "
        f"{count(row['claim_count'], 'claim')} from "
        f"{count(row['source_count'], 'independent source')}"
    )


def tally(network: pd.DataFrame) -> str:
    """Number of ties by sign.

    >>> tally(pd.DataFrame({"sign": [1, 1, -1]}))
    'three ties are coded: two cooperative and one conflictual'
    """
    if network.empty:
        return "no ties are coded"
    by_sign = network["sign"].value_counts()
    parts = [count(int(by_sign[s]), word, word) for s, word in SIGN_WORDS.items() if s in by_sign]
    verb = "is" if len(network) == 1 else "are"
    return f"{count(len(network), 'tie')} {verb} coded: {listed(parts)}"


def balance(shapes: Mapping[str, int]) -> str:
    """Number of triangles out of balance.

    >>> balance({"+++": 3, "++-": 1, "+--": 2, "---": 0})
    'one of six triangles is out of balance'
    """
    total = sum(shapes.values())
    if not total:
        return "there is no triangle to balance"
    strained = shapes["++-"] + shapes["---"]
    verb = "is" if strained <= 1 else "are"
    return f"{number(strained)} of {count(total, 'triangle')} {verb} out of balance"


def network(
    ties: pd.DataFrame, found: pd.DataFrame, shapes: Mapping[str, int],
    first: str, second: str, as_of: str, teller: str = "",
) -> str:  # fmt: skip
    """Headline of a signed network: whose telling, the tie in focus, ties by sign, triangles."""
    told = f"as told by {teller}, on" if teller else "on"
    return " ".join(
        (
            sentence(f"{told} {day(as_of)}, {tie(found, first, second)}"),
            sentence(tally(ties)),
            sentence(balance(shapes)),
        )
    )


def strained(
    listing: Sequence[tuple[Sequence[str], str, bool]],
    names: Mapping[str, str],
    focus: Sequence[str],
) -> str:
    """Triangles out of balance that hold an actor in focus, by name and pattern."""
    out = [(nodes, pattern) for nodes, pattern, balanced in listing if not balanced]
    named = [
        f"{', '.join(names[node] for node in nodes)} ({pattern})"
        for nodes, pattern in out
        if set(nodes) & set(focus)
    ]
    who = " or ".join(names[actor] for actor in focus)
    if not named:
        return sentence(f"no triangle with {who} in it is out of balance")
    verb = "triangle" if len(named) == 1 else "triangles"
    return sentence(
        f"{count(len(named), verb, verb)} out of balance with {who}: {'; '.join(named)}"
    )


def strongest(ties: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Caption on the ties: the strongest cooperative and the strongest conflictual one.

    >>> strongest(pd.DataFrame(columns=["a", "b", "net", "sign"]), {})
    'no ties are coded'
    """
    parts = []
    for sign, word in ((1, "cooperative"), (-1, "conflictual")):
        some = ties[ties["sign"] == sign]
        if len(some):
            top = some.iloc[int(some["net"].abs().argmax())]
            parts.append(f"the strongest {word} one joins {names[top['a']]} and {names[top['b']]}")
    return "; ".join([tally(ties), *parts]) if parts else tally(ties)


def steadiness(varied: pd.DataFrame, first: str, second: str, runs: int) -> str:
    """Caption on runs of one tie: whether its sign holds through all of them."""
    if varied.empty:
        return f"no tie between {first} and {second} at any of {runs} half-lives"
    signs = sorted({SIGN_WORDS[sign] for sign in varied["sign"]})
    if len(signs) == 1 and len(varied) == runs:
        return f"{first} and {second}: {signs[0]} at every half-life tried"
    gone = "" if len(varied) == runs else f", and no tie at {number(runs - len(varied))} of them"
    return f"{first} and {second}: {listed(signs)}, depending on the half-life{gone}"


def told_apart(tellings: Mapping[str, pd.DataFrame], focus: Sequence[str]) -> pd.DataFrame:
    """Ties of several tellings in a row each: all ties, and the two sums of the tie in focus.

    Columns `telling`, `ties`, `claims` and, NaN where the tie is not coded,
    `cooperation` and `conflict` of the tie in focus.
    """
    rows = []
    for telling, ties in tellings.items():
        found = ties[ties["a"].isin(list(focus)) & ties["b"].isin(list(focus))]
        sums = found[["cooperation", "conflict", "claim_count"]].reset_index(drop=True)
        first = sums.to_dict("records")[0] if len(sums) else {}
        rows.append({"telling": telling, "ties": len(ties), **first})
    columns = ["telling", "ties", "cooperation", "conflict", "claim_count"]
    return pd.DataFrame(rows).reindex(columns=columns).rename(columns={"claim_count": "claims"})


def then_and_now(runs: Mapping[str, pd.DataFrame], first: str, second: str) -> str:
    """Caption on the same day told by different sources: whether the tie in focus is the same.

    `runs` maps a way of telling to the one row (or none) of `ledger.between`.
    """
    said = {
        way: "not coded" if found.empty else SIGN_WORDS[found.iloc[0]["sign"]]
        for way, found in runs.items()
    }
    if len(set(said.values())) == 1:
        return f"{first} and {second}: {next(iter(said.values()))} in every telling"
    return f"{first} and {second}: " + listed([f"{sign} {way}" for way, sign in said.items()])


def retold(told: pd.DataFrame, plain: pd.DataFrame, teller: str, names: Mapping[str, str]) -> str:
    """Which ties differ between one actor's telling and what is established."""
    signs = [
        dict(zip(zip(t["a"], t["b"], strict=True), t["sign"], strict=True)) for t in (told, plain)
    ]
    turned = sorted(
        p for p in signs[0].keys() | signs[1].keys() if signs[0].get(p) != signs[1].get(p)
    )
    ways = [
        f"{names[a]} and {names[b]} ({_way(signs[1].get((a, b)))} → {_way(signs[0].get((a, b)))})"
        for a, b in turned
    ]
    verb = "tie differs" if len(turned) == 1 else "ties differ"
    return sentence(
        f"as told by {teller}, {count(len(turned), verb, verb)} from what is established"
        + (f": {listed(ways)}" if ways else "")
    )


def _way(sign: int | None) -> str:
    return "no tie" if sign is None else SIGN_WORDS[sign]
