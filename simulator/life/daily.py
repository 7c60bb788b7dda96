"""The daily load: people, machines, functions, pipelines and services take shares of the quota."""

from collections.abc import Callable, Iterator
from itertools import chain
from random import Random

from offtrail.simulator import identities
from offtrail.simulator.call import Act, Actor, Call, act
from offtrail.simulator.life import work
from offtrail.simulator.organisation import (
    FUNCTIONS,
    HOME,
    MACHINES,
    PEOPLE,
    PIPELINES,
    PRODUCTION,
    Calendar,
    Function,
    Machine,
    Person,
    Pipeline,
)
from offtrail.simulator.routines import pick, play

BOTO = "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.1 lang/python#3.11.9"
CLI = "aws-cli/2.31.13 md/awscrt#0.28.1 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.13.7"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 aws-sdk-go-v2/1.39.3 ua/2.1 os/linux"
AGENTS = {"web": BOTO, "worker": BOTO, "batch": BOTO, "bastion": CLI, "plan": TERRAFORM}
ROTATION = 6 * 3600

Day = Callable[[Calendar, int, Random, int], Iterator[Act]]


def people(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield what people do in their hours: fewer of them at weekends."""
    weekend = calendar.weekday(day) >= 5
    here = [
        person
        for person in PEOPLE
        if day >= int(person.joins * calendar.days) and rng.random() < (0.06 if weekend else 0.92)
    ]
    for person in here:
        yield from _shift(calendar, day, rng, person, quota // len(here))


def _shift(calendar: Calendar, day: int, rng: Random, person: Person, quota: int) -> Iterator[Act]:
    starts = calendar.at(day, person.starts + rng.gauss(0.2, 0.3))
    source = f"198.51.100.{20 + PEOPLE.index(person)}"
    if person.user:
        actor = identities.console(person.account, person.name, source, HOME, starts)
        outcome = "wrong-password" if rng.random() < 0.08 else "ok"
        for tried in dict.fromkeys((outcome, "ok")):
            yield act(rng, starts - 20, actor, Call("signin:ConsoleLogin", outcome=tried))
    else:
        email = f"{person.name}@example.com"
        role = f"sso-{person.team}"
        actor = identities.session(
            person.account, role, email, source, identities.BROWSER, HOME, starts, mfa=True
        )
        door = identities.federated(person.account, email, source, HOME)
        yield act(rng, starts, door, Call("sts:AssumeRoleWithSAML", "role", role, grants=actor))
    left = quota - 1
    while left > 0:
        second = calendar.at(day, rng.triangular(person.starts + 0.6, person.ends))
        for call in play(rng, rng.choice(work.TEAMS[person.team])):
            second += rng.randint(1, 40)
            left -= 1
            yield act(rng, second, actor, call)


def machines(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield what instances do round the clock; their role's credentials change four times a day."""
    for machine in MACHINES:
        for turn in range(4):
            yield from _machine(calendar, day, rng, machine, turn, quota // len(MACHINES) // 4)


def _machine(
    calendar: Calendar, day: int, rng: Random, machine: Machine, turn: int, quota: int
) -> Iterator[Act]:
    issued = calendar.at(day, turn * 6) + rng.randrange(300)
    actor = machine_session(machine, issued)
    issuer = identities.service("ec2.amazonaws.com", machine.account, machine.region)
    yield act(rng, issued, issuer, Call("sts:AssumeRole", "role", machine.role, grants=actor))
    left = quota - 1
    while left > 0:
        second = issued + rng.randrange(5, ROTATION - 400)
        for call in play(rng, work.MACHINES[machine.routine]):
            left -= 1
            yield act(rng, second, actor, call)


def machine_session(machine: Machine, issued: int) -> Actor:
    """Return the session of an instance's role whose credential was issued at a second."""
    return identities.session(
        machine.account,
        machine.role,
        machine.instance,
        machine.address,
        AGENTS[machine.routine],
        machine.region,
        issued,
    )


def functions(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield the Lambda functions' calls, each under its own role's session."""
    for function in FUNCTIONS:
        yield from _function(calendar, day, rng, function, quota // len(FUNCTIONS))


def _function(
    calendar: Calendar, day: int, rng: Random, function: Function, quota: int
) -> Iterator[Act]:
    issuer = identities.service("lambda.amazonaws.com", function.account, function.region)
    role = f"{function.name}-role"
    left = quota
    for turn in range(8):
        issued = calendar.at(day, turn * 3) + rng.randrange(600)
        actor = function_session(function, issued)
        yield act(rng, issued, issuer, Call("sts:AssumeRole", "role", role, grants=actor))
        until = quota * (7 - turn) // 8
        while left > until:
            second = issued + rng.randrange(3, 3 * 3600 - 700)
            for call in play(rng, work.FUNCTIONS[function.routine]):
                left -= 1
                yield act(rng, second, actor, call)


def function_session(function: Function, issued: int) -> Actor:
    """Return the session of a function's role whose credential was issued at a second."""
    return identities.session(
        function.account,
        f"{function.name}-role",
        function.name,
        f"203.0.113.{10 + FUNCTIONS.index(function)}",
        f"{BOTO} exec-env/AWS_Lambda_python3.11",
        function.region,
        issued,
    )


def pipelines(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield the CI runs: each assumes its role from the runners' user, then works fast."""
    for pipeline in PIPELINES:
        left = quota // len(PIPELINES)
        while left > 0:
            second = calendar.at(day, rng.triangular(6, 22))
            for deed in _run(rng, pipeline, second):
                left -= 1
                yield deed


def _run(rng: Random, pipeline: Pipeline, second: int) -> Iterator[Act]:
    runner, actor = pipeline_session(pipeline, second, rng.randrange(10_000))
    yield act(rng, second, runner, Call("sts:AssumeRole", "role", pipeline.role, grants=actor))
    for _ in range(rng.randint(1, 3)):
        for call in play(rng, work.PIPELINES[pipeline.routine]):
            second += rng.randint(0, 4)
            yield act(rng, second, actor, call)


def pipeline_session(pipeline: Pipeline, second: int, run: int) -> tuple[Actor, Actor]:
    """Return the runners' user and the session that a CI run works in."""
    source = f"198.51.100.{200 + run % 4}"
    agent = AGENTS.get(pipeline.routine, CLI)
    runner = identities.user(pipeline.account, "ci-runner", source, agent, pipeline.region)
    actor = identities.session(
        pipeline.account, pipeline.role, f"run-{run}", source, agent, pipeline.region, second
    )
    return runner, actor


def services(calendar: Calendar, day: int, rng: Random, quota: int) -> Iterator[Act]:
    """Yield the configuration recorder's questions: loud, and wrong by habit."""
    host, left = "config.amazonaws.com", quota
    issuer = identities.service(host, PRODUCTION, HOME)
    role = "AWSServiceRoleForConfig"
    for turn in range(24):
        issued = calendar.at(day, turn) + rng.randrange(60)
        actor = identities.session(PRODUCTION, role, "AWSConfig-Describe", host, host, HOME, issued)
        yield act(rng, issued, issuer, Call("sts:AssumeRole", "role", role, grants=actor))
        until = quota * (23 - turn) // 24
        while left > until:
            second = issued + rng.randrange(3, 3500)
            for call in play(rng, work.RECORDER):
                left -= 1
                yield act(rng, second, actor, call)


SHARES: tuple[tuple[str, Day, float], ...] = (
    ("people", people, 0.19),
    ("machines", machines, 0.27),
    ("functions", functions, 0.25),
    ("pipelines", pipelines, 0.12),
    ("services", services, 0.12),
)
"""Who makes the day's calls, and which share of them."""


def load(calendar: Calendar, day: int) -> Iterator[Act]:
    """Yield a day's calls of all, in no order."""
    return chain.from_iterable(
        live(calendar, day, _chance(calendar, name, day), int(calendar.quota[day] * share))
        for name, live, share in SHARES
    )


def fill(calendar: Calendar, day: int, missing: int) -> Iterator[Act]:
    """Yield single reads by the busiest function until the day's quota is full."""
    rng, function = _chance(calendar, "fill", day), FUNCTIONS[2]
    actor = function_session(function, calendar.at(day, 0))
    for _ in range(missing):
        second = calendar.at(day, rng.random() * 24)
        yield act(rng, second, actor, Call("s3:GetObject", "object", pick(rng, "object")))


def _chance(calendar: Calendar, name: str, day: int) -> Random:
    return Random(f"{calendar.seed}/{name}/{day}")  # noqa: S311  # a simulation, repeatable
