"""The graph, said once: kinds of nodes, relations, and the columns that each is projected from."""

import re
from typing import Literal, NamedTuple

VERSION = 2


class NodeKind(NamedTuple):
    """A kind of node; ``example`` is an id."""

    name: str
    meaning: str
    example: str


class Relation(NamedTuple):
    """A relation and the rows that prove it.

    ``source`` and ``target`` are columns of an activity (or of a fact, where ``fact`` is set);
    ``outcome`` says which calls count: any, succeeded, failed or denied.
    """

    name: str
    source_kind: str
    target_kind: str
    meaning: str
    source: str = "principal"
    target: str = ""
    outcome: Literal["any", "succeeded", "failed", "denied"] = "any"
    fact: bool = False
    apis: tuple[str, ...] = ()  # only calls to these, where given
    coded: bool = False  # one arrow a raw error code, with its class
    since: int = 1  # the version that brought it


NODES = (
    NodeKind(
        "principal",
        "IAM user, role, root, federated user, AWS service, account or unknown caller; the role "
        "for a session",
        "arn:aws:iam::111122223333:role/deploy",
    ),
    NodeKind(
        "session",
        "one session of a role or a federated user",
        "arn:aws:sts::111122223333:assumed-role/deploy/i-0a1b2c3d4e5f60718",
    ),
    NodeKind("credential", "an access key, long-lived or temporary", "key:ASIAEXAMPLE0000000001"),
    NodeKind(
        "source",
        "where calls came from: an IP address, a service host, a VPC endpoint",
        "ip:198.51.100.7",
    ),
    NodeKind("instance", "an EC2 instance", "instance:i-0a1b2c3d4e5f60718"),
    NodeKind("api", "an operation of a service", "api:iam:ListUsers"),
    NodeKind("resource", "what a call was about: an ARN or a typed name", "arn:aws:s3:::logs"),
    NodeKind(
        "account", "an AWS account that is named as a caller or a target", "account:111122223333"
    ),
)

ASSUMING = (
    "api:sts:AssumeRole",
    "api:sts:AssumeRoleWithSAML",
    "api:sts:AssumeRoleWithWebIdentity",
)

RELATIONS = (
    Relation(
        "CALLED",
        "principal",
        "api",
        "the principal called the API with success",
        target="api",
        outcome="succeeded",
    ),
    Relation(
        "FAILED",
        "principal",
        "api",
        "the principal failed at the API with this code",
        target="api",
        outcome="failed",
        coded=True,
    ),
    Relation("FROM", "principal", "source", "its calls came from there", target="source"),
    Relation(
        "ON", "principal", "instance", "its calls were made on the instance", target="instance"
    ),
    Relation(
        "ACTED_AS", "principal", "session", "its calls were made in the session", target="session"
    ),
    Relation(
        "ASSUMED",
        "principal",
        "principal",
        "it assumed the role",
        target="resource",
        outcome="succeeded",
        apis=ASSUMING,
    ),
    Relation(
        "USED", "principal", "credential", "its calls were signed with the key", target="credential"
    ),
    Relation(
        "TOUCHED",
        "principal",
        "resource",
        "a call of it about the resource succeeded",
        target="resource",
        outcome="succeeded",
    ),
    Relation(
        "DENIED",
        "principal",
        "resource",
        "a call of it about the resource was denied with this code",
        target="resource",
        outcome="denied",
        coded=True,
    ),
    Relation(
        "ISSUED",
        "credential",
        "credential",
        "a call signed with the first created the second: the descent tree",
        source="subject",
        target="object",
        fact=True,
    ),
    Relation(
        "HELD",
        "instance",
        "source",
        "the instance had the address at that time",
        source="subject",
        target="object",
        fact=True,
    ),
    Relation(
        "RAN_AS",
        "instance",
        "principal",
        "the instance ran with the role",
        source="subject",
        target="object",
        fact=True,
    ),
    Relation(
        "LAUNCHED",
        "principal",
        "instance",
        "a call of it launched the instance",
        source="subject",
        target="object",
        fact=True,
        since=2,
    ),
)

KINDS = tuple(node.name for node in NODES)
BY_TYPE = {relation.name: relation for relation in RELATIONS}
TYPES = tuple(sorted(BY_TYPE, key=lambda name: (BY_TYPE[name].since, name)))
"""By the numbers that SQLite keeps them under: those that a later version brought stand last."""

_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")
_SET = re.compile(r"(/AWSReservedSSO_.+)_[0-9a-f]{16}$")
_TYPED = re.compile(r"[\w-]+:(\d{12})(?:[:/]|\Z)")


def label(id: str) -> str:
    """A short name that a person knows a node by."""
    if id.startswith("arn:"):
        rest = id.split(":", 5)[-1]
        return rest.rsplit("/", 1)[-1] if "/" in rest else rest.rsplit(":", 1)[-1]
    if id.startswith("api:"):
        return id.removeprefix("api:")
    return id.split(":", 1)[-1]


def account(id: str) -> str:
    """The account that an id names, "" where it names none."""
    found = _ARN.match(id) or _TYPED.match(id)
    return found[1] if found else ""


def namesake(id: str) -> str:
    """An ARN without its account: equal for what one template makes in many accounts.

    A template may put the account into the name too, as the CDK does. A role of IAM Identity
    Center ends in sixteen digits that are each account's own, where the permission set is one:
    they are left out. Root users are made by no template: each is its account's own.
    """
    found = _ARN.match(id)
    if not found or id.endswith(":root"):
        return id
    rest = id[found.end(1) :].replace(found[1], "")
    return id[: found.start(1)] + _SET.sub(r"\1", rest)
