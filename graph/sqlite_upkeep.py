"""Upkeep of an SQLite store: scores and bands shown, old hours removed."""

import sqlite3

import msgspec
import numpy as np

from offtrail.graph.schema import BY_TYPE, KINDS, TYPES
from offtrail.graph.sqlite_near import IN
from offtrail.graph.sqlite_words import unpack
from offtrail.graph.window import HOUR

FAILED = TYPES.index("FAILED")

Connection = sqlite3.Connection


FORGET_SCORES = f"""
DELETE FROM score WHERE (principal, api, code) NOT IN (
    SELECT s.name, t.name, w.text FROM (SELECT DISTINCT principal FROM score) p
    CROSS JOIN node s ON s.name = p.principal
    CROSS JOIN arrow a ON a.source = s.id AND a.type = {FAILED}
    JOIN node t ON t.id = a.target JOIN word w ON w.id = a.code
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
    SELECT min(a.first) FROM near n, json_each(listed(n.node, n.arrows)) e CROSS JOIN arrow a
        ON a.source = json_extract(e.value, '$[0]') AND a.hour = n.hour
            AND a.type = json_extract(e.value, '$[1]') AND a.target = json_extract(e.value, '$[2]')
            AND a.code = json_extract(e.value, '$[3]')
    WHERE n.node = node.id AND n.hour = (SELECT min(hour) FROM near WHERE node = node.id)), first)
WHERE first < ?
"""
ENDS = [end for t in TYPES for end in (BY_TYPE[t].source_kind, BY_TYPE[t].target_kind)]
PLACE = np.array([KINDS.index(kind) for kind in ENDS])
NAME = " ".join(f"WHEN {place} THEN '{kind}'" for place, kind in enumerate(KINDS))
KIND = f"""
UPDATE node SET kind = (
    SELECT CASE min(kind_of(n.arrows)) {NAME} END FROM near n WHERE n.node = node.id)
WHERE first < ?
"""  # noqa: S608 - our own words
LONELY = "SELECT id FROM node WHERE NOT EXISTS (SELECT 1 FROM near WHERE node = id)"


def kind_of(packed: bytes) -> int:
    """The place in KINDS of the earliest kind as which entries meet their node."""
    return int(PLACE[unpack([packed], 3)[:, 0]].min())


def listed(node: int, packed: bytes) -> str:
    """Entries at a node as a list of source, type, target and code, for json_each."""
    found = [
        (other, way // 2, node, code) if way % 2 == IN else (node, way // 2, other, code)
        for way, other, code in unpack([packed], 3).tolist()
    ]
    return msgspec.json.encode(found).decode()


def prunable(connection: Connection, before: int) -> int:
    """How many calls ``prune`` would remove: as many as ids are remembered."""
    find = "SELECT coalesce(sum(length(ids)) / 16, 0) FROM seen WHERE hour < ?"
    found: int = connection.execute(find, (before // HOUR,)).fetchone()[0]
    return found


def prune(connection: Connection, before: int) -> int:
    """Remove the hours that end at or before ``before``."""
    cut, removed = before // HOUR, prunable(connection, before)
    for table in ("activity", "fact", "seen", "near", "arrow"):
        connection.execute(f"DELETE FROM {table} WHERE hour < ?", (cut,))  # noqa: S608 - our own names
    forget = f"INSERT INTO node_text (node_text, rowid, text) SELECT 'delete', id, text FROM node WHERE id IN ({LONELY})"  # noqa: S608, E501
    connection.execute(forget)
    connection.execute(f"DELETE FROM node WHERE id IN ({LONELY})")  # noqa: S608 - our own words
    connection.execute(KIND, (cut * HOUR,))
    connection.execute(FIRST, (cut * HOUR,))
    connection.execute(FORGET_SCORES)
    return removed
