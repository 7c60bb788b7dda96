"""An act as the CloudTrail record of it."""

from datetime import UTC, datetime
from typing import Any

from offtrail.simulator.call import Act, Actor, Call, written
from offtrail.simulator.identities import BROWSER
from offtrail.simulator.outcomes import OUTCOMES, message
from offtrail.simulator.resources import arn, parameters
from offtrail.simulator.services import ACTIONS, DATA_EVENTS, DATED, READS, SERVICES

TOKEN = "session-token-left-out"  # noqa: S105  # the form has the field; there is no token
LIFETIME = 3600


def region(act: Act) -> str:
    """Return the region whose trail holds the record."""
    service = SERVICES[act.call.operation.partition(":")[0]]
    return "us-east-1" if service.everywhere else act.actor.region


def record(act: Act) -> dict[str, Any]:
    """Return the CloudTrail record of an act."""
    actor, call = act.actor, act.call
    prefix, _, operation = call.operation.partition(":")
    service, place = SERVICES[prefix], region(act)
    hidden = OUTCOMES[call.outcome].denial and service.hides
    body: dict[str, Any] = {
        "eventVersion": service.version,
        "userIdentity": actor.identity,
        "eventTime": written(act.second),
        "eventSource": service.host,
        "eventName": DATED.get(call.operation, operation),
        "awsRegion": place,
        "sourceIPAddress": actor.source,
        "userAgent": f"[{actor.agent}]" if prefix == "s3" else actor.agent,
    }
    body |= {} if call.outcome == "ok" else _failure(act, place)
    body["requestParameters"] = None if hidden else _parameters(call, actor, place)
    body["responseElements"] = _response(act) if call.outcome == "ok" else None
    if prefix == "signin":
        _sign_in(body, call)
    data = call.operation in DATA_EVENTS
    body |= {
        "requestID": act.event_id[28:] + act.event_id[8:28] + act.event_id[:8],
        "eventID": act.event_id,
        "readOnly": operation.startswith((*READS, "Assume")),
        "eventType": "AwsConsoleSignIn" if prefix == "signin" else "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": actor.account,
        "eventCategory": "Data" if data else "Management",
    }
    if call.kind in ("role", "bucket", "object") and not hidden and prefix in ("sts", "s3"):
        body["resources"] = [_resource(call, actor, place)]
    if call.shared or actor.identity["type"] == "AWSService":
        body["sharedEventID"] = call.shared or act.event_id[7::-1] + act.event_id[8:]
    if actor.identity["type"] != "AWSService":
        if actor.agent == BROWSER and prefix not in ("signin", "sts"):
            body["sessionCredentialFromConsole"] = "true"
        body["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": service.host
            if service.everywhere
            else f"{prefix}.{place}.amazonaws.com",
        }
    return body


def _failure(act: Act, place: str) -> dict[str, str | None]:
    """How a call that failed says so: its code, if it has one, and its message."""
    actor, call, outcome = act.actor, act.call, OUTCOMES[act.call.outcome]
    prefix = call.operation.partition(":")[0]
    values = {
        "caller": actor.arn,
        "action": ACTIONS.get(call.operation, call.operation),
        "arn": arn(call.kind, call.name, call.account or actor.account, place),
        "kind": call.kind,
        "name": call.name,
        "account": actor.account,
    }
    code = outcome.code or (SERVICES[prefix].denied if outcome.denial else "")
    told = {"errorCode": code} if code else {}
    return told | {"errorMessage": message(outcome, prefix, values, act.event_id)}


def _parameters(call: Call, actor: Actor, place: str) -> dict[str, Any] | None:
    if call.operation.startswith("sts:Assume"):
        role = {"roleArn": arn("role", call.name, call.account or actor.account, place)}
        session = call.grants.arn.rpartition("/")[2] if call.grants else "offtrail-session"
        return role | {"roleSessionName": session, "durationSeconds": LIFETIME}
    return parameters(call.kind, call.name, actor.account, place)


def _response(act: Act) -> dict[str, Any] | None:
    granted = act.call.grants
    if granted is None:
        return None
    until = datetime.fromtimestamp(act.second + LIFETIME, UTC)
    return {
        "credentials": {
            "accessKeyId": granted.credential,
            "sessionToken": TOKEN,
            "expiration": until.strftime("%b %-d, %Y, %-I:%M:%S %p"),
        },
        "assumedRoleUser": {
            "assumedRoleId": granted.identity["principalId"],
            "arn": granted.arn,
        },
    }


def _sign_in(body: dict[str, Any], call: Call) -> None:
    body["requestParameters"] = None
    body["responseElements"] = {"ConsoleLogin": "Success" if call.outcome == "ok" else "Failure"}
    body["additionalEventData"] = {
        "LoginTo": "https://console.aws.amazon.com/console/home",
        "MobileVersion": "No",
        "MFAUsed": "Yes" if call.outcome == "ok" else "No",
    }


def _resource(call: Call, actor: Actor, place: str) -> dict[str, str]:
    kinds = {"role": "AWS::IAM::Role", "bucket": "AWS::S3::Bucket", "object": "AWS::S3::Object"}
    owner = call.account or actor.account
    named = arn(call.kind, call.name, owner, place)
    return {"accountId": owner, "type": kinds[call.kind], "ARN": named}
