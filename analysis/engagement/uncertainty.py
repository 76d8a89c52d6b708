"""How far places in the composite depend on its choices: rank intervals and sensitivities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from SALib.analyze import sobol
from SALib.sample import sobol as sobol_sample

from analysis.engagement.composite import (
    AGGREGATIONS,
    NORMALISATIONS,
    WEIGHTS,
    places,
    ranked,
    scored,
    scores,
    weight_set,
)

CHOICES = ("normalisation", "weights", "aggregation")
# As many as the weights of as many panellists; each moves every weight by up to half of itself.
WEIGHT_SETS, MOVE = 64, 0.5


@dataclass(frozen=True)
class Uncertainty:
    """Places under varied choices.

    `places`: one row a state that can be ranked, by nominal place: `state`,
    `score`, `place` (nominal), `low`, `median`, `high` (5th, 50th and 95th
    percentile of its place over the runs), `best`, `worst`.
    `sensitivities`: one row a choice: `choice`, `first`, `first_margin`,
    `total`, `total_margin`: Sobol indices of the mean shift of places with
    their 95 % margins, NaN where the shift never varies.
    `shifts`: the mean shift of each of the runs.
    """

    places: pd.DataFrame
    sensitivities: pd.DataFrame
    shifts: np.ndarray


def uncertainty(
    values: pd.DataFrame,
    weights: str | Mapping[str, float] = "indicators",
    draws: int = 512,
    seed: int = 1,
) -> Uncertainty:
    """Places and their shifts with normalisation, weights and aggregation all varied at once.

    As Saisana, Saltelli and Tarantola (2005, J. R. Stat. Soc. A 168, 307-323):
    each choice is an input drawn evenly from its alternatives: the four
    normalisations, the three aggregations, and 64 sets of weights: the one
    given, those equal by indicator and by dimension, and others in which each
    weight is moved up or down by at most half of itself. The output is the
    mean absolute shift of places from the nominal ones (the given weights,
    min-max, arithmetic mean). Its first-order and total Sobol indices come
    from SALib over 5 x `draws` runs; `draws` is a power of two, as the Sobol
    sequence wants.

    Empty where fewer than two states can be ranked.

    Raises
    ------
    ValueError
        If `draws` is not a power of two from 2 up, or the weights are wrong.
    """
    if draws < 2 or draws & (draws - 1):
        raise ValueError(f"draws must be a power of two such as 512, not {draws}")
    table = ranked(values)
    nominal = scored(table, weights).set_index("state").reindex(table.index)
    if len(table) < 2 or table.shape[1] < 1:
        return _nothing()
    rng = np.random.default_rng(seed)
    every = places(scores(table, _weight_sets(weights, list(table.columns), rng)))
    problem = {
        "num_vars": len(CHOICES), "names": list(CHOICES), "bounds": [[0.0, 1.0]] * len(CHOICES),
    }  # fmt: skip
    unit = sobol_sample.sample(problem, draws, calc_second_order=False, seed=rng)
    sizes = np.array([len(NORMALISATIONS), WEIGHT_SETS, len(AGGREGATIONS)])
    pick = np.minimum((unit * sizes).astype(int), sizes - 1)
    runs = every[pick[:, 0], pick[:, 2], pick[:, 1]]
    shifts = np.abs(runs - nominal["place"].to_numpy()).mean(axis=1)
    low, median, high = np.percentile(runs, [5, 50, 95], axis=0, method="nearest").astype(int)
    placed = nominal.assign(
        place=nominal["place"].astype(int), low=low, median=median, high=high,
        best=runs.min(axis=0), worst=runs.max(axis=0),
    )  # fmt: skip
    placed = placed.reset_index(names="state").sort_values(["place", "state"], ignore_index=True)
    return Uncertainty(placed, _sensitivities(problem, shifts, seed), shifts)


def _weight_sets(
    weights: str | Mapping[str, float], columns: list[str], rng: np.random.Generator
) -> np.ndarray:
    bases = np.array([weight_set(one, columns) for one in (weights, *WEIGHTS)])
    moved = np.resize(bases, (WEIGHT_SETS, len(columns)))
    moved[len(bases) :] *= rng.uniform(1 - MOVE, 1 + MOVE, (WEIGHT_SETS - len(bases), len(columns)))
    return np.asarray(moved / moved.sum(axis=1, keepdims=True))


def _sensitivities(problem: dict[str, object], shifts: np.ndarray, seed: int) -> pd.DataFrame:
    columns = {"first": "S1", "first_margin": "S1_conf", "total": "ST", "total_margin": "ST_conf"}
    if np.ptp(shifts) == 0:
        # Variance that is not there cannot be shared out.
        return pd.DataFrame({"choice": CHOICES} | dict.fromkeys(columns, np.nan))
    found = sobol.analyze(problem, shifts, calc_second_order=False, seed=seed)
    return pd.DataFrame({"choice": CHOICES} | {name: found[key] for name, key in columns.items()})


def _nothing() -> Uncertainty:
    kinds = {"state": "str", "score": "float", "place": "int", "low": "int", "median": "int",
             "high": "int", "best": "int", "worst": "int"}  # fmt: skip
    placed = pd.DataFrame(columns=list(kinds)).astype(kinds)
    columns = ["first", "first_margin", "total", "total_margin"]
    shared = pd.DataFrame({"choice": CHOICES} | dict.fromkeys(columns, np.nan))
    return Uncertainty(placed, shared, np.array([]))
