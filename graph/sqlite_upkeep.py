"""Upkeep of an SQLite store: scores and bands shown, old hours removed."""

import sqlite3
from itertools import groupby
from operator import itemgetter

import numpy as np

from offtrail.graph.schema import BY_TYPE, KINDS, TYPES
from offtrail.graph.sqlite_packed import ENTRY, HOURS, OUT, between, entries
from offtrail.graph.sqlite_words import numbers
from offtrail.graph.window import HOUR

FAILED = TYPES.index("FAILED")
FAILED_AT = f"SELECT id, arrows, proofs FROM near WHERE id {between('?1')}"  # noqa: S608 - our own words

Connection = sqlite3.Connection


def mark(
    connection: Connection, scores: dict[tuple[str, str, str], float], bands: dict[str, str]
) -> None:
    """Scores on FAILED arrows and bands on nodes, in place of those of before."""
    connection.execute("DELETE FROM score")
    connection.execute("UPDATE node SET band = '' WHERE band <> ''")
    connection.executemany(
        "INSERT INTO score VALUES (?, ?, ?, ?)", [(*edge, s) for edge, s in scores.items()]
    )
    _forget_scores(connection)
    connection.executemany(
        "UPDATE node SET band = ? WHERE name = ?", [(band, id) for id, band in bands.items()]
    )


FIRST = f"""
UPDATE node SET first = coalesce((
    SELECT n.id % {HOURS} * {HOUR} + first_of(n.arrows) FROM near n
    WHERE n.id {between("node.id")} ORDER BY n.id LIMIT 1), first)
WHERE first < ?
"""  # noqa: S608 - our own words
ENDS = [end for t in TYPES for end in (BY_TYPE[t].source_kind, BY_TYPE[t].target_kind)]
PLACE = np.array([KINDS.index(kind) for kind in ENDS])
NAME = " ".join(f"WHEN {place} THEN '{kind}'" for place, kind in enumerate(KINDS))
KIND = f"""
UPDATE node SET kind = (
    SELECT CASE min(kind_of(n.arrows)) {NAME} END FROM near n WHERE n.id {between("node.id")})
WHERE first < ?
"""  # noqa: S608 - our own words
LONELY = f"""
SELECT id FROM node o WHERE NOT EXISTS (SELECT 1 FROM near n WHERE n.id {between("o.id")})
"""  # noqa: S608 - our own words


def kind_of(packed: bytes) -> int:
    """The place in KINDS of the earliest kind as which entries meet their node."""
    return int(PLACE[np.frombuffer(packed, ENTRY)["way"]].min())


def first_of(packed: bytes) -> int:
    """The second of the hour at which entries begin."""
    return int(np.frombuffer(packed, ENTRY)["first"].min())


def _forget_scores(connection: Connection) -> None:
    """Scores go with their arrows."""
    scores = connection.execute("SELECT principal, api, code FROM score ORDER BY 1").fetchall()
    node = numbers(connection, "node", "name", {end for score in scores for end in score[:2]})
    word = numbers(connection, "word", "text", {score[2] for score in scores})
    gone = []
    for principal, of in groupby(scores, key=itemgetter(0)):
        failed = _failed(connection, node.get(principal, -1))
        gone += [s for s in of if (node.get(s[1]), word.get(s[2])) not in failed]
    find = "DELETE FROM score WHERE principal = ? AND api = ? AND code = ?"
    connection.executemany(find, gone)


def _failed(connection: Connection, node: int) -> set[tuple[int, int]]:
    """At which APIs, and with which codes, a principal failed."""
    held = entries(connection.execute(FAILED_AT, (node,)).fetchall())
    out = held.packed[held.packed["way"] == 2 * FAILED + OUT]
    return set(zip(out["other"].tolist(), out["code"].tolist(), strict=True))


def prunable(connection: Connection, before: int) -> int:
    """How many calls ``prune`` would remove: as many as ids are remembered."""
    find = "SELECT coalesce(sum(length(ids)) / 16, 0) FROM seen WHERE hour < ?"
    found: int = connection.execute(find, (before // HOUR,)).fetchone()[0]
    return found


def prune(connection: Connection, before: int) -> int:
    """Remove the hours that end at or before ``before``."""
    cut, removed = before // HOUR, prunable(connection, before)
    connection.execute(f"DELETE FROM near WHERE id % {HOURS} < ?", (cut,))  # noqa: S608 - our own number
    for table in ("activity", "fact", "seen"):
        connection.execute(f"DELETE FROM {table} WHERE hour < ?", (cut,))  # noqa: S608 - our own names
    forget = f"INSERT INTO node_text (node_text, rowid, text) SELECT 'delete', id, text FROM node WHERE id IN ({LONELY})"  # noqa: S608, E501
    connection.execute(forget)
    connection.execute(f"DELETE FROM node WHERE id IN ({LONELY})")  # noqa: S608 - our own words
    connection.execute(KIND, (cut * HOUR,))
    connection.execute(FIRST, (cut * HOUR,))
    _forget_scores(connection)
    return removed
