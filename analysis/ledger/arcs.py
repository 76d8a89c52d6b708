"""Directed positive arcs, for brokerage: who acts well towards whom, and through whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from analysis.ledger.account import Account, signs
from analysis.ledger.claims import Ledger, known, opened, require
from analysis.ledger.ties import joined, weighed

# Memberships that the ledger codes and that part its states: of the actors in
# both, the first says more.
BLOCS = ("SCO", "OIC")


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
    told = weighed(ledger, as_of, known_by, half_life_days, window, layers)
    told = told[told["modality"] == "asserted"]
    # Good offices join through the mediator; blows do not pass through anyone.
    through = told["mediators"].where(told["weighed"] > 0, "")
    rows = joined(told, told["actors"] + "|" + told["recipients"] + "|" + through, _steps)
    rows["weighed"] *= rows["share"]
    if kinds:
        wanted = set(ledger.actors.loc[ledger.actors["kind"].isin(list(kinds)), "actor_id"])
        rows = rows[rows["a"].isin(wanted) & rows["b"].isin(wanted)]
    account = Account.of(rows)
    cooperation, conflict = account.sums()
    ids = rows.groupby(["a", "b"])["claim_id"].agg(sorted)
    found: pd.DataFrame = account.pairs.assign(
        net=cooperation - conflict, claims=ids.to_numpy() if len(ids) else []
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


def _steps(actors: str, recipients: str, mediators: str) -> list[tuple[str, str, float]]:
    """Directed steps that one claim makes, with the share of each."""
    sides, others = actors.split(";"), recipients.split(";") if recipients else []
    parties = list(dict.fromkeys([*sides, *others]))
    if mediators:
        go_betweens = mediators.split(";")
        there = [(party, middle) for party in parties for middle in go_betweens]
        steps = [*there, *((middle, party) for party, middle in there)]
        return [(a, b, 1.0) for a, b in steps if a != b]
    if recipients:
        return [(a, b, 1.0) for a in sides for b in others if a != b]
    share = 1 / max(len(sides) - 1, 1)
    return [(a, b, share) for a in sides for b in sides if a != b]
