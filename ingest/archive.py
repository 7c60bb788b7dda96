"""Zip and tar: the files inside, each a document of its own, packed again or not."""

import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NamedTuple, cast

from offtrail.ingest.errors import CutShort, Damaged
from offtrail.ingest.inflate import GZIP, STEP, gunzip, inflate, is_gzip, past, plain, steps
from offtrail.ingest.sources import SPOOL, spelled

ZIP = b"PK\x03\x04"
USTAR = b"ustar"
HEAD = 512
"""Bytes of a tar's first header, which says USTAR at 257."""

_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
"""What a damaged file in a zip raises, by how it is packed."""


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
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spool:
        whole, damage = file, None
        if file.read(2) == GZIP:
            whole = cast(BinaryIO, spool)
            damage = _unpacked(file, whole, limit)
        whole.seek(0)
        try:
            yield from _tarred(whole, limit, piece)
        except Damaged as error:
            damage = damage or error
        if damage is not None:
            raise damage


def _unpacked(file: BinaryIO, whole: BinaryIO, limit: int) -> Damaged | None:
    """A packed tar written to ``whole`` up to a damage, which is answered."""
    file.seek(0)
    try:
        for data in steps(file):
            whole.write(data)
            if whole.tell() > limit:
                break
    except Damaged as error:
        return error
    if whole.tell() > limit:
        raise past(limit)
    return None


def _tarred(file: BinaryIO, limit: int, piece: int) -> Iterator[Member]:
    for info in _headers(file):
        if info.isreg():
            yield Member(spelled(info.name), _spooled(file, info, limit, piece))


def _headers(file: BinaryIO) -> Iterator[tarfile.TarInfo]:
    """The headers of a tar to its end, which a tar says: tarfile takes a damaged one for it."""
    place = -1
    try:
        archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 it holds nothing of its own
        while (info := archive.next()) is not None and archive.offset > place:
            place = archive.offset
            archive.members.clear()  # type: ignore[attr-defined]  # or it holds them all
            yield info
        file.seek(archive.offset)
        end = file.read(HEAD)
    except Exception as error:  # a header may say anything, and tarfile raises anything
        raise Damaged("damaged tar") from error
    if info is not None or not end or end.strip(b"\0"):
        raise Damaged("damaged tar")


def _spooled(file: BinaryIO, info: tarfile.TarInfo, limit: int, piece: int) -> Iterator[bytes]:
    """What a file in a tar holds, up to a damage."""
    if info.issparse():  # its size is what it says, whatever the tar holds of it
        raise Damaged("a sparse file in a tar is not read")
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spool:
        file.seek(info.offset_data)
        left = info.size
        while left > 0 and (data := file.read(min(left, STEP))):
            spool.write(data)
            left -= len(data)
        spool.seek(0)
        packed = spool.read(2) == GZIP
        spool.seek(0)
        found = cast(BinaryIO, spool)
        yield from gunzip(found, limit, piece) if packed else plain(found, piece)
    if left > 0:
        raise CutShort("damaged tar")


def zipped(file: BinaryIO, limit: int, piece: int) -> Iterator[Member]:
    """The files in a zip.

    Raises:
        Damaged: on the way; together past ``limit``, before anything is handed on.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Damaged("damaged zip") from error
    names = [info for info in archive.infolist() if not info.is_dir()]
    left = limit - sum(info.file_size for info in names)
    for info in names if left >= 0 else ():
        left -= _inflated(archive, info, left)
    if left < 0:
        raise past(limit)
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
    except _ZIP as error:
        raise Damaged("damaged zip") from error
