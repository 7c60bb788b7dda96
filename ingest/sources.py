"""What a run reads: files, folders, standard input and S3 objects, each with its ledger mark."""

import errno
import hashlib
import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import BinaryIO

import msgspec

from offtrail.ingest.errors import Damaged, SourceMissing, SourceRefused

DOWNLOADS = 8
"""Objects that a process fetches at once."""
SPOOL = 64 << 20
"""Bytes of a stream that are held in memory; the rest waits in a temporary file."""


class Source(msgspec.Struct, frozen=True):
    """One file to read. It can be sent to another process, and opened there."""

    uri: str  # absolute path, ``s3://bucket/key`` or ``stdin:<sha256>``
    mark: str  # its size and time of change, ETag or hash: another mark is another content
    size: int  # bytes as stored
    open: Callable[[], BinaryIO]
    remote: bool = False  # worth fetching while another is decoded


class Dates(msgspec.Struct, frozen=True):
    """Days of delivery to list in S3, both included; None is open."""

    since: date | None = None
    until: date | None = None


class S3Options(msgspec.Struct, frozen=True):
    """How to reach S3 where the AWS environment and profile do not say it all."""

    endpoint_url: str | None = None  # AWS_ENDPOINT_URL is honoured too
    region: str | None = None
    profile: str | None = None
    requester_pays: bool = False
    attempts: int = 6


def open_sources(
    names: Iterable["str | Source"], *, s3: S3Options | None = None, dates: Dates | None = None
) -> Iterator[Source]:
    """Every file behind ``names``, folders in sorted order, listed while it is being read.

    A Source stands for itself: what an upload holds, for one.

    Raises:
        SourceMissing: a name leads nowhere.
        SourceRefused: it may not be read. SourceUnavailable: S3 cannot be listed.
    """
    for name in names:
        if isinstance(name, Source):
            yield name
        elif name == "-":
            yield _spooled(sys.stdin.buffer)
        elif name.startswith("s3://"):
            from offtrail.ingest.s3 import list_objects  # boto3 takes half a second to import

            yield from list_objects(name, s3 or S3Options(), dates or Dates())
        else:
            yield from _local(name)


def _local(path: str) -> Iterator[Source]:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        kind = SourceRefused if isinstance(error, PermissionError) else SourceMissing
        raise kind(f"{path or repr(path)}: {error.strerror}") from error
    if not os.access(path, os.R_OK):
        raise SourceRefused(f"{path}: {os.strerror(errno.EACCES)}")
    if stat.S_ISDIR(mode):
        yield from _folder(path)
    elif stat.S_ISREG(mode):
        yield _file(os.path.abspath(path))
    else:  # a pipe, such as the shell's <(command)
        with _open(path) as stream:
            yield _spooled(stream)


def _folder(path: str) -> Iterator[Source]:
    closed: list[str] = []
    walk = os.walk(os.path.abspath(path), onerror=lambda e: closed.append(str(e.filename)))
    for folder, folders, files in walk:
        folders.sort()
        for name in sorted(files):
            yield _file(os.path.join(folder, name))
    yield from (_file(name) for name in closed)


def _file(path: str) -> Source:
    uri = spelled(path)
    try:
        state = os.stat(path)
    except OSError:  # a dangling link: its failure is reported when it is opened
        return Source(uri, "", 0, partial(_open, path))
    if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):
        return Source(uri, "", 0, _refuse)  # a pipe in a folder might never be written to
    mark = f"{state.st_size}:{state.st_mtime_ns}"
    return Source(uri, mark, state.st_size, partial(_open, path))


def spelled(name: str) -> str:
    """A file's name, which may be of any bytes, as text."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _refuse() -> BinaryIO:
    raise Damaged("neither a file nor a folder")


def _open(path: str) -> BinaryIO:
    return open(path, "rb", buffering=io.DEFAULT_BUFFER_SIZE)  # said, it asks no terminal


def _spooled(stream: BinaryIO) -> Source:
    """A stream as a file: its mark is its hash, so that the same input twice is known."""
    sink = tempfile.NamedTemporaryFile(prefix="offtrail-stdin-")  # noqa: SIM115 removed at exit
    shutil.copyfileobj(stream, sink, 1 << 20)
    sink.flush()
    with open(sink.name, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    _SPOOLS.append(sink)
    return Source(f"stdin:{digest}", digest, size, partial(_open, sink.name))


_SPOOLS: list[object] = []  # temporary files live as long as the process
