"""Arrows in Neo4j: one a pair, type and code, with masks of its hours and a proof a day beside."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_packing import Day, Tally, add, pack_day, total, unpack_day
from offtrail.graph.neo4j_schema import change, read
from offtrail.graph.relate import Arrows

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
FIND_PROOFS = """
UNWIND $rows AS row
MATCH (e:Evidence {day: row[0], arrow: row[1]}) USING INDEX e:Evidence(day, arrow)
RETURN row[0], row[1], elementId(e), e.tallies
"""
CREATE_PROOF = """
UNWIND $rows AS row CREATE (:Evidence {day: row[1], arrow: row[2], tallies: row[3]})
"""
UPDATE_PROOF = """
UNWIND $rows AS row MATCH (e) WHERE elementId(e) = row[0] SET e.tallies = row[3]
"""
DELETE_PROOF = "UNWIND $rows AS id MATCH (e) WHERE elementId(e) = id DELETE e"


class Arrow(NamedTuple):
    """What makes an arrow one: a type, a pair and a code."""

    type: str
    source: str
    target: str
    code: str

    def key(self, salt: bytes) -> int:
        """A number that finds it in an index; salted, so that nobody can make two arrows meet."""
        text = "\0".join(self).encode()
        return int.from_bytes(blake2b(text, digest_size=8, key=salt).digest(), "big", signed=True)


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
    _write_proofs(tx, ((keys[a], day) for a, day in arrows.items()), held)
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


def _write_proofs(
    tx: ManagedTransaction, arrows: Iterable[tuple[int, Day]], held: dict[int, Held]
) -> None:
    added = {(day, key): part for key, hours in arrows for day, part in _by_day(hours)}
    asked = sorted(at for at in added if at[1] in held and at[0] in held[at[1]].days)
    old = []
    for day, key, element, packed in read(tx, FIND_PROOFS, asked):
        was, part = unpack_day(packed), added.pop((day, key))
        merged = was | {hour: add(t, was.get(hour)) for hour, t in part.items()}
        old.append([element, day, key, pack_day(merged)])
    change(tx, UPDATE_PROOF, old)
    change(tx, CREATE_PROOF, ([None, *at, pack_day(added[at])] for at in sorted(added)))


def _by_day(hours: Day) -> Iterator[tuple[int, Day]]:
    days: dict[int, Day] = {}
    for hour, t in hours.items():
        days.setdefault(hour // 24, {})[hour] = t
    yield from days.items()


def trim(tx: ManagedTransaction, cut: int, arrows: list[tuple[str, int, list[int]]]) -> None:
    """Take the hours before ``cut`` out of arrows: (element id, key, days that stay)."""
    asked = [(day, key) for _, key, days in arrows for day in days]
    left: dict[int, Day] = {}
    edge, empty = [], []
    for day, key, element, packed in read(tx, FIND_PROOFS, asked):
        was = unpack_day(packed)
        now = {hour: t for hour, t in was.items() if hour >= cut}
        left.setdefault(key, {}).update(now)
        if not now:
            empty.append(element)
        elif len(now) < len(was):
            edge.append([element, day, key, pack_day(now)])
    change(tx, UPDATE_PROOF, edge)
    change(tx, DELETE_PROOF, empty)
    change(tx, UPDATE, ([e, None, key, *_values(left[key], None)] for e, key, _ in arrows))
