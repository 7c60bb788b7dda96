"""Upkeep of an SQLite store: scores and bands shown, old hours removed, counts proved."""

import sqlite3
from collections.abc import Iterator

import pyarrow as pa

from offtrail.graph.digest import digest
from offtrail.graph.schema import BY_TYPE, KINDS, TYPES
from offtrail.graph.sqlite_read import activities, counts, facts, span
from offtrail.graph.store import Check
from offtrail.graph.window import HOUR, Window

CALLED, FAILED = 2 * TYPES.index("CALLED"), 2 * TYPES.index("FAILED")
DAY = 24 * HOUR

Connection = sqlite3.Connection


FORGET_SCORES = f"""
DELETE FROM score WHERE (principal, api, code) NOT IN (
    SELECT s.name, t.name, w.text FROM (SELECT DISTINCT principal FROM score) p
    CROSS JOIN node s ON s.name = p.principal
    CROSS JOIN arrow a ON a.node = s.id AND a.way = {FAILED}
    JOIN node t ON t.id = a.other JOIN word w ON w.id = a.code
)
"""  # noqa: S608 - our own numbers


def mark(
    connection: Connection, scores: dict[tuple[str, str, str], float], bands: dict[str, str]
) -> None:
    """Scores on FAILED arrows and bands on nodes, in place of those of before."""
    connection.execute("DELETE FROM score")
    connection.execute("UPDATE node SET band = '' WHERE band <> ''")
    connection.executemany(
        "INSERT INTO score VALUES (?, ?, ?, ?)", [(*edge, s) for edge, s in scores.items()]
    )
    connection.execute(FORGET_SCORES)
    connection.executemany(
        "UPDATE node SET band = ? WHERE name = ?", [(band, id) for id, band in bands.items()]
    )


FIRST = """
UPDATE node SET first = coalesce((
    SELECT min(coalesce(a.first, b.first)) FROM arrow a LEFT JOIN arrow b
        ON a.way % 2 = 1 AND b.node = a.other AND b.hour = a.hour AND b.way = a.way - 1
            AND b.other = a.node AND b.code = a.code
    WHERE a.node = node.id), first)
WHERE first < ?
"""
ENDS = [end for t in TYPES for end in (BY_TYPE[t].source_kind, BY_TYPE[t].target_kind)]
PLACE = " ".join(f"WHEN {way} THEN {KINDS.index(kind)}" for way, kind in enumerate(ENDS))
NAME = " ".join(f"WHEN {place} THEN '{kind}'" for place, kind in enumerate(KINDS))
KIND = f"""
UPDATE node SET kind = (
    SELECT CASE min(CASE a.way {PLACE} END) {NAME} END FROM arrow a WHERE a.node = node.id)
WHERE first < ?
"""  # noqa: S608 - our own words
LONELY = "SELECT id FROM node WHERE NOT EXISTS (SELECT 1 FROM arrow WHERE node = id)"


def prunable(connection: Connection, before: int) -> int:
    """How many calls ``prune`` would remove: as many as ids are remembered."""
    find = "SELECT coalesce(sum(length(ids)) / 16, 0) FROM seen WHERE hour < ?"
    found: int = connection.execute(find, (before // HOUR,)).fetchone()[0]
    return found


def prune(connection: Connection, before: int) -> int:
    """Remove the hours that end at or before ``before``."""
    cut, removed = before // HOUR, prunable(connection, before)
    for table in ("activity", "fact", "seen", "arrow"):
        connection.execute(f"DELETE FROM {table} WHERE hour < ?", (cut,))  # noqa: S608 - our own names
    forget = f"INSERT INTO node_text (node_text, rowid, text) SELECT 'delete', id, text FROM node WHERE id IN ({LONELY})"  # noqa: S608, E501
    connection.execute(forget)
    connection.execute(f"DELETE FROM node WHERE id IN ({LONELY})")  # noqa: S608 - our own words
    connection.execute(KIND, (cut * HOUR,))
    connection.execute(FIRST, (cut * HOUR,))
    connection.execute(FORGET_SCORES)
    return removed


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
            - coalesce((SELECT sum(calls) FROM arrow WHERE way IN ({CALLED}, {FAILED})), 0)""",  # noqa: S608 - our own numbers
    "arrows without a node": """
        SELECT count(*) FROM arrow WHERE node NOT IN (SELECT id FROM node)""",
    "arrows whose other end does not know them": """
        SELECT count(*) FROM arrow a WHERE NOT EXISTS (
            SELECT 1 FROM arrow b WHERE b.node = a.other AND b.hour = a.hour AND b.code = a.code
                AND b.other = a.node AND b.way = a.way + 1 - 2 * (a.way % 2))""",
    "nodes without an arrow": f"SELECT count(*) FROM ({LONELY})",  # noqa: S608 - our own words
}


def _problems(connection: Connection) -> Iterator[str]:
    for name, query in PROOFS.items():
        off = connection.execute(query).fetchone()[0]
        if off:
            yield f"{name}: {off} do not add up"
