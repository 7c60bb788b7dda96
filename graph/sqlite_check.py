"""What an SQLite store holds, in one digest, and whether what it says twice adds up."""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from offtrail.graph.digest import digest
from offtrail.graph.rows import Ints
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_near import IN, entries
from offtrail.graph.sqlite_read import activities, counts, facts, span
from offtrail.graph.sqlite_upkeep import LONELY
from offtrail.graph.store import Check
from offtrail.graph.window import HOUR, Window

CALLED, FAILED = TYPES.index("CALLED"), TYPES.index("FAILED")
DAY = 24 * HOUR
NEAR = "SELECT node, hour, arrows FROM near"
ARROWS = "SELECT source, hour, type, target, code FROM arrow"
ROWS = 50_000  # read at a time
STIR = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits spread evenly: 2^64 over the golden ratio

Connection = sqlite3.Connection


def check(connection: Connection) -> Check:
    """The digest of the contents, the counts, and what does not add up."""
    return Check(digest(_tables(connection)), counts(connection), tuple(_problems(connection)))


def _tables(connection: Connection) -> Iterator[pa.Table]:
    """The contents day by day, so that a large store fits."""
    whole = span(connection)
    if whole is None:
        return
    for start in range(whole.start // DAY * DAY, whole.end, DAY):
        window = Window(start, start + DAY)
        yield activities(connection, window, None, {}, errors_only=False, limit=None)
        yield facts(connection, window, None, None)


PROOFS = {
    "the integrity of the file": """
        SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'""",
    "calls of activities against ids seen": """
        SELECT coalesce((SELECT sum(calls) FROM activity), 0)
            - coalesce((SELECT sum(length(ids)) / 16 FROM seen), 0)""",
    "calls of activities against CALLED and FAILED arrows": f"""
        SELECT coalesce((SELECT sum(calls) FROM activity), 0)
            - coalesce((SELECT sum(calls) FROM arrow WHERE type IN ({CALLED}, {FAILED})), 0)""",  # noqa: S608 - our own numbers
    "entries without a node": """
        SELECT count(*) FROM near WHERE node NOT IN (SELECT id FROM node)""",
    "nodes without an arrow": f"SELECT count(*) FROM ({LONELY})",  # noqa: S608 - our own words
}


def _problems(connection: Connection) -> Iterator[str]:
    for name, query in PROOFS.items():
        off = connection.execute(query).fetchone()[0]
        if off:
            yield f"{name}: {off} do not add up"
    told, arrows = _traces(connection)
    for end, trace in told.items():
        if trace != arrows:
            yield f"arrow-hours, as their {end} know them: {trace.rows} are not {arrows.rows}"


class Trace(NamedTuple):
    """How many arrow-hours, and the sum of their hashes."""

    rows: int = 0
    sum: int = 0

    def add(self, *columns: Ints) -> "Trace":
        """With more of them: source, hour, type, target, code."""
        mixed = np.zeros(len(columns[0]), dtype=np.uint64)
        for column in columns:
            mixed = (mixed ^ column.astype(np.uint64)) * STIR
            mixed ^= mixed >> np.uint64(32)
        return Trace(self.rows + len(mixed), (self.sum + int(mixed.sum())) % (1 << 64))


def _traces(connection: Connection) -> tuple[dict[str, Trace], Trace]:
    """All arrow-hours, as both of their ends know them, and as they stand."""
    sources, targets, arrows = Trace(), Trace(), Trace()
    for rows in _parts(connection.execute(NEAR)):
        node, hour, way, other, code = entries(rows)
        type, back, loop = way // 2, way % 2 == IN, node == other
        sources = sources.add(*(c[~back] for c in (node, hour, type, other, code)))
        back |= loop
        targets = targets.add(*(c[back] for c in (other, hour, type, node, code)))
    for rows in _parts(connection.execute(ARROWS)):
        arrows = arrows.add(*np.array(rows, dtype=np.int64).T)
    return {"sources": sources, "targets": targets}, arrows


def _parts(cursor: sqlite3.Cursor) -> Iterator[list[Any]]:
    while rows := cursor.fetchmany(ROWS):
        yield rows
