"""The form of an attack: who is the victim, from when to when, and its calls."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from offtrail.simulator.call import Act, Actor, Call, act
from offtrail.simulator.organisation import Calendar


class Attack(NamedTuple):
    """An attack; ``calls`` are made in turn, each ``gap`` seconds or so after the one before."""

    name: str
    begins: float  # share of the simulated days that have passed
    hour: float
    gap: int
    victim: Callable[[Calendar, int], Actor]  # who the calls come from, given the first day
    calls: tuple[Call, ...]
    daily: bool = False  # one call a day instead of one after another


def play(attack: Attack, calendar: Calendar, day: int) -> Iterator[Act]:
    """Yield an attack's calls of one day."""
    rng = Random(f"{calendar.seed}/{attack.name}/{day}")  # noqa: S311  # a simulation, repeatable
    first = calendar.part(attack.begins)
    actor = attack.victim(calendar, first)
    second = calendar.at(day, attack.hour)
    if attack.daily and day >= first:
        call = attack.calls[(day - first) % len(attack.calls)]
        yield act(rng, second + rng.randrange(3600), actor, call)
    elif not attack.daily and day == first:
        for call in attack.calls:
            second += rng.randint(1, attack.gap)
            yield act(rng, second, actor, call)
