"""The arrows nearest to nodes, read from rows of a node and an hour; and how these are added."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offtrail.graph.rows import Ints, order_of
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_packed import (
    ENTRY,
    IN,
    Arrows,
    Entries,
    Row,
    between,
    entries,
    grouped,
    hours_in,
    joined,
    place_in,
    rows,
    together,
)
from offtrail.graph.sqlite_words import WORDS, Texts, listed
from offtrail.graph.store import MOST, Cut
from offtrail.graph.window import Window

NEAR = f"""
SELECT n.id, n.arrows, n.proofs
FROM json_each(?1) f CROSS JOIN near n ON n.id {between("f.value", "?2", "?3")}
"""  # noqa: S608 - our own words
HUBS = f"""
SELECT f.value AS hub, (
    SELECT sum(length(n.arrows)) FROM near n WHERE n.id {between("f.value", "?2", "?3")}
) / {ENTRY.itemsize} AS held FROM json_each(?1) f WHERE held > ?4
"""  # noqa: S608 - our own words
BACKWARDS = f"""
SELECT id, arrows, proofs FROM near WHERE id {between("?1", "?2", "?3")} ORDER BY id DESC
"""  # noqa: S608 - our own words
BY_NAME = sorted(TYPES)
RANK = np.array([BY_NAME.index(name) for name in TYPES])
"""Of each type's number: its place among the names."""
ADD = "INSERT OR REPLACE INTO near VALUES (?, ?, ?)"

AT_ONCE = 8
"""So many times the entries that are asked for are read before hubs are looked for."""

Connection = sqlite3.Connection


class Near(NamedTuple):
    """Arrows as nodes see them, side by side."""

    place: Ints  # of the node, among those asked for
    age: Ints  # hours from the arrow's latest to the end of the window
    type: Ints  # in the order of names
    way: Ints
    other: Ints
    code: Ints

    def only(self, chosen: "Ints | npt.NDArray[np.bool_] | slice") -> "Near":
        """Some of them."""
        return Near(*(column[chosen] for column in self))

    def ends(self, nodes: Ints) -> Arrows:
        """The arrows themselves; ``nodes`` are those asked for."""
        node, back = nodes[self.place], self.way % 2 == IN
        source, target = np.where(back, self.other, node), np.where(back, node, self.other)
        return [source, target, self.way // 2, self.code]


class Read(NamedTuple):
    """What was read of the hours of nodes; of those in ``partly`` only the latest, and how many
    entries they have in all."""

    entries: Entries
    nodes: frozenset[int]
    partly: Mapping[int, int]


def add(connection: Connection, new: Entries, held: Sequence[int]) -> None:
    """Write entries, summed with those of before; ``held`` are hours that were written to."""
    parts = [new]
    for hour in held:
        nodes = np.unique(new.node[new.hour == hour]).tolist()
        found = connection.execute(NEAR, (listed(nodes), hour, hour)).fetchall()
        parts.append(entries(found))
    both = joined(parts)
    used = listed(np.unique(both.of("error_class")).tolist())
    texts = dict(connection.execute(WORDS, (used,)).fetchall())
    connection.executemany(ADD, rows(together(both, texts)))


def hours_of(connection: Connection, nodes: Iterable[int], window: Window) -> Entries:
    """All that nodes hold of a window."""
    asked = (listed(nodes), *hours_in(window))
    return entries(connection.execute(NEAR, asked).fetchall())


def hours_held(connection: Connection, hours: Iterable[int]) -> list[int]:
    """Those of some hours that have rows."""
    find = """
        SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM activity WHERE hour = value)
            OR EXISTS (SELECT 1 FROM fact WHERE hour = value)
    """
    return [row[0] for row in connection.execute(find, (listed(hours),))]


def nearest(
    connection: Connection,
    texts: Texts,
    nodes: Sequence[int],
    window: Window,
    cap: int,
    types: Sequence[str] = (),
) -> tuple[Near, list[Cut], Read]:
    """At most ``cap`` arrows at each of ``nodes``, node after node: latest hour first, then by
    type, source, target and code; of each node what that leaves out; and what was read for it."""
    met, read = Reader(connection, nodes, window, types).all(cap + MOST)
    texts.fetch(nodes)
    if not (np.bincount(met.place) > cap).any():
        return _named(texts, np.asarray(nodes), met), [], read
    met, cuts = _likely(texts, nodes, met, cap)
    met = _named(texts, np.asarray(nodes), met)
    return met.only(place_in(met.place) < cap), cuts, read


def _likely(texts: Texts, nodes: Sequence[int], met: Near, cap: int) -> tuple[Near, list[Cut]]:
    """Without the arrows that no name can bring among a node's first ``cap``."""
    met = met.only(order_of(met[:3]))
    first = np.searchsorted(met.place, np.arange(len(nodes) + 1))
    keep = np.ones(len(met.place), dtype=bool)
    cuts = []
    for place in np.flatnonzero(np.diff(first) > cap).tolist():
        begin, end = first[place : place + 2].tolist()
        cuts += _cuts(texts.node[nodes[place]], met.type[begin:end], cap)
        keep[begin + _tied(met.only(slice(begin, end)), cap) : end] = False
    return met.only(keep), cuts


def _cuts(node: str, types: Ints, cap: int) -> list[Cut]:
    of, kept = (np.bincount(types[:n], minlength=len(TYPES)) for n in (cap + MOST, cap))
    return [
        Cut(node, BY_NAME[at], int(kept[at]), int(of[at]))
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
    texts.fetch(met.other.tolist(), met.code.tolist())
    source, target, _, code = met.ends(nodes)
    both = _ranked(texts.node, np.concatenate([source, target]))
    ends = both[: len(source)], both[len(source) :]
    return met.only(order_of((*met[:3], *ends, _ranked(texts.word, code))))


def _ranked(texts: dict[int, str], ids: Ints) -> Ints:
    """Numbers that sort as the texts of ``ids`` do."""
    own = ids.tolist()
    rank = {id: at for at, id in enumerate(sorted(set(own), key=texts.__getitem__))}
    return np.array([rank[id] for id in own], dtype=np.int64)


class Reader:
    """The arrows at nodes in a window, by their latest hour."""

    def __init__(
        self, connection: Connection, nodes: Sequence[int], window: Window, types: Sequence[str]
    ) -> None:
        self._connection, self._nodes = connection, nodes
        self._window, self._hours = window, hours_in(window)
        self._order = np.argsort(nodes)
        self._sorted = np.asarray(nodes)[self._order]
        self._wanted = np.array([name in types for name in TYPES]).repeat(2) if types else None

    def all(self, depth: int) -> tuple[Near, Read]:
        """All arrows; of a hub at least the ``depth`` latest, and those of whole hours."""
        asked = (listed(self._nodes), *self._hours)
        rows = self._at_once(asked, AT_ONCE * depth * ENTRY.itemsize)
        if rows is not None:
            read = Read(entries(rows), frozenset(self._nodes), {})
            return self._latest(read.entries), read
        hubs = dict(self._connection.execute(HUBS, (*asked, depth)).fetchall())
        few = hours_of(self._connection, [n for n in self._nodes if n not in hubs], self._window)
        parts, met, partly = [few], [self._latest(few)], {}
        for hub, held in hubs.items():
            part, latest = self._hub(hub, depth)
            parts.append(part)
            met.append(latest)
            if len(part.node) < held:
                partly[hub] = held
        near = Near(*(np.concatenate(columns) for columns in zip(*met, strict=True)))
        return near, Read(joined(parts), frozenset(self._nodes), partly)

    def _at_once(self, asked: tuple[str, int, int], most: int) -> list[Row] | None:
        """All rows, where they have no more than so many bytes of entries."""
        rows = []
        for row in self._connection.execute(NEAR, asked):
            rows.append(row)
            most -= len(row[1])
            if most < 0:
                return None
        return rows

    def _hub(self, hub: int, depth: int) -> tuple[Entries, Near]:
        """Read backwards in time, the more at once the further."""
        rows: list[Row] = []
        found, enough = 0, depth
        for row in self._connection.execute(BACKWARDS, (hub, *self._hours)):
            rows.append(row)
            found += len(row[1]) // ENTRY.itemsize
            if found >= enough:
                read = entries(rows)
                latest = self._latest(read)
                if len(latest.place) >= depth:
                    return read, latest
                enough = 2 * found
        read = entries(rows)
        return read, self._latest(read)

    def _latest(self, found: Entries) -> Near:
        """Each arrow of the wanted types once."""
        place = self._order[np.searchsorted(self._sorted, found.node)]
        age = self._hours[1] - found.hour
        key = [place, *(found.of(name) for name in ("way", "other", "code"))]
        if self._wanted is not None:
            wanted = self._wanted[key[1]]
            age, key = age[wanted], [column[wanted] for column in key]
        order, new = grouped(key, age)
        latest = order[new]
        place, way, other, code = (column[latest] for column in key)
        return Near(place, age[latest], RANK[way // 2], way, other, code)
