"""The same records come out of every envelope, and what is none is named."""

import csv
import gzip
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.ingest.event import Event
from offtrail.ingest.parse import parse_event
from offtrail.ingest.shapes import plain, records, unwrap
from offtrail.ingest.wire import Malformed, Skip, Wire

Record = dict[str, Any]
WORD = st.text(min_size=1, max_size=8)
RECORD = st.fixed_dictionaries(
    {
        "eventVersion": st.just("1.11"),
        "eventName": WORD,
        "eventSource": WORD.map("{}.amazonaws.com".format),
        "eventTime": st.just("2026-03-02T09:15:00Z"),
        "eventID": st.uuids(version=4).map(str) | st.just("1"),
        "userIdentity": st.fixed_dictionaries(
            {"type": st.just("IAMUser"), "arn": WORD, "accountId": st.just("111122223333")}
        ),
        "requestParameters": st.none() | st.dictionaries(WORD, WORD, max_size=3),
    },
    optional={"errorCode": WORD, "errorMessage": WORD, "userAgent": WORD, "awsRegion": WORD},
)


def lines(values: list[Any]) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def table(records: list[Record]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["_time", "_raw"])
    rows.writerows(["now", json.dumps(record)] for record in records)
    return out.getvalue()


ENVELOPES: dict[str, Callable[[list[Record]], str]] = {
    "log file": lambda rs: json.dumps({"Records": rs}),
    "pretty log file": lambda rs: json.dumps({"Records": rs}, indent=2),
    "array": json.dumps,
    "NDJSON": lines,
    "concatenated": lambda rs: "".join(json.dumps(r, indent=1) for r in rs),
    "log files, one a line": lambda rs: lines([{"Records": [r]} for r in rs]),
    "EventBridge": lambda rs: lines([{"detail-type": "AWS API Call", "detail": r} for r in rs]),
    "lookup-events": lambda rs: json.dumps(
        {"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(r)} for r in rs]}
    ),
    "a page of lookup-events": lambda rs: json.dumps(
        {"NextToken": "x", "Events": [{"CloudTrailEvent": json.dumps(r)} for r in rs]}
    ),
    "message": lambda rs: lines([{"message": json.dumps(r), "host": "a"} for r in rs]),
    "Elastic original": lambda rs: lines([{"event": {"original": json.dumps(r)}} for r in rs]),
    "Elastic dump": lambda rs: json.dumps(
        {"hits": {"hits": [{"_source": {"event.original": json.dumps(r)}} for r in rs]}}
    ),
    "OCSF raw": lambda rs: lines([{"class_uid": 6003, "raw_data": json.dumps(r)} for r in rs]),
    "SNS in SQS": lambda rs: lines(
        [{"body": json.dumps({"Message": json.dumps({"Records": [r]})})} for r in rs]
    ),
    "Splunk JSON": lambda rs: lines([{"result": {"_raw": json.dumps(r)}} for r in rs]),
    "Splunk CSV": table,
}


def events(document: str) -> list[Event | Skip]:
    found = records(document.encode())
    return [parse_event(r) if isinstance(r, Wire) else r for r in found]


@pytest.mark.parametrize("envelope", ENVELOPES)
@given(recorded=st.lists(RECORD, min_size=1, max_size=3))
def test_every_envelope_gives_the_same_events(envelope: str, recorded: list[Record]) -> None:
    assert events(ENVELOPES[envelope](recorded)) == events(lines(recorded))
    assert all(isinstance(event, Event) for event in events(lines(recorded)))


def test_a_byte_order_mark_is_no_record() -> None:
    record = {"eventName": "A", "eventSource": "a", "eventTime": "2026-03-02T09:15:00Z"}
    marked = b"\xef\xbb\xbf" + json.dumps({"Records": [record]}).encode()
    assert len(plain(marked.removeprefix(b"\xef\xbb\xbf")) or ()) == 1
    assert [isinstance(r, Wire) for r in records(marked)] == [True]


def test_envelopes_inside_envelopes_end_somewhere() -> None:
    value: Any = {"message": json.dumps({"message": json.dumps({"no": "record"})})}
    for _ in range(100):
        value = {"detail": [value]}
    assert [isinstance(r, Skip) for r in unwrap(json.dumps(value).encode())] == [True]


def test_a_damaged_record_in_an_envelope_is_quarantined_and_another_kind_of_event_skipped() -> None:
    damaged = {"eventName": "A", "eventSource": "a", "eventTime": 7}
    found = list(records(lines([{"detail": damaged}, {"detail": {"state": "running"}}]).encode()))
    assert [isinstance(r, Malformed) for r in found] == [True, False]


def test_a_log_of_plain_words_is_no_table() -> None:
    for document in (b"a message, and more: of it\n1,2\n", b"hello message\n"):
        found = list(records(document))
        assert found
        assert all(isinstance(r, Malformed) for r in found)


def test_a_heading_of_plain_words_costs_none_of_the_records_below_it() -> None:
    record = {"eventName": "A", "eventSource": "a", "eventTime": "2026-03-02T09:15:00Z"}
    found = list(records(b"the message\n" + lines([record, record]).encode()))
    assert [isinstance(r, Wire) for r in found] == [False, True, True]


def test_a_truncated_log_file_gives_the_records_before_the_cut() -> None:
    record = {"eventName": "A", "eventSource": "a", "eventTime": "2026-03-02T09:15:00Z"}
    whole = json.dumps({"Records": [record] * 3})
    found = list(records(whole[:-40].encode()))
    assert [isinstance(r, Wire) for r in found] == [True, True, False]


EXPECTED = {  # files of the development data whose records are not all events
    "doc-examples.ndjson": Counter(
        {"": 18, "insight-signal": 5, "service-event": 2, "not a CloudTrail record": 2}
    ),
    "ec2-duty-event.json": Counter({"other-eventbridge-event": 1}),
    "event-instance-state.json": Counter({"other-eventbridge-event": 1}),
    "event-cloud-trail-bedrock-create-customization-jobs.json": Counter({"no eventTime": 1}),
    "1_04.json": Counter({"service-event": 1}),
}


def test_every_real_file_is_accounted_for(shared_data: Path) -> None:
    files = [p for p in sorted(shared_data.rglob("*")) if p.suffix in {".json", ".ndjson", ".gz"}]
    assert len(files) > 40
    for file in files:
        data = file.read_bytes()
        document = gzip.decompress(data) if file.suffix == ".gz" else data
        found = [parse_event(r) if isinstance(r, Wire) else r for r in records(document)]
        reasons = Counter(r.reason if isinstance(r, Skip) else "" for r in found)
        assert reasons == EXPECTED.get(file.name, Counter({"": len(found)})), file.name
        assert found


def test_logstash_records_of_a_real_incident_are_events(shared_data: Path) -> None:
    with zipfile.ZipFile(shared_data / "shapes/otrf/ec2_proxy_s3_exfiltration.zip") as archive:
        found = list(records(archive.read(archive.namelist()[0])))
    parsed = [parse_event(r) for r in found if isinstance(r, Wire)]
    kept = [event for event in parsed if isinstance(event, Event)]
    assert len(kept) == len(found) > 100
    assert any(fact.relation == "HELD" for event in kept for fact in event.facts)
    assert not any(isinstance(r, Malformed) for r in found)
