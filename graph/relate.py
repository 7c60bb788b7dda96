"""Activities and facts become arrows: every relation of the schema, calls summed by the hour."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.graph.rows import Calls, Ints, Sums, calls, in_order, numbered, one_number, sums
from offtrail.graph.schema import KINDS, RELATIONS, Relation, account, label
from offtrail.graph.store import Node
from offtrail.ingest.activity import Partial

Bools = npt.NDArray[np.bool_]
PLACE = {kind: place for place, kind in enumerate(KINDS)}
"""What met as two kinds is of the earlier one: a role that calls is a principal, not a resource."""


class Arrows(NamedTuple):
    """Arrow-hours of one relation, side by side; ``code`` and ``error_class`` "" for no error."""

    relation: Relation
    source: list[str]
    target: list[str]
    code: list[str]
    error_class: list[str]
    hour: Ints
    sums: Sums


class Evidence(NamedTuple):
    """The single calls of a batch, in order, of its activities and of its facts."""

    activities: Calls
    facts: Calls


def evidence(batch: Partial) -> Evidence:
    """The calls of a batch."""
    return Evidence(in_order(calls(batch.activities)), in_order(calls(batch.facts)))


def relate(batch: Partial, proofs: Evidence | None = None) -> Iterator[Arrows]:
    """The arrow-hours that a batch proves, relation by relation, each once."""
    proofs = proofs or evidence(batch)
    of_calls = _Columns(batch.activities, proofs.activities)
    of_facts = _Columns(batch.facts, proofs.facts)
    for relation in RELATIONS:
        arrows = _arrows(relation, of_facts if relation.fact else of_calls)
        if arrows is not None:
            yield arrows


class _Columns:
    """A batch's columns, each numbered once."""

    def __init__(self, table: pa.Table, evidence: Calls) -> None:
        self.table, self.evidence = table, evidence
        self.hour = np.asarray(table.column("hour").combine_chunks()).astype(np.int64)
        self._known: dict[str, tuple[list[str], Ints]] = {}

    def numbered(self, name: str) -> tuple[list[str], Ints]:
        if name not in self._known:
            self._known[name] = numbered(self.table.column(name))
        return self._known[name]

    def is_in(self, name: str, values: tuple[str, ...]) -> Bools:
        texts, place = self.numbered(name)
        return np.array([text in values for text in texts] or [False])[place]


def _chosen(relation: Relation, columns: _Columns) -> Bools:
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


def _arrows(relation: Relation, columns: _Columns) -> Arrows | None:
    if not len(columns.hour):
        return None
    chosen = _chosen(relation, columns)
    if not chosen.any():
        return None
    source, from_ = columns.numbered(relation.source)
    target, to = columns.numbered(relation.target)
    parts = [from_, to, columns.hour]
    if relation.coded:
        code, coded = columns.numbered("code")
        classes, classed = columns.numbered("error_class")
        parts.append(coded)
    rows = np.flatnonzero(chosen)
    keys, group = _grouped([part[rows] for part in parts])
    of_row = np.full(len(chosen), -1, dtype=np.int64)
    of_row[rows] = group
    at = of_row[columns.evidence.row]
    met = at >= 0
    _, summed = sums(at[met], columns.evidence.second[met], columns.evidence.ids[met], ordered=True)
    none = [""] * keys.shape[1]
    return Arrows(
        relation,
        [source[i] for i in keys[0].tolist()],
        [target[i] for i in keys[1].tolist()],
        [code[i] for i in keys[3].tolist()] if relation.coded else none,
        _least(of_row[rows], classed[rows], classes) if relation.coded else none,
        keys[2],
        summed,
    )


def _grouped(parts: list[Ints]) -> tuple[Ints, Ints]:
    """The distinct rows of columns, and which of them each row is, by one number a row."""
    number = one_number(parts)
    if number is None:
        keys, group = np.unique(np.stack(parts), axis=1, return_inverse=True)
        return keys, group.reshape(-1)
    _, index, group = np.unique(number, return_index=True, return_inverse=True)
    return np.stack([part[index] for part in parts]), group.reshape(-1)


def _least(group: Ints, place: Ints, texts: list[str]) -> list[str]:
    """The least class of each arrow-hour: one code may be of two classes by its messages."""
    rank = np.argsort(np.argsort(np.array(texts, dtype=object)))
    least = np.full(int(group.max()) + 1, len(texts), dtype=np.int64)
    np.minimum.at(least, group, rank[place])
    ordered = sorted(texts)
    return [ordered[i] for i in least.tolist()]


def nodes(arrows: list[Arrows]) -> dict[str, Node]:
    """The nodes that arrows name, with the first and last second in which each was met."""
    kinds: dict[str, str] = {}
    for part in arrows:
        ends = (part.source, part.relation.source_kind), (part.target, part.relation.target_kind)
        for ids, kind in ends:
            for id in dict.fromkeys(ids):
                if PLACE[kind] < PLACE[kinds.setdefault(id, kind)]:
                    kinds[id] = kind
    place = {id: at for at, id in enumerate(kinds)}
    first = np.full(len(place), np.iinfo(np.int64).max)
    last = np.zeros(len(place), dtype=np.int64)
    for part in arrows:
        for ids in (part.source, part.target):
            at = np.fromiter(map(place.__getitem__, ids), np.int64, len(ids))
            np.minimum.at(first, at, part.sums.first)
            np.maximum.at(last, at, part.sums.last)
    return {
        id: Node(id, kinds[id], label(id), account(id), start, end)
        for id, start, end in zip(kinds, first.tolist(), last.tolist(), strict=True)
    }
