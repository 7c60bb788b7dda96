"""Whatever a file holds, it has its reason in the report, and the good records beside are kept."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offtrail.ingest.partial import Settings, take_in
from offtrail.ingest.quarantine import TEXT, Reject
from offtrail.ingest.report import IngestReport
from offtrail.ingest.sources import open_sources
from tests.ingest.test_run import run, url
from tests.ingest.trail import document, event, write

GOOD = [event(i) for i in range(20)]
PACKED = gzip.compress(document(GOOD), mtime=0)


def lines(*records: bytes) -> bytes:
    return b"\n".join(records)


def with_bad(bad: bytes) -> bytes:
    """A log file of four good records with a bad one in the middle."""
    good = [json.dumps(event(i)).encode() for i in range(4)]
    return b'{"Records":[' + b",".join([*good[:2], bad, *good[2:]]) + b"]}"


def ingested(tmp_path: Path, data: bytes, name: str = "bad.json.gz") -> IngestReport:
    """A bad file between two good ones: these are always taken in."""
    folder = tmp_path / "trail"
    folder.mkdir()
    write(folder / "a.json.gz", [event(i) for i in range(100, 110)])
    (folder / name).write_bytes(data)
    write(folder / "z.json.gz", [event(i) for i in range(200, 210)])
    report = run(url(tmp_path, "store"), folder, calls=100_000)
    assert report.records.kept >= 20
    return report


def rejects(report: IngestReport) -> list[Reject]:
    import msgspec

    found = Path(report.quarantine).read_bytes()
    return msgspec.json.Decoder(Reject).decode_lines(found)


@pytest.mark.parametrize(
    ("data", "reason", "kept"),
    [
        (b"", "empty", 0),
        (gzip.compress(b""), "empty", 0),
        (PACKED[: len(PACKED) // 2], "truncated gzip", 1),
        (PACKED[:-4], "truncated gzip", 20),
        (PACKED[:-8] + b"0000" + PACKED[-4:], "gzip checksum does not match", 20),
        (PACKED[:12], "truncated gzip", 0),
        (b"\x1f\x8bnonsense", "damaged gzip", 0),
        (b"PK\x03\x04nonsense", "damaged zip", 0),
        (b"# Notes\n\nnothing\n", "not JSON", 0),
        (b" null\n", "not a CloudTrail record", 0),
        (b"3", "not a CloudTrail record", 0),
        (b'"Records"', "not a CloudTrail record", 0),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not JSON", 0),
        (bytes(range(256)) * 40, "not JSON", 0),
    ],
)
def test_a_damaged_file_is_among_the_failures_and_its_beginning_is_kept(
    tmp_path: Path, data: bytes, reason: str, kept: int
) -> None:
    report = ingested(tmp_path, data)
    assert [failure["reason"] for failure in report.failures] == [reason]
    assert report.failures[0]["source"].endswith("bad.json.gz")
    assert report.files.failed == 1
    assert 20 + kept <= report.records.kept <= 40


@pytest.mark.parametrize("form", [document, lambda events: lines(*map(line, events))])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_half_record_of_a_truncated_file_is_told_once(
    tmp_path: Path, share: float, form: Callable[[list[dict[str, object]]], bytes]
) -> None:
    packed = gzip.compress(form(GOOD), mtime=0)
    report = ingested(tmp_path, packed[: int(len(packed) * share)])
    assert [failure["reason"] for failure in report.failures] == ["truncated gzip"]
    assert report.records.quarantined == {}
    assert 20 <= report.records.kept == report.records.read < 40


def line(record: dict[str, object]) -> bytes:
    return json.dumps(record).encode()


@pytest.mark.parametrize("between", [b"", b',"more":{"x":[1]}'])
@pytest.mark.parametrize("before", [b"", b'"a":1,'])
def test_both_lists_are_kept_where_records_stands_twice(
    tmp_path: Path, before: bytes, between: bytes
) -> None:
    first, second = (b",".join(map(line, few)) for few in (GOOD[:8], GOOD[8:]))
    twice = b'{%s"Records":[%s]%s,"Records":[%s]}' % (before, first, between, second)
    report = ingested(tmp_path, gzip.compress(twice))
    assert report.records.kept == report.records.read == 40


@pytest.mark.parametrize("around", [b"[%s]", b'{"detail":%s}'])
def test_both_lists_are_kept_of_an_envelope_inside_another(tmp_path: Path, around: bytes) -> None:
    first, second = (b",".join(map(line, few)) for few in (GOOD[:8], GOOD[8:]))
    twice = b'{"Records":[%s],"Records":[%s]}' % (first, second)
    report = ingested(tmp_path, gzip.compress(around % twice))
    assert report.records.kept == report.records.read == 40


@pytest.mark.parametrize("between", [b"", b',"more":{"x":[1]},"y":"]"'])
@pytest.mark.parametrize(
    ("fill", "end"),
    [(b"1", b""), (b"1e999", b"}")],
    ids=["not-closed", "number-beyond-a-double"],
)
def test_both_lists_are_kept_where_they_cannot_be_joined(
    tmp_path: Path, fill: bytes, end: bytes, between: bytes
) -> None:
    first, second = (b",".join(map(line, few)) for few in (GOOD[:8], GOOD[8:]))
    filled = first.removesuffix(b"}") + b',"filled":%s}' % fill
    twice = b'{"Records":[%s]%s,"Records":[%s]%s' % (filled, between, second, end)
    report = ingested(tmp_path, gzip.compress(twice))
    assert report.records.kept == report.records.read == 40


def test_a_flipped_bit_costs_what_it_touches(tmp_path: Path) -> None:
    place = len(PACKED) * 2 // 3
    data = PACKED[:place] + bytes([PACKED[place] ^ 8]) + PACKED[place + 1 :]
    report = ingested(tmp_path, data)
    assert report.files.failed == 1
    assert report.records.kept > 22


def test_a_failed_file_is_read_again_when_it_is_whole(tmp_path: Path) -> None:
    first = ingested(tmp_path, PACKED[: len(PACKED) // 2])
    (tmp_path / "trail" / "bad.json.gz").write_bytes(PACKED)
    second = run(url(tmp_path, "store"), tmp_path / "trail")
    assert second.files.skipped == 2
    assert first.records.kept + second.records.kept == 40


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"eventName": 7}', "wrong type"),
        (b"17", "wrong type"),
        (b'{"eventName":"A","eventSource":"b.amazonaws.com","eventTime":["x"]}', "wrong type"),
        (b'{"eventName":"A","eventSource":"b.amazonaws.com","eventTime":"soon"}', "eventTime"),
        (b'{"eventName":"A","eventSource":"b.amazonaws.com"}', "eventTime"),
        (b'{"eventName":"\xff\xfe","eventSource":"b.amazonaws.com"}', "UTF-8"),
        (b'{"a": nothing}', "not JSON"),
        (b'{"hello": "world"}', "not a CloudTrail record"),
        (b'{"eventName":"A","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    ],
)
def test_a_bad_record_is_quarantined_with_its_reason_and_its_neighbours_are_kept(
    tmp_path: Path, bad: bytes, reason: str
) -> None:
    report = ingested(tmp_path, with_bad(bad))
    assert sum(report.records.quarantined.values()) == 1
    (found,) = report.records.quarantined
    assert reason in found
    assert report.records.kept == 24
    (reject,) = rejects(report)
    assert (reject.reason, reject.source[-11:]) == (found, "bad.json.gz")
    assert len(reject.record) <= 4 * TEXT


def test_a_bad_line_is_quarantined_with_its_number(tmp_path: Path) -> None:
    good = [json.dumps(event(i)).encode() for i in range(4)]
    report = ingested(tmp_path, lines(*good[:2], b'{"a": "never closed', *good[2:]), "bad.ndjson")
    assert report.records.kept == 24
    assert [(reject.offset, reject.reason) for reject in rejects(report)] == [(2, "not JSON")]


def test_no_session_token_reaches_the_quarantine(tmp_path: Path) -> None:
    bad = event(3, eventTime="soon", responseElements={"credentials": {"sessionToken": "SECRET"}})
    report = ingested(tmp_path, document([bad]))
    assert report.records.quarantined
    assert "SECRET" not in Path(report.quarantine).read_text()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"digestStartTime": "2026-01-01T00:00:00Z", "logFiles": []}, "digest-file"),
        (
            {
                "eventVersion": "2.0",
                "eventSource": "aws:s3",
                "eventTime": "2026-01-01T00:00:00.000Z",
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "logs"}},
            },
            "s3-notification",
        ),
    ],
)
def test_what_is_recognised_and_left_out_has_its_reason(
    tmp_path: Path, record: dict[str, object], reason: str
) -> None:
    report = ingested(tmp_path, json.dumps(record).encode())
    assert report.records.skipped == {reason: 1}
    assert report.files.failed == 0


def test_a_file_that_cannot_be_opened_is_a_failure_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "trail"
    folder.mkdir()
    (folder / "gone.json").symlink_to(tmp_path / "nowhere")
    report = ingested_beside(folder, tmp_path)
    assert report.failures == [
        {"source": str(folder / "gone.json"), "reason": "No such file or directory"}
    ]


def ingested_beside(folder: Path, tmp_path: Path) -> IngestReport:
    write(folder / "a.json.gz", GOOD)
    report = run(url(tmp_path, "store"), folder)
    assert report.records.kept == 20
    return report


MEASURED = """
import sys
from pathlib import Path
from tests.ingest.test_run import run, url
report = run(url(Path(sys.argv[1]), "store"), Path(sys.argv[2]), calls=100_000)
status = Path("/proc/self/status").read_text()  # ru_maxrss would hold the parent's peak too
peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
print(peak, report.records.kept, ";".join(f["reason"] for f in report.failures))
"""


def bomb(path: Path) -> None:
    """Ten gigabytes of zeros in ten thousand members of a gzip file."""
    member = gzip.compress(b"\0" * (1 << 20), mtime=0)
    with path.open("wb") as file:
        for _ in range(10 << 10):
            file.write(member)


def single_bomb(path: Path) -> None:
    """Records that unpack to more than the limit, in one member."""
    record = json.dumps(event(1)).encode() + b",\n"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"Records":[')
        for _ in range(600):
            file.write(record * ((1 << 20) // len(record) + 1))


def long_line(path: Path) -> None:
    path.write_bytes(gzip.compress(b'{"Records":[{"x":"' + b"y" * (300 << 20), compresslevel=1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bomb, "unpacks to more than 512 MiB"),
        (single_bomb, "unpacks to more than 512 MiB"),
        (long_line, "not JSON"),
    ],
)
def test_memory_stays_under_a_gigabyte_whatever_a_file_unpacks_to(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    trail = tmp_path / "trail"
    trail.mkdir()
    write(trail / "a.json.gz", GOOD)
    make(trail / "b.json.gz")
    answer = subprocess.run(  # noqa: S603 our own script
        [sys.executable, "-c", MEASURED, str(tmp_path), str(trail)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    peak, kept, reasons = answer.stdout.rstrip("\n").split(" ", 2)
    assert int(kept) == 20
    assert reasons == reason
    assert int(peak) < 1024


def test_a_bad_record_before_the_end_of_a_large_file_cut_short_is_told(tmp_path: Path) -> None:
    records = [json.dumps(event(i)).encode() for i in range(900)]
    records[890], records[895] = b'{"eventVersion":"1.08", oops}', b'{"eventName":5}'
    packed = gzip.compress(b'{"Records":[' + b",".join(records), mtime=0)
    path = tmp_path / "cut.json.gz"
    path.write_bytes(packed[:-12])
    (taken,) = take_in(list(open_sources([str(path)])), Settings(piece=1 << 16))
    assert [reject.offset for reject in taken.rejects] == [890, 895]
    assert taken.records.read >= 898
    assert taken.failed == 1
