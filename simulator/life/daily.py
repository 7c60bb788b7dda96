"""The daily load: people, machines, functions, pipelines and services take shares of the quota."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from random import Random
from typing import TypeVar

from offtrail.simulator import identities
from offtrail.simulator.call import Act, Actor, Call, act
from offtrail.simulator.life import sessions, work
from offtrail.simulator.organisation import (
    FUNCTIONS,
    HOME,
    KEYS,
    MACHINES,
    PEOPLE,
    PIPELINES,
    PRODUCTION,
    Calendar,
    Function,
    Key,
    Machine,
    Person,
)
from offtrail.simulator.routines import Step, pick, play

Row = TypeVar("Row")
Day = Callable[[Calendar, int, Random, int], Iterator[Act]]


def people(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield what people do in their hours: fewer of them at weekends."""
    odds = 0.06 if calendar.weekday(day) >= 5 else 0.92
    crew = _crew(PEOPLE, quota, 6)
    for person in crew:
        if day >= int(person.joins * calendar.days) and rng.random() < odds:
            yield from _shift(calendar, day, rng, person, quota // len(crew))


def _shift(calendar: Calendar, day: int, rng: Random, person: Person, quota: int) -> Iterator[Act]:
    starts = calendar.at(day, person.starts + rng.gauss(0.2, 0.3))
    signed_in = list(_sign_in(rng, person, starts))
    yield from signed_in
    actor = signed_in[-1].call.grants or signed_in[-1].actor
    left = quota - len(signed_in)
    while left > 0:
        second = calendar.at(day, rng.triangular(person.starts + 0.6, person.ends))
        for call in play(rng, rng.choice(work.TEAMS[person.team])):
            second += rng.randint(1, 40)
            left -= 1
            yield act(rng, second, actor, call)


def _sign_in(rng: Random, person: Person, starts: int) -> Iterator[Act]:
    if person.user:
        actor = sessions.console(person, starts)
        if rng.random() < 0.08:
            yield act(
                rng, starts - 20, actor, Call("signin:ConsoleLogin", outcome="wrong-password")
            )
        yield act(rng, starts - 5, actor, Call("signin:ConsoleLogin"))
    else:
        door, actor = sessions.single_sign_on(person, starts)
        role = f"sso-{person.team}"
        yield act(rng, starts, door, Call("sts:AssumeRoleWithSAML", "role", role, grants=actor))


def machines(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield what instances do round the clock; their credentials change four times a day."""
    crew = _crew(MACHINES, quota, 40)
    for machine in crew:
        yield from _machine(calendar, day, rng, machine, quota // len(crew))


def _machine(
    calendar: Calendar, day: int, rng: Random, machine: Machine, quota: int
) -> Iterator[Act]:
    issuer = identities.service("ec2.amazonaws.com", machine.account, machine.region)
    for turn in range(4):
        issued = sessions.issued(machine, calendar, day, turn)
        actor = sessions.machine(machine, calendar, day, turn)
        yield act(rng, issued, issuer, Call("sts:AssumeRole", "role", machine.role, grants=actor))
        routine = work.MACHINES[machine.routine]
        yield from _spread(rng, routine, actor, issued, 6 * 3600 - 400, quota // 4 - 1)


def functions(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield the Lambda functions' calls, each under its own role's session."""
    crew = _crew(FUNCTIONS, quota, 60)
    for function in crew:
        yield from _function(calendar, day, rng, function, quota // len(crew))


def _function(
    calendar: Calendar, day: int, rng: Random, function: Function, quota: int
) -> Iterator[Act]:
    issuer = identities.service("lambda.amazonaws.com", function.account, function.region)
    role = f"{function.name}-role"
    for turn in range(8):
        issued = calendar.at(day, turn * 3) + rng.randrange(600)
        actor = sessions.function(function, issued)
        yield act(rng, issued, issuer, Call("sts:AssumeRole", "role", role, grants=actor))
        routine = work.FUNCTIONS[function.routine]
        yield from _spread(rng, routine, actor, issued, 3 * 3600 - 700, quota // 8 - 1)


def pipelines(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield the CI runs: each assumes its role from the runners' user, then works fast."""
    crew = _crew(PIPELINES, quota, 8)
    for pipeline in crew:
        left = quota // len(crew)
        while left > 0:
            second = calendar.at(day, rng.triangular(6, 22))
            runner, actor = sessions.pipeline(pipeline, second, rng.randrange(10_000))
            begin = Call("sts:AssumeRole", "role", pipeline.role, grants=actor)
            yield act(rng, second, runner, begin)
            left -= 1
            for call in play(rng, work.PIPELINES[pipeline.routine]):
                second += rng.randint(0, 4)
                left -= 1
                yield act(rng, second, actor, call)


def keys(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield what programs with long-lived keys do, each in its own hour."""
    crew: Sequence[Key] = _crew(KEYS, quota, 4)
    for key in crew:
        begins = calendar.at(day, key.hour)
        routine = work.KEYS[key.routine]
        yield from _spread(rng, routine, sessions.key(key), begins, 2400, quota // len(crew))


def recorder(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield the configuration recorder's questions: loud, and wrong by habit."""
    host, role = "config.amazonaws.com", "AWSServiceRoleForConfig"
    issuer = identities.service(host, PRODUCTION, HOME)
    turns = max(1, min(24, quota // 6))
    for turn in range(turns):
        issued = calendar.at(day, turn * 24 / turns) + rng.randrange(60)
        actor = identities.session(PRODUCTION, role, "AWSConfig-Describe", host, host, HOME, issued)
        yield act(rng, issued, issuer, Call("sts:AssumeRole", "role", role, grants=actor))
        yield from _spread(rng, work.RECORDER, actor, issued, 3500, quota // turns - 1)


def fill(calendar: Calendar, day: int, missing: int) -> Iterator[Act]:
    """Yield single reads by the busiest function until the day's quota is full."""
    rng, busiest = _chance(calendar, "fill", day), FUNCTIONS[0]
    actor = sessions.function(busiest, calendar.at(day, 0))
    for _ in range(missing):
        second = calendar.at(day, rng.random() * 24)
        yield act(rng, second, actor, Call("s3:GetObject", "object", pick(rng, "object")))


SHARES: tuple[tuple[str, Day, float], ...] = (
    ("people", people, 0.18),
    ("machines", machines, 0.26),
    ("functions", functions, 0.23),
    ("pipelines", pipelines, 0.12),
    ("keys", keys, 0.02),
    ("recorder", recorder, 0.12),
)
"""Who makes the day's calls, and which share of them."""


def load(calendar: Calendar, day: int) -> Iterator[Act]:
    """Yield a day's calls, in no order; a stream's name decides its bytes."""
    return chain.from_iterable(
        live(calendar, day, _chance(calendar, f"{name}/0", day), int(calendar.quota[day] * share))
        for name, live, share in SHARES
    )


def _crew(rows: Sequence[Row], quota: int, each: int) -> Sequence[Row]:
    """Return as many rows as the quota feeds with so many calls each, one at least."""
    return rows[: max(1, quota // each)]


def _spread(
    rng: Random, steps: tuple[Step, ...], actor: Actor, begins: int, seconds: int, quota: int
) -> Iterator[Act]:
    """Yield runs of a routine at any time of a span until the quota is used."""
    left = quota
    while left > 0:
        second = begins + rng.randrange(3, seconds)
        for call in play(rng, steps):
            left -= 1
            yield act(rng, second, actor, call)


def _chance(calendar: Calendar, name: str, day: int) -> Random:
    return Random(f"{calendar.seed}/{name}/{day}")  # noqa: S311  # a simulation, repeatable
