"""Activities and facts become arrows: every relation of the schema, calls summed by the hour."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.graph.rows import Ints, Named, Sums, calls, numbered, one_number, summed, sums
from offtrail.graph.schema import KINDS, RELATIONS, Relation, account, label
from offtrail.graph.store import Node
from offtrail.ingest.activity import Partial

Bools = npt.NDArray[np.bool_]
PLACE = {kind: place for place, kind in enumerate(KINDS)}


class Arrows(NamedTuple):
    """Arrow-hours of one relation, side by side; ``code`` and ``error_class`` "" for no error."""

    relation: Relation
    source: Named
    target: Named
    code: Named
    error_class: Named
    hour: Ints
    sums: Sums


class Columns:
    """Rows of a batch, their calls summed and each column numbered once."""

    def __init__(self, table: pa.Table) -> None:
        self.table, self.calls = table, summed(calls(table))
        self.hour = np.asarray(table.column("hour").combine_chunks()).astype(np.int64)
        self._known: dict[str, Named] = {}

    def numbered(self, name: str) -> Named:
        """A column's texts."""
        if name not in self._known:
            self._known[name] = numbered(self.table.column(name))
        return self._known[name]

    def is_in(self, name: str, values: tuple[str, ...]) -> Bools:
        """Which rows have one of ``values``."""
        texts, place = self.numbered(name)
        return np.array([text in values for text in texts] or [False])[place]


class Evidence(NamedTuple):
    """The activities and the facts of a batch."""

    activities: Columns
    facts: Columns


def evidence(batch: Partial) -> Evidence:
    """A batch as ``relate`` reads it."""
    return Evidence(Columns(batch.activities), Columns(batch.facts))


def relate(batch: Evidence) -> Iterator[Arrows]:
    """The arrow-hours that a batch proves, relation by relation, each once."""
    for relation in RELATIONS:
        arrows = _arrows(relation, batch.facts if relation.fact else batch.activities)
        if arrows is not None:
            yield arrows


def _chosen(relation: Relation, columns: Columns) -> Bools:
    """Which rows prove the relation."""
    chosen = ~(columns.is_in(relation.source, ("",)) | columns.is_in(relation.target, ("",)))
    if relation.fact:
        return chosen & columns.is_in("relation", (relation.name,))
    if relation.outcome == "succeeded":
        chosen &= columns.is_in("code", ("",))
    elif relation.outcome == "failed":
        chosen &= ~columns.is_in("code", ("",))
    elif relation.outcome == "denied":
        chosen &= columns.is_in("error_class", ("denied",))
    if relation.apis:
        chosen &= columns.is_in("api", relation.apis)
    return chosen


def proves(relation: Relation, api: str, code: str, error_class: str) -> bool:
    """Whether calls to ``api`` with this outcome prove a relation of activities."""
    outcome = {
        "any": True,
        "succeeded": not code,
        "failed": bool(code),
        "denied": error_class == "denied",
    }
    return outcome[relation.outcome] and (not relation.apis or api in relation.apis)


def _arrows(relation: Relation, columns: Columns) -> Arrows | None:
    if not len(columns.hour):
        return None
    chosen = _chosen(relation, columns)
    if not chosen.any():
        return None
    source, target = columns.numbered(relation.source), columns.numbered(relation.target)
    parts = [source.place, target.place, columns.hour]
    if relation.coded:
        code, error_class = columns.numbered("code"), columns.numbered("error_class")
        parts.append(code.place)
    rows = np.flatnonzero(chosen)
    first, group = _grouped([part[rows] for part in parts])
    of_row = np.full(len(chosen), -1, dtype=np.int64)
    of_row[rows] = group
    none = Named([""], np.zeros(len(first), dtype=np.int64))
    return Arrows(
        relation,
        source.only(rows[first]),
        target.only(rows[first]),
        code.only(rows[first]) if relation.coded else none,
        _least(group, error_class, rows) if relation.coded else none,
        columns.hour[rows[first]],
        sums(of_row, columns.calls),
    )


def _grouped(parts: list[Ints]) -> tuple[Ints, Ints]:
    """The first of each distinct row of columns, and which of them each row is."""
    number = one_number(parts)
    if number is None:
        _, first, group = np.unique(np.stack(parts), axis=1, return_index=True, return_inverse=True)
    else:
        _, first, group = np.unique(number, return_index=True, return_inverse=True)
    return first, group.reshape(-1)


def _least(group: Ints, classes: Named, rows: Ints) -> Named:
    """The least class of each arrow-hour: one code may be of two classes by its messages."""
    rank = np.argsort(np.argsort(np.array(classes.texts, dtype=object)))
    least = np.full(int(group.max()) + 1, len(rank), dtype=np.int64)
    np.minimum.at(least, group, rank[classes.place[rows]])
    return Named(sorted(classes.texts), least).only(np.arange(len(least)))


def earlier(one: str, other: str) -> str:
    """What met as two kinds is of the earlier: a role that calls is a principal, no resource."""
    return min(one, other, key=PLACE.__getitem__)


def nodes(arrows: list[Arrows]) -> dict[str, Node]:
    """The nodes that arrows name, with the first and last second in which each was met."""
    kinds: dict[str, str] = {}
    for part in arrows:
        ends = (part.source, part.relation.source_kind), (part.target, part.relation.target_kind)
        for names, kind in ends:
            for id in names.texts:
                kinds[id] = earlier(kinds.get(id, kind), kind)
    place = {id: at for at, id in enumerate(kinds)}
    first = np.full(len(place), np.iinfo(np.int64).max)
    last = np.zeros(len(place), dtype=np.int64)
    for part in arrows:
        for names in (part.source, part.target):
            at = np.array([place[id] for id in names.texts])[names.place]
            np.minimum.at(first, at, part.sums.first)
            np.maximum.at(last, at, part.sums.last)
    return {
        id: Node(id, kinds[id], label(id), account(id), start, end)
        for id, start, end in zip(kinds, first.tolist(), last.tolist(), strict=True)
    }
