"""A record as an Event: the pieces put together. Each piece remembers its answers by raw text."""

from typing import NamedTuple

import msgspec

from offtrail.ingest.address import source
from offtrail.ingest.agent import agent
from offtrail.ingest.apiname import api, service
from offtrail.ingest.denial import Denial, denial
from offtrail.ingest.errorclass import error_class
from offtrail.ingest.event import ErrorClass, Event, Fact, Identity
from offtrail.ingest.eventid import event_id
from offtrail.ingest.facts import call_facts, instance_facts
from offtrail.ingest.identity import identity
from offtrail.ingest.resource import Place, denied_target, target
from offtrail.ingest.timestamp import seconds
from offtrail.ingest.wire import Malformed, Skip, Wire, text

_BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_EXACT = ("arn:", "instance:")
_SIGN_IN = "signin.amazonaws.com"
_SIGN_IN_SERVICES = {_SIGN_IN, "sso.amazonaws.com"}
_NO_CALLS = {  # eventType: records that are no API call by a principal
    "AwsCloudTrailInsight": Skip("insight-signal"),
    "AwsServiceEvent": Skip("service-event"),
    "AwsConsoleAction": Skip("console-action"),
}
_NOTIFICATION = Skip("s3-notification")
_NAMELESS = Malformed("no eventName or eventSource")
_TIMELESS = Malformed("no readable eventTime")
_WHOLE = Malformed("unreadable userIdentity")


class Outcome(NamedTuple):
    """How a call ended: all "" for success."""

    code: str = ""
    error_class: ErrorClass = ""
    denial: Denial = Denial()


_SUCCESS = Outcome()


def parse_event(record: Wire) -> Event | Skip:
    """The record as an Event, or why it is none: a Skip is left out, a Malformed quarantined."""
    skip = skipped(record)
    if skip is not None:
        return skip
    time = seconds(record.event_time or record.timestamp or "")
    if time is None:
        return _TIMELESS
    try:
        who = caller(record)
    except _BAD:
        return _WHOLE
    ended = outcome(record)
    account = record.recipient_account_id or who.account
    where = source(record.source_ip_address or "", record.vpc_endpoint_id or "")
    return Event(
        id=event_id(record),
        event_id=record.event_id or "",
        time=time,
        account=account,
        region=record.aws_region or "",
        identity=who,
        api=api(record.event_source or "", record.event_name or ""),
        code=ended.code,
        error_class=ended.error_class,
        reason=ended.denial.reason,
        source=where,
        resource=resource(record, account, ended.denial),
        agent=agent(record.user_agent or ""),
        facts=facts(record, who, where, ended.code),
    )


def skipped(record: Wire) -> Skip | None:
    """Why a record is no call; None where it is one."""
    if record.event_type in _NO_CALLS and record.event_source not in _SIGN_IN_SERVICES:
        return _NO_CALLS[record.event_type]
    if record.event_category == "Insight":
        return _NO_CALLS["AwsCloudTrailInsight"]
    if not record.event_name or not record.event_source:
        return _NAMELESS
    return _NOTIFICATION if record.event_source == "aws:s3" else None


def caller(record: Wire) -> Identity:
    """Who called; a sign-in says beside its identity whether a second factor was used.

    Raises:
        msgspec.DecodeError, RecursionError, UnicodeDecodeError: userIdentity cannot be read.
    """
    who = identity(text(record.user_identity))
    if record.event_source == _SIGN_IN and _told(record.additional_event_data, "MFAUsed") == "yes":
        return msgspec.structs.replace(who, mfa=True)
    return who


def outcome(record: Wire) -> Outcome:
    """How the call ended: by its errorCode, or by a sign-in's response."""
    code = record.error_code
    if code is None and record.event_source == _SIGN_IN:
        code = _failed_sign_in(record)
    if not code or code.lower() == "success":  # Splunk's exports write a code for success
        return _SUCCESS
    message = record.error_message or ""
    found = error_class(code, message)
    return Outcome(code, found, denial(message) if found == "denied" and message else Denial())


def _failed_sign_in(record: Wire) -> str:
    """A failed ConsoleLogin has no errorCode: ``ConsoleLoginFailure`` stands for one."""
    said = _told(record.response_elements, record.event_name or "")
    failed = said == "failure" or (said == "" and record.error_message)
    return f"{record.event_name}Failure" if failed else ""


def _told(raw: msgspec.Raw, field: str) -> str:
    try:
        body = msgspec.json.decode(raw)
    except _BAD:
        return ""
    return str(body.get(field) or "").lower() if isinstance(body, dict) else ""


def resource(record: Wire, account: str, denied: Denial) -> str:
    """What the call was about: a denial's own words first, unless they name no single thing."""
    place = Place(service(record.event_source or ""), record.aws_region or "", account)
    said, exact = denied_words(place, denied)
    if exact:
        return said
    return target(place, text(record.resources), text(record.request_parameters)) or said


def denied_words(place: Place, denied: Denial) -> tuple[str, bool]:
    """What a denial names, and whether it is one single thing."""
    said = denied_target(place, denied.resource, denied.action) if denied.resource else ""
    return said, said.startswith(_EXACT) and not said.endswith("*")


def facts(record: Wire, who: Identity, where: str, code: str) -> tuple[Fact, ...]:
    """What the record proves beside its call."""
    held = instance_facts(who, where)
    if code:
        return held
    name, asked, given = record.event_name, record.request_parameters, record.response_elements
    return held + call_facts(name or "", who, asked, given)
