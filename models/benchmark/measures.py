"""Measures of a ranking of error edges, and their uncertainty over seeds and victims."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from offtrail.models.benchmark.cells import Cell, Filled
from offtrail.models.episodes import corroborated, grouped

Array = NDArray[np.float64]
TOP, EPISODES = 10, 5
DRAWS = 200  # of a bootstrap
HOURS = 24.0


class Edges(NamedTuple):
    """The error edges of a cell: highest score, attack or not, denied, cold, and whose."""

    cell: Cell
    score: Array
    attack: NDArray[np.bool_]
    denied: NDArray[np.bool_]
    cold: NDArray[np.bool_]  # principal, API or source never seen before
    victim: NDArray[np.int64]  # number of the victim, -1 for none
    caught: float  # share of victims within the budget of episodes


def edges(filled: Filled, values: Array) -> Edges:
    """Rows as edges (principal, API, code), in an order that the seed draws."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for at, row in enumerate(filled.features.rows):
        groups[row.principal, row.api, row.code].append(at)
    keys = list(groups)
    order = np.random.default_rng(filled.cell.seed).permutation(len(keys))
    tops = [max(groups[keys[i]], key=lambda at: values[at]) for i in order]
    attack = np.array([any(filled.labels[at] == 1 for at in groups[keys[i]]) for i in order])
    people = list(dict.fromkeys(keys[i][0] for i, hit in zip(order, attack, strict=True) if hit))
    victim = [people.index(keys[i][0]) if hit else -1 for i, hit in zip(order, attack, strict=True)]
    new = cold(filled)
    return Edges(
        filled.cell,
        np.asarray(values[tops], dtype=np.float64),
        attack,
        filled.features.column("denied")[tops] > 0,
        new[tops],
        np.array(victim),
        caught(filled, values),
    )


def cold(filled: Filled) -> NDArray[np.bool_]:
    """Rows whose principal, API or source was never seen before."""
    column = filled.features.column
    counts = [column(name) for name in ("principal_hours", "api_hours", "source_principals")]
    return np.asarray(np.min(counts, axis=0) == 0)


def caught(filled: Filled, values: Array) -> float:
    """Share of victims in the budget of best episodes a day."""
    rows = filled.features.rows
    groups = grouped((row.second, row.principal, row.source) for row in rows)
    scores = {key: corroborated(_tops(filled, values, at)) for key, at in groups.items()}
    seconds = [row.second for row in rows]
    days = max(1.0, np.ceil((max(seconds) - min(seconds)) / 3600 / HOURS))
    best = sorted(scores, key=lambda key: -scores[key])[: int(EPISODES * days)]
    hit = {rows[at].principal for key in best for at in groups[key] if filled.labels[at] == 1}
    return len(hit) / len(
        {row.principal for row, one in zip(rows, filled.labels, strict=True) if one == 1}
    )


def _tops(filled: Filled, values: Array, at: Sequence[int]) -> list[float]:
    best: dict[tuple[str, str], float] = {}
    for i in at:
        row = filled.features.rows[i]
        best[row.api, row.code] = max(best.get((row.api, row.code), -np.inf), float(values[i]))
    return list(best.values())


def average_precision(
    attack: NDArray[np.bool_], score: Array, weight: Array | None = None
) -> float:
    """Area under precision against recall, equal scores together; weights count edges.

    Not a number where there is no attack to find.
    """
    if not attack.any():
        return float("nan")
    w = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    hit, seen = np.cumsum((attack * w)[order]), np.cumsum(w[order])
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    gained = np.diff(np.append(0.0, hit[ends]))
    total = hit[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(seen[ends] > 0, hit[ends] / seen[ends], 0.0)
    return float((gained * precision).sum() / total) if total else float("nan")


def auroc(attack: NDArray[np.bool_], score: Array) -> float:
    """Chance that an attack scores above another edge, ties half."""
    high, low = score[attack], score[~attack]
    if not len(high) or not len(low):
        return float("nan")
    above = (high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean()
    return float(above)


def within(found: Edges, which: NDArray[np.bool_]) -> float:
    """Average precision among some of the edges."""
    return average_precision(found.attack[which], found.score[which])


def in_top(found: Edges) -> float:
    """Share of victims with an edge among the ten highest."""
    best = np.argsort(-found.score, kind="stable")[:TOP]
    victims = set(found.victim.tolist()) - {-1}
    return len(set(found.victim[best].tolist()) & victims) / len(victims)


MEASURES: dict[str, Callable[[Edges], float]] = {
    "ap": lambda found: average_precision(found.attack, found.score),
    "ap_denials": lambda found: within(found, found.denied),
    "ap_cold": lambda found: within(found, found.cold),
    "auroc": lambda found: auroc(found.attack, found.score),
    "victims_top10": in_top,
    "victims_5_a_day": lambda found: found.caught,
}


def interval(found: Sequence[Edges]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean AP: seeds and, within a cell, victims redrawn."""
    by_seed: dict[int, list[Edges]] = defaultdict(list)
    for one in found:
        by_seed[one.cell.seed].append(one)
    rng, seeds = np.random.default_rng(0), list(by_seed)
    means = [
        np.nanmean(
            [redrawn(one, rng) for seed in rng.choice(seeds, len(seeds)) for one in by_seed[seed]]
        )
        for _ in range(DRAWS)
    ]
    observed = np.nanmean([average_precision(one.attack, one.score) for one in found])
    moved = observed - np.mean(
        means
    )  # a victim drawn twice weighs twice at one rank: that lifts AP
    low, high = np.percentile(means, (2.5, 97.5)) + moved
    return float(low), float(high)


def redrawn(found: Edges, rng: np.random.Generator) -> float:
    """AP with the cell's victims drawn again, with replacement."""
    count = int(found.victim.max()) + 1
    times = np.bincount(rng.integers(0, count, count), minlength=count).astype(np.float64)
    weight = np.where(found.victim >= 0, times[found.victim], 1.0)
    return average_precision(found.attack, found.score, weight)
