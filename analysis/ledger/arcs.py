"""Directed positive arcs, for brokerage: who acts well towards whom, and through whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from analysis.ledger.account import Account, signs
from analysis.ledger.claims import Ledger, known, opened, require
from analysis.ledger.pairs import Pairs, apart, within
from analysis.ledger.weights import left

# Memberships that the ledger codes and that part its states: of the actors in
# both, the first says more.
BLOCS = ("SCO", "OIC")
_USED = (
    *("claim_id", "kind", "code", "occurrence", "actors", "recipients", "mediators"),
    *("modality", "intensity"),
)


def arcs(
    claims: Ledger | pd.DataFrame,
    as_of: str,
    known_by: str = "",
    half_life_days: float | None = None,
    window: float | None = None,
    layers: Collection[str] = (),
    kinds: Collection[str] = (),
) -> pd.DataFrame:
    """Directed positive arcs from asserted claims: `source`, `target`, `net`, `claims`.

    An act leads from each actor to each recipient; a joint act leads both ways
    between its parties, shared as in `ties`. A mediated act of cooperation
    joins its parties through the mediator alone: arcs from each party to the
    mediator and from the mediator to each party, none between the parties. A
    mediated act of conflict stays between its parties. An arc is positive by
    the rule of `ties`, on the account of this direction: cooperation outweighs
    conflict at least two to one, and is no less than `FLOOR`.

    Parameters and errors as for `ties`.

    >>> from analysis import ledger
    >>> found = ledger.arcs(ledger.load(), "2025-10-31", kinds=ledger.PARTIES)
    >>> sorted(found.loc[found["source"] == "QAT", "target"])
    ['DEU', 'IEA', 'PAK', 'USA']
    """
    ledger = opened(claims)
    require("kinds", kinds, ledger.actors["kind"])
    place, weight = left(ledger, as_of, known_by, half_life_days, window, layers)
    told = {name: ledger.claims[name].to_numpy()[place] for name in _USED}
    weighed = told["intensity"] * weight
    # Good offices join through the mediator; blows do not pass through anyone.
    through = np.where(weighed > 0, told["mediators"], "")
    row, steps = apart(told["actors"] + "|" + told["recipients"] + "|" + through, _steps)
    keep = (told["modality"] == "asserted")[row]
    if kinds:
        keep &= within(steps, ledger.actors, kinds)
    row, steps = row[keep], {name: values[keep] for name, values in steps.items()}
    relation = np.where(told["kind"] == "tie", "tie:" + told["code"], told["occurrence"])
    account = Account.of(
        {**steps, "occurrence": relation[row], "weighed": weighed[row] * steps["share"]}
    )
    cooperation, conflict = account.sums()
    ids: list[list[str]] = [[] for _ in range(len(account.pairs))]
    for dyad, claim in zip(account.dyad.tolist(), told["claim_id"][row], strict=True):
        ids[dyad].append(claim)
    found: pd.DataFrame = account.pairs.assign(
        net=cooperation - conflict, claims=pd.Series([sorted(one) for one in ids], dtype=object)
    )
    found = found[np.equal(signs(cooperation, conflict), 1)].reset_index(drop=True)
    return found.set_axis(["source", "target", *found.columns[2:]], axis=1)


def regions(ledger: Ledger) -> dict[str, str]:
    """Subregion of each actor by the UN's M49; who has none is a group of its own.

    United Nations Statistics Division, Standard country or area codes for
    statistical use (M49).

    >>> from analysis import ledger
    >>> groups = regions(ledger.load())
    >>> groups["PAK"], groups["UZB"], groups["TTP"]
    ('Southern Asia', 'Central Asia', 'TTP')
    """
    actors = ledger.actors
    own = actors["subregion"].where(actors["subregion"] != "", actors["actor_id"])
    return dict(zip(actors["actor_id"], own, strict=True))


def blocs(
    ledger: Ledger, as_of: str, known_by: str = "", order: Sequence[str] = BLOCS
) -> dict[str, str]:
    """Bloc of each actor on the day, from asserted `member_of` claims, never typed by hand.

    An actor in several goes to the first of `order`; who is in none is a group
    of its own.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> [blocs(book, day)["IRN"] for day in ("2023-07-03", "2023-07-04")]
    ['OIC', 'SCO']
    """
    claims = known(ledger, as_of, known_by)
    member = (claims["code"] == "member_of") & (claims["modality"] == "asserted")
    claims = claims[member & ~(claims["end_day"] < pd.Timestamp(as_of))]
    groups = {actor: actor for actor in ledger.actors["actor_id"]}
    for bloc in reversed(order):
        for actors in claims.loc[claims["recipients"] == bloc, "actors"]:
            groups |= dict.fromkeys(actors.split(";"), bloc)
    return groups


# Parties repeat from claim to claim and from run to run.
@lru_cache(maxsize=4096)
def _steps(actors: str, recipients: str, mediators: str) -> Pairs:
    """Directed steps that one claim makes, with the share of each."""
    sides, others = actors.split(";"), recipients.split(";") if recipients else []
    parties = list(dict.fromkeys([*sides, *others]))
    if mediators:
        go_betweens = mediators.split(";")
        there = [(party, middle) for party in parties for middle in go_betweens]
        steps = [*there, *((middle, party) for party, middle in there)]
        return tuple((a, b, 1.0) for a, b in steps if a != b)
    if recipients:
        return tuple((a, b, 1.0) for a in sides for b in others if a != b)
    share = 1 / max(len(sides) - 1, 1)
    return tuple((a, b, share) for a in sides for b in sides if a != b)
