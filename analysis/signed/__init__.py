"""Measures of signed graphs: undirected networkx graphs whose ties have a `sign`, 1 or -1."""

from analysis.signed.centrality import pn_centrality, signed_degree
from analysis.signed.changes import changed_index
from analysis.signed.partitions import (
    MAX_PARTITIONS,
    Frustration,
    Partition,
    frustrated_ties,
    frustration,
)
from analysis.signed.permutation import (
    SMALL_TIES,
    SignPermutation,
    SmallGraphWarning,
    sign_permutation,
)
from analysis.signed.triads import PATTERNS, list_triangles, triangle_balance, triangles
from analysis.signed.walks import walk_balance

__all__ = [
    "MAX_PARTITIONS",
    "PATTERNS",
    "SMALL_TIES",
    "Frustration",
    "Partition",
    "SignPermutation",
    "SmallGraphWarning",
    "changed_index",
    "frustrated_ties",
    "frustration",
    "list_triangles",
    "pn_centrality",
    "sign_permutation",
    "signed_degree",
    "triangle_balance",
    "triangles",
    "walk_balance",
]
