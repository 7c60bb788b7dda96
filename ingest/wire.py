"""A CloudTrail record as it comes: the fields that are read, free-form ones still as JSON text."""

import re
from typing import Annotated

import msgspec

NOTHING = msgspec.Raw(b"null")


class Wire(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """One record, cheap to decode; every field may be missing, old versions lack many.

    The order counts: ``reduce`` takes what belongs together as a slice.
    """

    user_identity: msgspec.Raw = NOTHING
    request_parameters: msgspec.Raw = NOTHING
    response_elements: msgspec.Raw = NOTHING
    additional_event_data: msgspec.Raw = NOTHING
    resources: msgspec.Raw = NOTHING
    event_id: str | None = msgspec.field(default=None, name="eventID")
    timestamp: str | None = msgspec.field(default=None, name="@timestamp")  # Logstash renames it
    source_ip_address: str | None = msgspec.field(default=None, name="sourceIPAddress")
    vpc_endpoint_id: str | None = None
    user_agent: str | None = None
    aws_region: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    recipient_account_id: str | None = None
    event_type: str | None = None
    event_category: str | None = None
    event_source: str | None = None
    event_name: str | None = None
    event_time: str | None = None


Said = Annotated[str, msgspec.Meta(min_length=1)]


class Call(Wire, gc=False, kw_only=True):
    """A record that says what was called and when; decoding proves it."""

    event_source: Said
    event_name: Said
    event_time: Said


class Skip(msgspec.Struct, frozen=True):
    """A record that is recognised and left out, with the reason the report counts it under."""

    reason: str


class Malformed(Skip, frozen=True):
    """A record that cannot be taken in, and goes to the quarantine; ``record`` is its text."""

    record: bytes = b""


def text(raw: msgspec.Raw) -> bytes:
    """The JSON text of a free-form field, a key to remember answers by."""
    return bytes(raw)


_SECRET = re.compile(
    rb'("(?:sessionToken|secretAccessKey)\\*"\s*:\s*\\*")(?:[^"\\]++|\\++(?!"))*+', re.IGNORECASE
)  # a sign of it may be escaped, too: what ends it is a quote, be it escaped or not


def without_tokens(record: bytes) -> bytes:
    """A record's text as it may be kept: session tokens are secrets, and go no further."""
    return _SECRET.sub(rb"\1REMOVED", record)
