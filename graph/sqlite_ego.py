"""Windows on an SQLite graph: the arrows at a node, and the ego of a seed hop by hop."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from offtrail.graph.rows import KEPT, PROOF, event_ids
from offtrail.graph.schema import TYPES
from offtrail.graph.store import Cut, Ego, Node, Relationship
from offtrail.graph.window import Window

FIND = "SELECT id FROM node WHERE name = ?"
EXPAND = """
SELECT a.node, a.way, a.other, a.code, max(a.hour)
FROM json_each(?) f CROSS JOIN arrow a ON a.node = f.value AND a.hour BETWEEN ? AND ?
GROUP BY a.node, a.way, a.other, a.code
"""
DETAILS = """
SELECT a.node, a.way, a.other, a.code, a.error_class, a.calls, a.first, a.last, a.proofs
FROM json_each(?) f CROSS JOIN arrow a ON a.node = f.value AND a.hour BETWEEN ? AND ?
WHERE a.way % 2 = 0 ORDER BY a.node, a.hour
"""
NAMES = "SELECT n.id, n.name FROM json_each(?) f CROSS JOIN node n ON n.id = f.value"
NODES = """
SELECT name, kind, label, account, first, last, band
FROM json_each(?) f CROSS JOIN node n ON n.name = f.value
"""
WORDS = "SELECT w.id, w.text FROM json_each(?) f CROSS JOIN word w ON w.id = f.value"
SCORE = "SELECT score FROM score WHERE principal = ? AND api = ? AND code = ?"
FAILED = 2 * TYPES.index("FAILED")

Connection = sqlite3.Connection
Key = tuple[int, int, int, int]
"""An arrow: source, way (outward), target, code; all numbers of the store."""


class Texts:
    """Names of nodes and words by their numbers, fetched once a question."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.node: dict[int, str] = {}
        self.word: dict[int, str] = {}

    def fetch(self, nodes: Iterable[int], words: Iterable[int] = ()) -> None:
        for ids, known, find in ((nodes, self.node, NAMES), (words, self.word, WORDS)):
            missing = {id for id in ids if id not in known}
            if missing:
                known.update(self._connection.execute(find, (_list(missing),)).fetchall())


class Sum(NamedTuple):
    """An arrow's calls over some hours."""

    error_class: str
    calls: int
    first: int
    last: int
    proofs: bytes


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
    found = connection.execute(EXPAND, (_list(nodes), *window.hours)).fetchall()
    if types:
        ways = {TYPES.index(t) for t in types if t in TYPES}
        found = [row for row in found if row[1] // 2 in ways]
    texts.fetch({n for row in found for n in (row[0], row[2])}, {row[3] for row in found})
    at: dict[int, list[tuple[int, int, str, str, str, Key, int]]] = {node: [] for node in nodes}
    for node, way, other, code, hour in found:
        ends = (other, node) if way % 2 else (node, other)
        key = (ends[0], way & ~1, ends[1], code)
        at[node].append(
            (
                -hour,
                way // 2,
                texts.node[ends[0]],
                texts.node[ends[1]],
                texts.word[code],
                key,
                other,
            )
        )
    return {node: _met(texts.node.get(node, ""), rows, cap) for node, rows in at.items()}


def _met(name: str, rows: list[tuple[int, int, str, str, str, Key, int]], cap: int) -> Met:
    rows.sort()
    distinct = list({row[5]: row for row in rows}.values())  # a node's arrow to itself comes twice
    kept = [(row[5], row[6]) for row in distinct[:cap]]
    if len(distinct) <= cap:
        return Met(kept, [])
    of = Counter(TYPES[row[1]] for row in distinct)
    got = Counter(TYPES[row[1]] for row in distinct[:cap])
    return Met(kept, [Cut(name, t, got[t], n) for t, n in sorted(of.items()) if got[t] < n])


def relationships(
    connection: Connection, window: Window, node: str, types: Sequence[str], limit: int
) -> tuple[list[Relationship], list[Cut]]:
    """The arrows at one node."""
    start = connection.execute(FIND, (node,)).fetchone()
    if start is None:
        return [], []
    texts = Texts(connection)
    met = expand(connection, texts, start, window, limit, types)[start[0]]
    return details(connection, texts, [key for key, _ in met.kept], window), met.cuts


def details(
    connection: Connection, texts: Texts, arrows: Sequence[Key], window: Window
) -> list[Relationship]:
    """The arrows, in order, summed over ``window``."""
    sums: dict[Key, Sum] = {}
    wanted = set(arrows)
    sources = _list({key[0] for key in arrows})
    found = connection.execute(DETAILS, (sources, *window.hours)).fetchall()
    texts.fetch((), {row[4] for row in found})
    for row in found:
        key = row[:4]
        if key in wanted:
            _add(sums, key, Sum(texts.word[row[4]], *row[5:]))
    return [_relationship(connection, texts, key, sums[key]) for key in arrows]


def _add(sums: dict[Key, Sum], key: Key, row: Sum) -> None:
    """Hours come in order, so the proofs of the first are the earliest."""
    held = sums.get(key)
    if held is not None:
        proofs = held.proofs
        if len(proofs) < KEPT * PROOF:
            proofs = (proofs + row.proofs)[: KEPT * PROOF]
        least = min(held.error_class, row.error_class)
        row = Sum(least, held.calls + row.calls, held.first, row.last, proofs)
    sums[key] = row


def _relationship(connection: Connection, texts: Texts, key: Key, summed: Sum) -> Relationship:
    ends, code = (texts.node[key[0]], texts.node[key[2]]), texts.word[key[3]]
    score = None
    if key[1] == FAILED:
        row = connection.execute(SCORE, (*ends, code)).fetchone()
        score = row[0] if row else None
    return Relationship(
        *ends,
        TYPES[key[1] // 2],
        summed.calls,
        summed.first,
        summed.last,
        event_ids(summed.proofs),
        code,
        summed.error_class,
        score,
    )


def ego(connection: Connection, seed: str, window: Window, hops: int, cap: int, limit: int) -> Ego:
    """Nodes in the order in which they are met, then cut at ``limit``."""
    start = connection.execute(FIND, (seed,)).fetchone()
    if start is None:
        return Ego(seed, window, (), (), (), 0, 0, False, ())
    texts = Texts(connection)
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
    known = nodes(connection, [texts.node[id] for id in kept])
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
    found = connection.execute(NODES, (json.dumps(list(names)),))
    return {row[0]: Node(*row) for row in found}


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
