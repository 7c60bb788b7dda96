"""A subgraph as a picture: columns by kind, every node and arrow named in words, no legend."""

from html import escape
from itertools import groupby

from offtrail.api.objects import Subgraph, SubNode, SubRelationship

NODES = 36
"""Nodes drawn; more cannot be read. The page says how many there are."""
COLUMN, ROW, BOX, MARGIN = 300, 46, 200, 40
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
    drawn = [_arrow(bundle, place) for bundle in arrows]
    boxes = [_node(node, found.seed, place[node.id]) for node in nodes]
    return (
        f'<svg viewBox="0 0 {width} {height:.0f}" role="img"'
        f' aria-label="{escape(found.seed)} and what stands around it">'
        f"{HEAD}{''.join(drawn)}{''.join(boxes)}</svg>"
    )


HEAD = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"'
    ' orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>'
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


def _arrow(bundle: list[SubRelationship], place: dict[str, tuple[float, float]]) -> str:
    one = bundle[0]
    (x1, y1), (x2, y2) = place[one.source], place[one.target]
    start, end = (x1 + BOX, x2) if x2 > x1 else (x1, x2 + BOX)
    if x1 == x2:
        start = end = x1 + BOX
    middle = (start + end) / 2 if x1 != x2 else start + 50
    count = sum(arrow.count for arrow in bundle)
    codes = ", ".join(sorted({arrow.code for arrow in bundle if arrow.code}))
    title = f"{one.source} {WORDS[one.type]} {one.target}: {count} times. {codes} {one.because}"
    curve = f"M{start} {y1 + 16}C{middle} {y1 + 16} {middle} {y2 + 16} {end} {y2 + 16}"
    width = 1.2 + min(3.0, max((arrow.score or 0) for arrow in bundle) / 1.5)
    says = SHORT.get(one.type, WORDS[one.type]) + (f" {count}x" if count > 1 else "")
    y = y1 * 0.35 + y2 * 0.65 + 13
    x = start * 0.35 + end * 0.65
    return (
        f'<g class="arrow {one.layer}"><title>{escape(title)}</title>'
        f'<path d="{curve}" stroke-width="{width:.1f}" marker-end="url(#tip)"/>'
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{escape(says)}</text></g>'
    )


def _node(node: SubNode, seed: str, place: tuple[float, float]) -> str:
    x, y = place
    classes = f"node {node.kind} {node.layer}" + (" seed" if node.id == seed else "")
    label = node.label if len(node.label) <= 30 else node.label[:18] + "…" + node.label[-10:]
    kind = "called as" if node.kind == "session" else node.kind
    score = f" · score {node.score:.1f}" if node.score else ""
    return (
        f'<g class="{classes}" transform="translate({x:.0f} {y:.0f})"><title>{escape(node.id)}'
        f'</title><rect width="{BOX}" height="34" rx="6"/>'
        f'<text x="8" y="13" class="kind">{escape(kind + score)}</text>'
        f'<text x="8" y="27" class="label">{escape(label)}</text></g>'
    )
