"""S3 over HTTP on loopback: listing by prefix and by day, fetching, and errors that say what."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from moto.server import ThreadedMotoServer

from offtrail.api.main import main
from offtrail.graph.open import open_store
from offtrail.ingest.errors import SourceMissing, SourceRefused, SourceUnavailable
from offtrail.ingest.partial import Settings, take_in
from offtrail.ingest.report import IngestReport
from offtrail.ingest.run import ingest
from offtrail.ingest.sources import Dates, S3Options, Source, open_sources
from tests.ingest.trail import document, event

BUCKET = "trail-bucket"
ROOT = "AWSLogs/111122223333/CloudTrail"
DAYS = ("2026/01/30", "2026/01/31", "2026/02/01", "2026/02/02")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Options]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    for region in ("us-east-1", "eu-west-1"):
        for day in DAYS:
            client.put_object(
                Bucket=BUCKET,
                Key=f"{ROOT}/{region}/{day}/one.json.gz",
                Body=gzip.compress(f'{{"Records": [], "of": "{region} {day}"}}'.encode()),
            )
    client.put_object(Bucket=BUCKET, Key="AWSLogs/folder/", Body=b"")
    yield S3Options(endpoint_url=endpoint, region="us-east-1")
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


def days(sources: Iterator[Source]) -> list[str]:
    return ["/".join(source.uri.split("/")[-4:-1]) for source in sources]


def test_a_prefix_is_listed_in_the_order_of_its_keys(s3: S3Options) -> None:
    found = list(open_sources([f"s3://{BUCKET}/AWSLogs/"], s3=s3))
    assert [s.uri for s in found] == sorted(s.uri for s in found)
    assert len(found) == 8
    assert all(s.remote and s.size for s in found)


def test_a_region_is_a_prefix(s3: S3Options) -> None:
    assert days(open_sources([f"s3://{BUCKET}/{ROOT}/eu-west-1/"], s3=s3)) == list(DAYS)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (date(2026, 1, 31), date(2026, 2, 1), DAYS[1:3]),
        (date(2026, 2, 1), None, DAYS[2:]),
        (None, date(2026, 1, 30), DAYS[:1]),
        (date(2027, 1, 1), None, ()),
    ],
)
def test_days_outside_the_range_are_not_listed(
    s3: S3Options, since: date | None, until: date | None, expected: tuple[str, ...]
) -> None:
    found = open_sources([f"s3://{BUCKET}/AWSLogs/"], s3=s3, dates=Dates(since, until))
    assert days(found) == list(expected) * 2


def test_a_folder_of_four_digits_that_is_no_year_is_listed_too(s3: S3Options) -> None:
    with closing(boto3.client("s3", endpoint_url=s3.endpoint_url, region_name=s3.region)) as client:
        key = f"team/1234/{ROOT}/us-east-1/{DAYS[3]}/one.json"
        client.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
    found = open_sources([f"s3://{BUCKET}/team/"], s3=s3, dates=Dates(date(2026, 1, 31)))
    assert days(found) == [DAYS[3]]


def test_listing_by_day_asks_for_no_folder_outside_the_range(
    s3: S3Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    from offtrail.ingest import s3 as module

    asked: list[str] = []
    level = module._level

    def counted(bucket: str, options: S3Options, folder: str) -> list[dict[str, Any]]:
        asked.append(folder)
        return level(bucket, options, folder)

    monkeypatch.setattr(module, "_level", counted)
    only = Dates(date(2026, 2, 2), date(2026, 2, 2))
    list(open_sources([f"s3://{BUCKET}/{ROOT}/us-east-1/"], s3=s3, dates=only))
    assert asked[-1].endswith("2026/02/02/")
    assert not any("2026/01/" in prefix for prefix in asked)


def test_folders_are_listed_side_by_side(s3: S3Options, monkeypatch: pytest.MonkeyPatch) -> None:
    from offtrail.ingest import s3 as module

    both = threading.Barrier(2, timeout=30)
    level = module._level

    def met(bucket: str, options: S3Options, folder: str) -> list[dict[str, Any]]:
        if folder.endswith(("us-east-1/", "eu-west-1/")):
            both.wait()
        return level(bucket, options, folder)

    monkeypatch.setattr(module, "_level", met)
    found = open_sources([f"s3://{BUCKET}/{ROOT}/"], s3=s3, dates=Dates(date(2026, 1, 31)))
    assert days(found) == list(DAYS[1:]) * 2


@pytest.mark.parametrize("dates", [Dates(), Dates(date(2026, 1, 30))])
def test_what_other_services_deliver_beside_a_trail_is_not_listed(
    s3: S3Options, dates: Dates
) -> None:
    own, delivered = "AWSLogs/111122223333", "AWSLogs/o-example/444455556666"
    with closing(boto3.client("s3", endpoint_url=s3.endpoint_url, region_name=s3.region)) as client:
        for key in (
            f"{own}/Config/ConfigWritabilityCheckFile",
            f"{own}/Config/us-east-1/2026/2/1/ConfigSnapshot/one.json.gz",
            f"{delivered}/vpcflowlogs/us-east-1/2026/02/01/one.log.gz",
            f"{delivered}/CloudTrail-Insight/us-east-1/2026/02/01/one.json.gz",
        ):
            client.put_object(Bucket=BUCKET, Key=key, Body=b"")
    found = open_sources([f"s3://{BUCKET}/"], s3=s3, dates=dates)
    assert {source.uri.split("/")[-6] for source in found} == {"CloudTrail", "CloudTrail-Insight"}
    for named in ("Config/", "Config/us-east-1"):  # asked for by name, it is
        (one, *_) = open_sources([f"s3://{BUCKET}/{own}/{named}"], s3=s3, dates=dates)
        assert "/Config/" in one.uri


def test_days_and_months_of_one_digit_are_days_too(s3: S3Options) -> None:
    with closing(boto3.client("s3", endpoint_url=s3.endpoint_url, region_name=s3.region)) as client:
        for day in ("2025/12/9", "2026/1/9", "2026/1/10", "2026/2/1"):
            client.put_object(Bucket=BUCKET, Key=f"own/{day}/one.json", Body=b"{}")
    asked = Dates(date(2026, 1, 10), date(2026, 1, 31))
    assert days(open_sources([f"s3://{BUCKET}/own/"], s3=s3, dates=asked)) == ["2026/1/10"]


def test_a_listing_that_nobody_reads_on_ends(s3: S3Options) -> None:
    found = open_sources([f"s3://{BUCKET}/AWSLogs/"], s3=s3, dates=Dates(date(2026, 1, 31)))
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name.startswith("list")]


def test_the_last_days_alone_are_read_on_the_command_line(
    s3: S3Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today = datetime.now(UTC)
    with closing(boto3.client("s3", endpoint_url=s3.endpoint_url, region_name=s3.region)) as client:
        for ago in (0, 1, 5):
            day = (today - timedelta(ago)).strftime("%Y/%m/%d")
            key = f"{ROOT}/us-east-1/{day}/two.json"
            client.put_object(Bucket=BUCKET, Key=key, Body=document([event(ago)]))
    where = ["--endpoint-url", str(s3.endpoint_url), "--region", str(s3.region)]
    asked = ["ingest", f"s3://{BUCKET}/AWSLogs/", "--store", f"sqlite:///{tmp_path}/a.db", *where]
    quarantine = ["--quarantine", str(tmp_path), "--json"]
    with pytest.raises(SystemExit) as ended:
        main([*asked, *quarantine, "--days", "2"])
    assert not ended.value.code
    report = json.loads(capsys.readouterr().out)
    assert (report["files"]["read"], report["records"]["kept"]) == (2, 2)
    with pytest.raises(SystemExit) as ended:
        main([*asked, *quarantine, "--days", "2", "--from-date", "2026-01-01"])
    assert ended.value.code == 2


def test_days_that_no_run_has_listed_are_told(
    s3: S3Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today = datetime.now(UTC)

    def run(ago: int, days: int) -> str:
        body = document([event(ago, eventTime=f"{today - timedelta(ago):%Y-%m-%d}T12:00:00Z")])
        client.put_object(Bucket=BUCKET, Key=f"{ROOT}/eu-west-1/{ago}.json", Body=body)
        with pytest.raises(SystemExit):
            main([*asked, "--days", str(days)])
        return capsys.readouterr().err

    where = ["--endpoint-url", str(s3.endpoint_url), "--region", str(s3.region), "--quiet"]
    asked = ["ingest", f"s3://{BUCKET}/{ROOT}/", "--store", f"sqlite:///{tmp_path}/a.db", *where]
    with closing(boto3.client("s3", endpoint_url=s3.endpoint_url, region_name=s3.region)) as client:
        assert run(9, 2) == ""
        told = run(3, 2)
        assert f"since {today - timedelta(9):%Y-%m-%d}T12:00:00Z" in told
        assert "run once with --days 9" in told
        assert run(2, 3) == ""
    with pytest.raises(SystemExit):  # a folder is read whole
        main(["ingest", str(tmp_path), *asked[2:], "--days", "1", "--quarantine", str(tmp_path)])
    assert capsys.readouterr().err == ""


def test_the_mark_changes_with_the_content(s3: S3Options) -> None:
    name = f"s3://{BUCKET}/{ROOT}/us-east-1/2026/01/30/"
    (before,) = open_sources([name], s3=s3)
    client = boto3.client("s3", endpoint_url=s3.endpoint_url, region_name="us-east-1")
    client.put_object(Bucket=BUCKET, Key=before.uri.split("/", 3)[3], Body=b"{}")
    client.close()
    (after,) = open_sources([name], s3=s3)
    assert before.uri == after.uri
    assert before.mark != after.mark
    with pytest.raises(SourceRefused, match="PreconditionFailed"):
        before.open()


def test_an_object_is_fetched_whole(s3: S3Options) -> None:
    (source,) = open_sources([f"s3://{BUCKET}/{ROOT}/us-east-1/2026/01/30/"], s3=s3)
    with source.open() as file:
        assert b"us-east-1 2026/01/30" in gzip.decompress(file.read())


class Cut:
    """A body whose connection ends after a byte."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        yield b"x"
        raise IncompleteReadError(actual_bytes=1, expected_bytes=size)


@pytest.mark.parametrize(("cuts", "whole"), [(2, True), (99, False)])
def test_a_download_that_is_cut_is_begun_again(
    s3: S3Options, monkeypatch: pytest.MonkeyPatch, cuts: int, whole: bool
) -> None:
    from offtrail.ingest.s3 import _client

    (source,) = open_sources([f"s3://{BUCKET}/{ROOT}/us-east-1/2026/01/30/"], s3=s3)
    client = _client(s3)
    get, left = client.get_object, [Cut()] * cuts

    def cut(**asked: Any) -> Any:
        return {"Body": left.pop()} if left else get(**asked)

    monkeypatch.setattr(client, "get_object", cut)
    if whole:
        with source.open() as file:
            assert b"us-east-1 2026/01/30" in gzip.decompress(file.read())
    else:
        with pytest.raises(SourceUnavailable, match="1 read, but total bytes"):
            source.open()
    assert len(left) == (0 if whole else cuts - s3.attempts)


def test_a_refusal_says_what_s3_says_of_it(s3: S3Options) -> None:
    from offtrail.ingest.s3 import _errors

    words = "User: x is not authorized to perform: kms:Decrypt on this resource"
    answer = {"Error": {"Code": "AccessDenied", "Message": words}}
    with (
        pytest.raises(SourceRefused, match=f"s3://b/key: AccessDenied: {words}"),
        _errors("s3://b/key"),
    ):
        raise ClientError(answer, "GetObject")


def test_requester_pays_is_said_in_every_request(
    s3: S3Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    from offtrail.ingest.s3 import _client

    options = S3Options(s3.endpoint_url, s3.region, requester_pays=True)
    headers: list[str] = []
    _client(options).meta.events.register(
        "before-send.s3",
        lambda request, **_: headers.append(request.headers["x-amz-request-payer"]),
    )
    (source,) = open_sources([f"s3://{BUCKET}/{ROOT}/us-east-1/2026/01/30/"], s3=options)
    source.open().close()
    assert headers == [b"requester", b"requester"]


def test_a_bucket_that_is_not_there_is_named(s3: S3Options) -> None:
    with pytest.raises(SourceMissing, match="s3://no-such-bucket/x: NoSuchBucket"):
        list(open_sources(["s3://no-such-bucket/x"], s3=s3))
    with pytest.raises(SourceMissing, match="names no bucket"):
        list(open_sources(["s3:///x"], s3=s3))
    with pytest.raises(SourceMissing, match="Invalid bucket name"):
        list(open_sources(["s3://no bucket/x"], s3=s3))


def test_an_endpoint_that_is_no_address_is_said(s3: S3Options) -> None:
    nameless = msgspec.structs.replace(s3, endpoint_url="localhost:9000")
    with pytest.raises(SourceMissing, match="localhost:9000: say http://host:port"):
        list(open_sources(["s3://bucket/x"], s3=nameless))


def test_an_endpoint_that_does_not_answer_is_unavailable(s3: S3Options) -> None:
    silent = S3Options(endpoint_url="http://127.0.0.1:9", region="us-east-1", attempts=1)
    with pytest.raises(SourceUnavailable, match="s3://trail-bucket/"):
        list(open_sources([f"s3://{BUCKET}/"], s3=silent))


def test_missing_credentials_are_no_outage(s3: S3Options) -> None:
    with pytest.raises(SourceRefused, match="profile"):
        list(open_sources([f"s3://{BUCKET}/"], s3=msgspec.structs.replace(s3, profile="nobody")))


def ingested(tmp_path: Path, s3: S3Options, processes: int = 1) -> IngestReport:
    store = open_store(f"sqlite:///{tmp_path}/s3.db")
    try:
        return ingest(
            [f"s3://{BUCKET}/AWSLogs/"],
            store.write,
            store.files,
            processes=processes,
            quarantine=tmp_path,
            s3=s3,
        )
    finally:
        store.close()


@pytest.fixture
def filled(s3: S3Options) -> Iterator[S3Options]:
    client = boto3.client("s3", endpoint_url=s3.endpoint_url, region_name="us-east-1")
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET)["Contents"]]
    for i, key in enumerate(key for key in keys if key.endswith(".gz")):
        body = gzip.compress(document([event(i * 10 + j) for j in range(10)]))
        client.put_object(Bucket=BUCKET, Key=key, Body=body)
    yield s3
    client.close()


@pytest.mark.parametrize("processes", [1, 2])
def test_a_bucket_is_ingested_and_resumed_by_the_ledger(
    tmp_path: Path, filled: S3Options, processes: int
) -> None:
    first = ingested(tmp_path, filled, processes)
    assert (first.files.read, first.records.kept) == (8, 80)
    client = boto3.client("s3", endpoint_url=filled.endpoint_url, region_name="us-east-1")
    key = f"{ROOT}/us-east-1/2026/02/03/new.json.gz"
    client.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(document([event(500)])))
    client.close()
    second = ingested(tmp_path, filled, processes)
    assert (second.files.skipped, second.files.read, second.records.kept) == (8, 1, 1)


def test_objects_are_fetched_side_by_side_and_no_more_than_allowed(filled: S3Options) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def slow(source: Source) -> BinaryIO:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        return source.open()

    sources = [
        msgspec.structs.replace(source, open=partial(slow, source))
        for source in open_sources([f"s3://{BUCKET}/AWSLogs/"], s3=filled)
    ]
    (taken,) = take_in(sources, Settings(downloads=3))
    assert taken.records.read == 80
    assert 1 < most <= 3


def test_an_object_that_is_gone_by_then_is_a_failure_and_the_others_are_kept(
    tmp_path: Path, filled: S3Options
) -> None:
    sources = list(open_sources([f"s3://{BUCKET}/AWSLogs/"], s3=filled))
    client = boto3.client("s3", endpoint_url=filled.endpoint_url, region_name="us-east-1")
    client.delete_object(Bucket=BUCKET, Key=sources[0].uri.split("/", 3)[3])
    client.close()
    (taken,) = take_in(sources, Settings())
    (failure,) = taken.failures
    assert failure["source"] == sources[0].uri
    assert failure["reason"].startswith("NoSuchKey: ")  # its address is not said again
    assert taken.records.read == 70
