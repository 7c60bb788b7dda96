"""A subgraph as a picture: columns by kind, every node and arrow named in words, no legend."""

from collections import Counter
from html import escape
from itertools import groupby

from offtrail.api.layout import (
    BOX,
    HEIGHT,
    LEFT,
    OTHERS,
    SEED,
    WHAT,
    WHENCE,
    Curve,
    Layout,
    Place,
    degrees,
    route,
)
from offtrail.api.objects import LAYERS, Layer, Subgraph, SubNode, SubRelationship
from offtrail.api.visible import visible
from offtrail.graph.schema import account

HEADINGS = {
    WHENCE: "from where, with which key",
    SEED: "who",
    WHAT: "what it called and touched",
    OTHERS: "who else is there",
}
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
    "HELD": "was seen at",
    "RAN_AS": "ran as",
    "LAUNCHED": "launched",
    "ACTED_AS": "acted as",
}
SHORT = {
    "FROM": "from",
    "USED": "with key",
    "FAILED": "failed",
    "DENIED": "denied",
    "TOUCHED": "used",
}
WIDE, NARROW, FITS = 8.0, 6.8, 172
"""Pixels of a capital or digit, of another sign, and of a label that fits its box."""
HEAD = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="9" markerHeight="9"'
    ' markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
    '<path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>'
)

Bundle = list[SubRelationship]
"""All arrows of one pair of nodes: drawn as one line."""


def svg(found: Subgraph, laid: Layout) -> str:
    """The nodes that were laid out, with the arrows between them."""
    bundles = bundled(
        [a for a in found.relationships if {a.source, a.target} <= laid.places.keys()]
    )
    labels = _Labels(bundles)
    lines = [_arrow(bundle, laid.places, labels) for bundle in bundles]
    boxes = [_node(node, found.seed, laid) for node in laid.nodes]
    return (
        f'<svg viewBox="0 0 {laid.width:.0f} {laid.height:.0f}" role="img"'
        f' aria-label="{_escaped(found.seed)} and what stands around it">'
        f"{HEAD}{_headings(laid)}{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _escaped(text: str) -> str:
    return escape(visible(text))


def bundled(arrows: list[SubRelationship]) -> list[Bundle]:
    """Arrows of the same pair as one; a node to itself is no line, nor is the way back of ON."""
    on = {(arrow.target, arrow.source) for arrow in arrows if arrow.type == "ON"}
    lines = (
        a for a in arrows if a.source != a.target and not (a.type == "RAN_AS" and _pair(a) in on)
    )
    others = sorted(lines, key=_pair)
    return [list(group) for _, group in groupby(others, key=_pair)]


def _pair(arrow: SubRelationship) -> tuple[str, str]:
    return arrow.source, arrow.target


def _headings(laid: Layout) -> str:
    used = {place.column for place in laid.places.values()}
    return "".join(
        f'<text class="heading" x="{LEFT[column]}" y="24">{words}</text>'
        for column, words in HEADINGS.items()
        if column in used
    )


class _Labels:
    """Words at the ends of arrows: at the end with fewer arrows, one below the other."""

    def __init__(self, bundles: list[Bundle]) -> None:
        self._degree = degrees(_pair(bundle[0]) for bundle in bundles)
        self._taken: Counter[tuple[str, bool]] = Counter()

    def place(self, arrow: SubRelationship, curves: tuple[Curve, ...]) -> tuple[float, float, str]:
        """Where the words stand, and which of their ends stands there."""
        quiet = self._degree[arrow.target] <= self._degree[arrow.source]
        node = arrow.target if quiet else arrow.source
        (x, y), (toward, _) = curves[-1][3:1:-1] if quiet else curves[0][:2]
        left = toward < x
        line = self._taken[node, left]
        self._taken[node, left] += 1
        return x + (-12 if left else 12), y - 5 + 11 * line, "end" if left else "start"


def _arrow(bundle: Bundle, places: dict[str, Place], labels: _Labels) -> str:
    one = bundle[0]
    curves = route(places[one.source], places[one.target])
    width = 1.2 + min(2.0, max((arrow.score or 0) for arrow in bundle) / 2)
    x, y, anchor = labels.place(one, curves)
    return (
        f'<g class="arrow {_layer(bundle)}"><title>{_escaped(_title(bundle))}</title>'
        f'<path d="{_path(curves)}" stroke-width="{width:.1f}" marker-end="url(#tip)"/>'
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{_says(bundle)}</text></g>'
    )


def _path(curves: tuple[Curve, ...]) -> str:
    (x, y), *_ = curves[0]
    parts = [" ".join(f"{a:.0f} {b:.0f}" for a, b in curve[1:]) for curve in curves]
    return f"M{x:.0f} {y:.0f}" + "".join(f"C{part}" for part in parts)


def _layer(bundle: Bundle) -> Layer:
    """A failure colours its line; else what was seen; else what is within reach."""
    layers = {arrow.layer for arrow in bundle}
    return "attempted" if "attempted" in layers else min(layers, key=LAYERS.index)


def _title(bundle: Bundle) -> str:
    one = bundle[0]
    said = "; ".join(
        f"{WORDS[arrow.type]} {arrow.count} times {arrow.code} {arrow.because}".strip()
        for arrow in bundle
    )
    return f"{one.source} to {one.target}: {said}"


def _says(bundle: Bundle) -> str:
    """``called 2x, denied 3x``: what happened along a line, each in its own colour."""
    counts: Counter[tuple[Layer, str]] = Counter()
    for arrow in bundle:
        counts[arrow.layer, arrow.error_class or SHORT.get(arrow.type, WORDS[arrow.type])] += (
            arrow.count
        )
    return ", ".join(
        f'<tspan class="{layer}">{_escaped(word)}{f" {count:,}x" if count > 1 else ""}</tspan>'
        for (layer, word), count in counts.items()
    )


def _node(node: SubNode, seed: str, laid: Layout) -> str:
    place, named = laid.places[node.id], node.id in laid.named
    classes = f"node {node.kind} {node.layer}" + " seed" * (node.id == seed) + " named" * named
    kind = _kind(node, seed) + " · of the errors" * named
    return (
        f'<g class="{classes}" transform="translate({place.x:.0f} {place.y:.0f})"><title>'
        f'{_escaped(node.id)}</title><rect width="{BOX}" height="{HEIGHT}" rx="6"/>'
        f'<text x="8" y="13" class="kind">{_escaped(kind)}</text>'
        f'<text x="8" y="27" class="label">{_escaped(fitted(visible(node.label)))}</text></g>'
    )


def _kind(node: SubNode, seed: str) -> str:
    """``role in 444455556666 · score 2.4``: the account where it is not the seed's."""
    elsewhere = node.kind == "principal" and node.account not in ("", account(seed))
    where = f" in {node.account}" if elsewhere else ""
    scored = f" · score {node.score:.1f}" if node.score and node.score > 0 else ""
    return word(node) + where + scored


def word(node: SubNode) -> str:
    """``role`` of a role's ARN, ``iam policy`` of a policy's, ``s3`` of a bucket's; else a kind."""
    if node.kind == "resource" and not node.id.startswith("arn:"):
        return node.id.split(":")[0]
    if node.kind not in ("principal", "resource") or not node.id.startswith("arn:"):
        return node.kind
    parts = node.id.split(":", 5)
    type = parts[-1].split("/")[0].split(":")[0] if {"/", ":"} & set(parts[-1]) else ""
    if node.kind == "principal":
        return type or parts[-1]
    return f"{parts[2]} {type}".strip() if parts[2] != "s3" else "s3"


def fitted(label: str) -> str:
    """A label that fits its box: its middle left out where it is too long."""
    kept = len(label)
    shown = label
    while _width(shown) > FITS:
        kept -= 1
        shown = label[: kept - kept // 3] + "…" + label[len(label) - kept // 3 :]
    return shown


def _width(text: str) -> float:
    return sum(WIDE if sign.isupper() or sign.isdigit() else NARROW for sign in text)
