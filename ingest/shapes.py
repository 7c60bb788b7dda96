"""The records in an unpacked document, whatever envelope they come in."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

from offtrail.ingest.schemas import from_ecs, from_ocsf
from offtrail.ingest.split import resplit, split
from offtrail.ingest.wire import Call, Malformed, Skip, Wire, without_tokens

NOT_JSON = "not JSON"
NO_RECORD = "not a CloudTrail record"
DEEPEST = 8  # envelopes inside envelopes
_BOM = b"\xef\xbb\xbf"
_LOG_FILE = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[')
_TABLE_HEAD = re.compile(  # a line of plain names, one of which is a column that holds records
    rb'(?=(?:[^\r\n]{0,4000},)?"?(?:_raw|CloudTrailEvent|eventJson|@?message)"?[,\r\n])[\w@." -]+'
    rb'(?:,[\w@." -]*)*+\r?\n'
)
_INSIGHT = "AwsCloudTrailInsight"

_LOOKALIKES = {  # a key that only the lookalike has
    "digestStartTime": Skip("digest-file"),
    "s3ObjectKey": Skip("delivery-notification"),
    "attacks": Skip("truth-of-a-simulation"),  # lies beside the files that `simulate` writes
    "insightDetails": Skip("insight-signal"),
    "insightType": Skip("insight-signal"),
}
_TEXTS = (  # keys whose string is the record itself, as JSON; the original before its translation
    "CloudTrailEvent",  # aws cloudtrail lookup-events
    "eventJson",  # CloudTrail Lake
    "raw_data",  # OCSF
    "event.original",  # Elastic, written with a dot
    "_raw",  # Splunk
    "message",  # Logstash, Filebeat, CloudWatch Logs
    "@message",  # CloudWatch Logs Insights
    "Message",  # SNS
    "body",  # SQS
)
_HOLDERS = {  # keys that hold records: why the rest is left out, "" where it is quarantined
    "Records": "",
    "Events": "",
    "logEvents": "",
    "hits": "",
    "_source": "",
    "result": "",
    "eventData": "",
    "event": "",
    "detail": "other-eventbridge-event",
}
_SCHEMAS: tuple[Callable[[dict[str, Any]], dict[str, Any] | None], ...] = (from_ecs, from_ocsf)


class _LogFile(msgspec.Struct, gc=False):
    records: list[Call] = msgspec.field(name="Records")


_log_file = msgspec.json.Decoder(_LogFile)
_list = msgspec.json.Decoder(list[Call])
_lines = msgspec.json.Decoder(Call)
_wire = msgspec.json.Decoder(Wire)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_BAD = (msgspec.MsgspecError, UnicodeError, RecursionError)

Found = Iterator[Wire | Skip]


def records(document: bytes) -> Found:
    """Every record of a document: a Wire, or a Skip or Malformed in its place."""
    document = document.removeprefix(_BOM)
    quick = plain(document)
    if quick is not None:
        yield from quick
    elif _TABLE_HEAD.match(document):
        yield from _table(document)
    else:
        for value in split([document]):
            yield from unwrap(value)


def plain(document: bytes) -> Sequence[Wire] | None:
    """The records of a sound log file, array or NDJSON, in one decode; None for all else."""
    try:
        if document[:1] == b"[":
            return _list.decode(document)
        if _LOG_FILE.match(document):
            found = _log_file.decode(document).records
            return found if document.count(b'"Records"') == 1 else None
        return _lines.decode_lines(document)
    except _BAD:
        return None


def is_json(document: bytes) -> bool:
    """Whether it is one JSON value, whatever it says."""
    try:
        msgspec.json.decode(document.removeprefix(_BOM))
    except _BAD:
        return False
    return True


def unwrap(value: bytes, depth: int = 0) -> Found:
    """The records in one JSON value, which may be one, or hold some."""
    try:
        record = _wire.decode(value)
    except msgspec.ValidationError as error:
        yield from _opened(value, depth, _reason(error))
    except _BAD as error:
        yield from _pieces(value, _reason(error))
    else:
        if _is_record(record):
            yield record
        else:
            lacks = "no eventTime" if record.event_name else NO_RECORD
            yield from _opened(value, depth, lacks)


def _is_record(record: Wire) -> bool:
    named = record.event_name and record.event_source
    return bool(named and (record.event_time or record.timestamp)) or record.event_type == _INSIGHT


def _reason(error: BaseException) -> str:
    """A reason that counts alike for all records with the same fault."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "invalid UTF-8"
    if isinstance(error, msgspec.ValidationError):
        return "wrong type: " + re.sub(r"\[\d+\]", "[]", str(error))
    return NOT_JSON


def _pieces(value: bytes, reason: str) -> Found:
    """A damage may have swallowed sound records: they are found where records begin."""
    parts = resplit(value)
    if len(parts) < 2:
        yield Malformed(reason, without_tokens(value))
        return
    for part in parts:
        yield from unwrap(part)


def _opened(value: bytes, depth: int, reason: str) -> Found:
    """What is inside an envelope; ``reason`` where it is none."""
    kind = value.lstrip()[:1]
    if depth < DEEPEST and kind == b"{":
        found = _inside(value, depth)
    elif depth < DEEPEST and kind == b"[":
        found = _each(value, depth)
    elif depth < DEEPEST and kind == b'"':
        found = _said(value, depth)
    else:
        found = None
    yield from found or iter((Malformed(reason, without_tokens(value)),))


def _joined(envelope: bytes) -> bytes:
    """An object that says Records twice, with the lists as one: a decoder keeps the last alone."""
    if envelope.count(b'"Records"') < 2:
        return envelope
    try:
        whole = json.loads(envelope, object_pairs_hook=_all_records)
        return json.dumps(whole, allow_nan=False).encode()
    except (ValueError, RecursionError):  # no JSON, or a number beyond a double's
        return envelope


def _all_records(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    lists = [value for key, value in pairs if key == "Records" and isinstance(value, list)]
    return dict(pairs) | ({"Records": [*chain(*lists)]} if len(lists) > 1 else {})


def _inside(value: bytes, depth: int) -> Found | None:
    value = _joined(value)
    try:
        body = _object.decode(value)
    except _BAD:
        return None
    for key, lookalike in _LOOKALIKES.items():
        if key in body:
            return iter((lookalike,))
    for text in _texts(body):
        found = _said(text, depth)
        if found is not None:
            return found
    return _translated(value) or _held(body, depth)


def _texts(body: dict[str, msgspec.Raw]) -> Iterator[bytes]:
    for key in _TEXTS:
        if key in body:
            yield bytes(body[key])
    try:  # Elastic, nested
        yield bytes(_object.decode(body["event"])["original"])
    except (KeyError, *_BAD):
        return


def _said(value: bytes, depth: int) -> Found | None:
    """JSON inside a JSON string."""
    try:
        text = _text.decode(value).encode().strip()
    except _BAD:
        return None
    return unwrap(text, depth + 1) if text[:1] in (b"{", b"[") else None


def _translated(value: bytes) -> Found | None:
    try:
        body = msgspec.json.decode(value)
    except _BAD:
        return None
    for schema in _SCHEMAS:
        record = schema(body)
        if record is not None:
            return unwrap(msgspec.json.encode(record), DEEPEST)
    return None


def _held(body: dict[str, msgspec.Raw], depth: int) -> Found | None:
    for key, otherwise in _HOLDERS.items():
        if key in body and bytes(body[key])[:1] in (b"{", b"["):
            found = unwrap(bytes(body[key]), depth + 1)
            return _others(found, otherwise) if otherwise else found
    return None


def _others(found: Found, reason: str) -> Found:
    for record in found:
        other = isinstance(record, Malformed) and record.reason == NO_RECORD
        yield Skip(reason) if other else record


def _each(value: bytes, depth: int) -> Found | None:
    try:
        values = _array.decode(value)
    except _BAD:
        return None
    return (record for inner in values for record in unwrap(bytes(inner), depth + 1))


def _table(document: bytes) -> Found:
    """A CSV with a column of JSON, as Splunk and the AWS console export."""
    text = io.StringIO(document.decode("utf-8", "replace"), newline="")
    previous = csv.field_size_limit(len(document) + 1)
    try:
        for row in csv.DictReader(text):
            yield from unwrap(msgspec.json.encode({k: v for k, v in row.items() if k and v}))
    except csv.Error:
        yield Malformed("not CSV")
    finally:
        csv.field_size_limit(previous)
