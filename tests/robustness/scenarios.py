"""What attackers, and clocks and deliveries, do to an attack: one row each."""

import random
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from tests.robustness import attack
from tests.robustness.line import Line
from tests.robustness.world import DAY, HOUR, Event, World, colleagues, days, second_of

Demand = Literal["equal", "rank", "found", ""]
"""All findings equal in all they say; the rank kept; a finding there is; or only told."""

BURST, SLOW = "undisturbed", "the slow calls in one hour"


def same(template: Event) -> Event:
    return template


class Scenario(NamedTuple):
    """A disturbance, what it is compared with, and what must hold."""

    name: str
    play: Callable[[Line, World], None]
    against: str = BURST
    demand: Demand = ""
    empty: bool = False  # the benign life, too, is delivered by ``play``
    victim: Callable[[Event], Event] = same
    days: Literal["", "slow", "warm"] = ""  # which days of a world it takes

    def possible(self, world: World) -> bool:
        """Whether the world is long enough."""
        return {"": 1, "slow": world.slow, "warm": world.warm}[self.days] > 0


def _burst(world: World) -> list[Event]:
    return attack.burst(world, attack.calls(world.apis), world.attacked)


def undisturbed(line: Line, world: World) -> None:
    line.deliver(_burst(world))


def changed(change: Callable[[Sequence[Event]], list[Event]]) -> Callable[[Line, World], None]:
    """The attack with something else in every call."""
    return lambda line, world: line.deliver(change(_burst(world)))


def slow_at_once(line: Line, world: World) -> None:
    line.deliver(attack.burst(world, attack.calls(world.slow), world.attacked, tries=1))


def slow(line: Line, world: World) -> None:
    line.deliver(attack.slow(world, attack.calls(world.slow)))


def warmed_by(callers: int, apis: int | None = None) -> Callable[[Line, World], None]:
    """Successes beforehand: by the victim itself, or by so many colleagues."""

    def play(line: Line, world: World) -> None:
        by = colleagues(world, callers) if callers else [world.victim[-1]]
        wanted = attack.calls(world.apis)[:apis]
        line.deliver([*attack.warm(world, wanted, by), *_burst(world)])

    return play


def erred_before(line: Line, world: World) -> None:
    for day in range(world.warm, 0, -1):
        wanted, second = attack.calls(world.apis), world.attacked - day * DAY
        line.deliver(attack.burst(world, wanted, second, tries=1))
    line.deliver(_burst(world))


def new_apis(line: Line, world: World) -> None:
    """Calls that nobody in the life ever made."""
    known = {
        f"api:{e['eventSource'].removesuffix('.amazonaws.com')}:{e['eventName']}"
        for e in world.events
    }
    wanted = attack.calls(world.apis, without=known)
    line.deliver(attack.burst(world, wanted, world.attacked))


def all_twice(line: Line, world: World) -> None:
    events = [*world.events, *_burst(world)]
    line.deliver(events)
    line.deliver(events)


def again_after_scoring(line: Line, world: World) -> None:
    line.deliver(_burst(world))
    line.score()
    line.deliver(world.events)
    line.deliver(_burst(world))


def two_trails(line: Line, world: World) -> None:
    line.deliver(_burst(world))
    line.deliver(_burst(world)[::-1])


def two_trails_apart(line: Line, world: World) -> None:
    """The second trail delivers after the first was scored, and only half of it is new."""
    half = len(_burst(world)) // 2
    line.deliver(_burst(world)[:half])
    line.score(world.attacked + 2 * HOUR)
    line.deliver(_burst(world))


def late(delay: int) -> Callable[[Line, World], None]:
    """The attack arrives so many seconds after it happened; what came before was scored."""

    def play(line: Line, world: World) -> None:
        line.score(world.attacked + delay)
        line.deliver(_burst(world))

    return play


def late_half(line: Line, world: World) -> None:
    events = _burst(world)
    line.deliver(events[1::2])
    line.score(world.attacked + DAY)
    line.deliver(events[::2])


def background_late(line: Line, world: World) -> None:
    """One event in twenty arrives a day later; every day is scored as it is known."""
    chance = random.Random(7)  # noqa: S311 - a repeatable draw
    held: list[Event] = []
    for events in days(sorted([*world.events, *_burst(world)], key=second_of)):
        tardy = [e for e in events if chance.random() < 0.05]
        ids = {e["eventID"] for e in tardy}
        line.deliver([*held, *(e for e in events if e["eventID"] not in ids)])
        held = tardy
        line.score(second_of(events[-1]) + HOUR)
    line.deliver(held)


def shuffled(line: Line, world: World) -> None:
    """Events in any order, in twelve files, some of them scored before the next comes."""
    events = [*world.events, *_burst(world)]
    random.Random(7).shuffle(events)  # noqa: S311 - a repeatable draw
    for n in range(12):
        line.deliver(events[n::12])
        if n % 4 == 3:
            line.score()


SCENARIOS = (
    Scenario(BURST, undisturbed, demand="found"),
    Scenario("another user agent every call", changed(attack.agents), demand="rank"),
    Scenario("another session every call", changed(attack.sessions), demand="rank"),
    Scenario("another key every call", changed(attack.keys), demand="rank"),
    Scenario("another address every call", changed(attack.addresses), demand="rank"),
    Scenario("all calls in one second", changed(attack.at_once), demand="found"),
    Scenario("everything delivered twice", all_twice, demand="equal"),
    Scenario("everything again after scoring", again_after_scoring, demand="equal"),
    Scenario("two trails deliver the attack", two_trails, demand="equal"),
    Scenario("two trails, scored in between", two_trails_apart, demand="equal"),
    Scenario("the attack a day late", late(DAY), demand="equal"),
    Scenario("the attack ten days late", late(10 * DAY), demand="equal"),
    Scenario("every other call a day late", late_half, demand="equal"),
    Scenario("one event in twenty a day late", background_late, demand="equal", empty=True),
    Scenario("out of order", shuffled, demand="equal", empty=True),
    Scenario("the victim warms up one API", warmed_by(0, 1), days="warm"),
    Scenario("the victim warms up all APIs", warmed_by(0), days="warm"),
    Scenario("a colleague warms up all APIs", warmed_by(1), days="warm"),
    Scenario("five colleagues warm up all APIs", warmed_by(5), days="warm"),
    Scenario("the victim errs daily beforehand", erred_before, days="warm"),
    Scenario(SLOW, slow_at_once, SLOW, "found", days="slow"),
    Scenario("one error a day", slow, SLOW, days="slow"),
    Scenario("cold: a source", undisturbed, demand="found", victim=attack.new_source),
    Scenario("cold: APIs", new_apis, demand="found"),
    Scenario("cold: a principal", undisturbed, demand="found", victim=attack.new_principal),
    Scenario("cold: an account", undisturbed, demand="found", victim=attack.new_account),
    Scenario("cold: all of these", new_apis, demand="found", victim=attack.new_in_all),
)
