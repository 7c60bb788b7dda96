"""What is said of one call before it is a record: who calls, what, on what, how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone with a credential at an address; ``identity`` is the record's ``userIdentity``."""

    principal: str  # ARN of the user or role, host name of a service
    account: str
    region: str
    identity: Mapping[str, Any]
    source: str
    agent: str
    arn: str = ""  # what a denial calls the caller
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation (``iam:CreateUser``) on one named thing, with the row of its outcome."""

    operation: str
    kind: str = ""  # a row of resources.KINDS
    name: str = ""
    outcome: str = "ok"  # a row of outcomes.OUTCOMES
    grants: Actor | None = None  # whom an AssumeRole gives a credential
    account: str = ""  # whose thing it is, the caller's own where empty
    shared: str = ""  # sharedEventID of a call that two accounts record


class Act(NamedTuple):
    """A call at a second since the epoch, with its eventID."""

    second: int
    event_id: str
    actor: Actor
    call: Call


def act(rng: Random, second: float, actor: Actor, call: Call) -> Act:
    """Put a call into time; the eventID comes from the same stream of chance."""
    return Act(int(second), event_id(rng), actor, call)


def event_id(rng: Random) -> str:
    """Return a random version 4 UUID."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def written(second: int) -> str:
    """Return a second since the epoch as CloudTrail writes it."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
