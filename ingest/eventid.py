"""Sixteen bytes that stand for a record: its UUID, or a digest where its eventID is none."""

from hashlib import blake2b
from typing import Any

import msgspec

from offtrail.ingest.wire import Wire, text

_VARIANT = 19  # where a UUID says that it is one (RFC 9562); placeholders seldom do
_BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_NESTED = ("user_identity", "request_parameters", "resources")
_PLAIN = (
    "event_id",
    "event_time",
    "timestamp",
    "event_source",
    "event_name",
    "aws_region",
    "recipient_account_id",
    "source_ip_address",
    "user_agent",
    "error_code",
    "error_message",
)


def event_id(record: Wire) -> bytes:
    """The same for a record read twice, another for another record, even where both say "1"."""
    written = record.event_id
    if written is not None and len(written) == 36 and written[_VARIANT] in "89abAB":
        try:
            unique = bytes.fromhex(written.replace("-", ""))
        except ValueError:
            unique = b""
        if len(unique) == 16:
            return unique
    return _digest(record)


def _digest(record: Wire) -> bytes:
    told: list[Any] = [getattr(record, name) for name in _PLAIN]
    told += [_parsed(text(getattr(record, name))) for name in _NESTED]
    return blake2b(msgspec.json.encode(told, order="sorted"), digest_size=16).digest()


def _parsed(raw: bytes) -> Any:
    """Without the spaces and the order in which a file happens to write it."""
    try:
        return msgspec.json.decode(raw)
    except _BAD:
        return raw
