"""What one tie more, less or turned does to frustration, told by the optimal camps before."""

from __future__ import annotations

from typing import Any

import networkx as nx

from analysis.signed.partitions import Frustration
from analysis.signed.rules import by_text, require_signed


def changed_index(before: nx.Graph, known: Frustration, after: nx.Graph) -> int | None:
    """Frustration index of a graph that differs by one tie from one whose best camps are all known.

    One tie moves the index by one at most, and only a partition that was
    optimal can become better than all were: so a new tie costs one where every
    optimal partition frustrates it, and a tie that goes saves one where some
    optimal partition frustrated it, as does a tie that turns. None where this
    does not settle it: more than one tie differs, not all optimal partitions of
    `before` are listed, or a tie turns that none of them frustrates.

    Raises
    ------
    ValueError
        If a graph is directed or a multigraph, has a self-loop, or a tie whose
        sign is not 1 or -1.

    Examples
    --------
    >>> from analysis.signed import frustration
    >>> before = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1})])
    >>> after = nx.Graph([*before.edges(data=True), ("a", "c", {"sign": 1})])
    >>> changed_index(before, frustration(before), after)
    1
    """
    if not known.is_optimal or known.has_more:
        return None
    old, new = _signs(before), _signs(after)
    changed = [tie for tie in old.keys() | new.keys() if old.get(tie) != new.get(tie)]
    if len(changed) > 1:
        return None
    if not changed:
        return known.index
    (tie,) = changed
    if tie in new and tie in old:
        return known.index - 1 if _is_met(known, tie, -old[tie]) else None
    if tie in old:
        return known.index - int(_is_met(known, tie, -old[tie]))
    return known.index + int(not _is_met(known, tie, new[tie]))


def _is_met(known: Frustration, tie: tuple[Any, Any], sign: int) -> bool:
    """Whether some optimal partition is at one with a tie of this sign."""
    a, b = tie
    # An actor that is new goes to whichever side suits it.
    return any(
        not {a, b} <= first | second or ((a in first) == (b in first)) == (sign > 0)
        for first, second in known.partitions
    )


def _signs(graph: nx.Graph) -> dict[tuple[Any, Any], int]:
    require_signed(graph)
    return {tuple(sorted((a, b), key=by_text)): sign for a, b, sign in graph.edges(data="sign")}
