"""A body that came over HTTP, as a source that ingest reads like a file."""

import hashlib
from functools import partial
from io import BytesIO

from offtrail.ingest.sources import Source

UNPACKED = 64 << 20
"""Bytes that a body may unpack to, however it is packed."""


def source_of(body: bytes) -> Source:
    """The body as a source; its hash is its name in the ledger, so that it counts once."""
    digest = hashlib.sha256(body).hexdigest()
    return Source(f"http:{digest}.json", digest, len(body), partial(BytesIO, body))
