"""What meets a node, packed by the hour: how it is written, and the arrows nearest to nodes.

An entry is the way of an arrow (twice the place of its type, plus one where it comes in), its
other end and its code. An arrow from a node to itself stands there once, as one that goes out.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offtrail.graph.rows import Ints, order_of
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_words import Texts, listed, unpack
from offtrail.graph.store import MOST, Cut
from offtrail.graph.window import Window

OUT, IN = 0, 1
ENTRY = 12  # bytes: three numbers of four
NEAR = """
SELECT n.node, n.hour, n.arrows
FROM json_each(?) f CROSS JOIN near n ON n.node = f.value AND n.hour BETWEEN ? AND ?
"""
HUBS = f"""
SELECT f.value FROM json_each(?) f WHERE (
    SELECT sum(length(n.arrows)) FROM near n WHERE n.node = f.value AND n.hour BETWEEN ? AND ?
) > ? * {ENTRY}
"""  # noqa: S608 - our own number
BACKWARDS = """
SELECT node, hour, arrows FROM near WHERE node = ? AND hour BETWEEN ? AND ? ORDER BY hour DESC
"""
ADD = """
INSERT INTO near VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET arrows = together(arrows, excluded.arrows)
"""

Connection = sqlite3.Connection
Rows = list[tuple[int, int, bytes]]
"""A node, an hour and the entries of both."""


class Entries(NamedTuple):
    """Entries side by side, each with its node and hour."""

    node: Ints
    hour: Ints
    way: Ints
    other: Ints
    code: Ints


class Near(NamedTuple):
    """Arrows as nodes see them, side by side."""

    place: Ints  # of the node, among those asked for
    age: Ints  # hours from the arrow's latest to the end of the window
    type: Ints
    way: Ints
    other: Ints
    code: Ints

    def only(self, chosen: "Ints | npt.NDArray[np.bool_] | slice") -> "Near":
        """Some of them."""
        return Near(*(column[chosen] for column in self))


def add(connection: Connection, entries: Entries) -> None:
    """Write entries, each for once, beside those of before."""
    order = order_of((entries.node, entries.hour))
    node, hour = entries.node[order], entries.hour[order]
    raw = np.stack(entries[2:], axis=1)[order].astype(">u4").tobytes()
    starts = np.flatnonzero((np.diff(node, prepend=-1) != 0) | (np.diff(hour, prepend=-1) != 0))
    ends = np.append(starts[1:], len(node)) * ENTRY
    blocks = [raw[a:b] for a, b in zip((starts * ENTRY).tolist(), ends.tolist(), strict=True)]
    rows = zip(node[starts].tolist(), hour[starts].tolist(), blocks, strict=True)
    connection.executemany(ADD, rows)


def together(one: bytes, other: bytes) -> bytes:
    """The entries of two writes."""
    both = one + other
    return b"".join(sorted({both[at : at + ENTRY] for at in range(0, len(both), ENTRY)}))


def entries(rows: Rows) -> Entries:
    """What rows of the table hold."""
    each = [len(row[2]) // ENTRY for row in rows]
    ends = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2).repeat(each, axis=0)
    return Entries(*ends.T, *unpack((row[2] for row in rows), 3).T)


def nearest(
    connection: Connection,
    texts: Texts,
    nodes: Sequence[int],
    window: Window,
    cap: int,
    types: Sequence[str] = (),
) -> tuple[Near, list[Cut]]:
    """At most ``cap`` arrows at each of ``nodes``, node after node: latest hour first, then by
    type, source, target and code; and of each node what that leaves out."""
    chosen = [at for at, name in enumerate(TYPES) if name in types or not types]
    near, depth = Reader(connection, nodes, window, chosen), cap + MOST
    met = near.all(depth)
    met = met.only(order_of(met[:3]))
    first = np.searchsorted(met.place, np.arange(len(nodes) + 1))
    over = np.flatnonzero(np.diff(first) > cap).tolist()
    keep = np.ones(len(met.place), dtype=bool)
    texts.fetch(nodes)
    cuts = []
    for place in over:
        begin, end = first[place : place + 2].tolist()
        cuts += _cuts(texts.node[nodes[place]], met.type[begin:end], cap)
        keep[begin + _tied(met.only(slice(begin, end)), cap) : end] = False
    met = _named(texts, np.asarray(nodes), met.only(keep))
    first = np.searchsorted(met.place, np.arange(len(nodes)))
    return met.only(np.arange(len(met.place)) - first[met.place] < cap), cuts


def _cuts(node: str, types: Ints, cap: int) -> list[Cut]:
    of, kept = (np.bincount(types[:n], minlength=len(TYPES)) for n in (cap + MOST, cap))
    return [
        Cut(node, TYPES[at], int(kept[at]), int(of[at]))
        for at in np.flatnonzero(of > kept).tolist()
    ]


def _tied(met: Near, cap: int) -> int:
    """How many may be among the first ``cap``, as names decide between those of hour and type."""
    if not cap:
        return 0
    same = (met.age == met.age[cap - 1]) & (met.type == met.type[cap - 1])
    return int(np.flatnonzero(same)[-1]) + 1


def _named(texts: Texts, nodes: Ints, met: Near) -> Near:
    """Arrows in order, now that names decide."""
    node, back = nodes[met.place], met.way % 2 == IN
    texts.fetch(met.other.tolist(), met.code.tolist())
    source, target = np.where(back, met.other, node), np.where(back, node, met.other)
    both = _ranked(texts.node, np.concatenate([source, target]))
    ends = both[: len(node)], both[len(node) :]
    return met.only(order_of((*met[:3], *ends, _ranked(texts.word, met.code))))


def _ranked(texts: dict[int, str], ids: Ints) -> Ints:
    """Numbers that sort as the texts of ``ids`` do."""
    own = ids.tolist()
    rank = {id: at for at, id in enumerate(sorted(set(own), key=texts.__getitem__))}
    return np.array([rank[id] for id in own], dtype=np.int64)


class Reader:
    """The arrows at nodes in a window, by their latest hour."""

    def __init__(
        self, connection: Connection, nodes: Sequence[int], window: Window, types: Sequence[int]
    ) -> None:
        self._connection, self._nodes, self._hours = connection, nodes, window.hours
        self._order = np.argsort(nodes)
        self._sorted = np.asarray(nodes)[self._order]
        self._wanted = np.array([way // 2 in types for way in range(2 * len(TYPES))])

    def all(self, depth: int) -> Near:
        """All arrows; of a hub at least the ``depth`` latest, and those of whole hours."""
        asked = (listed(self._nodes), *self._hours)
        hubs = {row[0] for row in self._connection.execute(HUBS, (*asked, depth))}
        few = [node for node in self._nodes if node not in hubs]
        read = [self._latest(self._connection.execute(NEAR, (listed(few), *asked[1:])).fetchall())]
        read += [self._hub(hub, depth) for hub in hubs]
        if len(read) == 1:
            return read[0]
        return Near(*(np.concatenate(columns) for columns in zip(*read, strict=True)))

    def _hub(self, hub: int, depth: int) -> Near:
        """Read backwards in time, the more at once the further."""
        rows: Rows = []
        found, enough = 0, depth
        for row in self._connection.execute(BACKWARDS, (hub, *self._hours)):
            rows.append(row)
            found += len(row[2]) // ENTRY
            if found >= enough:
                latest = self._latest(rows)
                if len(latest.place) >= depth:
                    return latest
                enough = 2 * found
        return self._latest(rows)

    def _latest(self, rows: Rows) -> Near:
        """Each arrow of the wanted types once."""
        found = entries(rows)
        found = Entries(*(column[self._wanted[found.way]] for column in found))
        place = self._order[np.searchsorted(self._sorted, found.node)]
        age = self._hours[1] - found.hour
        key = np.stack([place, found.way, found.other, found.code])
        order = order_of((*key, age))
        key, age = key[:, order], age[order]
        first = np.ones(len(age), dtype=bool)
        first[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
        place, way, other, code = key[:, first]
        return Near(place, age[first], way // 2, way, other, code)
