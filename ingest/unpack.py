"""Unpacks what a source holds: gzip, zip, tar or plain, told apart by how they begin."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from offtrail.ingest.archive import HEAD, ZIP, Member, is_tar, tarred, zipped
from offtrail.ingest.inflate import GZIP, LIMIT, PIECE, gunzip, plain

SMALL = 1 << 20
"""Bytes of a file below which it is read at once."""


def unpack(file: BinaryIO, *, limit: int = LIMIT, piece: int = PIECE) -> Iterator[Member]:
    """The documents of a seekable file.

    Raises:
        Damaged: on the way through ``pieces``, after all that could be read was handed out; for
            a file past ``limit``, before anything is.
    """
    file.seek(0)
    head = file.read(SMALL)
    if len(head) < SMALL:
        file = io.BytesIO(head)
    file.seek(0)
    if head.startswith(ZIP):
        yield from zipped(file, limit, piece)
    elif is_tar(head[: 4 * HEAD]):
        yield from tarred(file, limit, piece)
    elif head.startswith(GZIP):
        yield Member("", gunzip(file, limit, piece))
    else:
        yield Member("", plain(file, piece))
