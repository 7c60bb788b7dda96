"""Reading in one pass gives exactly what reading record by record gives."""

import gzip
import io
import json
import random
import tarfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offtrail.ingest import known
from offtrail.ingest.activity import FACT_KEY, KEY, Partial
from offtrail.ingest.event import Event
from offtrail.ingest.evidence import EMPTY, merge
from offtrail.ingest.keys import Key
from offtrail.ingest.parse import parse_event
from offtrail.ingest.partial import Settings, calls, partial, take_in
from offtrail.ingest.reduce import Reducer
from offtrail.ingest.shapes import records
from offtrail.ingest.sources import open_sources
from offtrail.ingest.timestamp import written
from offtrail.ingest.unpack import unpack
from offtrail.ingest.wire import Skip

Rows = dict[Key, set[tuple[int, bytes]]]


def rows(table: Any, width: int) -> Rows:
    """A table as its meaning: the evidence by key."""
    found = {}
    for row in table.to_pylist():
        key = tuple(list(row.values())[:width])
        assert key not in found
        found[key] = set(zip(row["seconds"], row["ids"], strict=True))
        assert len(found[key]) == len(row["ids"])
    return found


def one_by_one(documents: list[bytes]) -> tuple[Rows, Rows, Counter[str]]:
    """Records parsed singly and grouped in the plainest way: what ``partial`` must equal."""
    chosen: dict[bytes, tuple[int, Key]] = {}
    facts: dict[tuple[Key, bytes], int] = {}
    skips: Counter[str] = Counter()
    for document in documents:
        for record in records(document):
            event = record if isinstance(record, Skip) else parse_event(record)
            if isinstance(event, Skip):
                skips[event.reason] += 1
                continue
            key = calls_key(event)
            chosen[event.id] = min(chosen.get(event.id, (event.time, key)), (event.time, key))
            for fact in event.facts:
                at = (event.time // 3600, event.account, fact.relation, fact.subject, fact.object)
                facts[at, event.id] = min(facts.get((at, event.id), event.time), event.time)
    activities: Rows = defaultdict(set)
    for id, (second, key) in chosen.items():
        activities[second // 3600, *key].add((second, id))
    told: Rows = defaultdict(set)
    for (at, id), second in facts.items():
        told[at].add((second, id))
    return dict(activities), dict(told), skips


def calls_key(event: Event) -> Key:
    who = event.identity
    values = {
        "account": event.account,
        "region": event.region,
        "principal": who.principal,
        "kind": who.kind,
        "principal_account": who.account,
        "session": who.session,
        "credential": who.credential,
        "api": event.api,
        "code": event.code,
        "error_class": event.error_class,
        "reason": event.reason,
        "source": event.source,
        "instance": who.instance,
        "resource": event.resource,
        "agent": event.agent,
        "via": who.via,
        "mfa": who.mfa,
    }
    return tuple(values[name] for name in KEY.names[1:])


def meaning(found: Partial) -> tuple[Rows, Rows]:
    return rows(found.activities, len(KEY)), rows(found.facts, len(FACT_KEY))


def test_every_real_file_reduces_to_what_its_records_parse_to(shared_data: Path) -> None:
    for source in open_sources([str(shared_data)]):
        with source.open() as file:
            documents = [b"".join(member.pieces) for member in unpack(file)]
        if documents[0].lstrip()[:1] not in b"{[":
            continue
        activities, facts, skips = one_by_one(documents)
        (taken,) = take_in([source], Settings())
        assert meaning(taken.partial) == (activities, facts), source.uri
        assert Counter(taken.records.skipped) + Counter(taken.records.quarantined) == skips


def test_all_real_files_together_reduce_to_what_their_records_parse_to(shared_data: Path) -> None:
    sources = [s for s in open_sources([str(shared_data)]) if "json" in s.uri]
    documents = []
    for source in sources:
        with source.open() as file:
            documents += [b"".join(member.pieces) for member in unpack(file)]
    assert meaning(partial(sources)) == one_by_one(documents)[:2]


TEXTS = st.sampled_from(["", "a", "é", "1", "arn:aws:iam::111122223333:user/ann"])
MAYBE = st.none() | TEXTS
IDENTITIES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["IAMUser", "AssumedRole", "AWSService", "AWSAccount", "Root", ""]),
        "arn": st.sampled_from(
            [
                "arn:aws:iam::111122223333:user/ann",
                "arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0",
            ]
        )
        | MAYBE,
        "principalId": MAYBE,
        "accountId": st.sampled_from(["111122223333", "444455556666", ""]),
        "accessKeyId": st.sampled_from(["ASIA1", "AKIA2"]) | MAYBE,
        "userName": MAYBE,
        "invokedBy": st.sampled_from(["lambda.amazonaws.com", "signin.amazonaws.com"]) | MAYBE,
    },
)
PARAMETERS = st.none() | st.dictionaries(
    st.sampled_from(["bucketName", "roleName", "userName", "instanceId", "roleArn", "publicIp"]),
    TEXTS | st.integers(0, 3) | st.lists(TEXTS, max_size=2),
    max_size=3,
)
RESPONSES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "credentials": st.fixed_dictionaries({"accessKeyId": st.sampled_from(["ASIA1", "ASIA9"])}),
        "ConsoleLogin": st.sampled_from(["Failure", "Success"]),
    },
)
NAMED = st.sampled_from(
    [
        ("sts.amazonaws.com", "AssumeRole"),
        ("sts.amazonaws.com", "GetCallerIdentity"),
        ("iam.amazonaws.com", "GetUser"),
        ("s3.amazonaws.com", "GetObject"),
        ("signin.amazonaws.com", "ConsoleLogin"),
        ("ec2.amazonaws.com", "AssociateAddress"),
        ("aws:s3", "ObjectCreated:Put"),
    ]
)
TIMES = st.sampled_from(
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:59:59Z",
        "2026-01-01T01:00:00Z",
        "2026-01-01 00:00:00",
        "never",
    ]
)
RESOURCES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["AWS::S3::Bucket", "AWS::S3::Object", "AWS::KMS::Key"]),
            "ARN": st.sampled_from(
                ["arn:aws:s3:::logs", "arn:aws:s3:::logs/a{b", 'arn:aws:s3:::logs/"}', "logs", ""]
            ),
            "accountId": st.just("111122223333"),
            "x": st.sampled_from(["AWS::S3::Bucket", '"type":"AWS::S3::Bucket"', "{", "é"]),
        },
    ),
    max_size=3,
)
RECORDS = st.builds(
    lambda named, fields: {"eventSource": named[0], "eventName": named[1], **fields},
    NAMED,
    st.fixed_dictionaries(
        {
            "eventTime": TIMES,
            "eventID": st.uuids().map(str) | st.sampled_from(["1", str(list(range(9)))]),
        },
        optional={
            "userIdentity": IDENTITIES | st.sampled_from([None, "x", {"type": 5}]),
            "awsRegion": st.sampled_from(["us-east-1", "eu-west-1"]),
            "recipientAccountId": st.sampled_from(["111122223333", "444455556666"]),
            "sourceIPAddress": st.sampled_from(["198.51.100.7", "10.0.0.1", "AWS Internal"]),
            "vpcEndpointId": st.just("vpce-0a"),
            "userAgent": st.sampled_from(["aws-cli/2.0", "[aws-cli/2.1]", ""]),
            "errorCode": st.sampled_from(["AccessDenied", "NoSuchBucket", "success"]),
            "errorMessage": st.sampled_from(
                [
                    "User: x is not authorized to perform: iam:GetUser on resource: user ann",
                    "Failed authentication",
                ]
            ),
            "eventType": st.sampled_from(["AwsApiCall", "AwsServiceEvent", "AwsVpceEvent"]),
            "eventCategory": st.sampled_from(["Management", "Insight"]),
            "requestParameters": PARAMETERS,
            "responseElements": RESPONSES,
            "additionalEventData": st.none() | st.just({"MFAUsed": "Yes"}),
            "resources": st.none() | RESOURCES,
        },
    ),
)


@pytest.mark.parametrize(("memory", "kinds"), [(known.MEMORY, known.KINDS), (1, 0), (5000, 2)])
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every example sets the same
)
@given(st.lists(st.tuples(st.lists(RECORDS, max_size=8), st.booleans()), max_size=5))
def test_made_records_reduce_to_what_they_parse_to_whenever_memory_is_full(
    monkeypatch: pytest.MonkeyPatch,
    memory: int,
    kinds: int,
    parts: list[tuple[list[dict[str, Any]], bool]],
) -> None:
    monkeypatch.setattr(known, "MEMORY", memory)
    monkeypatch.setattr(known, "KINDS", kinds)
    documents = [json.dumps({"Records": part}).encode() for part, _ in parts]
    reducer, merged, calls = Reducer(), EMPTY, 0
    skips: Counter[str] = Counter()
    for document, (_, hands_out) in zip(documents, parts, strict=True):
        found = list(records(document))
        good = [record for record in found if not isinstance(record, Skip)]
        skips.update(skip.reason for _, skip in reducer.add(good))
        skips.update(skip.reason for skip in found if isinstance(skip, Skip))
        if hands_out:
            reduced = reducer.take()
            merged, calls = merge(merged, reduced.partial), calls + reduced.calls
    reduced = reducer.take()
    merged, calls = merge(merged, reduced.partial), calls + reduced.calls
    activities, facts, expected = one_by_one(documents)
    assert meaning(merged) == (activities, facts)
    assert skips == expected
    assert calls == sum(len(list(records(document))) for document in documents) - sum(
        expected.values()
    )


def event(number: int, **fields: object) -> dict[str, object]:
    return {
        "eventVersion": "1.08",
        "eventID": f"00000000-0000-0000-0000-{number:012}",
        "eventTime": written(1_767_225_600 + number),
        "eventSource": "iam.amazonaws.com",
        "eventName": "GetUser",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"},
        **fields,
    }


def write(path: Path, events: list[dict[str, object]]) -> Path:
    path.write_bytes(gzip.compress(json.dumps({"Records": events}).encode()))
    return path


def test_parts_merge_to_the_whole_however_they_are_cut(tmp_path: Path) -> None:
    paths = [
        str(write(tmp_path / f"{i}.json.gz", [event(i * 40 + j) for j in range(60)]))
        for i in range(4)
    ]
    whole = partial(paths)
    left = merge(merge(partial(paths[:1]), partial(paths[1:3])), partial(paths[3:]))
    right = merge(partial(paths[2:]), merge(partial([paths[1]]), partial([paths[0]])))
    assert whole == left == right == merge(whole, EMPTY)


def test_of_long_texts_that_disagree_about_an_id_the_same_stands_however_they_are_cut(
    tmp_path: Path,
) -> None:
    for i in range(9):
        arn = "arn:aws:s3:::" + "x" * 3000 + str(i) * 2000
        same = event(1, eventID="00000000-0000-4000-8000-000000000001", resources=[{"ARN": arn}])
        write(tmp_path / f"{i}.json.gz", [same])
    sources = list(open_sources([str(tmp_path)]))
    merged = EMPTY
    for part in take_in(sources, Settings(calls=1)):
        merged = merge(merged, part.partial)
    assert merged == partial(sources)


@pytest.mark.parametrize("calls", [1, 50, 1000])
def test_hand_outs_of_any_size_merge_to_the_same(tmp_path: Path, calls: int) -> None:
    write(tmp_path / "a.json.gz", [event(i) for i in range(100)])
    write(tmp_path / "b.json.gz", [event(i) for i in range(90, 200)])
    sources = list(open_sources([str(tmp_path)]))
    parts = list(take_in(sources, Settings(calls=calls)))
    merged = EMPTY
    for part in parts:
        merged = merge(merged, part.partial)
    assert merged == partial(sources)
    assert sum(part.records.read for part in parts) == 210
    assert [done.records for part in parts for done in part.files] == [100, 110]


def test_no_more_than_a_hundred_thousand_calls_and_a_document_are_held_at_once(
    tmp_path: Path,
) -> None:
    telling = ("eventID", "eventTime", "eventSource", "eventName")
    line = json.dumps({name: event(1)[name] for name in telling}) + "\n"
    for number in range(5):
        of = (line.replace("-000000000001", f"-{number * 30_000 + i:012x}") for i in range(30_000))
        (tmp_path / f"{number}.ndjson").write_text("".join(of))
    parts = take_in(list(open_sources([str(tmp_path)])), Settings())
    assert [part.records.read for part in parts] == [120_000, 30_000]


def test_a_large_file_is_handed_out_in_parts_and_is_done_with_the_last(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(event(i)) for i in range(2000))
    (tmp_path / "a.ndjson").write_text(lines)
    parts = list(take_in(list(open_sources([str(tmp_path)])), Settings(calls=300, piece=1 << 16)))
    assert len(parts) > 3
    assert [len(part.files) for part in parts[:-1]] == [0] * (len(parts) - 1)
    assert parts[-1].files[0].records == 2000


def test_a_large_document_of_one_line_is_read_piece_by_piece(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json.gz", [event(i) for i in range(2000)])
    assert partial([str(path)]) == partial([str(path)])
    parts = list(take_in(list(open_sources([str(path)])), Settings(calls=300, piece=1 << 16)))
    assert len(parts) > 3
    merged = EMPTY
    for part in parts:
        merged = merge(merged, part.partial)
    assert merged == partial([str(path)])


def test_a_bad_record_of_a_large_document_costs_itself_and_its_place_is_told(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "a.json", [event(i) if i != 700 else {"eventName": 5} for i in range(900)]
    )
    (taken,) = take_in(list(open_sources([str(path)])), Settings(piece=1 << 16))
    assert taken.records.read == 900
    assert calls(taken.partial) == 899
    assert [(reject.source, reject.offset) for reject in taken.rejects] == [(str(path), 700)]


def tarred(path: Path, *files: bytes) -> Path:
    with tarfile.open(path, "w") as archive:
        for number, data in enumerate(files):
            info = tarfile.TarInfo(f"{number}.json")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_a_file_cut_short_in_an_archive_hides_no_bad_record_of_the_next(tmp_path: Path) -> None:
    whole = json.dumps({"Records": [event(1), event(2)]}).encode()
    cut = gzip.compress(random.Random(1).randbytes(999).hex().encode())[:-99]  # noqa: S311
    path = tarred(tmp_path / "two.tar", cut, whole[:-30])
    (taken,) = take_in(list(open_sources([str(path)])), Settings())
    assert taken.records.quarantined == {"not JSON": 1}
    assert taken.records.read == 2


def test_all_files_of_a_source_unpack_to_no_more_than_may_be(tmp_path: Path) -> None:
    files = [gzip.compress(json.dumps({"Records": [event(n)]}).encode()) for n in range(9)]
    most = 3 * len(gzip.decompress(files[0]))
    path = tarred(tmp_path / "many.tar", *files)
    (taken,) = take_in(list(open_sources([str(path)])), Settings(whole=most))
    assert (taken.records.read, taken.failed, taken.files) == (3, 1, [])
    assert len(taken.failures) == 1
    assert taken.failures[0]["reason"].startswith("unpacks to more than")
