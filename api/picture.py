"""A subgraph as a picture: columns by kind, every node and arrow named in words, no legend."""

from collections import Counter
from html import escape
from itertools import groupby

from offtrail.api.objects import Subgraph, SubNode, SubRelationship

NODES = 36
"""Nodes drawn; more cannot be read. The page says how many there are."""
COLUMN, ROW, BOX, MARGIN = 340, 46, 200, 24
COLUMNS = {
    "source": 0,
    "credential": 0,
    "instance": 0,
    "session": 0,
    "account": 0,
    "principal": 1,
    "api": 2,
    "resource": 3,
}
COMPARED = 3
"""The column of a node by its kind; other principals stand on the right, with resources."""
WORDS = {
    "CALLED": "called",
    "FAILED": "was refused or failed at",
    "TOUCHED": "used",
    "DENIED": "was denied",
    "FROM": "came from",
    "ON": "ran on",
    "USED": "signed with",
    "ASSUMED": "assumed",
    "ISSUED": "issued",
    "HELD": "had the address",
    "RAN_AS": "ran as",
    "ACTED_AS": "acted as",
}
SHORT = {
    "FROM": "from",
    "USED": "with key",
    "FAILED": "failed",
    "DENIED": "denied",
    "TOUCHED": "used",
}


def svg(found: Subgraph) -> str:
    """The nearest and strongest nodes, with the arrows between them."""
    nodes = _chosen(found)
    place = _places(found, nodes)
    height = max(y for _, y in place.values()) + ROW
    width = COLUMN * 3 + BOX + 2 * MARGIN
    arrows = _bundled([a for a in found.relationships if {a.source, a.target} <= place.keys()])
    labels = _Labels(arrows)
    drawn = [_arrow(bundle, place, labels) for bundle in arrows]
    boxes = [_node(node, found.seed, place[node.id]) for node in nodes]
    return (
        f'<svg viewBox="0 0 {width} {height:.0f}" role="img"'
        f' aria-label="{escape(found.seed)} and what stands around it">'
        f"{HEAD}{''.join(drawn)}{''.join(boxes)}</svg>"
    )


HEAD = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="9" markerHeight="9"'
    ' markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
    '<path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>'
)


def _chosen(found: Subgraph) -> list[SubNode]:
    """The seed, then by hop and score; each column keeps its share."""
    strongest = sorted(
        found.nodes, key=lambda n: (n.id != found.seed, n.hop, -(n.score or 0), n.id)
    )
    share = max(4, NODES // 3)
    kept: list[SubNode] = []
    counts: dict[int, int] = {}
    for node in strongest:
        column = _column(node, found.seed)
        if counts.get(column, 0) < share:
            counts[column] = counts.get(column, 0) + 1
            kept.append(node)
    return kept[:NODES]


def _column(node: SubNode, seed: str) -> int:
    if node.id == seed:
        return 1
    column = COLUMNS.get(node.kind, COMPARED)
    return COMPARED if column == 1 else column


def _places(found: Subgraph, nodes: list[SubNode]) -> dict[str, tuple[float, float]]:
    """Corners of boxes: a column a kind, each spread evenly and centred."""
    columns: dict[int, list[str]] = {}
    for node in nodes:
        columns.setdefault(_column(node, found.seed), []).append(node.id)
    tallest = max(len(ids) for ids in columns.values())
    place: dict[str, tuple[float, float]] = {}
    for column, ids in columns.items():
        order = _unknotted(found, ids, {n.id: i for i, n in enumerate(nodes)})
        top = MARGIN + (tallest - len(ids)) * ROW / 2
        for row, id in enumerate(order):
            place[id] = (MARGIN + column * COLUMN, top + row * ROW)
    return place


def _unknotted(found: Subgraph, ids: list[str], rank: dict[str, int]) -> list[str]:
    """Nodes beside those that their arrows come from, so that fewer arrows cross."""
    near: dict[str, list[int]] = {id: [] for id in ids}
    for arrow in found.relationships:
        for one, other in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            if one in near and other in rank and other != found.seed:
                near[one].append(rank[other])
    mean = {id: sum(ranks) / len(ranks) if ranks else rank[id] for id, ranks in near.items()}
    return sorted(ids, key=lambda id: (mean[id], rank[id]))


def _bundled(arrows: list[SubRelationship]) -> list[list[SubRelationship]]:
    """Arrows of the same pair and type as one line."""
    key = _pair
    return [list(group) for _, group in groupby(sorted(arrows, key=key), key=key)]


def _pair(arrow: SubRelationship) -> tuple[str, str, str]:
    return arrow.source, arrow.target, arrow.type


class _Labels:
    """Words at the ends of arrows: at the end with fewer arrows, one below the other."""

    def __init__(self, bundles: list[list[SubRelationship]]) -> None:
        self._degree = Counter(end for b in bundles for end in (b[0].source, b[0].target))
        self._taken: Counter[tuple[str, bool]] = Counter()

    def place(
        self, arrow: SubRelationship, place: dict[str, tuple[float, float]]
    ) -> tuple[float, float, str]:
        """Where the words stand, and which of their ends stands there."""
        quiet = self._degree[arrow.target] <= self._degree[arrow.source]
        node, other = (arrow.target, arrow.source) if quiet else (arrow.source, arrow.target)
        x, y = place[node]
        left = place[other][0] < x
        line = self._taken[node, left]
        self._taken[node, left] += 1
        return (x - 12 if left else x + BOX + 12), y + 12 + 11 * line, "end" if left else "start"


def _arrow(
    bundle: list[SubRelationship], place: dict[str, tuple[float, float]], labels: _Labels
) -> str:
    one = bundle[0]
    (x1, y1), (x2, y2) = place[one.source], place[one.target]
    start, end = (x1 + BOX, x2) if x2 > x1 else (x1, x2 + BOX)
    if x1 == x2:
        start = end = x1 + BOX
    middle = (start + end) / 2 if x1 != x2 else start + 50
    count = sum(arrow.count for arrow in bundle)
    codes = ", ".join(sorted({arrow.code for arrow in bundle if arrow.code}))
    title = f"{one.source} {WORDS[one.type]} {one.target}: {count} times. {codes} {one.because}"
    curve = f"M{start} {y1 + 17}C{middle} {y1 + 17} {middle} {y2 + 17} {end} {y2 + 17}"
    width = 1.2 + min(2.0, max((arrow.score or 0) for arrow in bundle) / 2)
    x, y, anchor = labels.place(one, place)
    return (
        f'<g class="arrow {one.layer}"><title>{escape(title.strip())}</title>'
        f'<path d="{curve}" stroke-width="{width:.1f}" marker-end="url(#tip)"/>'
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">'
        f"{escape(_says(one, count))}</text></g>"
    )


def _says(arrow: SubRelationship, count: int) -> str:
    """``denied 3x``: what happened along the arrow, and how often."""
    word = arrow.error_class or SHORT.get(arrow.type, WORDS[arrow.type])
    return word + (f" {count:,}x" if count > 1 else "")


def _node(node: SubNode, seed: str, place: tuple[float, float]) -> str:
    x, y = place
    classes = f"node {node.kind} {node.layer}" + (" seed" if node.id == seed else "")
    label = node.label if len(node.label) <= 28 else node.label[:17] + "…" + node.label[-10:]
    score = f" · score {node.score:.1f}" if node.score else ""
    return (
        f'<g class="{classes}" transform="translate({x:.0f} {y:.0f})"><title>{escape(node.id)}'
        f'</title><rect width="{BOX}" height="34" rx="6"/>'
        f'<text x="8" y="13" class="kind">{escape(node.kind + score)}</text>'
        f'<text x="8" y="27" class="label">{escape(label)}</text></g>'
    )
