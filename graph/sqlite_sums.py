"""Arrows summed over a window, from the hours that were read of their ends."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from offtrail.graph.rows import KEPT, Ints, uuids
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_near import Read, hours_of
from offtrail.graph.sqlite_packed import (
    ID,
    PROOF,
    Arrows,
    Entries,
    changed,
    grouped,
    hours_in,
    joined,
    least,
    place_in,
)
from offtrail.graph.sqlite_words import Texts
from offtrail.graph.store import Relationship
from offtrail.graph.window import HOUR, Window

SCORE = "SELECT score FROM score WHERE principal = ? AND api = ? AND code = ?"
FAILED = TYPES.index("FAILED")
MANY = 10_000  # entries that are faster to look through than to sort
A_ROW = 16
"""To find a row of a source takes as long as so many entries of a hub."""

Connection = sqlite3.Connection


def details(
    connection: Connection, texts: Texts, arrows: Arrows, window: Window, reads: Sequence[Read]
) -> list[Relationship]:
    """The arrows, in order, summed over ``window``."""
    if not len(arrows[0]):
        return []
    sums = summed(_whole(connection, arrows, window, reads), arrows, texts)
    source, target, type, code = (column.tolist() for column in arrows)
    columns = (
        map(texts.node.__getitem__, source),
        map(texts.node.__getitem__, target),
        map(TYPES.__getitem__, type),
        *(column.tolist() for column in sums[1:4]),
        sums.event_ids,
        map(texts.word.__getitem__, code),
        map(texts.word.__getitem__, sums.error_class.tolist()),
        _scores(connection, texts, arrows),
    )
    return [*map(Relationship, *columns)]


def _scores(connection: Connection, texts: Texts, arrows: Arrows) -> list[float | None]:
    """The score of each arrow that has one."""
    scores: list[float | None] = [None] * len(arrows[0])
    for at in np.flatnonzero(arrows[2] == FAILED).tolist():
        source, target, code = (int(arrows[column][at]) for column in (0, 1, 3))
        edge = texts.node[source], texts.node[target], texts.word[code]
        row = connection.execute(SCORE, edge).fetchone()
        scores[at] = row[0] if row else None
    return scores


def _whole(
    connection: Connection, arrows: Arrows, window: Window, reads: Sequence[Read]
) -> Entries:
    """All hours of the arrows: those that only a hub's latest hours told of are read again."""
    parts = [read.entries for read in reads]
    partly = {hub: held for read in reads for hub, held in read.partly.items()}
    if partly:
        whole = frozenset[int]().union(*(read.nodes for read in reads)).difference(partly)
        ends = zip(arrows[0].tolist(), arrows[1].tolist(), strict=True)
        lacking = [pair for pair in ends if whole.isdisjoint(pair)]
        parts.append(hours_of(connection, _where(lacking, partly, window), window))
    return joined(parts)


def _where(arrows: Sequence[tuple[int, int]], hubs: Mapping[int, int], window: Window) -> set[int]:
    """The nodes at which arrows are read: a hub where it holds little for so many of them, else
    the sources, most of which have few arrows."""
    at = Counter(end for pair in arrows for end in pair if end in hubs)
    first, last = hours_in(window)
    rows = A_ROW * (last - first + 1)
    nodes = {hub for hub, many in at.items() if hubs[hub] <= many * rows}
    return nodes | {source for source, target in arrows if nodes.isdisjoint((source, target))}


class Sums(NamedTuple):
    """Arrows side by side."""

    error_class: Ints
    calls: Ints
    first: Ints
    last: Ints
    event_ids: list[tuple[str, ...]]


def summed(held: Entries, arrows: Arrows, texts: Texts) -> Sums:
    """Of each arrow all hours in ``held`` as one; what both of its ends tell counts once."""
    found, owner = _hours(held, arrows)
    starts = np.flatnonzero(changed(owner))
    ends = np.append(starts[1:], len(owner)) - 1
    place = np.empty(len(arrows[0]), dtype=np.int64)
    place[owner[starts]] = np.arange(len(starts))
    of, second = held.packed[found], held.hour[found] * HOUR
    classes = of["error_class"].astype(np.int64)
    texts.fetch((), np.unique(classes).tolist())
    return Sums(
        least(classes, starts, texts.word)[place],
        np.add.reduceat(of["calls"].astype(np.int64), starts)[place],
        (second + of["first"])[starts][place],
        (second + of["last"])[ends][place],
        _event_ids(held, found, owner, len(arrows[0])),
    )


def _hours(held: Entries, arrows: Arrows) -> tuple[Ints, Ints]:
    """Which entries are of the arrows, each arrow's in order of time; and whose each is."""
    many = len(arrows[0])
    ends = held.ends()
    near = np.arange(len(held.node))
    if len(near) > MANY:
        near = near[np.isin(ends[0], arrows[0]) & np.isin(ends[1], arrows[1])]
    key = [np.concatenate([one, other[near]]) for one, other in zip(arrows, ends, strict=True)]
    hour = np.concatenate([np.full(many, -1), held.hour[near]])  # an arrow stands before its hours
    order, new = grouped(key, hour)
    heads = order[np.flatnonzero(new)]
    owner = np.where(heads < many, heads, -1)[np.cumsum(new) - 1]
    chosen = (owner >= 0) & changed(owner, hour[order]) & ~new
    return near[order[chosen] - many], owner[chosen]


def _event_ids(held: Entries, found: Ints, owner: Ints, many: int) -> list[tuple[str, ...]]:
    """The ids of each arrow's earliest calls: hours come in order, and so do their proofs."""
    at, entry = held.proofs_of(found)
    arrow = owner[entry]
    early = place_in(arrow) < KEPT
    raw = held.proofs[at[early]].view(np.uint8).reshape(-1, PROOF.itemsize)
    ids, arrow = uuids(raw[:, ID].tobytes()), arrow[early]
    starts = np.flatnonzero(changed(arrow))
    told: list[tuple[str, ...]] = [()] * many
    ends = [*starts[1:].tolist(), len(ids)]
    for key, start, end in zip(arrow[starts].tolist(), starts.tolist(), ends, strict=True):
        told[key] = tuple(ids[start:end])
    return told
