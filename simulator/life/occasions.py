"""What happens now and then: housekeeping on its beat, a broken deployment, a joiner's errors."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from offtrail.simulator import identities
from offtrail.simulator.call import Act, Actor, Call, act, event_id
from offtrail.simulator.life import sessions
from offtrail.simulator.life.sessions import BOTO, CLI, TERRAFORM
from offtrail.simulator.organisation import HOME, PEOPLE, PIPELINES, PRODUCTION, SHARED, Calendar


class Job(NamedTuple):
    """Housekeeping: the calls of a role on its weekday (0 is Monday) or day of the month."""

    role: str
    account: str
    hour: float
    agent: str
    calls: tuple[Call, ...]
    weekday: int = -1
    date: int = 0


JOBS = (
    Job(
        "weekly-inventory",
        SHARED,
        2.0,
        BOTO,
        (
            Call("ec2:DescribeInstances"),
            Call("ec2:DescribeSnapshots"),
            Call("iam:ListUsers"),
            Call("iam:ListRoles"),
            Call("organizations:ListAccounts", outcome="denied"),
            Call("eks:ListClusters", outcome="denied"),
            Call("route53:ListHostedZones", outcome="denied-by-organisation"),
            Call("secretsmanager:ListSecrets", outcome="denied"),
        ),
        weekday=6,
    ),
    Job(
        "weekly-cleanup",
        PRODUCTION,
        3.5,
        CLI,
        (
            Call("ec2:DescribeSnapshots"),
            Call("ec2:DeleteSnapshot", "snapshot", "snap-0a11ce000000000a1", "snapshot-in-use"),
            Call("ec2:DeleteSnapshot", "snapshot", "snap-0a11ce000000000b2", "denied"),
            Call("logs:DeleteLogGroup", "log-group", "/ecs/web-old", "not-found"),
        ),
        weekday=5,
    ),
    Job(
        "monthly-patch-report",
        PRODUCTION,
        4.0,
        BOTO,
        (
            Call("ssm:DescribeInstanceInformation"),
            Call("ssm:ListComplianceItems", outcome="denied"),
            Call("health:DescribeEvents", outcome="denied"),
            Call("s3:PutObject", "object", "acme-reports/patches.csv"),
        ),
        date=15,
    ),
)

JOINER = (
    Call("s3:GetObject", "object", "acme-orders/guide.json", "s3-denied"),
    Call("lambda:ListFunctions"),
    Call("logs:FilterLogEvents", "log-group", "/aws/lambda/orders-intake", "denied"),
    Call("ecr:DescribeImages", "repository", "web", "denied"),
    Call("ssm:GetParameter", "parameter", "/orders/url", "no-parameter"),
    Call("ecs:ListClusters"),
)
"""The first mornings of someone whose rights are not all in place."""


AUDIT = (
    Call("iam:GetAccountSummary"),
    Call("iam:ListRoles"),
    Call("s3:GetBucketPolicy", "bucket", "acme-build", "no-bucket-policy"),
    Call("cloudtrail:DescribeTrails"),
)
"""What the security team looks at in the other account."""


def housekeeping(calendar: Calendar, day: int, rng: Random) -> Iterator[Act]:
    """Yield the jobs whose weekday or date it is."""
    date = identities.day_of_month(calendar.at(day, 0))
    for job in JOBS:
        if calendar.weekday(day) == job.weekday or date == job.date:
            second = calendar.at(day, job.hour) + rng.randrange(120)
            actor = identities.session(
                job.account, job.role, "scheduled", "203.0.113.40", job.agent, HOME, second
            )
            host = identities.service("scheduler.amazonaws.com", job.account, HOME)
            yield act(rng, second, host, Call("sts:AssumeRole", "role", job.role, grants=actor))
            yield from _in_turn(rng, second, actor, job.calls, 9)


def joiner(calendar: Calendar, day: int, rng: Random) -> Iterator[Act]:
    """Yield a new joiner's first two days of calls that fail until the rights are there."""
    for person in PEOPLE:
        first = int(person.joins * calendar.days)
        if person.joins and day in (first, first + 1):
            second = calendar.at(day, person.starts + 1)
            _, actor = sessions.single_sign_on(person, second, CLI)
            yield from _in_turn(rng, second, actor, JOINER, 240)


def deployment(calendar: Calendar, day: int, rng: Random) -> Iterator[Act]:
    """Yield the broken deployment: one denied call over and over for an hour, then mended."""
    if day != calendar.part(0.6):
        return
    pipeline = PIPELINES[0]
    second = calendar.at(day, 15.2)
    runner, actor = sessions.pipeline(pipeline, second, 4242)
    yield act(rng, second, runner, Call("sts:AssumeRole", "role", pipeline.role, grants=actor))
    broken = Call("lambda:UpdateFunctionCode", "function", "orders-intake", "denied")
    flood = max(30, calendar.quota[day] // 30)
    for _ in range(flood):
        yield act(rng, second + rng.randrange(20, 3400), actor, broken)
    mended = Call("lambda:UpdateFunctionCode", "function", "orders-intake")
    yield act(rng, second + 3500, actor, mended)


def changes(calendar: Calendar, day: int, rng: Random) -> Iterator[Act]:
    """Yield a new role that cannot be assumed for some seconds after it was made, then can."""
    if calendar.weekday(day) not in (1, 3):
        return
    second, pipeline = calendar.at(day, 10.5) + rng.randrange(3600), PIPELINES[2]
    runner, actor = sessions.pipeline(pipeline, second, rng.randrange(10_000))
    yield act(rng, second, runner, Call("sts:AssumeRole", "role", pipeline.role, grants=actor))
    role = f"preview-{day:03d}"
    made = identities.session(PRODUCTION, role, "check", actor.source, TERRAFORM, HOME, second + 30)
    tries = [Call("sts:AssumeRole", "role", role, "denied-plainly")] * rng.randint(3, 7)
    yield from _in_turn(rng, second, actor, (Call("iam:CreateRole", "role", role), *tries), 4)
    yield act(rng, second + 60, actor, Call("sts:AssumeRole", "role", role, grants=made))
    yield act(rng, second + 62, made, Call("sts:GetCallerIdentity"))


def audit(calendar: Calendar, day: int, rng: Random) -> Iterator[Act]:
    """Yield a look into the other account: the AssumeRole stands in the trails of both."""
    if calendar.weekday(day) >= 5:
        return
    auditor = next(person for person in PEOPLE if person.team == "security")
    second = calendar.at(day, auditor.starts + 3) + rng.randrange(3600)
    _, actor = sessions.single_sign_on(auditor, second - 1800, CLI)
    name, role = f"{auditor.name}@example.com", "organisation-audit"
    there = identities.session(PRODUCTION, role, name, actor.source, CLI, HOME, second)
    both = Call("sts:AssumeRole", "role", role, "ok", there, PRODUCTION, event_id(rng))
    yield act(rng, second, actor, both)
    yield act(rng, second, identities.from_account(actor, PRODUCTION), both)
    yield from _in_turn(rng, second, there, AUDIT, 20)


def _in_turn(
    rng: Random, second: int, actor: Actor, calls: tuple[Call, ...], gap: int
) -> Iterator[Act]:
    for call in calls:
        second += rng.randint(1, gap)
        yield act(rng, second, actor, call)


OCCASIONS: tuple[tuple[str, Callable[[Calendar, int, Random], Iterator[Act]]], ...] = (
    ("housekeeping", housekeeping),
    ("joiner", joiner),
    ("deployment", deployment),
    ("changes", changes),
    ("audit", audit),
)


def occasions(calendar: Calendar, day: int) -> Iterator[Act]:
    """Yield what happens on a day beside the daily load."""
    for name, happen in OCCASIONS:
        rng = Random(f"{calendar.seed}/{name}/{day}")  # noqa: S311  # a simulation, repeatable
        yield from happen(calendar, day, rng)
