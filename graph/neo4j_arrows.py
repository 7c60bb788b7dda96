"""Arrows in Neo4j: one a pair, type and code, with masks of its hours."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_packing import Day, Tally, add, total
from offtrail.graph.neo4j_proofs import Arrow, hourly
from offtrail.graph.neo4j_schema import change, read
from offtrail.graph.relate import Arrows
from offtrail.graph.rows import KEPT, proved, seconds
from offtrail.graph.window import HOUR, Window

PROPERTIES = """
    r.class = row[1], r.count = row[2], r.first = datetime({epochSeconds: row[3]}),
    r.last = datetime({epochSeconds: row[4]}), r.event_ids = row[5], r.times = row[6],
    r.hours = row[7]
"""
CREATE = (
    """
UNWIND $rows AS row
MATCH (a) WHERE elementId(a) = row[0]
MATCH (b) WHERE elementId(b) = row[8]
CREATE (a)-[r:%s {key: row[9], code: row[10]}]->(b)
SET """
    + PROPERTIES
)
UPDATE = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0] SET " + PROPERTIES
EXTEND = """
UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0]
SET r.count = row[1], r.last = datetime({epochSeconds: row[2]}), r.hours = row[3]
"""
FIND = """
UNWIND $rows AS key
MATCH ()-[r:%s {key: key}]->() USING INDEX r:%s(key)
RETURN collect([key, elementId(r), coalesce(r.class, ''), r.count, r.last.epochSeconds,
    r.event_ids, r.times, r.hours])
"""

DAY = 1 << 24
Hours = list[int]
"""Of each day with calls, ascending: the day since the epoch times DAY, and a mask of its hours."""


class Held(NamedTuple):
    """An arrow as it stands."""

    element: str
    error_class: str
    calls: int
    last: int
    event_ids: list[str]
    times: list[int]  # seconds of ``event_ids``
    hours: Hours

    @property
    def sum(self) -> Tally:
        """Its calls."""
        proofs = proved(self.times, self.event_ids)
        return Tally(self.calls, self.last, proofs, self.error_class)

    def is_extended_by(self, sum: Tally) -> bool:
        """Whether later calls leave the arrow's earliest as they are."""
        known = len(self.times) == KEPT and sum.first > self.times[-1]
        return known and sum.error_class == self.error_class


def hours(parts: Iterable[Arrows]) -> dict[Arrow, Day]:
    """The arrow-hours of a batch, arrow by arrow."""
    arrows: dict[Arrow, Day] = {}
    for part in parts:
        name, s = part.relation.name, part.sums
        values = (part.hour.tolist(), s.calls.tolist(), s.last.tolist(), s.proofs)
        texts = (column.all() for column in part[1:5])
        rows = zip(*texts, *values, strict=True)
        for source, target, code, least, hour, calls, last, proofs in rows:
            day = arrows.setdefault(Arrow(name, source, target, code), {})
            day[hour] = Tally(calls, last, proofs, least)
    return arrows


def write_arrows(
    tx: ManagedTransaction, salt: bytes, arrows: dict[Arrow, Day], elements: dict[str, str]
) -> None:
    """Add the hours of ``arrows``; ``elements`` finds their ends."""
    keys = {arrow: arrow.key(salt) for arrow in sorted(arrows)}
    held = _held(tx, keys)
    new: dict[str, list[list[Any]]] = {}
    old: list[list[Any]] = []
    extended: list[list[Any]] = []
    for arrow, key in keys.items():
        sum, was = total(arrows[arrow].values()), held.get(key)
        if was is None:
            row = [elements[arrow.source], *values(sum, _hours(arrows[arrow]))]
            row += [elements[arrow.target], key, arrow.code or None]
            new.setdefault(arrow.type, []).append(row)
            continue
        both = _hours(arrows[arrow], was)
        if was.is_extended_by(sum):
            calls, last = was.calls + sum.calls, max(was.last, sum.last)
            extended.append([was.element, calls, last, both])
        else:
            old.append([was.element, *values(add(sum, was.sum), both)])
    change(tx, EXTEND, extended)
    change(tx, UPDATE, old)
    for type, rows in new.items():
        change(tx, CREATE % type, rows)


def _held(tx: ManagedTransaction, keys: dict[Arrow, int]) -> dict[int, Held]:
    by_type: dict[str, list[int]] = {}
    for arrow, key in keys.items():
        by_type.setdefault(arrow.type, []).append(key)
    return {
        row[0]: Held(*row[1:])
        for type, part in by_type.items()
        for row in read(tx, FIND % (type, type), part)
    }


def _hours(added: Day, was: Held | None = None) -> Hours:
    """The hours of an arrow, those added among them."""
    days = {day // DAY: day for day in was.hours} if was else {}
    for hour in added:
        day = hour // 24
        days[day] = days.get(day, day * DAY) | 1 << hour % 24
    return sorted(days.values())


def values(sum: Tally, hours: Hours) -> list[Any]:
    """The first of an arrow's columns in CREATE and UPDATE; no class where there is no error."""
    times = seconds(sum.proofs)
    return [sum.error_class or None, sum.calls, sum.first, sum.last, sum.event_ids, times, hours]


def trim(tx: ManagedTransaction, cut: int, arrows: Sequence[tuple[str, int, Arrow]]) -> None:
    """Take the hours before ``cut`` out of arrows: element id, last second and the arrow."""
    window = Window(cut * HOUR, max(last for _, last, _ in arrows) + 1)
    left = hourly(tx, (arrow for *_, arrow in arrows), window)
    sums = ((element, total(left[a].values()), _hours(left[a])) for element, _, a in arrows)
    change(tx, UPDATE, ([element, *values(sum, hours)] for element, sum, hours in sums))
