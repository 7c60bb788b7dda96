"""Zip and tar: the files inside, each a document of its own, packed again or not."""

import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from shutil import copyfileobj
from typing import BinaryIO, NamedTuple, cast

from offtrail.ingest.errors import Damaged
from offtrail.ingest.inflate import GZIP, STEP, bounded, gunzip, inflate, is_gzip, plain, steps

ZIP = b"PK\x03\x04"
USTAR = b"ustar"
HEAD = 512
"""Bytes of a tar's first header, which says USTAR at 257."""
SPOOL = 64 << 20
"""Bytes of a file in a tar that are held in memory; the rest waits on disk."""


class Member(NamedTuple):
    """A document inside a source: ``name`` is "" unless the source is an archive of several."""

    name: str
    pieces: Iterator[bytes]


def is_tar(head: bytes) -> bool:
    """Whether a file begins as a tar does, or unpacks to one; ``head`` is its first bytes."""
    if head[:2] == GZIP:
        with suppress(zlib.error):
            head = zlib.decompressobj(wbits=31).decompress(head, HEAD)
    return head[257:].startswith(USTAR)


def tarred(file: BinaryIO, limit: int, piece: int) -> Iterator[Member]:
    """The files in a tar, which may be packed as a whole and each on its own.

    Raises:
        Damaged: after the files before the damage; a packed tar past ``limit`` before any, as a
            packed file in it.
    """
    if file.read(2) == GZIP:
        file.seek(0)
        bounded(inflate(file, piece), limit)
    file.seek(0)
    with _damage(), tarfile.open(fileobj=file, mode="r:*") as archive:
        for info in archive:
            inside = archive.extractfile(info) if info.isreg() else None
            if inside is not None:
                yield Member(info.name, _spooled(cast(BinaryIO, inside), limit, piece))


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise Damaged("damaged tar") from error


def _spooled(inside: BinaryIO, limit: int, piece: int) -> Iterator[bytes]:
    """What a file in a tar holds, up to a damage."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spool, inside, _damage():
        try:
            copyfileobj(inside, spool, STEP)
        finally:
            spool.seek(0)
            packed = spool.read(2) == GZIP
            spool.seek(0)
            file = cast(BinaryIO, spool)
            yield from gunzip(file, limit, piece) if packed else plain(file, piece)


def zipped(file: BinaryIO, limit: int, piece: int) -> Iterator[Member]:
    """The files in a zip.

    Raises:
        Damaged: on the way; together past ``limit``, before anything is handed on.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise Damaged("damaged zip") from error
    names = [info for info in archive.infolist() if not info.is_dir()]
    left = limit - sum(info.file_size for info in names)
    for info in names if left >= 0 else ():
        left -= _inflated(archive, info, left)
    if left < 0:
        raise Damaged(f"unpacks to more than {limit >> 20} MiB")
    for info in names:
        yield Member(info.filename, _zipped(archive, info, piece))


def _inflated(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> int:
    """Bytes that a member unpacks to which is a gzip file itself, counted to just past ``most``."""
    size = 0
    with suppress(Damaged), _opened(archive, info) as member:  # a damage is told when it is read
        for data in steps(member) if is_gzip(member) else ():
            size += len(data)
            if size > most:
                break
    return size


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, piece: int) -> Iterator[bytes]:
    with _opened(archive, info) as member:  # reads no more than the declared size
        pieces = inflate(member, piece) if is_gzip(member) else plain(member, piece)
        first = next(pieces, b"")
        if not first:
            raise Damaged("empty")
        yield first
        yield from pieces


@contextmanager
def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    try:
        with archive.open(info) as member:
            yield cast(BinaryIO, member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Damaged("damaged zip") from error
