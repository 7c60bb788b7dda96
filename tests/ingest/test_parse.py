"""Parsing answers for every record, says nothing secret, and knows no account by its number."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.ingest.event import Event
from offtrail.ingest.parse import parse_event
from offtrail.ingest.shapes import records, unwrap
from offtrail.ingest.wire import Malformed, Skip, Wire, without_tokens
from tests.ingest.trail import event

WORDS = """AWSService IAMUser AssumedRole Root AWSAccount i-0123456789abcdef0 * Failure success
arn:aws:sts::111122223333:assumed-role/a/i-01234567 signin.amazonaws.com sts.amazonaws.com
s3.amazonaws.com ConsoleLogin AssumeRole RunInstances AccessDenied 2026-01-01T00:00:00Z"""
DENIED = "User is not authorized to perform: a:b on resource: x"
TEXT = st.text(max_size=12) | st.sampled_from([*WORDS.split(), DENIED])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = [field.encode_name for field in msgspec.structs.fields(Wire)]
INNER = ["type", "arn", "accountId", "principalId", "accessKeyId", "invokedBy", "sessionContext"]
INNER += ["sessionIssuer", "attributes", "mfaAuthenticated", "credentials", "instancesSet", "items"]
RECORDS = st.dictionaries(
    st.sampled_from(FIELDS), JSON | st.dictionaries(st.sampled_from(INNER), JSON)
)


def answer(record: dict[str, Any]) -> list[Event | Skip]:
    found = unwrap(msgspec.json.encode(record))
    return [parse_event(r) if isinstance(r, Wire) else r for r in found]


@given(RECORDS)
def test_every_record_has_an_answer(record: dict[str, Any]) -> None:
    for found in answer(record):
        assert isinstance(found, Event | Skip)
        msgspec.json.encode(found)  # holds nothing but text that can be kept


@given(JSON)
def test_every_json_value_has_an_answer(value: object) -> None:
    assert all(isinstance(r, Wire | Skip) for r in records(msgspec.json.encode(value)))


@given(st.binary(max_size=200))
def test_every_string_of_bytes_has_an_answer(data: bytes) -> None:
    assert all(isinstance(r, Wire | Skip) for r in records(data))


def test_a_record_nested_beyond_reason_is_quarantined_alone() -> None:
    deep = b'{"eventName":"A","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    good = b'{"eventName":"A","eventSource":"a","eventTime":"2026-01-01T00:00:00Z"}'
    found = list(records(b'{"Records":[' + deep + b"," + good + b"]}"))
    assert [getattr(r, "reason", "") for r in found] == ["nested too deeply", ""]


def test_invalid_utf8_and_huge_numbers_cost_one_record() -> None:
    bad = b'{"eventName":"\xff","eventSource":"a","eventTime":"2026-01-01T00:00:00Z"}'
    huge = b'{"eventName":' + b"9" * 5000 + b"}"
    good = b'{"eventName":"A","eventSource":"a","eventTime":"2026-01-01T00:00:00Z"}'
    found = list(records(b"[" + bad + b"," + huge + b"," + good + b"]"))
    assert [isinstance(r, Wire) for r in found] == [False, False, True]
    assert all(isinstance(r, Malformed) and r.reason for r in found[:2])


def rename(value: str) -> str:
    """Two accounts trade places."""
    mark = value.replace("111122223333", "\0").replace("444455556666", "111122223333")
    return mark.replace("\0", "444455556666")


def test_renaming_accounts_changes_nothing_else() -> None:
    trails = Path(__file__).parents[1] / "trails"
    files = [*trails.glob("*/events.json"), *trails.glob("*/events.ndjson")]
    assert len(files) > 30
    for file in files:
        here = [parse_event(r) for r in records(file.read_bytes()) if isinstance(r, Wire)]
        renamed = rename(file.read_text()).encode()
        there = [parse_event(r) for r in records(renamed) if isinstance(r, Wire)]
        assert [without_id(e) for e in there] == [rename(without_id(e)) for e in here]


def without_id(answer: Event | Skip) -> str:
    if isinstance(answer, Event):  # an id can be a digest of what was renamed
        answer = msgspec.structs.replace(answer, id=b"")
    return msgspec.json.encode(answer).decode()


def test_session_tokens_are_taken_out_of_what_is_kept() -> None:
    inner = json.dumps({"credentials": {"sessionToken": "SECRET/1+2==", "accessKeyId": "ASIAX"}})
    wrapped = json.dumps({"message": inner})
    for text in (inner, wrapped, inner[:35]):
        kept = without_tokens(text.encode())
        assert b"SECRET" not in kept
        assert b"REMOVED" in kept
    assert b"ASIAX" in without_tokens(wrapped.encode())


@pytest.mark.parametrize("name", ["sessionToken", "SessionToken", "secretAccessKey"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_secret_is_taken_out_whole_however_its_signs_are_escaped(name: str, depth: int) -> None:
    text = f'{{"{name}": "SECRET\\/SECRET\\u003dSECRET", "accessKeyId": "ASIAX"}}'
    for _ in range(depth):
        text = json.dumps({"message": text})
    kept = without_tokens(text.encode())
    assert b"SECRET" not in kept
    for _ in range(depth):
        kept = json.loads(kept)["message"]
    assert json.loads(kept) == {name: "REMOVED", "accessKeyId": "ASIAX"}


@pytest.mark.timeout(30)  # where time grew with the square, an hour would not do
@pytest.mark.parametrize(
    ("field", "sign"), [("errorCode", "Max"), ("errorMessage", " "), ("userAgent", "\\")]
)
def test_no_text_takes_longer_than_its_length_explains(field: str, sign: str) -> None:
    encoded = msgspec.json.encode(event(0) | {field: sign * 1_000_000})
    assert isinstance(parse_event(msgspec.json.decode(encoded, type=Wire)), Event)
    assert without_tokens(encoded) == encoded


@pytest.mark.parametrize(("name", "errors"), [("background-2017", 1225), ("background-2014", 56)])
def test_every_error_of_a_real_trail_has_a_code(shared_data: Path, name: str, errors: int) -> None:
    events = real(shared_data / f"{name}.ndjson.gz")
    assert sum(bool(event.code) for event in events) == errors
    assert all(event.error_class for event in events if event.code)
    assert not any(event.error_class for event in events if not event.code)


def test_denials_of_real_trails_name_action_and_resource(shared_data: Path) -> None:
    names = ["background-2014", "background-2017", "attacks-stratus", "attacks-traildiscover"]
    events = [e for name in names for e in real(shared_data / f"{name}.ndjson.gz")]
    denied = [event for event in events if event.error_class == "denied"]
    reasons = Counter(event.reason for event in denied)
    assert reasons["identity-policy"] > 100
    assert sum(bool(event.resource) for event in denied) > 0.65 * len(denied)
    assert not any("Encoded" in event.resource for event in denied)


def real(file: Path) -> list[Event]:
    found = list(records(gzip.decompress(file.read_bytes())))
    events = [parse_event(r) for r in found if isinstance(r, Wire)]
    kept = [event for event in events if isinstance(event, Event)]
    assert len(kept) == len(found)
    return kept
