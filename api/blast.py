"""Blast radius: what an entity touched, what it tried, and what its credentials could use next."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from offtrail.api.arrows import SINGLED, own, steps_of
from offtrail.api.launched import RUN_INSTANCES, launches
from offtrail.api.objects import (
    LAYERS,
    Layer,
    Span,
    SubCut,
    Subgraph,
    SubNode,
    SubRelationship,
)
from offtrail.api.reach import reachable
from offtrail.api.walk import CAP, Step, Walk, kind_at, walk
from offtrail.graph.store import Cut, GraphStore, Node, Relationship
from offtrail.graph.window import Window
from offtrail.models.times import rfc3339

OWN = 20_000
"""Activities of one key, address, instance or session that are read; beyond it, a cut is stated."""
RANK = {layer: place for place, layer in enumerate(LAYERS)}


def blast_radius(
    store: GraphStore,
    seed: Node,
    window: Window,
    *,
    hops: int = 3,
    limit: int = 500,
    layers: Sequence[Layer] = LAYERS,
) -> Subgraph:
    """The bounded neighbourhood of a seed along what a suspect holds, layer by layer."""
    seen = _seen(store, seed, window, hops)
    steps, hops_of, cuts = list(seen.steps), dict(seen.hops), list(seen.cuts)
    if "reachable" in layers:
        beyond = reachable(store, seen, window, hops, CAP)
        steps += beyond.steps
        cuts += beyond.cuts
        hops_of |= {node: hop for node, hop in beyond.hops.items() if node not in hops_of}
    chosen = [step for step in steps if step.layer in layers]
    return assembled(store, seed.id, window, chosen, hops_of, cuts, limit)


def _seen(store: GraphStore, seed: Node, window: Window, hops: int) -> Walk:
    if seed.kind not in SINGLED:
        return walk(store, (), seed.id, seed.kind, window, hops, CAP)
    table, read = own(store, seed, window, OWN + 1)
    steps = steps_of(table.slice(0, OWN), seed.id)
    started, cuts = _launched(store, steps, window, seed)
    start = _no_further([*steps, *started], hops)
    found = walk(store, start, seed.id, seed.kind, window, hops, CAP)
    found.cuts.extend(cuts)
    if read > OWN:
        found.cuts.append(Cut(seed.id, "activity", OWN, read))
    return found


def _launched(
    store: GraphStore, own: Iterable[Step], window: Window, seed: Node
) -> tuple[list[Step], list[Cut]]:
    """The instances that calls with the seed launched, or may have: arrows tell no key."""
    principals = dict.fromkeys(s.near for s in own if s.arrow.target == RUN_INSTANCES)
    made = [launches(store, principal, window) for principal in principals]
    found = (one for part in made for one in part.found if one.by(seed.kind, (seed.id,)))
    steps = [Step(one.arrow, "observed", one.arrow.source, one.instance, 2) for one in found]
    return steps, [cut for part in made for cut in part.cuts]


def _no_further(steps: Iterable[Step], hops: int) -> list[Step]:
    return [step for step in steps if step.hop <= hops]


def assembled(
    store: GraphStore,
    seed: str,
    window: Window,
    steps: Iterable[Step],
    hops: dict[str, int],
    cuts: Sequence[Cut],
    limit: int,
    first: Collection[str] = (),
) -> Subgraph:
    """Steps as one bounded object: ``first``, then the nearest, the strongest of each layer."""
    arrows = _distinct(steps)
    layer, score = _of_nodes(seed, arrows)
    kinds = {end: kind_at(s.arrow, end) for s in arrows for end in (s.near, s.far)}
    order = _in_turn(layer, score, hops, kinds)
    wanted = [seed, *(node for node in order if node in first), *order]
    kept = dict.fromkeys(list(dict.fromkeys(wanted))[:limit])
    shown = [step for step in arrows if step.arrow.source in kept and step.arrow.target in kept]
    known = store.nodes(kept)
    read = window.whole
    return Subgraph(
        seed=seed,
        window=Span(rfc3339(read.start), rfc3339(read.end)),
        nodes=tuple(_node(known.get(n), n, layer[n], hops.get(n, 0), score[n]) for n in kept),
        relationships=tuple(relationship(step) for step in shown),
        total_nodes=len(layer),
        total_relationships=len(arrows),
        truncated=len(kept) < len(layer) or bool(cuts),
        cut=(*(SubCut(c.node, c.type, c.kept, c.of) for c in cuts), *_cut(seed, arrows, shown)),
    )


def _in_turn(
    layer: dict[str, Layer],
    score: dict[str, float | None],
    hops: dict[str, int],
    kinds: dict[str, str],
) -> list[str]:
    """Nodes nearest first; at one distance the kinds of each layer take turns, the strongest next.

    So a limit that leaves no room for hundreds of keys or APIs leaves some of each.
    """
    turns: Counter[tuple[int, Layer, str]] = Counter()
    order: dict[str, tuple[int, int, int, str]] = {}
    for node in sorted(layer, key=lambda n: (-(score[n] or 0.0), n)):
        place = hops.get(node, 0), layer[node], kinds.get(node, "")
        order[node] = (place[0], turns[place], RANK[layer[node]], node)
        turns[place] += 1
    return sorted(order, key=order.__getitem__)


def _distinct(steps: Iterable[Step]) -> list[Step]:
    """Each arrow once a layer."""
    found: dict[tuple[str, str, str, str, Layer], Step] = {}
    for step in steps:
        arrow = step.arrow
        key = (arrow.source, arrow.target, arrow.type, arrow.code, step.layer)
        found.setdefault(key, step)
    return sorted(found.values(), key=lambda s: (s.hop, RANK[s.layer], -(s.arrow.score or 0.0)))


def _of_nodes(seed: str, steps: Iterable[Step]) -> tuple[dict[str, Layer], dict[str, float | None]]:
    layer: dict[str, Layer] = {seed: "observed"}
    score: dict[str, float | None] = {seed: None}
    for step in steps:
        for node in (step.near, step.far):
            before = layer.get(node)
            if before is None or RANK[step.layer] < RANK[before]:
                layer[node] = step.layer
            known, new = score.get(node), step.arrow.score
            score[node] = max((s for s in (known, new) if s is not None), default=None)
    return layer, score


def _cut(seed: str, every: Sequence[Step], shown: Sequence[Step]) -> list[SubCut]:
    """What ``limit`` left out, by relation."""
    of = Counter(step.arrow.type for step in every)
    kept = Counter(step.arrow.type for step in shown)
    return [
        SubCut(seed, type, kept[type], of[type]) for type in sorted(of) if kept[type] < of[type]
    ]


def _node(node: Node | None, id: str, layer: Layer, hop: int, score: float | None) -> SubNode:
    if node is None:
        return SubNode(id, "unknown", id, layer, hop, score)
    return SubNode(
        id=id,
        kind=node.kind,
        label=node.label,
        layer=layer,
        hop=hop,
        score=score,
        account=node.account,
        band=node.band,
        first=rfc3339(node.first),
        last=rfc3339(node.last),
    )


def relationship(step: Step) -> SubRelationship:
    """A step as the faces show it."""
    arrow: Relationship = step.arrow
    return SubRelationship(
        source=arrow.source,
        target=arrow.target,
        type=arrow.type,
        layer=step.layer,
        count=arrow.count,
        first=rfc3339(arrow.first),
        last=rfc3339(arrow.last),
        event_ids=arrow.event_ids,
        score=arrow.score,
        code=arrow.code,
        error_class=arrow.error_class,
        because=step.because,
    )
