"""Arrows made from single activities: what one key, address, instance or session did itself."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.api.walk import Step, layer_of
from offtrail.graph.relate import proves
from offtrail.graph.schema import RELATIONS, Relation
from offtrail.graph.store import GraphStore, Node, Relationship
from offtrail.graph.window import Window

SINGLED = ("credential", "source", "instance", "session")
"""Kinds of seed, columns of an activity, whose part of a principal's calls is told exactly."""

Row = dict[str, Any]


def own(store: GraphStore, node: Node, window: Window, limit: int) -> tuple[pa.Table, int]:
    """The activities of a node of such a kind, and how many were read for them.

    A store finds those of a session among those of its principal alone.
    """
    if node.kind != "session":
        table = store.activities(window, limit=limit, **{node.kind: node.id})  # type: ignore[arg-type]
        return table, table.num_rows
    start = max(window.start, node.first)
    life = Window(start, max(start, min(window.end, node.last + 1)))
    arrows, _ = store.relationships(life, node.id, types=("ACTED_AS",))
    users = dict.fromkeys(arrow.source for arrow in arrows)
    read = [store.activities(life, principal=user, limit=limit) for user in users]
    every = pa.concat_tables(read or [store.activities(life, limit=0)])
    most = max((table.num_rows for table in read), default=0)
    return every.filter(pc.equal(every.column("session"), node.id)), most


def steps_of(table: pa.Table, seed: str) -> list[Step]:
    """The first two hops of a seed: its principals, and what they did through it."""
    found: dict[tuple[str, str, str, str], Relationship] = {}
    for row in table.to_pylist():
        for relation in RELATIONS:
            if not relation.fact and _proves(row, relation):
                arrow = _arrow(row, relation)
                key = (arrow.source, arrow.target, arrow.type, arrow.code)
                found[key] = merged(found[key], arrow) if key in found else arrow
    return [_step(arrow, seed) for arrow in found.values()]


def _step(arrow: Relationship, seed: str) -> Step:
    if arrow.target == seed:
        return Step(arrow, layer_of(arrow), seed, arrow.source, 1)
    return Step(arrow, layer_of(arrow), arrow.source, arrow.target, 2)


def _proves(row: Row, relation: Relation) -> bool:
    is_whole = bool(row[relation.source] and row[relation.target])
    return is_whole and proves(relation, row["api"], row["code"], row["error_class"])


def _arrow(row: Row, relation: Relation) -> Relationship:
    return Relationship(
        source=row[relation.source],
        target=row[relation.target],
        type=relation.name,
        count=row["count"],
        first=row["first"],
        last=row["last"],
        event_ids=tuple(row["event_ids"]),
        code=row["code"] if relation.coded else "",
        error_class=row["error_class"] if relation.coded else "",
    )


def merged(one: Relationship, other: Relationship) -> Relationship:
    """Two parts of the history of the same arrow, as one."""
    early, late = sorted((one, other), key=lambda arrow: arrow.first)
    return Relationship(
        source=one.source,
        target=one.target,
        type=one.type,
        count=one.count + other.count,
        first=early.first,
        last=max(one.last, other.last),
        event_ids=tuple(dict.fromkeys((*early.event_ids, *late.event_ids)))[:3],
        code=one.code,
        error_class=one.error_class,
        score=max((s for s in (one.score, other.score) if s is not None), default=None),
    )
