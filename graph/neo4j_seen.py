"""Which calls a Neo4j store has counted: their ids by hour, a node a write and hour."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import pyarrow as pa
from neo4j import ManagedTransaction

from offtrail.graph.neo4j_schema import change, read
from offtrail.ingest.activity import Partial

SIZE = 16  # bytes of an Event.id
FIND = """
UNWIND $rows AS hour MATCH (s:Seen {hour: hour}) USING INDEX s:Seen(hour)
RETURN collect([hour, s.ids])
"""
ADD = "UNWIND $rows AS row CREATE (:Seen {hour: row[0], revision: row[1], ids: row[2]})"


class Unseen(NamedTuple):
    """What a write has to add."""

    batch: Partial
    begun: frozenset[int]  # its hours of which the store has calls


def unseen(tx: ManagedTransaction, batch: Partial) -> Unseen:
    """The batch without the calls that the store has, and each other call once."""
    hours = sorted(set(batch.activities["hour"].to_pylist()))
    held = list(read(tx, FIND, hours))
    before = {id for _, packed in held for id in _split(bytes(packed))}
    seen = set(before)
    kept = [
        [k for k, id in enumerate(ids) if not (id in seen or seen.add(id))]  # type: ignore[func-returns-value]
        for ids in batch.activities["ids"].to_pylist()
    ]
    fresh = seen - before
    facts = [[k for k, i in enumerate(ids) if i in fresh] for ids in batch.facts["ids"].to_pylist()]
    left = Partial(_only(batch.activities, kept), _only(batch.facts, facts))
    return Unseen(left, frozenset(hour for hour, _ in held))


def remember(tx: ManagedTransaction, activities: pa.Table, revision: int) -> None:
    """Keep the ids of ``activities``, as added by the write that made ``revision``."""
    ids: dict[int, list[bytes]] = {}
    columns = (activities["hour"].to_pylist(), activities["ids"].to_pylist())
    for hour, part in zip(*columns, strict=True):
        ids.setdefault(hour, []).extend(part)
    change(tx, ADD, ([hour, revision, b"".join(part)] for hour, part in sorted(ids.items())))


def _split(packed: bytes) -> Iterator[bytes]:
    return (packed[at : at + SIZE] for at in range(0, len(packed), SIZE))


def _only(table: pa.Table, kept: list[list[int]]) -> pa.Table:
    """The rows of ``table`` with only those of their calls whose places are ``kept``."""
    if all(len(k) == n for k, n in zip(kept, _lengths(table), strict=True)):
        return table
    rows = [row for row, places in enumerate(kept) if places]
    part = table.take(pa.array(rows, pa.int64()))
    for name in ("ids", "seconds"):
        lists = zip(part[name].to_pylist(), rows, strict=True)
        values = [[values[k] for k in kept[row]] for values, row in lists]
        place = part.schema.get_field_index(name)
        part = part.set_column(
            place, part.schema.field(name), pa.array(values, part.schema.field(name).type)
        )
    return part


def _lengths(table: pa.Table) -> Collection[int]:
    lengths: list[int] = table["ids"].combine_chunks().value_lengths().to_pylist()
    return lengths
