"""What an SQLite store holds of a window: activities, facts, span, the hours writes touched."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from offtrail.graph.rows import ACTIVITY_KEY, all_event_ids
from offtrail.graph.sqlite_near import hours_of
from offtrail.graph.sqlite_packed import HOURS, between, hours_in
from offtrail.graph.sqlite_words import WORDS, listed, unpack
from offtrail.graph.sqlite_write import FACT_REST
from offtrail.graph.window import Window
from offtrail.ingest.activity import ACTIVITY, FACT

ROWS = "SELECT hour, principal, key, calls, first, last, proofs FROM activity WHERE "
BETWEEN = "hour BETWEEN ? AND ?"
ABOUT = f"{BETWEEN} AND substr(key, {1 + 4 * ACTIVITY_KEY.index('resource')}, 4) = ?"
OF_PRINCIPAL = "principal = ? AND hour IN (SELECT value FROM json_each(?))"
HOURS_OF = f"""
SELECT n.id % {HOURS} FROM node o CROSS JOIN near n ON n.id {between("o.id", "?2", "?3")}
WHERE o.name = ?1
"""  # noqa: S608 - our own words
PRINCIPALS = """
SELECT o.name FROM json_each(?) f CROSS JOIN node o ON o.id = f.value WHERE o.kind = 'principal'
"""
FACTS = "SELECT hour, key, calls, first, last, proofs FROM fact WHERE hour BETWEEN ? AND ?"
FILES = "SELECT uri, mark FROM file WHERE uri IN (SELECT value FROM json_each(?))"
CODE = ACTIVITY_KEY.index("code")

Connection = sqlite3.Connection


def activities(
    connection: Connection,
    window: Window,
    principal: str | None,
    named: dict[str, str],
    *,
    errors_only: bool,
    limit: int | None,
) -> pa.Table:
    """Rows of ACTIVITY; ``named`` are columns and the id that each must hold."""
    found = _found(connection, window, principal, named)
    keys = unpack((row[2] for row in found), len(ACTIVITY_KEY))
    keep = np.ones(len(found), dtype=bool)
    for name, id in named.items():
        keep &= keys[:, ACTIVITY_KEY.index(name)] == _word(connection, id)
    if errors_only:
        keep &= keys[:, CODE] != _word(connection, "")
    found = [found[i] for i in np.flatnonzero(keep).tolist()]
    who = np.array([row[1] for row in found], dtype=np.int64).reshape(-1, 1)
    columns = dict(zip(("principal", *ACTIVITY_KEY), np.hstack([who, keys[keep]]).T, strict=True))
    return _table(connection, ACTIVITY, columns, found, 3).slice(0, limit)


def _found(
    connection: Connection, window: Window, principal: str | None, named: dict[str, str]
) -> list[Any]:
    if principal is None and not named:
        return connection.execute(ROWS + BETWEEN, window.hours).fetchall()
    who = [principal]
    if principal is None:
        column, start = next(iter(named.items()))
        if column == "resource":  # a call that failed, and was not denied, is no arrow to it
            number = max(_word(connection, start), 0).to_bytes(4, "big")
            return connection.execute(ROWS + ABOUT, (*window.hours, number)).fetchall()
        who = _beside(connection, window, start)
    rows: list[Any] = []
    for name in who:
        hours = connection.execute(HOURS_OF, (name, *hours_in(window))).fetchall()
        asked = _word(connection, name), listed(hour for (hour,) in hours)
        rows += connection.execute(ROWS + OF_PRINCIPAL, asked)
    return rows


def _beside(connection: Connection, window: Window, name: str) -> list[str | None]:
    """Principals that an arrow of the window joins to a node."""
    node = connection.execute("SELECT id FROM node WHERE name = ?", (name,)).fetchone()
    if node is None:
        return []
    near = hours_of(connection, node, window)
    others = listed(np.unique(near.of("other")).tolist())
    return [row[0] for row in connection.execute(PRINCIPALS, (others,))]


def _word(connection: Connection, text: str | None) -> int:
    """The number of a word, -1 where the store has no such word."""
    row = connection.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone()
    return row[0] if row else -1


def facts(
    connection: Connection, window: Window, relation: str | None, node: str | None
) -> pa.Table:
    """Rows of FACT in which ``node`` is subject or object."""
    found = connection.execute(FACTS, window.hours).fetchall()
    keys = unpack((row[1] for row in found), len(FACT_REST))
    keep = np.ones(len(found), dtype=bool)
    if relation is not None:
        keep &= keys[:, FACT_REST.index("relation")] == _word(connection, relation)
    if node is not None:
        ends = keys[:, [FACT_REST.index("subject"), FACT_REST.index("object")]]
        keep &= (ends == _word(connection, node)).any(axis=1)
    found = [found[i] for i in np.flatnonzero(keep).tolist()]
    return _table(connection, FACT, dict(zip(FACT_REST, keys[keep].T, strict=True)), found, 2)


def _table(
    connection: Connection,
    schema: pa.Schema,
    columns: dict[str, Any],
    found: Sequence[Any],
    at: int,
) -> pa.Table:
    """Rows as the schema says, ordered by first, then by all key columns."""
    values: dict[str, Any] = {
        "hour": [row[0] for row in found],
        "count": [row[at] for row in found],
        "first": [row[at + 1] for row in found],
        "last": [row[at + 2] for row in found],
        "event_ids": all_event_ids([row[at + 3] for row in found]),
    }
    used = np.unique(np.concatenate([np.unique(c) for c in columns.values()]))
    texts = words(connection, used.tolist())
    place = {id: i for i, id in enumerate(used.tolist())}
    dictionary = pa.array([texts[id] for id in used.tolist()], pa.string())
    for name, ids in columns.items():
        own, inverse = np.unique(ids, return_inverse=True)
        places = np.array([place[id] for id in own.tolist()], dtype=np.int64)[inverse]
        values[name] = dictionary.take(pa.array(places))
    if "mfa" in values:
        values["mfa"] = pa.compute.equal(values["mfa"], "1")
    table = pa.table({name: values[name] for name in schema.names}, schema=schema)
    keys = [n for n in schema.names if n == "hour" or n in columns]
    return table.sort_by([(name, "ascending") for name in ("first", *keys)])


def words(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """The texts of numbers."""
    return dict(connection.execute(WORDS, (listed(ids),)).fetchall())


def files(connection: Connection, uris: Iterable[str]) -> dict[str, str]:
    """The ledger: mark by uri."""
    return dict(connection.execute(FILES, [json.dumps([*uris])]).fetchall())


def span(connection: Connection) -> Window | None:
    """From the first call to one second after the last."""
    ends = connection.execute("SELECT min(hour), max(hour) FROM activity").fetchone()
    if ends[0] is None:
        return None
    find = "SELECT min(first), max(last) FROM activity WHERE hour = ?"
    first = connection.execute(find, ends[:1]).fetchone()[0]
    return Window(first, connection.execute(find, ends[1:]).fetchone()[1] + 1)


def touched(connection: Connection, since: int) -> list[int]:
    """Hours that writes after ``since`` added to."""
    find = "SELECT DISTINCT hour FROM seen WHERE revision > ? ORDER BY hour"
    return [row[0] for row in connection.execute(find, (since,))]
