"""Instances that a principal launched: where, by which calls, and the roles that they ran with."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow.compute as pc

from offtrail.graph.store import Cut, GraphStore, Relationship
from offtrail.graph.window import ALWAYS, HOUR, Window
from offtrail.models.times import rfc3339

MOST = 500
"""Instances of one principal that are told, the latest first."""
RUN_INSTANCES = "api:ec2:RunInstances"
INSTANCE, ROLE = "launched instance", "instance role"
"""Kinds of exposure: what runs on the one is not known, and the other is in its hands."""

Row = dict[str, Any]


class Launch(NamedTuple):
    """An instance, and the calls one of which launched it: more than one where that is not told."""

    arrow: Relationship
    calls: tuple[Row, ...]

    @property
    def instance(self) -> str:
        """Its id."""
        return self.arrow.target

    def by(self, column: str, values: Collection[str]) -> bool:
        """Whether such a call has one of these values, or none are given."""
        return not values or any(row[column] in values for row in self.calls)

    @property
    def region(self) -> str:
        """Where it was launched, "" where it may have been in one of several."""
        regions = {row["region"] for row in self.calls}
        return regions.pop() if len(regions) == 1 else ""


class Launches(NamedTuple):
    """Instances of one principal, latest first, and what MOST left out."""

    found: tuple[Launch, ...]
    cuts: Sequence[Cut]


def launches(store: GraphStore, principal: str, window: Window) -> Launches:
    """What a principal launched in a window."""
    arrows, cuts = store.relationships(window, principal, types=("LAUNCHED",), limit=MOST)
    if not arrows:
        return Launches((), ())
    table = store.activities(window, principal=principal, api=RUN_INSTANCES)
    by_hour: dict[int, list[Row]] = {}
    for row in table.filter(pc.equal(table.column("code"), "")).to_pylist():
        by_hour.setdefault(row["hour"], []).append(row)
    found = (Launch(arrow, _calls(arrow, by_hour.get(arrow.first // HOUR, ()))) for arrow in arrows)
    return Launches(tuple(found), cuts)


def _calls(arrow: Relationship, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Those of its hour's rows that hold its event, or may: the ids of a few calls are kept."""
    ids = set(arrow.event_ids)
    told = [row for row in rows if not ids.isdisjoint(row["event_ids"])]
    return tuple(told or (row for row in rows if row["count"] > len(row["event_ids"])))


def ran_as(store: GraphStore, found: Iterable[Launch]) -> dict[str, dict[str, int]]:
    """The roles that launched instances called with, and how often each did."""
    near = store.relationships_of(ALWAYS, [one.instance for one in found], types=("RAN_AS",))
    return {name: {a.target: a.count for a in arrows} for name, (arrows, _) in near.items()}


def launched_by(store: GraphStore, instance: str) -> Relationship | None:
    """Who launched an instance, None where no event tells."""
    arrows, _ = store.relationships(ALWAYS, instance, types=("LAUNCHED",))
    return arrows[0] if arrows else None


def exposed(
    store: GraphStore, found: Sequence[Launch], why: str, known: Collection[str]
) -> Iterator[dict[str, Any]]:
    """What launched instances expose: themselves, and their roles but those ``known`` already."""
    ran, roles = ran_as(store, found), Counter[str]()
    for one in found:
        yield {
            "kind": INSTANCE,
            "id": one.instance,
            "because": why,
            "principals": [one.arrow.source],
            "region": one.region,
            "first": rfc3339(one.arrow.first),
        }
        roles.update(ran[one.instance].keys())
    for role, count in sorted(roles.items()):
        if role not in known:
            because = f"{count:,} of the launched instances ran with it"
            yield {"kind": ROLE, "id": role, "because": because, "principals": [role]}
