"""CloudTrail's bucket: listing by prefix and by day of delivery, and fetching of objects."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import IO, Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ResponseStreamingError,
    SSOError,
)

from offtrail.ingest.ahead import ahead
from offtrail.ingest.errors import SourceMissing, SourceRefused, SourceUnavailable
from offtrail.ingest.sources import DOWNLOADS, SPOOL, Dates, S3Options, Source

FOLDERS = 16
"""Folders listed at once."""
_DAY = re.compile(r"/(20\d{2})(?:/(\d{1,2}))?(?:/(\d{1,2}))?/$")
_BESIDE = re.compile(r"(?:^|/)AWSLogs/(?:o-[^/]+/)?\d{12}/(?!CloudTrail)[^/]+/")
"""Where other services deliver into the bucket of a trail, such as Config and VPC's flow logs."""
_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
)
_CUT = (IncompleteReadError, ResponseStreamingError)
_MISSING = {"NoSuchBucket", "NoSuchKey", "404"}


def list_objects(url: str, options: S3Options, dates: Dates) -> Iterator[Source]:
    """Objects under ``s3://bucket/prefix`` in the order of their keys.

    With dates, folders named by year, month and day outside them are not even listed, and what lies
    less deep comes first. What other services deliver is listed where the prefix names it.

    Raises:
        SourceMissing: no such bucket.
        SourceRefused: the credentials may not list it.
        SourceUnavailable: S3 does not answer.
    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise SourceMissing(f"{url}: names no bucket")
    with _errors(url):
        if dates == Dates():
            for page in _pages(bucket, prefix, options):
                yield from _objects(bucket, prefix, page, options)
        else:
            yield from _by_day(bucket, prefix, options, dates)


def _by_day(bucket: str, prefix: str, options: S3Options, dates: Dates) -> Iterator[Source]:
    """Level by level, the folders of a level side by side: an organisation has thousands."""
    folders = [prefix]
    pool = ThreadPoolExecutor(FOLDERS, thread_name_prefix="list")
    try:
        while folders:
            deeper: list[str] = []
            begin = partial(pool.submit, partial(_level, bucket, options))
            for pages in ahead(begin, folders, 2 * FOLDERS):
                for page in pages.result():
                    yield from _objects(bucket, prefix, page, options)
                    found = (folder["Prefix"] for folder in page.get("CommonPrefixes", ()))
                    trail = (folder for folder in found if not _is_beside(folder, prefix))
                    deeper += (folder for folder in trail if _in_days(folder, dates))
            folders = deeper
    finally:
        pool.shutdown(cancel_futures=True)


def _level(bucket: str, options: S3Options, folder: str) -> list[dict[str, Any]]:
    """What lies in a folder, not in those below."""
    return [*_pages(bucket, folder, options, Delimiter="/")]


def _pages(bucket: str, prefix: str, options: S3Options, **more: str) -> Iterable[dict[str, Any]]:
    pages: Iterable[dict[str, Any]] = (
        _client(options)
        .get_paginator("list_objects_v2")
        .paginate(Bucket=bucket, Prefix=prefix, **_payer(options), **more)
    )
    return pages


def _objects(
    bucket: str, prefix: str, page: dict[str, Any], options: S3Options
) -> Iterator[Source]:
    for item in page.get("Contents", ()):
        key = item["Key"]
        if not key.endswith("/") and not _is_beside(key, prefix):  # a folder made in the console
            yield _source(bucket, item, options)


def _is_beside(key: str, prefix: str) -> bool:
    """Whether a key, or a folder, below ``prefix`` is of another service than CloudTrail."""
    found = _BESIDE.search(key)
    return found is not None and found.end() > len(prefix)


def _in_days(folder: str, dates: Dates) -> bool:
    """False for a folder of a year, month or day that lies wholly outside ``dates``."""
    match = _DAY.search("/" + folder)
    if match is None:
        return True
    part = [p for p in match.groups() if p]
    text, length = "-".join(p.zfill(2) for p in part), 4 + 3 * (len(part) - 1)
    since = dates.since.isoformat()[:length] if dates.since else ""
    until = dates.until.isoformat()[:length] if dates.until else "9999-99-99"
    return since <= text <= until


def _source(bucket: str, item: dict[str, Any], options: S3Options) -> Source:
    mark = f"{item['ETag'].strip(chr(34))}:{item['Size']}"
    fetch = partial(fetch_object, bucket, item["Key"], item["ETag"], options)
    return Source(f"s3://{bucket}/{item['Key']}", mark, item["Size"], fetch, remote=True)


def fetch_object(bucket: str, key: str, etag: str, options: S3Options) -> BinaryIO:
    """The object as a seekable file, on disk where it is large.

    Raises:
        SourceMissing, SourceRefused, SourceUnavailable: also where it changed since listing.
    """
    file = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 closed by who reads it
    try:
        with _errors(f"s3://{bucket}/{key}"):
            for left in reversed(range(options.attempts)):
                answer = _client(options).get_object(
                    Bucket=bucket, Key=key, IfMatch=etag, **_payer(options)
                )
                if _taken(answer["Body"], file, last=not left):
                    break
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return cast(BinaryIO, file)


def _taken(body: Any, file: IO[bytes], *, last: bool) -> bool:
    """Write a body to a file; False, and the file empty, where the connection was cut."""
    try:
        for chunk in body.iter_chunks(1 << 20):
            file.write(chunk)
    except _CUT:  # botocore tries anew what gets no answer, not one that breaks off
        if last:
            raise
        file.seek(0)
        file.truncate()
        return False
    return True


def _payer(options: S3Options) -> dict[str, str]:
    return {"RequestPayer": "requester"} if options.requester_pays else {}


@lru_cache(maxsize=4)
def _client(options: S3Options) -> Any:
    session = boto3.session.Session(profile_name=options.profile, region_name=options.region)
    config = Config(
        max_pool_connections=max(DOWNLOADS, FOLDERS) + 2,
        retries={"mode": "standard", "max_attempts": options.attempts},
        connect_timeout=10,
        read_timeout=60,
    )
    try:
        return session.client("s3", endpoint_url=options.endpoint_url, config=config)
    except ValueError as error:  # from the option or from the environment
        raise SourceMissing(f"{error}: say http://host:port") from error


@contextmanager
def _errors(what: str) -> Iterator[None]:
    """botocore's errors as ours, with what was asked for in the text."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        code, words = str(told.get("Code", "")), str(told.get("Message", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = SourceMissing if code in _MISSING else SourceRefused
        text = ": ".join(part for part in (what, code, words) if part)
        raise (SourceUnavailable if status >= 500 else kind)(text) from error
    except ParamValidationError as error:
        raise SourceMissing(f"{what}: {error}") from error
    except _CREDENTIALS as error:
        raise SourceRefused(f"{what}: {error}") from error
    except BotoCoreError as error:
        raise SourceUnavailable(f"{what}: {error}") from error
