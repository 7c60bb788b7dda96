"""Examples to learn from: catalogue calls injected into the account's history; its own errors."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from offtrail.models.asof import features
from offtrail.models.benign import RECIPES, Benign
from offtrail.models.calls import Call
from offtrail.models.config import Config
from offtrail.models.errors import NothingToLearn
from offtrail.models.features import Features
from offtrail.models.injection import Placed, activities_of, place
from offtrail.models.knowledge import Knowledge
from offtrail.models.rows import Row

ATTACKED, ANNOYED = 4, 5  # principals of a party: some get attack calls, some benign foreign ones
CROWD, MOST = 180, 5  # a round has a party for so many principals of the account, so many at most
COUNTS = (1, 3, 10)  # calls that one of them gets
JUDGED = 5  # times that a row with an analyst's word counts
MODES = tuple(mode for mode in RECIPES if mode != "own")


class Judged(NamedTuple):
    """An error row that an analyst spoke of."""

    row: Row
    attack: bool


class Examples(NamedTuple):
    """Error rows with their features as of each one's second; label 1 is an attack."""

    features: Features
    labels: NDArray[np.float32]
    history: Sequence[Sequence[Row]]  # of each round, injected rows and all
    round: NDArray[np.int64]

    def of(self, keep: Callable[[Row], bool]) -> NDArray[np.bool_]:
        """Which examples a condition on the row holds for."""
        return np.array([keep(row) for row in self.features.rows], dtype=bool)


def examples(
    history: Sequence[Row],
    catalogue: Sequence[Call],
    known: Knowledge,
    config: Config,
    judged: Sequence[Judged] = (),
) -> Examples:
    """Rounds of injections, each into the history anew; real errors come once, as benign.

    Rows that an analyst judged come with that word, weighed by JUDGED.

    Raises:
        NothingToLearn: nobody calls anything in the history.
    """
    past = sorted(history, key=lambda row: row.second)[-config.tail :]
    rng = random.Random(config.seed)  # noqa: S311 - a repeatable draw, no secret
    benign = Benign(catalogue, past, known)
    found, labels, rounds, histories = [], [], [], []
    together = parties(past)
    for at in range(-(-config.parties // together)):
        placed = one_round(past, catalogue, benign, rng, together=together)
        injected = [item.row for item in placed]
        own = [row for row in past if row.code and row.kind != "service"] if at == 0 else []
        words = [word for word in judged for _ in range(JUDGED)] if at == 0 else []
        told = sorted([*past, *injected], key=lambda row: row.second)
        found.append(features(told, [*injected, *own, *(word.row for word in words)]))
        labels += [float(item.label == "attack") for item in placed] + [0.0] * len(own)
        labels += [float(word.attack) for word in words]
        rounds += [at] * (len(placed) + len(own) + len(words))
        histories.append(told)
    if not labels:
        raise NothingToLearn("nobody calls anything in the history that may be learned from")
    rows = [row for part in found for row in part.rows]
    joined = Features(rows, np.concatenate([part.matrix for part in found]))
    return Examples(joined, np.array(labels, np.float32), histories, np.array(rounds))


def one_round(
    past: Sequence[Row],
    catalogue: Sequence[Call],
    benign: Benign,
    rng: random.Random,
    start: int = 0,
    together: int = 1,
) -> list[Placed]:
    """Attack calls for some principals and benign foreign errors for others, from ``start`` on."""
    acts = activities_of(past, start)
    people = list(acts)  # in the order of first appearance: names play no part
    rng.shuffle(people)
    sets = sorted({call.dataset for call in catalogue if call.label == "attack"})
    placed = []
    for turn, principal in enumerate(people[: together * (ATTACKED + ANNOYED)]):
        count, template = rng.choice(COUNTS), rng.choice(acts[principal])
        if turn % (ATTACKED + ANNOYED) < ATTACKED:
            drawn = rng.choice(sets)
            pool = [c for c in catalogue if c.label == "attack" and c.dataset == drawn]
            calls = rng.sample(pool, min(count, len(pool)))
        else:
            calls = benign.draw(rng.choice(MODES), principal, count, rng)
        victim = past[template]
        placed += place(calls, victim, template, victim.second, past[-1].second + 1, rng)
    return placed


def parties(history: Sequence[Row]) -> int:
    """How many go into a round: the fewer rounds, the less is replayed.

    In a large account they hardly meet at an API.
    """
    return max(1, min(MOST, len(activities_of(history)) // CROWD))
