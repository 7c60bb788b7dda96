"""A digest of what a store holds: equal for equal events in any order, in any store."""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec
import pyarrow as pa

SIZE = 16
_encode = msgspec.json.Encoder().encode


def digest(tables: Iterable[pa.Table]) -> str:
    """The sum, modulo 2^128, of a hash of every row with its column names, as 32 hex digits."""
    total = 0
    for table in tables:
        names = _encode(table.column_names)
        for batch in table.to_batches(max_chunksize=50_000):
            columns = [column.to_pylist() for column in batch.columns]
            for row in zip(*columns, strict=True):
                hashed = blake2b(names + _encode(row), digest_size=SIZE)
                total += int.from_bytes(hashed.digest(), "big")
        total %= 1 << 8 * SIZE
    return f"{total:032x}"
