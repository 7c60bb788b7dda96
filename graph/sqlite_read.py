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
from offtrail.graph.sqlite_words import WORDS, listed, part, unpack
from offtrail.graph.sqlite_write import FACT_REST
from offtrail.graph.window import Window
from offtrail.ingest.activity import ACTIVITY, FACT

ROWS = "SELECT hour, principal, key, calls, first, last, proofs FROM activity WHERE "
BETWEEN = "hour BETWEEN ? AND ?"
FAILED = f" AND {part(ACTIVITY_KEY, 'code')} <> ?"
SCANNED = ("", "resource", "account")
"""Columns whose rows are looked for in the whole window, and few of it taken: a call that failed,
and was not denied, is no arrow to its resource; an account has no arrows to its calls."""
OF_PRINCIPAL = "principal = ? AND hour IN (SELECT value FROM json_each(?))"
HOURS_OF = f"""
SELECT n.id % {HOURS} FROM node o CROSS JOIN near n ON n.id {between("o.id", "?2", "?3")}
WHERE o.name = ?1
"""  # noqa: S608 - our own words
PRINCIPALS = """
SELECT o.name FROM json_each(?) f CROSS JOIN node o ON o.id = f.value WHERE o.kind = 'principal'
"""
FACTS = "SELECT hour, key, calls, first, last, proofs FROM fact WHERE "
OF_NODE = f"""
? IN ({part(FACT_REST, "subject")}, {part(FACT_REST, "object")})
AND hour IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - our own words
ENDS = "SELECT (SELECT min(hour) FROM activity), (SELECT max(hour) FROM activity)"  # each is a seek
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
    found = _found(connection, window, principal, named, errors_only)
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
    connection: Connection,
    window: Window,
    principal: str | None,
    named: dict[str, str],
    errors_only: bool,
) -> list[Any]:
    column, start = next(iter(named.items()), ("", ""))
    if principal is None and (column in SCANNED or (errors_only and "account" in named)):
        which = [f" AND {part(ACTIVITY_KEY, name)} = ?" for name in named] + [FAILED] * errors_only
        words = [*named.values(), *[""] * errors_only]
        asked = [_number(connection, word) for word in words]
        query = ROWS + BETWEEN + "".join(which)
        return connection.execute(query, (*window.hours, *asked)).fetchall()
    rows: list[Any] = []
    for name in [principal] if principal is not None else _beside(connection, window, start):
        own = _word(connection, name), _hours_of(connection, name, window)
        rows += connection.execute(ROWS + OF_PRINCIPAL, own)
    return rows


def _hours_of(connection: Connection, node: str | None, window: Window) -> str:
    """The hours of a window in which a node has arrows, as a list in JSON."""
    return listed(hour for (hour,) in connection.execute(HOURS_OF, (node, *hours_in(window))))


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


def _number(connection: Connection, text: str) -> bytes:
    """The number of a word as keys hold it; 0 where the store has no such word."""
    return max(_word(connection, text), 0).to_bytes(4, "big")


def facts(
    connection: Connection, window: Window, relation: str | None, node: str | None
) -> pa.Table:
    """Rows of FACT in which ``node`` is subject or object."""
    if node is None:
        found = connection.execute(FACTS + BETWEEN, window.hours).fetchall()
    else:
        asked = _number(connection, node), _hours_of(connection, node, window)
        found = connection.execute(FACTS + OF_NODE, asked).fetchall()
    keys = unpack((row[1] for row in found), len(FACT_REST))
    keep = np.ones(len(found), dtype=bool)
    if relation is not None:
        keep &= keys[:, FACT_REST.index("relation")] == _word(connection, relation)
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
    ends = connection.execute(ENDS).fetchone()
    if ends[0] is None:
        return None
    find = "SELECT min(first), max(last) FROM activity WHERE hour = ?"
    first = connection.execute(find, ends[:1]).fetchone()[0]
    return Window(first, connection.execute(find, ends[1:]).fetchone()[1] + 1)


def touched(connection: Connection, since: int) -> list[int]:
    """Hours that writes after ``since`` added to."""
    find = "SELECT DISTINCT hour FROM seen WHERE revision > ? ORDER BY hour"
    return [row[0] for row in connection.execute(find, (since,))]
