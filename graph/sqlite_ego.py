"""Windows on an SQLite graph: the arrows at a node, and the ego of a seed hop by hop."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from offtrail.graph.rows import KEPT, PROOF, all_event_ids
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_near import IN, Near, nearest
from offtrail.graph.sqlite_words import Texts, listed, numbers
from offtrail.graph.store import Cut, Ego, Node, Relationship
from offtrail.graph.window import Window

FIND = "SELECT id FROM node WHERE name = ?"
DETAILS = """
SELECT a.source, a.type, a.target, a.code, a.error_class, a.calls, a.first, a.last, a.proofs
FROM json_each(?) f CROSS JOIN arrow a ON a.source = f.value AND a.hour BETWEEN ? AND ?
WHERE +a.target IN (SELECT value FROM json_each(?))
"""
NODES = """
SELECT n.name, n.kind, n.label, n.account, n.first, n.last, n.band
FROM json_each(?) f CROSS JOIN node n ON n.id = f.value
"""
SCORE = "SELECT score FROM score WHERE principal = ? AND api = ? AND code = ?"
PIECES = 24  # signs at the end of what is searched, where names differ most
FAILED = TYPES.index("FAILED")

Connection = sqlite3.Connection
Key = tuple[int, int, int, int]
"""An arrow: source, type, target, code; all numbers of the store."""


def _keys(nodes: Sequence[int], met: Near) -> list[Key]:
    """What was met, as arrows."""
    node, back = np.asarray(nodes)[met.place], met.way % 2 == IN
    source, target = np.where(back, met.other, node), np.where(back, node, met.other)
    columns = (source, met.type, target, met.code)
    return list(zip(*(column.tolist() for column in columns), strict=True))


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
    met, cuts = nearest(connection, texts, start, window, limit, types)
    return details(connection, texts, _keys(start, met), window), cuts


Hour = tuple[Any, ...]
"""A row of DETAILS: the key of an arrow, then class, calls, first, last and proofs of an hour."""


def details(
    connection: Connection, texts: Texts, arrows: Sequence[Key], window: Window
) -> list[Relationship]:
    """The arrows, in order, summed over ``window``."""
    hours: dict[Key, list[Hour]] = {key: [] for key in arrows}
    sources, targets = (listed({key[end] for key in arrows}) for end in (0, 2))
    for row in connection.execute(DETAILS, (sources, *window.hours, targets)):
        of = hours.get(row[:4])
        if of is not None:  # hours of an arrow come in order, as the table is clustered
            of.append(row)
    texts.fetch((), {row[4] for of in hours.values() for row in of})
    sums = [_summed(texts, of) for of in hours.values()]
    proved = all_event_ids([sum[4] for sum in sums])
    return [
        _relationship(connection, texts, key, sum, ids)
        for key, sum, ids in zip(hours, sums, proved, strict=True)
    ]


Sum = tuple[str, int, int, int, bytes]
"""Of an arrow's hours: class, calls, first, last and proofs."""


def _summed(texts: Texts, hours: Sequence[Hour]) -> Sum:
    """The hours of one arrow as one; the proofs of its first hours are the earliest."""
    first, last = hours[0], hours[-1]
    if first is last:
        return texts.word[first[4]], *first[5:]
    return (
        min([texts.word[hour[4]] for hour in hours]),
        sum([hour[5] for hour in hours]),
        first[6],
        last[7],
        b"".join([hour[8] for hour in hours[:KEPT]])[: KEPT * PROOF],
    )


def _relationship(
    connection: Connection, texts: Texts, key: Key, sum: Sum, ids: tuple[str, ...]
) -> Relationship:
    source, target, code = texts.node[key[0]], texts.node[key[2]], texts.word[key[3]]
    score = None
    if key[1] == FAILED:
        row = connection.execute(SCORE, (source, target, code)).fetchone()
        score = row[0] if row else None
    error_class, calls, first, last, _ = sum
    type = TYPES[key[1]]
    return Relationship(source, target, type, calls, first, last, ids, code, error_class, score)


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
        met, left_out = nearest(connection, texts, frontier, window, cap)
        cuts += left_out
        arrows |= dict.fromkeys(_keys(frontier, met))
        before = len(distance)
        distance |= {id: hop for id in met.other.tolist() if id not in distance}
        frontier = list(distance)[before:]
    kept = dict(list(distance.items())[:limit])
    texts.fetch(kept)
    inside = [key for key in arrows if key[0] in kept and key[2] in kept]
    known = _known(connection, listed(kept))
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
    return _known(connection, listed(numbers(connection, "node", "name", names).values()))


def _known(connection: Connection, ids: str) -> dict[str, Node]:
    return {row[0]: Node(*row) for row in connection.execute(NODES, (ids,))}


def search(connection: Connection, text: str, kind: str | None, limit: int) -> list[Node]:
    """Nodes whose id or label contains ``text``, by an index of three-letter pieces."""
    text = text.lower()
    pieces = {text[at : at + 3] for at in range(max(0, len(text) - PIECES), len(text) - 2)}
    where, asked = "instr(text, ?) > 0", text
    if pieces and "\0" not in text:
        where = "id IN (SELECT rowid FROM node_text WHERE node_text MATCH ?)"
        asked = " AND ".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
    rows = connection.execute(
        "SELECT name, kind, label, account, first, last, band FROM node"  # noqa: S608 - our own words
        f" WHERE {where} AND instr(text, ?) > 0 AND (? IS NULL OR kind = ?)"
        " ORDER BY NOT ? IN (lower(name), lower(label)), last DESC, name LIMIT ?",
        (asked, text, kind, kind, text, limit),
    )
    return [Node(*row) for row in rows]
