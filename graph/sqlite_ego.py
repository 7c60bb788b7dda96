"""Windows on an SQLite graph: the arrows at a node, and the ego of a seed hop by hop."""

import sqlite3
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from offtrail.graph.rows import order_of
from offtrail.graph.sqlite_near import Read, nearest
from offtrail.graph.sqlite_packed import Arrows, changed
from offtrail.graph.sqlite_sums import details
from offtrail.graph.sqlite_words import Texts, listed, numbers
from offtrail.graph.store import AtNode, Cut, Ego, Node
from offtrail.graph.window import Window

FIND = "SELECT id FROM node WHERE name = ?"
NODES = """
SELECT n.name, n.kind, n.label, n.account, n.first, n.last, n.band
FROM json_each(?) f CROSS JOIN node n ON n.id = f.value
"""
TOGETHER = 64  # nodes whose arrows are held at once
PIECES = 24  # signs at the end of what is searched, where names differ most

NONE: Arrows = [np.empty(0, dtype=np.int64)] * 4

Connection = sqlite3.Connection


def relationships(
    connection: Connection,
    texts: Texts,
    window: Window,
    nodes: Sequence[str],
    types: Sequence[str],
    limit: int,
) -> dict[str, AtNode]:
    """The arrows at each node, and what ``limit`` left out."""
    found: dict[str, AtNode] = {name: ([], []) for name in nodes}
    known = iter(numbers(connection, "node", "name", found).items())
    while part := dict(islice(known, TOGETHER)):
        texts.forget()
        names, start = list(part), list(part.values())
        met, cuts, read = nearest(connection, texts, start, window, limit, types)
        arrows = met.ends(np.array(start))
        once = _once(arrows)
        told = dict(zip(_rows(once), details(connection, texts, once, window, [read]), strict=True))
        for place, arrow in zip(met.place.tolist(), _rows(arrows), strict=True):
            found[names[place]][0].append(told[arrow])
        for cut in cuts:
            found[cut.node][1].append(cut)
    return found


def _rows(arrows: Arrows) -> Iterator[tuple[int, ...]]:
    return zip(*(column.tolist() for column in arrows), strict=True)


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
    arrows = [NONE]
    cuts: list[Cut] = []
    reads: list[Read] = []
    frontier = [start[0]]
    for hop in range(1, hops + 1):
        met, left_out, read = nearest(connection, texts, frontier, window, cap)
        cuts += left_out
        reads.append(read)
        arrows.append(met.ends(np.array(frontier)))
        before = len(distance)
        distance |= {id: hop for id in met.other.tolist() if id not in distance}
        frontier = list(distance)[before:]
    kept = dict(list(distance.items())[:limit])
    texts.fetch(kept)
    every = _once([np.concatenate(columns) for columns in zip(*arrows, strict=True)])
    inside = every if len(kept) == len(distance) else _between(kept, every)
    known = _known(connection, listed(kept))
    return Ego(
        seed,
        window,
        tuple(known[texts.node[id]] for id in kept),
        tuple(kept.values()),
        tuple(details(connection, texts, inside, window, reads)),
        len(distance),
        len(every[0]),
        len(kept) < len(distance) or bool(cuts),
        tuple(cuts),
    )


def _between(nodes: Container[int], arrows: Arrows) -> Arrows:
    """The arrows both of whose ends are among some nodes."""
    ends = zip(arrows[0].tolist(), arrows[1].tolist(), strict=True)
    both = np.array([source in nodes and target in nodes for source, target in ends], bool)
    return [column[both] for column in arrows]


def _once(arrows: Arrows) -> Arrows:
    """Each arrow where it was met first."""
    order = order_of(arrows)
    first = np.sort(order[changed(*(column[order] for column in arrows))])
    return [column[first] for column in arrows]


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
