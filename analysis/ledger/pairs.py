"""Claims by the pairs of actors that they join."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

Pairs = tuple[tuple[str, str, float], ...]


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
    return joined(claims, claims["actors"] + "|" + claims["recipients"], pairs_of)


def joined(
    claims: pd.DataFrame,
    parties: pd.Series,
    take_apart: Callable[..., Pairs],
) -> pd.DataFrame:
    """Claims with the pairs that `take_apart` makes of their parties: `a`, `b`, `share`.

    A lasting tie takes its relation as `occurrence`.
    """
    row, pairs = apart(parties.to_numpy(), take_apart)
    told = claims.take(row).reset_index(drop=True)
    lasting = told["kind"] == "tie"
    return told.assign(
        **pairs, occurrence=told["occurrence"].where(~lasting, "tie:" + told["code"])
    )


def apart(
    parties: Iterable[str], take_apart: Callable[..., Pairs]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Pairs of many lists of parties: number of the list, and `a`, `b`, `share` a pair.

    >>> row, pairs = apart(["PAK|IEA", "PAK;CHN|IEA"], pairs_of)
    >>> row.tolist(), pairs["a"].tolist()
    ([0, 1, 1], ['IEA', 'IEA', 'CHN'])
    """
    found = [take_apart(*text.split("|")) for text in parties]
    row = np.repeat(np.arange(len(found)), np.array([*map(len, found)], dtype=int))
    flat = [pair for pairs in found for pair in pairs]
    a, b = (np.array([pair[side] for pair in flat], dtype=object) for side in (0, 1))
    return row, {"a": a, "b": b, "share": np.array([pair[2] for pair in flat], dtype=float)}


def within(
    pairs: Mapping[str, np.ndarray], actors: pd.DataFrame, kinds: Collection[str]
) -> np.ndarray:
    """Mask of the pairs both of whose actors are of the kinds.

    >>> pairs = {"a": np.array(["IEA"]), "b": np.array(["PAK"])}
    >>> actors = pd.DataFrame({"actor_id": ["IEA", "PAK"], "kind": ["authority", "state"]})
    >>> within(pairs, actors, ["state"]), within(pairs, actors, ["state", "authority"])
    (array([False]), array([ True]))
    """
    kind_of = zip(actors["actor_id"].to_numpy(), actors["kind"].to_numpy(), strict=True)
    wanted = {actor for actor, kind in kind_of if kind in set(kinds)}
    sides = zip(pairs["a"], pairs["b"], strict=True)
    return np.array([a in wanted and b in wanted for a, b in sides], dtype=bool)


# Parties repeat from claim to claim and from day to day.
@lru_cache(maxsize=4096)
def pairs_of(actors: str, recipients: str) -> Pairs:
    """Pairs that one claim joins, each in order of the alphabet, with its share.

    >>> pairs_of("PAK;IEA", "CHN")
    (('CHN', 'PAK', 1.0), ('CHN', 'IEA', 1.0))
    """
    sides = actors.split(";")
    others = recipients.split(";") if recipients else sides
    share = 1.0 if recipients else 1 / max(len(sides) - 1, 1)
    pairs = dict.fromkeys((min(a, b), max(a, b)) for a in sides for b in others if a != b)
    return tuple((a, b, share) for a, b in pairs)
