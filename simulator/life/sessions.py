"""Who acts in the organisation: the sessions of its people, machines, functions and pipelines."""

from zlib import crc32

from offtrail.simulator import identities
from offtrail.simulator.call import Actor
from offtrail.simulator.organisation import HOME, Calendar, Function, Key, Machine, Person, Pipeline

BOTO = "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.1 lang/python#3.11.9"
CLI = "aws-cli/2.31.13 md/awscrt#0.28.1 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.13.7"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 aws-sdk-go-v2/1.39.3 ua/2.1 os/linux"
AGENTS = {"bastion": CLI, "plan": TERRAFORM}


def desk(person: Person) -> str:
    """Return the address a person works from."""
    return f"198.51.100.{20 + crc32(person.name.encode()) % 160}"


def console(person: Person, second: int) -> Actor:
    """Return an IAM user's console session."""
    return identities.console(person.account, person.name, desk(person), HOME, second)


def single_sign_on(
    person: Person, second: int, agent: str = identities.BROWSER
) -> tuple[Actor, Actor]:
    """Return a person at the identity provider's door, and in the role's session behind it."""
    email = f"{person.name}@example.com"
    door = identities.federated(person.account, email, desk(person), HOME)
    inside = identities.session(
        person.account, f"sso-{person.team}", email, desk(person), agent, HOME, second, mfa=True
    )
    return door, inside


def issued(row: Machine, calendar: Calendar, day: int, turn: int) -> int:
    """Return the second at which an instance gets its role's credential of a quarter day."""
    return calendar.at(day, turn * 6) + crc32(f"{row.instance}/{day}".encode()) % 300


def machine(row: Machine, calendar: Calendar, day: int, turn: int) -> Actor:
    """Return the session of an instance's role in a quarter of a day."""
    second = issued(row, calendar, day, turn)
    agent = AGENTS.get(row.routine, BOTO)
    return identities.session(
        row.account, row.role, row.instance, row.address, agent, row.region, second
    )


def function(row: Function, issued: int) -> Actor:
    """Return the session of a function's role whose credential was issued at a second."""
    source = f"203.0.113.{10 + crc32(row.name.encode()) % 20}"
    agent = f"{BOTO} exec-env/AWS_Lambda_python3.11"
    role = f"{row.name}-role"
    return identities.session(row.account, role, row.name, source, agent, row.region, issued)


def pipeline(row: Pipeline, second: int, run: int) -> tuple[Actor, Actor]:
    """Return the runners' user and the session that a CI run works in."""
    source, agent = f"198.51.100.{200 + run % 4}", AGENTS.get(row.routine, CLI)
    runner = identities.user(row.account, "ci-runner", source, agent, row.region)
    actor = identities.session(
        row.account, row.role, f"run-{run}", source, agent, row.region, second
    )
    return runner, actor


def key(row: Key) -> Actor:
    """Return the IAM user that a program works as."""
    return identities.user(row.account, row.user, row.source, BOTO, HOME)
