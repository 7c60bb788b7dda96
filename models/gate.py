"""The gate: a candidate serves only where it proves better on attacks put into this very account.

Catalogue calls are injected into the days that no training saw, in paired rounds: the candidate,
the champion and H rank the same edges. What is learned from the catalogue is not held back here,
so the figures compare models and are no measure of detection; that is protocol D's.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from offtrail.models.asof import features
from offtrail.models.benchmark.measures import average_precision
from offtrail.models.benign import Benign
from offtrail.models.calls import Call
from offtrail.models.company import heard
from offtrail.models.counts import Counts
from offtrail.models.examples import one_round
from offtrail.models.features import Features
from offtrail.models.knowledge import knowledge
from offtrail.models.rows import Row
from offtrail.models.scorer import Fitted

ROUNDS = 12
TAIL = 100_000  # activities that a round goes into, the most recent
MARGIN = 0.08  # of mean average precision above H
MOST = 10  # rounds of ROUNDS in which the candidate must lie above H


class Opens(Protocol):
    """A model that can be asked on a history."""

    def on(self, history: Sequence[Row]) -> Fitted: ...


class Demand(msgspec.Struct, frozen=True):
    """One line of the gate."""

    demand: str
    value: float
    holds: bool


class Verdict(msgspec.Struct, frozen=True):
    """What the gate measured: average precision of each scorer by round, and every demand."""

    holds: bool
    demands: tuple[Demand, ...]
    ap: dict[str, tuple[float, ...]]
    rounds: int
    edges: int  # error edges ranked, over all rounds


def judge(
    history: Sequence[Row],
    cut: int,
    catalogue: Sequence[Call],
    candidate: Opens,
    champion: Opens | None,
    seed: int = 0,
) -> Verdict:
    """Let all rank the same rounds after ``cut`` (seconds); the candidate must have seen none."""
    past = sorted(history, key=lambda row: row.second)[-TAIL:]
    benign = Benign(catalogue, past, knowledge())
    found: dict[str, list[float]] = {"candidate": [], "H": []}
    if champion is not None:
        found["champion"] = []
    count = 0
    for turn in range(ROUNDS):
        rng = random.Random(f"{seed} {turn}")  # noqa: S311 - a repeatable draw, no secret
        placed = one_round(past, catalogue, benign, rng, cut)
        attack = [item.row for item in placed if item.label == "attack"]
        own = [r for r in past if r.second >= cut and r.code and r.kind != "service"]
        other = [item.row for item in placed if item.label != "attack"] + own
        told = sorted([*past, *(item.row for item in placed)], key=lambda row: row.second)
        asked = features(told, [*attack, *other])
        labels = np.array([True] * len(attack) + [False] * len(other))
        models: Mapping[str, Fitted] = {
            "candidate": candidate.on(told),
            "H": Counts(),
            **({"champion": champion.on(told)} if champion is not None else {}),
        }
        for name, model in models.items():
            scores = heard(asked.rows, model.score(asked))
            found[name].append(_precision(asked, labels, scores.values))
        count += len({(r.principal, r.api, r.code) for r in asked.rows})
    ap = {name: tuple(values) for name, values in found.items()}
    lines = demands(ap)
    return Verdict(all(line.holds for line in lines), lines, ap, ROUNDS, count)


def _precision(asked: Features, labels: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    """Average precision over edges; an edge scores as its highest row, ties lie together."""
    best: dict[tuple[str, str, str], tuple[float, bool]] = {}
    for row, label, value in zip(asked.rows, labels.tolist(), values.tolist(), strict=True):
        key = (row.principal, row.api, row.code)
        top, attack = best.get(key, (-np.inf, False))
        best[key] = (max(top, value), attack or label)
    score = np.array([top for top, _ in best.values()])
    attacks = np.array([attack for _, attack in best.values()])
    return average_precision(attacks, score)


def demands(ap: Mapping[str, Sequence[float]]) -> tuple[Demand, ...]:
    """Every line of the gate on average precision by round; a round without an attack is no number
    and does not count."""
    mine, base = np.array(ap["candidate"]), np.array(ap["H"])
    if np.isnan(mine).all():
        return (Demand("a round in which an attack finds somebody to be put to", 0.0, False),)
    above = int(np.nansum(mine > base))
    gain = float(np.nanmean(mine - base))
    lines = [
        Demand(f"mean average precision at least {MARGIN} above H", gain, gain >= MARGIN),
        Demand(f"above H in {MOST} of {ROUNDS} rounds", float(above), above >= MOST),
    ]
    if "champion" in ap:
        step = float(np.nanmean(mine - np.array(ap["champion"])))
        lines.append(Demand("mean average precision above the champion's", step, step > 0))
    return tuple(lines)
