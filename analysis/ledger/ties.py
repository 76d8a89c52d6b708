"""Undirected signed ties: from directed claims to what stands between two actors on a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import compress

import numpy as np
import pandas as pd

from analysis.ledger.account import Account, signs
from analysis.ledger.claims import MODALITIES, Ledger, opened, require
from analysis.ledger.pairs import apart, pairs_of, within
from analysis.ledger.weights import left

_SHARED = ("a", "b", "claim_id", "source_id", "origin", "occurrence", "modality")
_USED = (
    *("claim_id", "source_id", "origin", "kind", "code", "occurrence", "actors", "recipients"),
    *("modality", "speaker", "answers", "intensity"),
)


def ties(
    claims: Ledger | pd.DataFrame,
    as_of: str,
    known_by: str = "",
    half_life_days: float | None = None,
    window: float | None = None,
    modalities: Collection[str] = ("asserted",),
    speaker: str = "",
    layers: Collection[str] = (),
    kinds: Collection[str] = (),
) -> pd.DataFrame:
    """Undirected signed ties that follow from the claims, one row a dyad.

    Columns: `a`, `b` (actor ids, a < b), `cooperation`, `conflict` (sums of
    intensities, both >= 0, on PLOVER's scale), `net`, `sign` (1, -1, or 0 for
    mixed), `is_charge` (no claim behind it is asserted), `disputed`, `denials`
    (ids of the claims that deny), `claims` (ids, faded ones too),
    `claim_count`, `origins` (independent sources by name), `source_count`
    (how many). A dyad without a row is not coded, or its evidence has faded
    below `FLOOR`; neither is the same as neutral. `disputed` means that a
    charge about the dyad is denied.

    From directed claims to undirected ties: a claim joins each actor with each
    recipient; where there is no recipient, the actors with one another, each
    pair by its `share` (see `dyads`). Which of the two acted is not kept: both
    directions add to one account. Mediators join nobody. Events fade with the
    half-life, or count in full inside the window; lasting ties count in full
    until they end. An occurrence counts once a dyad, with the mean intensity
    of its claims; a relation likewise, however many sources state it. The sign
    is that of the side of the account which outweighs the other at least two
    to one (`BAND`); in between the tie is mixed.

    Parameters
    ----------
    claims
        The ledger, from `load`, or a frame of claims, see `opened`.
    as_of, known_by
        Days, as ISO text or dates, see `known`; a blank `known_by` sets no bound.
    half_life_days, window
        Days, one of the two; a half-life of `HALF_LIFE_DAYS` where neither is given.
    modalities
        How firm a claim must be.
    speaker
        The network as this actor tells it: what is asserted, and what it and
        its offices allege, less what they deny.
    layers, kinds
        Layers of claims and kinds of actors to keep; none = all.

    Raises
    ------
    ValueError
        If both half-life and window are given, or the one is not positive; if a
        day is no day; if a modality, speaker, layer or kind is none of the ledger's.
    TypeError
        If the claims are neither a ledger nor a frame.

    Examples
    --------
    >>> from analysis import ledger
    >>> found = ledger.ties(ledger.load(), "2025-06-01")
    >>> ledger.between(found, "IND", "PAK")["sign"].tolist()
    [-1]
    >>> len(ledger.ties(ledger.load(), "2025-06-01", window=30)) < len(found)
    True
    """
    return _summed(
        _rows(claims, as_of, known_by, half_life_days, window, modalities, speaker, layers, kinds)
    )


def shares(
    claims: Ledger | pd.DataFrame,
    as_of: str,
    known_by: str = "",
    half_life_days: float | None = None,
    window: float | None = None,
    modalities: Collection[str] = ("asserted",),
    speaker: str = "",
    layers: Collection[str] = (),
    kinds: Collection[str] = (),
) -> pd.DataFrame:
    """What each claim puts on the account of each pair on the day: the rows behind `ties`.

    Parameters as for `ties`. Columns: `a` < `b`, `claim_id`, `source_id`,
    `origin`, `occurrence`, `modality`, `weighed` (intensity, faded and
    shared), `is_denial` (a claim that denies a charge about the pair: it adds
    nothing and is kept so that the tie can say that it is disputed).

    >>> from analysis import ledger
    >>> rows = shares(ledger.load(), "2025-06-01")
    >>> ledger.sum_up(rows).equals(ledger.ties(ledger.load(), "2025-06-01"))
    True
    """
    rows = _rows(
        claims, as_of, known_by, half_life_days, window, modalities, speaker, layers, kinds
    )
    return pd.DataFrame(rows).astype(dict.fromkeys(_SHARED, "str"))


def sum_up(pairs: pd.DataFrame) -> pd.DataFrame:
    """Ties from the rows of `shares`: the columns of `ties`, dyads in order of their actors.

    >>> from analysis import ledger
    >>> rows = shares(ledger.load(), "2025-06-01")
    >>> by_one = sum_up(rows[rows["origin"] == "TRT World"])
    >>> set(by_one["source_count"])
    {1}
    """
    columns = (*_SHARED, "weighed", "is_denial")
    return _summed({name: pairs[name].to_numpy() for name in columns})


def _rows(
    claims: Ledger | pd.DataFrame, as_of: str, known_by: str, half_life_days: float | None,
    window: float | None, modalities: Collection[str], speaker: str, layers: Collection[str],
    kinds: Collection[str],
) -> dict[str, np.ndarray]:  # fmt: skip
    """Columns of `shares` as arrays, which are filtered and summed far quicker than frames."""
    ledger = opened(claims)
    require("modalities", modalities, MODALITIES)
    require("kinds", kinds, ledger.actors["kind"])
    require("speaker", [speaker] if speaker else [], ledger.actors["actor_id"])
    place, weight = left(ledger, as_of, known_by, half_life_days, window, layers)
    told = {name: ledger.claims[name].to_numpy()[place] for name in _USED}
    row, pairs = apart(told["actors"] + "|" + told["recipients"], pairs_of)
    if kinds:
        among = within(pairs, ledger.actors, kinds)
        row, pairs = row[among], {name: values[among] for name, values in pairs.items()}
    relation = np.where(told["kind"] == "tie", "tie:" + told["code"], told["occurrence"])
    found = {
        **{name: pairs[name] for name in ("a", "b")},
        **{name: told[name][row] for name in ("claim_id", "source_id", "origin")},
        "occurrence": relation[row],
        "modality": told["modality"][row],
        "weighed": (told["intensity"] * weight)[row] * pairs["share"],
    }
    firm = np.isin(found["modality"], list(modalities))
    is_denied = found["modality"] == "denied"
    if speaker:
        own = np.isin(told["speaker"], list(ledger.kin(speaker)))[row]
        firm |= own & (found["modality"] == "alleged")
        conduct = list(zip(found["a"], found["b"], found["occurrence"], strict=True))
        refused = set(compress(conduct, own & is_denied))
        firm &= np.array([key not in refused for key in conduct], dtype=bool)
    denial = ~firm & is_denied & (told["answers"] != "")[row]
    kept = firm | denial
    return {name: values[kept] for name, values in (found | {"is_denial": denial}).items()}


def _summed(rows: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """`sum_up` of the columns of `shares`."""
    firm = {name: values[~rows["is_denial"]] for name, values in rows.items()}
    account = Account.of(firm)
    cooperation, conflict = account.sums()
    sign = signs(cooperation, conflict)
    asserted = np.bincount(account.dyad, firm["modality"] == "asserted", minlength=len(sign))
    claims, origins = (
        _lists(account.dyad, firm[name], len(sign)) for name in ("claim_id", "origin")
    )
    denied: dict[tuple[str, str], set[str]] = {}
    told = zip(rows["a"], rows["b"], rows["claim_id"], strict=True)
    for a, b, claim in compress(told, rows["is_denial"]):
        denied.setdefault((a, b), set()).add(claim)
    pairs = zip(account.pairs["a"], account.pairs["b"], strict=True)
    denials = [sorted(denied.get(pair, ())) for pair in pairs]
    there = ~np.isnan(sign)
    denials, claims, origins = (list(compress(ids, there)) for ids in (denials, claims, origins))
    columns = {
        **{side: account.pairs[side].to_numpy()[there] for side in ("a", "b")},
        "cooperation": cooperation[there],
        "conflict": conflict[there],
        "net": (cooperation - conflict)[there],
        "sign": sign[there].astype(int),
        "is_charge": (asserted == 0)[there],
        "disputed": np.array([*map(bool, denials)], dtype=bool),
        "denials": pd.Series(denials, dtype=object),
        "claims": pd.Series(claims, dtype=object),
        "claim_count": np.array([*map(len, claims)], dtype=int),
        "origins": pd.Series(origins, dtype=object),
        "source_count": np.array([*map(len, origins)], dtype=int),
    }
    return pd.DataFrame(columns).astype({"a": "str", "b": "str"})


def _lists(group: np.ndarray, values: np.ndarray, count: int) -> list[list[str]]:
    """Sorted distinct values of each group."""
    found: list[set[str]] = [set() for _ in range(count)]
    for number, value in zip(group.tolist(), values, strict=True):
        found[number].add(value)
    return [sorted(one) for one in found]
