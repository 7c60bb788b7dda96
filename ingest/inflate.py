"""Unpacks gzip in bounded pieces, up to the very place of a damage, with its reason."""

import io
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, cast

from isal import isal_zlib

from offtrail.ingest.errors import CutShort, Damaged

LIMIT = 512 << 20
"""Bytes that one packed file may unpack to."""
PIECE = 32 << 20
"""Bytes handed on at once; a file that unpacks to no more arrives whole."""
STEP = 1 << 16
"""Bytes read from a packed file at once where it does not unpack in one call."""

GZIP = b"\x1f\x8b"

_IsalError = cast(type[Exception], isal_zlib.error)  # its stub says an instance


def past(limit: int) -> Damaged:
    """What unpacks to more than ``limit`` bytes."""
    return Damaged(f"unpacks to more than {limit >> 20} MiB")


def plain(file: BinaryIO, piece: int) -> Iterator[bytes]:
    """What is not packed.

    Raises:
        Damaged: it is empty.
    """
    data = file.read(piece)
    if not data:
        raise Damaged("empty")
    while data:
        yield data
        data = file.read(piece)


def gunzip(file: BinaryIO, limit: int, piece: int) -> Iterator[bytes]:
    """A seekable gzip file.

    Raises:
        Damaged: after all that could be read; past ``limit``, before anything is handed on.
    """
    whole = _at_once(file, min(limit, piece))
    if whole is not None:
        yield whole
        return
    pieces = inflate(file, piece)
    first = next(pieces, b"")
    if not first:
        raise Damaged("empty")
    if len(first) == piece:  # more may follow: count it before any of it is handed on
        _bounded(chain([first], pieces), limit)
        file.seek(0)
        pieces, first = inflate(file, piece), b""
    if first:
        yield first
    yield from pieces


def _at_once(file: BinaryIO, limit: int) -> bytes | None:
    """A single sound member of at most ``limit`` bytes; None, and the file rewound, for others."""
    file.seek(-4, 2)
    size = int.from_bytes(file.read(4), "little")  # RFC 1952 ISIZE; a hint, it may lie
    file.seek(0)
    if not 0 < size <= limit or file.seek(0, 2) > limit:
        file.seek(0)
        return None
    file.seek(0)
    inflater = isal_zlib.decompressobj(wbits=31)
    try:
        data: bytes = inflater.decompress(file.read(), max_length=size + 1)
    except _IsalError:
        data = b""
    if inflater.eof and len(data) == size and not inflater.unused_data:
        return data
    file.seek(0)
    return None


def inflate(file: BinaryIO, piece: int) -> Iterator[bytes]:
    """All members one after another, in pieces of exactly ``piece`` bytes but the last.

    Raises:
        Damaged: after all that could be read.
    """
    held = bytearray()
    damage: Damaged | None = None
    unpacked = steps(file)
    while damage is None:
        try:
            data = next(unpacked, b"")
        except Damaged as error:
            damage, data = error, b""
        if not data:
            break
        held += data
        while len(held) >= piece:
            yield bytes(held[:piece])
            del held[:piece]
    if held:
        yield bytes(held)
    if damage is not None:
        raise damage


def steps(file: BinaryIO) -> Iterator[bytes]:
    """Unpacked bytes up to the very place of a damage; zlib, since its state can be copied.

    Raises:
        Damaged: at that place; CutShort where the file ends early.
    """
    data = file.read(STEP)
    while data:
        inflater = zlib.decompressobj(wbits=31)
        while not inflater.eof:
            data = data or file.read(STEP)
            if not data:
                raise CutShort("truncated gzip")
            before = inflater.copy()
            try:
                out = inflater.decompress(data, STEP)
            except zlib.error as error:
                if saved := _salvage(before, data):
                    yield saved
                raise _damage(str(error)) from error
            data = inflater.unconsumed_tail
            if out:
                yield out
        data = (inflater.unused_data or file.read(STEP)).lstrip(b"\0")  # tapes pad with zeros
        if data and not GZIP.startswith(data[:2]):
            raise Damaged("garbage after gzip member")


def _salvage(inflater: "zlib._Decompress", data: bytes) -> bytes:
    """What comes out before the damage, found byte by byte: once a damaged file."""
    out = bytearray()
    while True:
        try:
            byte = inflater.decompress(data, 1)
        except zlib.error:
            return bytes(out)
        out += byte
        data = inflater.unconsumed_tail
        if not byte:
            return bytes(out)


def _damage(message: str) -> Damaged:
    if "check" in message:
        return Damaged("gzip checksum does not match")
    return CutShort("damaged gzip")


def _bounded(pieces: Iterator[bytes], limit: int) -> None:
    """Count pieces; a damage is left to who reads them."""
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise past(limit)
    except Damaged:
        if size > limit:
            raise


def is_gzip(member: BinaryIO) -> bool:
    """Whether a file that can be peeked into begins as gzip does."""
    return cast(io.BufferedReader, member).peek(2)[:2] == GZIP
