"""Where a picture's boxes and arrows lie: columns by what a node is to the seed.

An arrow lies in the gap between two columns; where it must pass a column it passes between two
rows. So none runs behind a box that it does not touch.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from offtrail.api.objects import Subgraph, SubNode, SubRelationship

ROW, BOX, HEIGHT, MARGIN, TOP = 46, 190, 34, 24, 52
GAPS = (112, 200, 200)
"""Between a column and the next; arrows and their words lie there."""
LEFT = tuple(MARGIN + column * BOX + sum(GAPS[:column]) for column in range(4))
LANE = (ROW - HEIGHT) / 2
WHENCE, SEED, WHAT, OTHERS = range(4)
"""The columns: from where and with which key; the seed; what it called and touched; who else."""
MOST = {WHENCE: 8, SEED: 1, WHAT: 16, OTHERS: 10}
"""Nodes of a column at most; more cannot be read."""
SHARE = {"source": 3, "credential": 3, "instance": 2, "session": 0, "api": 10}
"""Nodes of a kind that come first in their column, so that none takes all of it; others have 6."""
REST = 6
KINDS = {"source": WHENCE, "credential": WHENCE, "instance": WHENCE, "session": WHENCE}
"""The column of a node that no arrow of the seed's places."""
BY_ARROW = {
    "FROM": WHENCE,
    "USED": WHENCE,
    "ON": WHENCE,
    "RAN_AS": WHENCE,
    "ACTED_AS": WHENCE,
    "HELD": WHENCE,
    "ISSUED": WHENCE,
}
"""The column of a node by its arrow to or from the seed; any other arrow leads to WHAT."""
ORDER = ("api", "source", "credential", "instance", "session")
"""Kinds from the top of a column down."""

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
"""A cubic: its ends and, between them, its two control points."""


class Place(NamedTuple):
    """A box: its column, its row, and its upper left corner."""

    column: int
    row: int

    @property
    def x(self) -> float:
        return LEFT[self.column]

    @property
    def y(self) -> float:
        return TOP + self.row * ROW

    @property
    def middle(self) -> float:
        return self.y + HEIGHT / 2


class Layout(NamedTuple):
    """The boxes that are drawn, the size of the whole, and which nodes the finding names."""

    nodes: tuple[SubNode, ...]
    places: dict[str, Place]
    width: float
    height: float
    named: frozenset[str]


def laid_out(found: Subgraph, first: Collection[str] = ()) -> Layout:
    """The nodes that fit; those of ``first`` before others, then the nearest and strongest."""
    columns = _columns(found)
    ranked = _in_turn(_scored(found), first)
    kept: dict[int, list[SubNode]] = {}
    for node in sorted(ranked, key=lambda node: columns[node.id] == OTHERS):
        column = kept.setdefault(columns[node.id], [])
        if len(column) < MOST[columns[node.id]] and _joined(found, node, columns, kept):
            column.append(node)
    places = _places(found, kept)
    tallest = max(place.row for place in places.values()) + 1
    nodes = tuple(node for column in sorted(kept) for node in kept[column])
    width = LEFT[OTHERS] + BOX + MARGIN
    return Layout(nodes, places, width, TOP + tallest * ROW, frozenset(first))


def _scored(found: Subgraph) -> list[SubNode]:
    """The nodes; one that the seed's arrows lead to has their score, not that of others there."""
    own: dict[str, float] = {}
    met = {a.target for a in found.relationships if a.source == found.seed}
    for a in found.relationships:
        if a.source == found.seed and a.score is not None:
            own[a.target] = max(a.score, own.get(a.target, a.score))
    return [
        msgspec.structs.replace(node, score=own.get(node.id)) if node.id in met else node
        for node in found.nodes
    ]


def _joined(
    found: Subgraph, node: SubNode, columns: dict[str, int], kept: dict[int, list[SubNode]]
) -> bool:
    """Whether an arrow leads to a node that is drawn; of others alone that is asked."""
    if columns[node.id] != OTHERS:
        return True
    shown = {other.id for column in kept.values() for other in column}
    return any(
        (arrow.source == node.id and arrow.target in shown)
        or (arrow.target == node.id and arrow.source in shown)
        for arrow in found.relationships
    )


def _in_turn(nodes: Iterable[SubNode], first: Collection[str]) -> list[SubNode]:
    """Each kind's share of the nearest and strongest, then all the others."""
    ranked = sorted(nodes, key=lambda n: (n.id not in first, n.hop, -(n.score or 0), n.id))
    taken: Counter[str] = Counter()
    turns = []
    for node in ranked:
        taken[node.kind] += 1
        turns.append(taken[node.kind] > SHARE.get(node.kind, REST))
    return [node for _, node in sorted(zip(turns, ranked, strict=True), key=lambda pair: pair[0])]


def _columns(found: Subgraph) -> dict[str, int]:
    """By a node's arrow with the seed, else by its kind; beyond what the seed did are others."""
    columns = {node.id: KINDS.get(node.kind, OTHERS) for node in found.nodes}
    met: dict[str, set[int]] = {}
    for arrow in found.relationships:
        for end, other in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            if other == found.seed:
                met.setdefault(end, set()).add(BY_ARROW.get(arrow.type, WHAT))
    columns |= {node: min(where) for node, where in met.items()}
    return columns | {found.seed: SEED}


def _places(found: Subgraph, kept: dict[int, list[SubNode]]) -> dict[str, Place]:
    """Each column centred on whole rows, so that the gaps between rows are lanes for arrows."""
    tallest = max(len(column) for column in kept.values())
    places: dict[str, Place] = {}
    for column in (SEED, WHENCE, WHAT, OTHERS):
        nodes = kept.get(column, [])
        top = (tallest - len(nodes)) // 2
        ordered = sorted(nodes, key=_by_kind)
        if column == OTHERS:
            ordered = _beside(found.relationships, nodes, places)
        places |= {node.id: Place(column, top + row) for row, node in enumerate(ordered)}
    return places


def _by_kind(node: SubNode) -> tuple[int, float, str]:
    kind = ORDER.index(node.kind) if node.kind in ORDER else len(ORDER)
    return kind, -(node.score or 0), node.id


def _beside(
    arrows: Iterable[SubRelationship], nodes: list[SubNode], places: dict[str, Place]
) -> list[SubNode]:
    """Nodes at about the height of those that their arrows join, so that fewer arrows cross."""
    rows: dict[str, list[int]] = {node.id: [] for node in nodes}
    for arrow in arrows:
        for one, other in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            if one in rows and other in places:
                rows[one].append(places[other].row)
    mean = {id: sum(found) / len(found) if found else 0.0 for id, found in rows.items()}
    return sorted(nodes, key=lambda node: (mean[node.id], node.id))


def route(source: Place, target: Place) -> tuple[Curve, ...]:
    """The curves of an arrow from one box to another."""
    if source.column == target.column:
        return (_beside_column(source, target),)
    way = 1 if target.column > source.column else -1
    start = (source.x + (BOX if way > 0 else 0), source.middle)
    end = (target.x + (0 if way > 0 else BOX), target.middle)
    if abs(target.column - source.column) == 1:
        return (_bent(start, end),)
    row = round(((start[1] + end[1]) / 2 - TOP) / ROW)
    lane = TOP + row * ROW - LANE
    after, before = min(source.column, source.column + way), min(target.column, target.column - way)
    into, out = (start[0] + way * GAPS[after], lane), (end[0] - way * GAPS[before], lane)
    return _bent(start, into), (into, into, out, out), _bent(out, end)


def _bent(start: Point, end: Point) -> Curve:
    """An S that leaves and arrives level, and stays between its ends."""
    middle = (start[0] + end[0]) / 2
    return start, (middle, start[1]), (middle, end[1]), end


def _beside_column(source: Place, target: Place) -> Curve:
    """An arc in the gap beside a column: at its right, of the last one at its left."""
    left = source.column == OTHERS
    x = source.x + (0 if left else BOX)
    wide = min(GAPS[min(source.column, OTHERS - 1)] - 20, 40 + 8 * abs(source.row - target.row))
    far = x + (-wide if left else wide)
    return (x, source.middle), (far, source.middle), (far, target.middle), (x, target.middle)


def degrees(pairs: Iterable[tuple[str, str]]) -> Counter[str]:
    """How many arrows end at each node."""
    return Counter(end for pair in pairs for end in pair)
