"""The ledger of claims: what is known on a date, and the ties that follow from it."""

from analysis.ledger.account import BAND, FLOOR, Account, signs
from analysis.ledger.arcs import BLOCS, arcs, blocs, regions
from analysis.ledger.claims import (
    LAYERS,
    MODALITIES,
    PARTIES,
    UNSOURCED,
    Ledger,
    concerning,
    derive,
    known,
    load,
    opened,
    sources_of,
)
from analysis.ledger.mediations import FOLLOWED, mediations
from analysis.ledger.pairs import dyads
from analysis.ledger.ties import shares, sum_up, ties
from analysis.ledger.views import between, core, described, evidence
from analysis.ledger.weights import HALF_LIFE_DAYS, weighed

__all__ = [
    "BAND",
    "BLOCS",
    "FLOOR",
    "FOLLOWED",
    "HALF_LIFE_DAYS",
    "LAYERS",
    "MODALITIES",
    "PARTIES",
    "UNSOURCED",
    "Account",
    "Ledger",
    "arcs",
    "between",
    "blocs",
    "concerning",
    "core",
    "derive",
    "described",
    "dyads",
    "evidence",
    "known",
    "load",
    "mediations",
    "opened",
    "regions",
    "shares",
    "signs",
    "sources_of",
    "sum_up",
    "ties",
    "weighed",
]
