"""What work looks like: sequences of calls with the odds of each and of its habitual errors."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from offtrail.simulator.call import Call
from offtrail.simulator.organisation import NAMES
from offtrail.simulator.outcomes import OUTCOMES


class Step(NamedTuple):
    """A call of a routine: how often it happens, and how often it ends in this error."""

    operation: str
    kind: str = ""
    odds: float = 1.0
    error: str = "ok"
    errs: float = 0.0
    name: str = ""


def play(rng: Random, steps: tuple[Step, ...]) -> Iterator[Call]:
    """Yield one run of a routine."""
    for step in steps:
        if rng.random() < step.odds:
            outcome = step.error if rng.random() < step.errs else "ok"
            name = step.name or pick(rng, step.kind)
            yield Call(step.operation, step.kind, OUTCOMES[outcome].gone(name), outcome)


def pick(rng: Random, kind: str) -> str:
    """Return the name of one thing of a kind; "" for calls on nothing."""
    if kind == "object":
        return f"{rng.choice(NAMES['bucket'])}/{rng.randrange(16):x}/{rng.getrandbits(20):05x}.json"
    return rng.choice(NAMES[kind]) if kind else ""
