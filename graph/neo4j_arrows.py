"""Arrows in Neo4j: one a pair, type and code, with masks of its hours."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_packing import Day, Tally, add, total
from offtrail.graph.neo4j_proofs import Arrow, hourly
from offtrail.graph.neo4j_schema import change, read
from offtrail.graph.relate import Arrows
from offtrail.graph.window import HOUR, Window

PROPERTIES = """
    r.class = row[3], r.count = row[4], r.first = datetime({epochSeconds: row[5]}),
    r.last = datetime({epochSeconds: row[6]}), r.event_ids = row[7], r.proofs = row[8],
    r.days = row[9], r.hours = row[10], r.first_hour = row[11], r.last_hour = row[12]
"""
CREATE = (
    """
UNWIND $rows AS row
MATCH (a) WHERE elementId(a) = row[0]
MATCH (b) WHERE elementId(b) = row[1]
CREATE (a)-[r:%s {key: row[2], code: row[13]}]->(b)
SET """
    + PROPERTIES
)
UPDATE = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0] SET " + PROPERTIES
FIND = """
UNWIND $rows AS key
MATCH ()-[r:%s {key: key}]->() USING INDEX r:%s(key)
RETURN key, elementId(r), r.class, r.count, r.last.epochSeconds, r.proofs, r.days, r.hours
"""


class Held(NamedTuple):
    """An arrow as it stands."""

    element: str
    sum: Tally
    days: dict[int, int]  # day since the epoch -> mask of its hours


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
    old = []
    for arrow, key in keys.items():
        was = held.get(key)
        values = _values(arrows[arrow], was)
        if was:
            old.append([was.element, None, key, *values])
        else:
            ends = [elements[arrow.source], elements[arrow.target]]
            new.setdefault(arrow.type, []).append([*ends, key, *values, arrow.code])
    change(tx, UPDATE, old)
    for type, rows in new.items():
        change(tx, CREATE % type, rows)


def _held(tx: ManagedTransaction, keys: dict[Arrow, int]) -> dict[int, Held]:
    by_type: dict[str, list[int]] = {}
    for arrow, key in keys.items():
        by_type.setdefault(arrow.type, []).append(key)
    found = (r for type, part in by_type.items() for r in read(tx, FIND % (type, type), part))
    return {
        key: Held(element, Tally(calls, last, proofs, least), dict(zip(days, masks, strict=True)))
        for key, element, least, calls, last, proofs, days, masks in found
    }


def _values(added: Day, was: Held | None) -> list[Any]:
    """The values of PROPERTIES."""
    sum = add(total(added.values()), was.sum if was else None)
    days = dict(was.days) if was else {}
    for hour in added:
        days[hour // 24] = days.get(hour // 24, 0) | 1 << hour % 24
    order = sorted(days)
    first, last = days[order[0]], days[order[-1]]
    return [
        sum.error_class,
        sum.calls,
        sum.first,
        sum.last,
        sum.event_ids,
        sum.proofs,
        order,
        [days[day] for day in order],
        order[0] * 24 + (first & -first).bit_length() - 1,
        order[-1] * 24 + last.bit_length() - 1,
    ]


def trim(tx: ManagedTransaction, cut: int, arrows: Sequence[tuple[str, int, int, Arrow]]) -> None:
    """Take the hours before ``cut`` out of arrows: element id, key, last hour and the arrow."""
    window = Window(cut * HOUR, (max(last for _, _, last, _ in arrows) + 1) * HOUR)
    left = hourly(tx, (arrow for *_, arrow in arrows), window)
    change(tx, UPDATE, ([e, None, key, *_values(left[a], None)] for e, key, _, a in arrows))
