"""Arrows in Neo4j: one a pair, type and code, with masks of its hours."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_packing import Day, Tally, add, total
from offtrail.graph.neo4j_proofs import Arrow, hourly
from offtrail.graph.neo4j_schema import change, lists, parts
from offtrail.graph.relate import Arrows
from offtrail.graph.rows import KEPT, proved, seconds
from offtrail.graph.window import HOUR, Window

DAY = 1 << 24  # more than a mask of hours
PROPERTIES = """
    r.class = row[1], r.count = row[2], r.first = datetime({epochSeconds: row[3]}),
    r.last = datetime({epochSeconds: row[4]}), r.event_ids = row[5], r.times = row[6],
    r.hours = row[7]
"""
CREATE = (
    """
UNWIND $rows AS row
MATCH (a:Entity {id: row[0]}) USING INDEX a:Entity(id)
MATCH (b:Entity {id: row[8]}) USING INDEX b:Entity(id)
CREATE (a)-[r:%s {key: row[9], code: row[10]}]->(b)
SET """
    + PROPERTIES
)
UPDATE = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0] SET " + PROPERTIES
EXTEND = f"""
UNWIND $rows AS row
OPTIONAL MATCH ()-[r:%s {{key: row[0]}}]->() USING INDEX r:%s(key)
WITH row, r, size(r.times) = {KEPT} AND row[1] > r.times[-1] AND coalesce(r.class, '') = row[2]
    AND row[5][0] / {DAY} >= r.hours[-1] / {DAY} AS is_later
FOREACH (_ IN CASE WHEN is_later THEN [1] ELSE [] END |
    SET r.count = r.count + row[3],
    r.last = CASE WHEN row[4] > r.last.epochSeconds THEN datetime({{epochSeconds: row[4]}})
        ELSE r.last END,
    r.hours = reduce(days = r.hours, hour IN row[5] | CASE
        WHEN hour / {DAY} > days[-1] / {DAY} THEN days + hour
        WHEN days[-1] %% {DAY} / (hour %% {DAY}) %% 2 = 1 THEN days
        ELSE days[..-1] + (days[-1] + hour %% {DAY}) END)
)
RETURN collect(CASE WHEN is_later THEN null ELSE [row[0], elementId(r), coalesce(r.class, ''),
    r.count, r.last.epochSeconds, r.event_ids, r.times, r.hours] END)
"""
"""Calls are counted to arrows that are there, whose earliest calls stand, of their class, and that
end on no later day; other arrows come back as they are, without an element where there is none."""

Hours = list[int]
"""Of each day with calls, ascending: the day since the epoch times DAY, and a mask of its hours."""


class Held(NamedTuple):
    """An arrow as it stands."""

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


class Met(NamedTuple):
    """An arrow of a batch: its calls by the hour, and their sum."""

    arrow: Arrow
    day: Day
    sum: Tally


def write_arrows(tx: ManagedTransaction, salt: bytes, arrows: Iterable[Arrows]) -> None:
    """Add ``arrows``, whose ends are there."""
    answers = []
    for of in arrows:  # the server works at one while the rows of the next are made
        query = EXTEND % (of.relation.name, of.relation.name)
        for part in parts(_met(of)):
            keys = {met.arrow.key(salt): met for met in part}
            answers.append((keys, tx.run(query, rows=[_row(*met) for met in keys.items()])))
    old: list[list[Any]] = []
    new: dict[str, list[list[Any]]] = {}
    for keys, answer in answers:
        for key, element, *held in lists(answer):
            arrow, day, sum = keys[key]
            if element is None:
                row = [arrow.source, *values(sum, _hours(day))]
                row += [arrow.target, key, arrow.code or None]
                new.setdefault(arrow.type, []).append(row)
            else:
                was = Held(*held)
                old.append([element, *values(add(sum, was.sum), _hours(day, was))])
    change(tx, UPDATE, old)
    for type, rows in new.items():
        change(tx, CREATE % type, rows)


def _met(arrows: Arrows) -> list[Met]:
    """The arrows of one relation, in order."""
    name, s = arrows.relation.name, arrows.sums
    values = (arrows.hour.tolist(), s.calls.tolist(), s.last.tolist(), s.proofs)
    texts = (column.all() for column in arrows[1:5])
    found: dict[Arrow, Day] = {}
    rows = zip(*texts, *values, strict=True)
    for source, target, code, least, hour, calls, last, proofs in rows:
        day = found.setdefault(Arrow(name, source, target, code), {})
        day[hour] = Tally(calls, last, proofs, least)
    return [Met(arrow, found[arrow], total(found[arrow].values())) for arrow in sorted(found)]


def _row(key: int, met: Met) -> list[Any]:
    """What EXTEND reads of an arrow."""
    hours = [hour // 24 * DAY + (1 << hour % 24) for hour in sorted(met.day)]
    sum = met.sum
    return [key, sum.first, sum.error_class, sum.calls, sum.last, hours]


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
