"""Every AWS operation as botocore describes it, offline: name, method, shapes, documentation."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import botocore
import msgspec

VerbClass = Literal["read", "list", "write", "permissions", "tagging"]
VERB_CLASSES: tuple[VerbClass, ...] = ("read", "list", "write", "permissions", "tagging")

READS = ("read", "list")
"""Classes of operations that change nothing."""

VERBS: dict[str, VerbClass] = {
    **dict.fromkeys(("List", "Describe", "Search", "Query", "Scan", "Lookup"), "list"),
    **dict.fromkeys(("Get", "Head", "Read", "View", "Check", "Select", "Download"), "read"),
    **dict.fromkeys(("Simulate", "Validate", "Estimate", "Preview", "Retrieve"), "read"),
    **dict.fromkeys(("Tag", "Untag"), "tagging"),
}
"""The first word of an operation decides, where it stands here; all others write."""

HOW = ("batch", "admin", "transact")
"""Words before the verb that tell how much of it is done, or by whom."""
LOOKS = ("Filter", "Count")
"""Verbs that only read; the classes of the model, whose weights were fitted to them, lack them."""

PERMISSION_WORDS = frozenset(("policy", "policies", "permission", "permissions", "boundary")) | {
    *("acl", "grant", "grants", "share", "authorize", "revoke", "access", "trust"),
    *("role", "principal", "member", "login", "mfa", "password", "credential", "credentials"),
}
TAG_WORDS = frozenset(("tag", "tags", "tagging"))

S3_EVENT_NAMES = {
    "DeleteBucketPublicAccessBlock": "DeletePublicAccessBlock",
    "GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
    "GetBucketPublicAccessBlock": "GetPublicAccessBlock",
    "GetBucketReplication": "GetBucketReplication",
    "PutAccelerateConfiguration": "PutBucketAccelerateConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "PutBucketObjectLockConfiguration": "PutObjectLockConfiguration",
    "PutBucketPublicAccessBlock": "PutPublicAccessBlock",
}
OLDER_EVENT_NAMES = {
    ("lambda", "AddEventSource"): "CreateEventSourceMapping",
    ("lambda", "RemoveEventSource"): "DeleteEventSourceMapping",
    ("lambda", "UploadFunction"): "UpdateFunctionCode",
    ("lambda", "InvokeAsync"): "InvokeAsync",
    ("elasticmapreduce", "DescribeJobFlows"): "ListClusters",
    ("dynamodb", "UpdateContinuousBackups"): "UpdateContinuousBackups",
    **{("s3", event): operation for event, operation in S3_EVENT_NAMES.items()},
}
"""Event names that CloudTrail writes where the operation is called otherwise."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_VERSION = re.compile(r"(?:\d{4}_\d{2}_\d{2}|\d{8})(?:v\d+)?$")
_MARKUP = re.compile(r"<[^>]+>")


class Operation(msgspec.Struct, frozen=True):
    """One operation of one service; ``service`` is the name CloudTrail uses for it."""

    service: str
    name: str
    method: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    text: str = ""

    @property
    def api(self) -> str:
        return f"api:{self.service}:{self.name}"


def words(name: str) -> list[str]:
    """``PutBucketPolicy`` as put, bucket, policy."""
    return [word.lower() for word in _WORD.findall(name)]


def canonical(api: str) -> tuple[str, str]:
    """Service and operation of ``api:service:EventName``, by botocore's spelling of the name."""
    _, service, name = [*api.split(":", 2), "", ""][:3]
    bare = _VERSION.sub("", name) or name
    return service, OLDER_EVENT_NAMES.get((service, bare), bare)


def verb_class(name: str) -> VerbClass:
    """What an operation does, by its words."""
    parts = words(name)
    by_verb = VERBS.get(parts[0].capitalize()) if parts else None
    if by_verb:
        return by_verb
    if TAG_WORDS & set(parts):
        return "tagging"
    return "permissions" if PERMISSION_WORDS & set(parts) else "write"


def changes(api: str) -> bool:
    """Whether an API does more than read: ``BatchGetItem`` and ``AdminGetUser`` do not."""
    parts = words(canonical(api)[1])
    verb = next((word for word in parts if word not in HOW), "").capitalize()
    return verb not in LOOKS and VERBS.get(verb) not in READS


def operations() -> Iterator[Operation]:
    """All operations of the installed botocore, the service's own model before its cousins."""
    seen: set[tuple[str, str]] = set()
    models = [(folder, _model(folder)) for folder in _folders()]
    models.sort(key=lambda pair: _service(pair[1]["metadata"]) != pair[0].name)
    for _, model in models:
        service = _service(model["metadata"])
        for name, body in model["operations"].items():
            if (service, name) not in seen:
                seen.add((service, name))
                yield _operation(service, name, body, model["shapes"])


def _folders() -> list[Path]:
    data = Path(botocore.__file__).parent / "data"
    return sorted(folder for folder in data.iterdir() if folder.is_dir())


def _model(folder: Path) -> dict[str, Any]:
    """The newest service model in a folder; an empty one where there is none."""
    found = sorted(folder.glob("*/service-2.json.gz"))
    if not found:
        return {"metadata": {}, "operations": {}, "shapes": {}}
    model: dict[str, Any] = json.loads(gzip.decompress(found[-1].read_bytes()))
    return model


def _service(metadata: dict[str, Any]) -> str:
    """CloudTrail's event source is the signing name, or the endpoint's where there is none."""
    return str(metadata.get("signingName") or metadata.get("endpointPrefix") or "")


def _operation(service: str, name: str, body: dict[str, Any], shapes: dict[str, Any]) -> Operation:
    def members(side: str) -> tuple[str, ...]:
        return tuple(shapes.get(body.get(side, {}).get("shape"), {}).get("members", ()))

    text = _MARKUP.sub(" ", body.get("documentation", "")[:600])
    method = body.get("http", {}).get("method", "")
    return Operation(service, name, method, members("input"), members("output"), text)
