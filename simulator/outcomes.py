"""How a call ends: the real forms of errorCode and errorMessage, one row a form."""

from base64 import urlsafe_b64encode
from random import Random
from typing import NamedTuple


class Outcome(NamedTuple):
    """An error's code and message; an empty code takes the service's own denial code."""

    code: str
    message: str | None
    denial: bool = False
    absent: bool = False  # what was named is not there

    def gone(self, name: str) -> str:
        """Return the name to call on: that of something gone where the form says so."""
        if not self.absent or not name:
            return name
        return f"{name[:-4]}dead" if name.startswith("i-") else f"{name}-old"


_NOT = "User: {caller} is not authorized to perform: {action} on resource: {arn}"

OUTCOMES = {
    "ok": Outcome("", None),
    "denied": Outcome(
        "", _NOT + " because no identity-based policy allows the {action} action", True
    ),
    "denied-plainly": Outcome("", _NOT, True),
    "denied-explicitly": Outcome(
        "", _NOT + " with an explicit deny in an identity-based policy", True
    ),
    "denied-by-organisation": Outcome(
        "", _NOT + " with an explicit deny in a service control policy", True
    ),
    "denied-by-resource": Outcome(
        "", _NOT + " because no resource-based policy allows the {action} action", True
    ),
    "denied-by-boundary": Outcome(
        "", _NOT + " because no permissions boundary allows the {action} action", True
    ),
    "denied-to-pass-admin": Outcome(
        "",
        "User: {caller} is not authorized to perform: iam:PassRole on resource: "
        "arn:aws:iam::{account}:role/admin because no identity-based policy allows the "
        "iam:PassRole action",
        True,
    ),
    "s3-denied": Outcome("AccessDenied", "Access Denied", True),
    "no-bucket-policy": Outcome("NoSuchBucketPolicy", "The bucket policy does not exist"),
    "no-encryption": Outcome(
        "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found",
    ),
    "no-tags": Outcome("NoSuchTagSet", "The TagSet does not exist"),
    "no-lifecycle": Outcome(
        "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"
    ),
    "no-object": Outcome("NoSuchKey", "The specified key does not exist.", absent=True),
    "no-entity": Outcome(
        "NoSuchEntityException", "The {kind} with name {name} cannot be found.", absent=True
    ),
    "no-login": Outcome("NoSuchEntityException", "Login Profile for User {name} cannot be found."),
    "not-found": Outcome(
        "ResourceNotFoundException", "Requested resource not found: {arn}", absent=True
    ),
    "no-parameter": Outcome("ParameterNotFound", "Parameter {name} not found.", absent=True),
    "no-database": Outcome("DBInstanceNotFoundFault", "DBInstance {name} not found.", absent=True),
    "no-instance": Outcome(
        "Client.InvalidInstanceID.NotFound",
        "The instance ID '{name}' does not exist",
        absent=True,
    ),
    "no-stack": Outcome("ValidationException", "Stack with id {name} does not exist", absent=True),
    "no-updates": Outcome("ValidationException", "No updates are to be performed."),
    "no-repository": Outcome(
        "RepositoryNotFoundException",
        "The repository with name '{name}' does not exist in the registry with id '{account}'",
        absent=True,
    ),
    "exists": Outcome("EntityAlreadyExistsException", "Role with name {name} already exists."),
    "bucket-exists": Outcome(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    "in-use": Outcome("Client.DependencyViolation", "resource {name} has a dependent object"),
    "snapshot-in-use": Outcome(
        "Client.InvalidSnapshot.InUse", "The snapshot {name} is currently in use by ami-0a11ce01"
    ),
    "throttled": Outcome("ThrottlingException", "Rate exceeded"),
    "ec2-throttled": Outcome("Client.RequestLimitExceeded", "Request limit exceeded."),
    "capacity": Outcome(
        "Server.InsufficientInstanceCapacity",
        "We currently do not have sufficient capacity in the Availability Zone you requested.",
    ),
    "conditional": Outcome("ConditionalCheckFailedException", "The conditional request failed"),
    "wrong-password": Outcome("", "Failed authentication"),
}


def encoded_message(event_id: str) -> str:
    """Return the long unreadable tail of an EC2 denial: random text, the same for one event."""
    rng = Random(event_id)  # noqa: S311  # a made-up event, no secret
    return urlsafe_b64encode(rng.randbytes(rng.randrange(300, 520))).decode().rstrip("=")


def message(outcome: Outcome, service: str, values: dict[str, str], event_id: str) -> str | None:
    """Return the errorMessage of a call, None where the form has none."""
    if outcome.message is None:
        return None
    said = outcome.message.format_map(values)
    if outcome.denial and service == "ec2":
        return (
            f"You are not authorized to perform this operation. {said}. "
            f"Encoded authorization failure message: {encoded_message(event_id)}"
        )
    return said
