"""What a call was about: one node id from ``resources``, from parameters, or from a denial."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from offtrail.ingest.named import BEGINS, IAM_KINDS, PARAMETERS
from offtrail.ingest.remember import remembered

LONGEST = 1024  # characters of a name; longer ones are text, not names
_INSTANCE = re.compile(r"(?:arn:[\w-]+:ec2:[^:]*:[^:]*:instance/|ec2:\d*:)(i-\w+)")
_OBJECT = re.compile(r"(arn:[\w-]+:s3:::[^/]+)/.*", re.DOTALL)
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:\S*")
_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b"}
_REGION = re.compile(r"-\w+-\d+$")


class Place(NamedTuple):
    """Where a name is meant: what an ARN needs beside it."""

    service: str
    region: str = ""
    account: str = ""


class _Resource(msgspec.Struct, gc=False):
    type: str | None = None
    ARN: str | None = None
    arn: str | None = None


_resources = msgspec.json.Decoder(list[_Resource] | None)
_FIELDS = sorted({field for rows in PARAMETERS.values() for field, _ in rows})
_Parameters = msgspec.defstruct(
    "_Parameters",
    [(f"p{i}", Any, msgspec.field(default=None, name=f)) for i, f in enumerate(_FIELDS)],
    gc=False,
)
_attribute = {field: f"p{i}" for i, field in enumerate(_FIELDS)}
_parameters = msgspec.json.Decoder(_Parameters | None)
_BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def target(place: Place, resources: bytes, parameters: bytes) -> str:
    """Node id of what a call names; "" where it names nothing."""
    return _target(*place, resources, parameters)


@remembered(1 << 14)
def _target(service: str, region: str, account: str, resources: bytes, parameters: bytes) -> str:
    return named(Place(service, region, account), resources, parameters)


def named(place: Place, resources: bytes, parameters: bytes) -> str:
    """``target``, for a caller that remembers the answers itself."""
    return listed(resources) or _parameter(place, parameters)


def denied_target(place: Place, named: str, action: str) -> str:
    """Node id of what a denial names in its message."""
    arn = _ARN.search(named)
    if arn:
        return canonical(arn[0])
    kind, _, name = named.rpartition(" ")
    asked = action.partition(":")[0] or place.service
    if kind in IAM_KINDS and name:
        return fill(IAM_KINDS[kind], name, place)
    if not _is_name(named) or " " in named or named in ("*", *IAM_KINDS):
        return ""
    return fill(f"{asked}:{{account}}:{{name}}", named, place)


def canonical(arn: str) -> str:
    """One id a thing: an instance by its id, an S3 object by its bucket."""
    instance = _INSTANCE.match(arn)
    if instance:
        return f"instance:{instance[1]}"
    held = _OBJECT.match(arn)
    return held[1] if held else arn


def fill(template: str, name: str, place: Place) -> str:
    """A name as a node id; an ARN given as a name stays itself."""
    if name.startswith("arn:"):
        return canonical(name)
    partition = _PARTITIONS.get(_REGION.sub("", place.region), "aws")
    if "{region}" in template and not place.region:
        return ""
    region, account = place.region, place.account
    return canonical(
        template.format(name=name, partition=partition, region=region, account=account)
    )


def listed(resources: bytes) -> str:
    """S3 lists the object and its bucket: the bucket is the resource."""
    if len(resources) < 8:
        return ""
    try:
        found = _resources.decode(resources) or []
    except _BAD:
        return ""
    first = ""
    for one in found:
        arn = one.ARN or one.arn
        if arn and arn.startswith("arn:"):
            if one.type == "AWS::S3::Bucket":
                return canonical(arn)
            first = first or arn
    return canonical(first) if first else ""


def _parameter(place: Place, parameters: bytes) -> str:
    if len(parameters) < 8:
        return ""
    try:
        given = _parameters.decode(parameters)
    except _BAD:
        return ""
    for field, template in (*PARAMETERS.get(place.service, ()), *PARAMETERS[""]):
        begins = BEGINS.get((field, template), "")
        for name in _names(getattr(given, _attribute[field], None)):
            if name.startswith(begins):
                return fill(template, name, place)
    return ""


def _names(value: Any, depth: int = 6) -> Iterator[str]:
    """Strings of a parameter, outermost first: ``x``, ``[x]``, ``{items: [{id: x}]}``."""
    if isinstance(value, str):
        if _is_name(value):
            yield value
    elif depth and isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _names(inner, depth - 1)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST and "HIDDEN_DUE_TO" not in text
