"""Undirected signed ties: from directed claims to what stands between two actors on a day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import numpy as np
import pandas as pd

from analysis.ledger.account import Account, signs
from analysis.ledger.claims import LAYERS, MODALITIES, Ledger, a_day, known, opened, require

HALF_LIFE_DAYS = 365.0

COLUMNS = (
    *("a", "b", "cooperation", "conflict", "net", "sign", "is_charge", "disputed"),
    *("denials", "claims", "claim_count", "origins", "source_count"),
)
_USED = [
    *("claim_id", "source_id", "kind", "code", "layer", "actors", "recipients", "mediators"),
    *("modality", "speaker", "answers", "intensity", "day", "end_day", "origin", "occurrence"),
]


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
    return sum_up(
        shares(claims, as_of, known_by, half_life_days, window, modalities, speaker, layers, kinds)
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
    ledger = opened(claims)
    require("modalities", modalities, MODALITIES)
    require("kinds", kinds, ledger.actors["kind"])
    require("speaker", [speaker] if speaker else [], ledger.actors["actor_id"])
    pairs = dyads(weighed(ledger, as_of, known_by, half_life_days, window, layers))
    pairs["weighed"] *= pairs["share"]
    if kinds:
        wanted = set(ledger.actors.loc[ledger.actors["kind"].isin(list(kinds)), "actor_id"])
        pairs = pairs[pairs["a"].isin(wanted) & pairs["b"].isin(wanted)]
    firm = pairs["modality"].isin(list(modalities))
    if speaker:
        own = pairs["speaker"].isin(ledger.kin(speaker))
        firm |= own & (pairs["modality"] == "alleged")
        conduct = pairs["a"] + ";" + pairs["b"] + ";" + pairs["occurrence"]
        firm &= ~conduct.isin(conduct[own & (pairs["modality"] == "denied")])
    denial = ~firm & (pairs["modality"] == "denied") & (pairs["answers"] != "")
    columns = ["a", "b", "claim_id", "source_id", "origin", "occurrence", "modality", "weighed"]
    kept = firm | denial
    return pairs.loc[kept, columns].assign(is_denial=denial[kept]).reset_index(drop=True)


def weighed(
    claims: Ledger | pd.DataFrame,
    as_of: str,
    known_by: str = "",
    half_life_days: float | None = None,
    window: float | None = None,
    layers: Collection[str] = (),
) -> pd.DataFrame:
    """Events and lasting relations with what is left of their intensity on the day, `weighed`.

    Parameters and errors as for `ties`.

    >>> from analysis import ledger
    >>> left = weighed(ledger.load(), "2025-06-01", half_life_days=90)
    >>> bool((left["weighed"].abs() <= left["intensity"].abs()).all())
    True
    """
    if half_life_days is not None and window is not None:
        raise ValueError("give half_life_days or window, one of the two")
    if half_life_days is None and window is None:
        half_life_days = HALF_LIFE_DAYS
    for name, reach in (("half_life_days", half_life_days), ("window", window)):
        if reach is not None and not reach > 0:
            raise ValueError(f"{name} is {reach!r}; expected a number of days above 0")
    require("layers", layers, LAYERS)
    ledger = opened(claims)
    now = a_day("as_of", as_of)
    told = known(ledger, as_of, known_by)[_USED]
    keep = told["kind"].isin(["event", "tie"])
    if layers:
        keep &= told["layer"].isin(list(layers))
    told = told[keep]
    lasting = told["kind"] == "tie"
    # What still goes on has no age; what lasted fades from its end, all else from its day.
    age = (now - told["end_day"].fillna(told["day"])).dt.days
    if half_life_days is not None:
        fading = 0.5 ** (age.clip(lower=0) / half_life_days)
    else:
        fading = (age <= window).astype(float)
    weight = fading.where(~lasting, (~(told["end_day"] < now)).astype(float))
    left: pd.DataFrame = told.assign(weighed=told["intensity"] * weight)[weight > 0]
    return left


def dyads(claims: pd.DataFrame) -> pd.DataFrame:
    """Claims by the pairs of actors that they join: columns `a` < `b` added, one row a pair.

    `share` is what a pair gets of a joint act: 1 / (n - 1) of n parties (Newman
    2001, Phys. Rev. E 64, 016132), so that a statement signed by ten states
    does not make forty-five full ties. A lasting tie takes its relation as
    `occurrence`, so that two sources on one relation of one pair are one.

    >>> row = {"actors": "PAK;IEA;CHN", "recipients": "", "kind": "event", "occurrence": "talks"}
    >>> pairs = dyads(pd.DataFrame([row | {"code": "CONSULT"}]))
    >>> pairs[["a", "b", "share"]].values.tolist()
    [['IEA', 'PAK', 0.5], ['CHN', 'PAK', 0.5], ['CHN', 'IEA', 0.5]]
    """
    return joined(claims, claims["actors"] + "|" + claims["recipients"], _pairs)


def joined(
    claims: pd.DataFrame,
    parties: pd.Series,
    take_apart: Callable[..., list[tuple[str, str, float]]],
) -> pd.DataFrame:
    """Claims with the pairs that `take_apart` makes of their parties: `a`, `b`, `share`.

    Parties repeat from claim to claim, so each list of them is taken apart
    once. A lasting tie takes its relation as `occurrence`.
    """
    group, texts = pd.factorize(parties)
    members = [take_apart(*text.split("|")) for text in texts]
    sizes = np.array([len(pairs) for pairs in members], dtype=np.intp)
    repeats = sizes[group]
    row = np.repeat(np.arange(len(claims)), repeats)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    place = (np.cumsum(sizes) - sizes)[group][row] + nth
    flat = pd.DataFrame([pair for pairs in members for pair in pairs], columns=["a", "b", "share"])
    pairs = claims.iloc[row].reset_index(drop=True)
    lasting = pairs["kind"] == "tie"
    return pairs.assign(
        a=flat["a"].to_numpy()[place],
        b=flat["b"].to_numpy()[place],
        share=flat["share"].to_numpy(dtype=float)[place],
        occurrence=pairs["occurrence"].where(~lasting, "tie:" + pairs["code"]),
    )


def sum_up(pairs: pd.DataFrame) -> pd.DataFrame:
    """Ties from the rows of `shares`: the columns of `ties`, dyads in order of their actors.

    >>> from analysis import ledger
    >>> rows = shares(ledger.load(), "2025-06-01")
    >>> by_one = sum_up(rows[rows["origin"] == "TRT World"])
    >>> set(by_one["source_count"])
    {1}
    """
    rows, denials = pairs[~pairs["is_denial"]], pairs[pairs["is_denial"]]
    account = Account.of(rows)
    cooperation, conflict = account.sums()
    count = len(account.pairs)
    asserted = np.bincount(account.dyad, rows["modality"] == "asserted", minlength=count)
    denied = denials.groupby(["a", "b"])["claim_id"].agg(list).to_dict()
    keys = zip(account.pairs["a"], account.pairs["b"], strict=True)
    sums = account.pairs.assign(
        cooperation=cooperation,
        conflict=conflict,
        net=cooperation - conflict,
        sign=signs(cooperation, conflict),
        is_charge=asserted == 0,
        denials=pd.Series([sorted(set(denied.get(key, []))) for key in keys], dtype=object),
        claims=_lists(account.dyad, rows["claim_id"], count),
        origins=_lists(account.dyad, rows["origin"], count),
    )
    sums = sums[sums["sign"].notna()].reset_index(drop=True)
    return sums.assign(
        sign=sums["sign"].astype(int),
        disputed=sums["denials"].map(bool).astype(bool),
        claim_count=sums["claims"].map(len).astype(int),
        source_count=sums["origins"].map(len).astype(int),
    ).reindex(columns=list(COLUMNS))


def _pairs(actors: str, recipients: str) -> list[tuple[str, str, float]]:
    """Pairs that one claim joins, each in order of the alphabet, with its share."""
    sides = actors.split(";")
    others = recipients.split(";") if recipients else sides
    share = 1.0 if recipients else 1 / max(len(sides) - 1, 1)
    pairs = dict.fromkeys((min(a, b), max(a, b)) for a in sides for b in others if a != b)
    return [(a, b, share) for a, b in pairs]


def _lists(group: np.ndarray, values: Iterable[str], count: int) -> pd.Series:
    """Sorted distinct values of each group."""
    codes, words = pd.factorize(pd.Series(values), sort=True)
    keys = np.unique(group * max(len(words), 1) + codes)
    owner, word = np.divmod(keys, max(len(words), 1))
    ends = np.cumsum(np.bincount(owner, minlength=count))
    parts = np.split(np.asarray(words, dtype=object)[word], ends[:-1]) if count else []
    return pd.Series([part.tolist() for part in parts], dtype=object)
