"""Which arrows a suspect's steps may follow, and the walk along them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from offtrail.api.objects import Layer
from offtrail.graph.relate import earlier
from offtrail.graph.schema import BY_TYPE
from offtrail.graph.store import AtNode, Cut, GraphStore, Relationship
from offtrail.graph.window import Window

SHARED = 8
"""Principals at one address above which it is a shared exit, such as an office, not a trace."""

CAP = 1_000
"""Arrows followed at one node whatever the limit of the answer, so that totals mean the same."""

KEYS = 64
"""Keys followed at one hop, the latest first: a busy role has one a session."""

ATTEMPTS = frozenset({"FAILED", "DENIED"})


class Follow(NamedTuple):
    """At a node of ``kind``, an arrow of ``type`` is followed, with it or against it."""

    kind: str
    type: str
    back: bool = False
    seed_only: bool = False


FOLLOW = (
    Follow("principal", "CALLED"),
    Follow("principal", "FAILED"),
    Follow("principal", "TOUCHED"),
    Follow("principal", "DENIED"),
    Follow("principal", "ASSUMED"),
    Follow("principal", "LAUNCHED"),
    Follow("principal", "FROM"),
    Follow("principal", "ON"),
    Follow("principal", "USED"),
    Follow("credential", "ISSUED"),
    Follow("credential", "USED", back=True),
    Follow("instance", "RAN_AS"),
    Follow("instance", "HELD"),
    Follow("source", "FROM", back=True),
    Follow("source", "HELD", back=True),
    Follow("api", "CALLED", back=True, seed_only=True),
    Follow("api", "FAILED", back=True, seed_only=True),
    Follow("resource", "TOUCHED", back=True, seed_only=True),
    Follow("resource", "DENIED", back=True, seed_only=True),
)
"""What a suspect at a node holds or could see. Others who call the same API are not followed."""


class Step(NamedTuple):
    """An arrow met on a walk: the layer, the hop at its far end, and what shows it if not seen."""

    arrow: Relationship
    layer: Layer
    near: str
    far: str
    hop: int
    because: str = ""


class Walk(NamedTuple):
    """All steps, the kind and the hop of each node met, what caps left out, and the nodes of which
    all arrows in the window were read."""

    steps: list[Step]
    kinds: dict[str, str]
    hops: dict[str, int]
    cuts: list[Cut]
    walked: set[str]

    def meet(self, node: str, kind: str) -> bool:
        """Whether a node is new, or is now known to be of an earlier kind: no mere resource."""
        known = self.kinds.get(node)
        self.kinds[node] = earlier(known or kind, kind)
        return self.kinds[node] != known


def layer_of(arrow: Relationship) -> Layer:
    """Attempted where the calls failed, observed otherwise."""
    return "attempted" if arrow.type in ATTEMPTS else "observed"


def ends(arrow: Relationship, node: str, back: bool) -> str | None:
    """The far end of an arrow that is followed from ``node``, None where it points elsewhere."""
    near, far = (arrow.target, arrow.source) if back else (arrow.source, arrow.target)
    return far if near == node else None


def kind_at(arrow: Relationship, node: str) -> str:
    """The kind of one end of an arrow."""
    relation = BY_TYPE[arrow.type]
    return relation.source_kind if arrow.source == node else relation.target_kind


def walk(
    store: GraphStore,
    start: Sequence[Step],
    seed: str,
    kind: str,
    window: Window,
    hops: int,
    cap: int,
) -> Walk:
    """Breadth first from the seed; what lies behind the near ends of ``start`` is known already."""
    found = Walk([], {seed: kind}, {seed: 0}, [], set())
    done = {step.near for step in start if step.near != seed}
    due = {seed: 0} | _take(found, start)
    for hop in range(1, hops + 1):
        met = [node for node, at in due.items() if at == hop - 1 and node not in done]
        frontier = {node: found.kinds[node] for node in met}
        bounded = _bounded(frontier, found)
        followed = {n: rows for n, kind in bounded if (rows := _rows(n, kind, hop))}
        types = {n: tuple(dict.fromkeys(row.type for row in followed[n])) for n in followed}
        found.walked.update(followed)
        near = arrows_at(store, window, types, cap)
        for node, rows in followed.items():
            arrows, cuts = near[node]
            found.cuts.extend(cuts)
            due |= _take(found, _from(node, rows, arrows, found.cuts, hop))
    return found


def _rows(node: str, kind: str, hop: int) -> tuple[Follow, ...]:
    """What is followed at a node."""
    if hop > 1 and _is_hub(kind, node):
        return ()
    return tuple(row for row in FOLLOW if row.kind == kind and (hop == 1 or not row.seed_only))


def arrows_at(
    store: GraphStore, window: Window, types: Mapping[str, tuple[str, ...]], cap: int
) -> dict[str, AtNode]:
    """The arrows at each node, of the types that are asked for there."""
    found: dict[str, AtNode] = {}
    for wanted in dict.fromkeys(types.values()):
        nodes = [node for node, own in types.items() if own == wanted]
        found |= store.relationships_of(window, nodes, types=wanted, limit=cap)
    return found


def _bounded(frontier: dict[str, str], found: Walk) -> list[tuple[str, str]]:
    """All nodes of a frontier but the keys beyond the latest KEYS; that they are left is said."""
    keys = [node for node, kind in frontier.items() if kind == "credential"]
    if len(keys) > KEYS:
        seed = next(iter(found.hops))
        found.cuts.append(Cut(seed, "credential", KEYS, len(keys)))
    left = set(keys[KEYS:])
    return [(node, kind) for node, kind in frontier.items() if node not in left]


def _take(found: Walk, steps: Iterable[Step]) -> dict[str, int]:
    """Enter steps and their nodes; the hops at which those are due that lead on as met now."""
    due: dict[str, int] = {}
    for step in steps:
        found.steps.append(step)
        for node, hop in ((step.near, step.hop - 1), (step.far, step.hop)):
            found.hops.setdefault(node, hop)
            if found.meet(node, kind_at(step.arrow, node)):
                due[node] = hop
    return due


def _from(
    node: str,
    rows: Iterable[Follow],
    arrows: Sequence[Relationship],
    cuts: list[Cut],
    hop: int,
) -> Iterator[Step]:
    for row in rows:
        met = [a for a in arrows if a.type == row.type and ends(a, node, row.back)]
        if row.kind == "source" and row.type == "FROM" and hop > 1 and len(met) > SHARED:
            cuts.append(Cut(node, row.type, 0, len(met)))
            continue
        for arrow in met:
            far = ends(arrow, node, row.back)
            if far:
                yield Step(arrow, layer_of(arrow), node, far, hop)


def _is_hub(kind: str, node: str) -> bool:
    """AWS services, as callers or as sources, stand beside everyone."""
    return node.startswith("service:") or (kind == "source" and not node.startswith("ip:"))
