"""CloudTrail as other products write it, field by field: Elastic Common Schema and OCSF.

A row a field: where it goes in the CloudTrail record, and where it may stand in the other. From
Elastic's aws.cloudtrail fields (elastic.co/docs/reference/integrations/aws/cloudtrail), OCSF API
Activity 6003, Authentication 3002, Account Change 3001 (schema.ocsf.io), as Security Lake does it.
"""

from collections.abc import Iterator
from typing import Any

from offtrail.ingest.timestamp import written

Path = tuple[str, ...]
_Body = dict[str, Any]


def _rows(table: str) -> tuple[tuple[Path, tuple[Path, ...]], ...]:
    lines = (line.split() for line in table.strip().replace("\n    ", " ").splitlines())
    return tuple((_path(goes), tuple(map(_path, comes))) for goes, *comes in lines)


def _path(dotted: str) -> Path:
    return tuple(dotted.split("."))


_ECS = _rows("""
eventName                            event.action
eventSource                          event.provider
eventTime                            @timestamp
eventID                              event.id
eventType                            aws.cloudtrail.event_type
eventCategory                        aws.cloudtrail.event_category
awsRegion                            cloud.region
recipientAccountId                   aws.cloudtrail.recipient_account_id cloud.account.id
sourceIPAddress                      source.ip source.address source.domain
userAgent                            user_agent.original
errorCode                            aws.cloudtrail.error_code
errorMessage                         aws.cloudtrail.error_message
vpcEndpointId                        aws.cloudtrail.vpc_endpoint_id
requestParameters                    aws.cloudtrail.flattened.request_parameters
responseElements                     aws.cloudtrail.flattened.response_elements
userIdentity.type                    aws.cloudtrail.user_identity.type
userIdentity.arn                     aws.cloudtrail.user_identity.arn
userIdentity.principalId             user.id
userIdentity.userName                user.name
userIdentity.accountId               aws.cloudtrail.user_identity.account_id cloud.account.id
userIdentity.accessKeyId             aws.cloudtrail.user_identity.access_key_id
userIdentity.invokedBy               aws.cloudtrail.user_identity.invoked_by
userIdentity.sessionContext.attributes.mfaAuthenticated
    aws.cloudtrail.user_identity.session_context.mfa_authenticated
userIdentity.sessionContext.sessionIssuer.arn
    aws.cloudtrail.user_identity.session_context.session_issuer.arn
userIdentity.sessionContext.sessionIssuer.type
    aws.cloudtrail.user_identity.session_context.session_issuer.type
userIdentity.sessionContext.sessionIssuer.accountId
    aws.cloudtrail.user_identity.session_context.session_issuer.account_id
""")

_OCSF = _rows("""
eventName                            api.operation
eventSource                          api.service.name
eventTime                            time_dt time
eventID                              metadata.uid
eventType                            metadata.event_code
awsRegion                            cloud.region
recipientAccountId                   unmapped.recipientAccountId cloud.account.uid cloud.account_uid
sourceIPAddress                      src_endpoint.ip src_endpoint.domain
userAgent                            http_request.user_agent
errorCode                            api.response.error
errorMessage                         api.response.error_message api.response.message
vpcEndpointId                        unmapped.vpcEndpointId src_endpoint.uid
requestParameters                    api.request.data
responseElements                     api.response.data
userIdentity.type                    actor.user.type user.type
userIdentity.arn                     actor.user.uid user.uid
userIdentity.principalId             actor.user.uid_alt user.uid_alt
userIdentity.userName                actor.user.name user.name
userIdentity.accountId               actor.user.account.uid actor.user.account_uid user.account.uid
userIdentity.accessKeyId             actor.user.credential_uid user.credential_uid
userIdentity.invokedBy               actor.invoked_by
userIdentity.sessionContext.attributes.mfaAuthenticated
    actor.session.is_mfa actor.session.mfa is_mfa
userIdentity.sessionContext.sessionIssuer.arn
    actor.session.issuer
""")


def from_ecs(body: _Body) -> _Body | None:
    """A CloudTrail record from an Elastic document; None where it is none."""
    if not isinstance(_get(body, ("aws", "cloudtrail")), dict):
        return None
    record = _moved(body, _ECS)
    return _outcome(record, _get(body, ("event", "outcome")))


def from_ocsf(body: _Body) -> _Body | None:
    """A CloudTrail record from an OCSF event; None where it is none."""
    if "class_uid" not in body or not isinstance(body.get("api"), dict):
        return None
    record = _moved(body, _OCSF)
    time = record.get("eventTime")
    if isinstance(time, int) and 0 <= time < 10**14:
        record["eventTime"] = written(time // 1000)
    listed = body.get("resources")
    if isinstance(listed, list):
        record["resources"] = [
            {"ARN": r.get("uid"), "type": r.get("type")} for r in listed if isinstance(r, dict)
        ]
    unmapped = body.get("unmapped")
    if isinstance(unmapped, dict) and "requestParameters" not in record:
        record["requestParameters"] = dict(_dotted(unmapped, "requestParameters."))
    return _outcome(record, body.get("status"))


def _dotted(unmapped: _Body, prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in unmapped.items():
        if key.startswith(prefix):
            yield key.removeprefix(prefix).partition(".")[0], value


def _outcome(record: _Body, said: Any) -> _Body:
    """A failed sign-in has no errorCode in any schema: its response says Failure."""
    failed = isinstance(said, str) and said.lower() == "failure"
    if failed and not isinstance(record.get("responseElements"), dict):
        record["responseElements"] = {str(record.get("eventName")): "Failure"}
    return record


def _moved(body: _Body, rows: tuple[tuple[Path, tuple[Path, ...]], ...]) -> _Body:
    record: _Body = {}
    for goes, comes in rows:
        value = next((v for v in (_get(body, path) for path in comes) if v is not None), None)
        if value is not None:
            inner = record
            for key in goes[:-1]:
                inner = inner.setdefault(key, {})
            inner[goes[-1]] = value
    return record


def _get(body: Any, path: Path) -> Any:
    """What stands at a path, whether nested or written with dots."""
    if not path:
        return body
    if not isinstance(body, dict):
        return None
    if path[0] in body:
        found = _get(body[path[0]], path[1:])
        if found is not None:
            return found
    return body.get(".".join(path))
