"""One CloudTrail record as typed values: who called what, from where, on what, and how it ended."""

from typing import Literal

import msgspec

PrincipalKind = Literal["user", "role", "root", "federated", "service", "account", "unknown"]

ErrorClass = Literal[
    "",  # the call succeeded
    "denied",
    "authentication",
    "not-found",
    "throttled",
    "quota",
    "validation",
    "conflict",
    "dependency",
    "other",
]

DenyReason = Literal[
    "",
    "identity-policy",
    "resource-policy",
    "service-control-policy",
    "resource-control-policy",
    "permissions-boundary",
    "session-policy",
    "endpoint-policy",
    "explicit-deny",
]

FactRelation = Literal["ISSUED", "HELD", "RAN_AS", "LAUNCHED"]


class Identity(msgspec.Struct, frozen=True):
    """The caller. ``principal`` is the role for a session; ids are ARNs or typed (``service:``)."""

    principal: str
    kind: PrincipalKind
    account: str = ""  # the account that owns the principal, 12 digits, "" where unknown
    session: str = ""  # ARN of the assumed-role or federated session
    credential: str = ""  # ``key:ASIA...``
    instance: str = ""  # ``instance:i-...`` where the session name is an instance id
    mfa: bool = False
    via: str = ""  # the AWS service that acted with the caller's rights, its host name


class Fact(msgspec.Struct, frozen=True):
    """A relation that one record proves beside its call: a credential issued, an address held."""

    relation: FactRelation
    subject: str  # node id: credential (ISSUED), instance (HELD, RAN_AS), principal (LAUNCHED)
    object: str  # credential (ISSUED), source (HELD), principal (RAN_AS), instance (LAUNCHED)


class Event(msgspec.Struct, frozen=True):
    """One call: the whole of what the product keeps of a CloudTrail record."""

    id: bytes  # 16 bytes: the eventID's UUID, or a digest of the record where it is none
    event_id: str  # the eventID as written, "" where the record has none
    time: int  # seconds since the epoch, UTC
    account: str  # the account whose trail holds the record, 12 digits, "" where unknown
    region: str
    identity: Identity
    api: str  # node id: ``api:iam:ListUsers``
    code: str  # the raw error code, "" for success, ``ConsoleLoginFailure`` for a failed login
    error_class: ErrorClass
    reason: DenyReason
    source: str  # node id: ``ip:198.51.100.7``, ``service:lambda.amazonaws.com``, ``vpce:vpce-0a``
    resource: str  # node id: an ARN or ``kms:111122223333:alias/app``; "" where none is named
    agent: str  # user-agent family: ``aws-cli``, ``console``, ``boto3``, a service host
    facts: tuple[Fact, ...] = ()
