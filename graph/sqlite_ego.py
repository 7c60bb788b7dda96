"""Windows on an SQLite graph: the arrows at a node, and the ego of a seed hop by hop."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from offtrail.graph.rows import KEPT, PROOF, event_ids
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_words import numbers
from offtrail.graph.store import MOST, Cut, Ego, Node, Relationship
from offtrail.graph.window import Window

FIND = "SELECT id FROM node WHERE name = ?"
HUBS = """
SELECT f.value, (
    SELECT a.hour FROM arrow a WHERE a.node = f.value AND a.hour BETWEEN ? AND ?
    ORDER BY a.hour DESC LIMIT 1 OFFSET ?
) AS low FROM json_each(?) f WHERE low IS NOT NULL
"""
EXPAND = """
SELECT a.node, a.way, a.other, a.code, a.hour
FROM json_each(?) f CROSS JOIN arrow a ON a.node = f.value AND a.hour BETWEEN ? AND ?
WHERE NOT (a.way % 2 AND a.other = a.node)
"""  # an arrow from a node to itself stands there twice
DETAILS = """
SELECT a.node, a.way, a.other, a.code, a.error_class, a.calls, a.first, a.last, a.proofs
FROM json_each(?) f CROSS JOIN arrow a ON a.node = f.value AND a.hour BETWEEN ? AND ?
WHERE a.way % 2 = 0 AND +a.other IN (SELECT value FROM json_each(?))
"""
NAMES = "SELECT n.id, n.name FROM json_each(?) f CROSS JOIN node n ON n.id = f.value"
NODES = """
SELECT n.name, n.kind, n.label, n.account, n.first, n.last, n.band
FROM json_each(?) f CROSS JOIN node n ON n.id = f.value
"""
WORDS = "SELECT w.id, w.text FROM json_each(?) f CROSS JOIN word w ON w.id = f.value"
SCORE = "SELECT score FROM score WHERE principal = ? AND api = ? AND code = ?"
REMEMBERED = 300_000  # texts, some 40 MB
FIRST = itemgetter(6)
FAILED = 2 * TYPES.index("FAILED")

Connection = sqlite3.Connection
Key = tuple[int, int, int, int]
"""An arrow: source, way (outward), target, code; all numbers of the store."""


class Texts:
    """Names of nodes and words by their numbers, which never change, remembered by a thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.node: dict[int, str] = {}
        self.word: dict[int, str] = {}

    def fetch(self, nodes: Iterable[int], words: Iterable[int] = ()) -> None:
        """Know the texts of these; a question calls ``forget`` before its first."""
        for ids, known, find in ((nodes, self.node, NAMES), (words, self.word, WORDS)):
            missing = {id for id in ids if id not in known}
            if missing:
                known.update(self._connection.execute(find, (_list(missing),)).fetchall())

    def forget(self) -> None:
        """Bound what is remembered, between questions."""
        if len(self.node) + len(self.word) > REMEMBERED:
            self.node.clear()
            self.word.clear()


class Met(NamedTuple):
    """What one expansion met, in order: the arrows kept with their far ends, and the cuts."""

    kept: list[tuple[Key, int]]
    cuts: list[Cut]


def _list(ids: Iterable[int]) -> str:
    return "[" + ",".join(map(str, ids)) + "]"


def expand(
    connection: Connection,
    texts: Texts,
    nodes: Sequence[int],
    window: Window,
    cap: int,
    types: Sequence[str] = (),
) -> dict[int, Met]:
    """The arrows at each of ``nodes``: latest hour first, then type, source, target and code."""
    ways = {TYPES.index(t) for t in types or TYPES if t in TYPES}
    at = _arrows(connection, nodes, window, cap + MOST, ways)
    near = {node: _within(rows, cap) for node, rows in at.items()}
    met = [row for rows, _ in near.values() for row in rows]
    texts.fetch({*nodes, *(row[3] for row in met)}, {row[4] for row in met})
    return {node: _met(texts, node, *near[node], cap) for node in nodes}


Row = tuple[int, int, int, int, int]
"""An arrow as one of its ends sees it: minus its latest hour, type, way, other end, code."""
Latest = dict[tuple[int, int, int], int]
"""The latest hour of arrows at one node: by way, other end and code."""


def _arrows(
    connection: Connection, nodes: Sequence[int], window: Window, depth: int, ways: set[int]
) -> dict[int, list[Row]]:
    """The arrows at each node: all of them, or at a hub at least the ``depth`` latest."""
    start, end = window.hours
    many = depth
    hubs = dict(connection.execute(HUBS, (start, end, many, _list(nodes))).fetchall())
    found: dict[int, Latest] = {node: {} for node in nodes}
    _read(connection, found, [node for node in nodes if node not in hubs], start, end, ways)
    for hub, low in hubs.items():
        _descend(connection, found, hub, low, (start, end), depth, ways)
    return {
        node: [(-hour, key[0] // 2, *key) for key, hour in latest.items()]
        for node, latest in found.items()
    }


def _read(
    connection: Connection,
    found: dict[int, Latest],
    nodes: Sequence[int],
    start: int,
    end: int,
    ways: set[int],
) -> None:
    for node, way, other, code, hour in connection.execute(EXPAND, (_list(nodes), start, end)):
        if way // 2 in ways:
            latest, key = found[node], (way, other, code)
            if latest.get(key, -1) < hour:
                latest[key] = hour


def _descend(
    connection: Connection,
    found: dict[int, Latest],
    hub: int,
    low: int | None,
    hours: tuple[int, int],
    depth: int,
    ways: set[int],
) -> None:
    """Read a hub backwards in time, the more rows at once the further, until it has ``depth``."""
    start, end = hours
    many = depth // 2 + 1
    while low is not None:
        _read(connection, found, [hub], low, end, ways)
        if len(found[hub]) >= depth:
            return
        end = low - 1
        row = connection.execute(HUBS, (start, end, many, _list([hub]))).fetchone()
        many *= 2
        low = row[1] if row else None
    _read(connection, found, [hub], start, end, ways)


def _within(rows: list[Row], cap: int) -> tuple[list[Row], Counter[int]]:
    """The rows that may be among the first ``cap``, as names decide between those of one hour;
    and where there are more, how many of each type are counted."""
    if len(rows) <= cap:
        return rows, Counter()
    order = sorted((row[0], row[1]) for row in rows)
    last = order[cap - 1] if cap else (-1 << 62, 0)
    of = Counter(type for _, type in order[: cap + MOST])
    return [row for row in rows if (row[0], row[1]) <= last], of


def _met(texts: Texts, node: int, near: list[Row], of: Counter[int], cap: int) -> Met:
    def order(row: Row) -> tuple[int, int, str, str, str]:
        ends = (row[3], node) if row[2] % 2 else (node, row[3])
        return *row[:2], texts.node[ends[0]], texts.node[ends[1]], texts.word[row[4]]

    first = sorted(near, key=order)[:cap]
    kept = [
        ((row[3], row[2] - 1, node, row[4]) if row[2] % 2 else (node, row[2], *row[3:]), row[3])
        for row in first
    ]
    got, name = Counter(row[1] for row in first) if of else of, texts.node[node]
    return Met(kept, [Cut(name, TYPES[t], got[t], n) for t, n in sorted(of.items()) if got[t] < n])


def relationships(
    connection: Connection,
    texts: Texts,
    window: Window,
    node: str,
    types: Sequence[str],
    limit: int,
) -> tuple[list[Relationship], list[Cut]]:
    """The arrows at one node."""
    texts.forget()
    start = connection.execute(FIND, (node,)).fetchone()
    if start is None:
        return [], []
    met = expand(connection, texts, start, window, limit, types)[start[0]]
    return details(connection, texts, [key for key, _ in met.kept], window), met.cuts


Hour = tuple[Any, ...]
"""A row of DETAILS: the key of an arrow, then class, calls, first, last and proofs of an hour."""


def details(
    connection: Connection, texts: Texts, arrows: Sequence[Key], window: Window
) -> list[Relationship]:
    """The arrows, in order, summed over ``window``."""
    hours: dict[Key, list[Hour]] = {key: [] for key in arrows}
    sources, targets = (_list({key[end] for key in arrows}) for end in (0, 2))
    for row in connection.execute(DETAILS, (sources, *window.hours, targets)):
        of = hours.get(row[:4])
        if of is not None:
            of.append(row)
    texts.fetch((), {row[4] for of in hours.values() for row in of})
    return [_relationship(connection, texts, key, hours[key]) for key in arrows]


def _relationship(
    connection: Connection, texts: Texts, key: Key, hours: Sequence[Hour]
) -> Relationship:
    ends, code = (texts.node[key[0]], texts.node[key[2]]), texts.word[key[3]]
    score = None
    if key[1] == FAILED:
        row = connection.execute(SCORE, (*ends, code)).fetchone()
        score = row[0] if row else None
    error_class, calls, first, last, proofs = _summed(texts, hours)
    proved = event_ids(proofs)
    type = TYPES[key[1] // 2]
    return Relationship(*ends, type, calls, first, last, proved, code, error_class, score)


def _summed(texts: Texts, hours: Sequence[Hour]) -> tuple[str, int, int, int, bytes]:
    """The hours of one arrow as one; the proofs of its first hours are the earliest."""
    if len(hours) == 1:
        (hour,) = hours
        return texts.word[hour[4]], *hour[5:]
    hours = sorted(hours, key=FIRST)
    return (
        min([texts.word[hour[4]] for hour in hours]),
        sum([hour[5] for hour in hours]),
        hours[0][6],
        hours[-1][7],
        b"".join([hour[8] for hour in hours[:KEPT]])[: KEPT * PROOF],
    )


def ego(
    connection: Connection,
    texts: Texts,
    seed: str,
    window: Window,
    hops: int,
    cap: int,
    limit: int,
) -> Ego:
    """Nodes in the order in which they are met, then cut at ``limit``."""
    texts.forget()
    start = connection.execute(FIND, (seed,)).fetchone()
    if start is None:
        return Ego(seed, window, (), (), (), 0, 0, False, ())
    distance: dict[int, int] = {start[0]: 0}
    arrows: dict[Key, None] = {}
    cuts: list[Cut] = []
    frontier = [start[0]]
    for hop in range(1, hops + 1):
        met = expand(connection, texts, frontier, window, cap)
        before = len(distance)
        for one in met.values():
            cuts += one.cuts
            for key, other in one.kept:
                arrows.setdefault(key)
                distance.setdefault(other, hop)
        frontier = list(distance)[before:]
    kept = dict(list(distance.items())[:limit])
    texts.fetch(kept)
    inside = [key for key in arrows if key[0] in kept and key[2] in kept]
    known = _known(connection, _list(kept))
    return Ego(
        seed,
        window,
        tuple(known[texts.node[id]] for id in kept),
        tuple(kept.values()),
        tuple(details(connection, texts, inside, window)),
        len(distance),
        len(arrows),
        len(kept) < len(distance) or bool(cuts),
        tuple(cuts),
    )


def nodes(connection: Connection, names: Iterable[str]) -> dict[str, Node]:
    """Those of ``names`` that exist."""
    return _known(connection, _list(numbers(connection, "node", "name", names).values()))


def _known(connection: Connection, ids: str) -> dict[str, Node]:
    return {row[0]: Node(*row) for row in connection.execute(NODES, (ids,))}


def search(connection: Connection, text: str, kind: str | None, limit: int) -> list[Node]:
    """Nodes whose id or label contains ``text``, by an index of three-letter pieces."""
    text = text.lower()
    if len(text) >= 3:
        where, asked = (
            "id IN (SELECT rowid FROM node_text WHERE text MATCH ?)",
            '"' + text.replace('"', '""') + '"',
        )
    else:
        where, asked = "instr(text, ?) > 0", text
    rows = connection.execute(
        "SELECT name, kind, label, account, first, last, band FROM node"  # noqa: S608 - our own words
        f" WHERE {where} AND instr(text, ?) > 0 AND (? IS NULL OR kind = ?)"
        " ORDER BY NOT ? IN (lower(name), lower(label)), last DESC, name LIMIT ?",
        (asked, text, kind, kind, text, limit),
    )
    return [Node(*row) for row in rows]
