"""Relations that a record proves beside its call: credentials issued, instances, addresses."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from offtrail.ingest.event import Fact, Identity

_Body = dict[str, Any]
_BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_CREDENTIALS = "credentials", "accessKeyId"
_ISSUERS: dict[str, tuple[str, str]] = {  # where a response holds the id of what it issued
    "AssumeRole": _CREDENTIALS,
    "AssumeRoleWithSAML": _CREDENTIALS,
    "AssumeRoleWithWebIdentity": _CREDENTIALS,
    "AssumeRoot": _CREDENTIALS,
    "GetFederationToken": _CREDENTIALS,
    "GetSessionToken": _CREDENTIALS,
    "GetCredentialsForIdentity": _CREDENTIALS,
    "GetRoleCredentials": ("roleCredentials", "accessKeyId"),
    "CreateAccessKey": ("accessKey", "accessKeyId"),
    "CreateServiceSpecificCredential": ("serviceSpecificCredential", "serviceSpecificCredentialId"),
}


def instance_facts(identity: Identity, source: str) -> tuple[Fact, ...]:
    """An instance that calls ran as its role, from the address it called from."""
    if not identity.instance:
        return ()
    ran = Fact("RAN_AS", identity.instance, identity.principal)
    if not source.startswith("ip:"):
        return (ran,)
    return ran, Fact("HELD", identity.instance, source)


def call_facts(
    event_name: str, identity: Identity, asked: msgspec.Raw, given: msgspec.Raw
) -> tuple[Fact, ...]:
    """What a call that succeeded proves, from its parameters and its response."""
    if event_name in _ISSUERS:
        holder, field = _ISSUERS[event_name]
        issued = _string(_object(_body(given).get(holder)).get(field))
        told = issued and identity.credential
        return (Fact("ISSUED", identity.credential, f"key:{issued}"),) if told else ()
    if event_name in _INSTANCES:
        return tuple(dict.fromkeys(_INSTANCES[event_name](identity, asked, _body(given))))
    return ()


def _run_instances(identity: Identity, asked: msgspec.Raw, given: _Body) -> Iterator[Fact]:
    for item in _items(given.get("instancesSet")):
        instance = _string(item.get("instanceId"))
        if instance:
            yield Fact("LAUNCHED", identity.principal, f"instance:{instance}")
        for field in ("privateIpAddress", "ipAddress", "ipv6Address"):
            address = _string(item.get(field))
            if instance and address:
                yield Fact("HELD", f"instance:{instance}", f"ip:{address}")


def _associate_address(identity: Identity, asked: msgspec.Raw, given: _Body) -> Iterator[Fact]:
    body = _body(asked)
    instance, address = _string(body.get("instanceId")), _string(body.get("publicIp"))
    if instance and address:
        yield Fact("HELD", f"instance:{instance}", f"ip:{address}")


_INSTANCES: dict[str, Callable[[Identity, msgspec.Raw, _Body], Iterator[Fact]]] = {
    "RunInstances": _run_instances,
    "AssociateAddress": _associate_address,
}
TELLING = {*_ISSUERS, *_INSTANCES}
"""Names of the calls whose success proves more than the call."""


def _body(raw: msgspec.Raw) -> _Body:
    try:
        return _object(msgspec.json.decode(raw))
    except _BAD:
        return {}


def _object(value: Any) -> _Body:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[_Body]:
    items = _object(value).get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
