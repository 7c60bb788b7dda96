"""What was not seen in the window, but these credentials could: each with what shows it."""

from collections.abc import Iterable, Iterator, Mapping

from offtrail.api.arrows import merged
from offtrail.api.walk import Step, Walk, arrows_at, kind_at
from offtrail.graph.schema import label
from offtrail.graph.store import Cut, GraphStore, Relationship
from offtrail.graph.window import ALWAYS, HOUR, Window
from offtrail.models.times import rfc3339

SHOWS = {
    "principal": {
        "CALLED": "{who} called it with success {n} {when}, last on {last}",
        "TOUCHED": "{who} used it with success {n} {when}, last on {last}",
        "ASSUMED": "{who} assumed this role {n} {when}, last on {last}",
        "LAUNCHED": "{who} launched this instance {when}, on {last}",
    },
    "credential": {"ISSUED": "{who} issued this key {when}, on {last}"},
    "instance": {"RAN_AS": "{who} ran with this role {when}, last on {last}"},
}
"""By kind of holder and relation: the sentence that says why the far end is within reach."""
WALKED, NOT_WALKED = "outside the window", "elsewhere or at another time"
"""When it was seen: of a holder whose whole window is read, and of others (of a stolen key's
principal the calls with that key alone are, and what it does with its other keys is at hand)."""
IN_HAND = ("ASSUMED", "USED", "ISSUED", "RAN_AS", "ON", "LAUNCHED")
"""Relations of the window whose ends are in the suspect's hand."""


def outside(window: Window) -> tuple[Window, ...]:
    """The hours before and after a window that do not meet it."""
    first, last = window.hours
    before, after = Window(0, first * HOUR), Window((last + 1) * HOUR, ALWAYS.end)
    return tuple(part for part in (before, after) if part.end > part.start)


def reachable(store: GraphStore, seen: Walk, window: Window, hops: int, cap: int) -> Walk:
    """Steps on from everything that the suspect holds, by what was seen otherwise."""
    known = {
        (step.arrow.source, step.arrow.target, step.arrow.type)
        for step in seen.steps
        if step.layer == "observed"
    }
    held = _held(seen)
    found = Walk([], dict(seen.kinds), dict(seen.hops), [], seen.walked)
    for hop in range(1, hops + 1):
        due = [n for n, at in held.items() if at == hop - 1 and found.kinds[n] in SHOWS]
        kinds = {n: found.kinds[n] for n in due if hop == 1 or not n.startswith("service:")}
        for step in _beyond(store, kinds, window, cap, found, hop):
            if (step.arrow.source, step.arrow.target, step.arrow.type) in known:
                continue
            found.steps.append(step)
            found.meet(step.far, kind_at(step.arrow, step.far))
            if step.arrow.type in ("ASSUMED", "ISSUED", "RAN_AS"):
                held.setdefault(step.far, hop)
            found.hops[step.far] = min(hop, found.hops.get(step.far, hop))
    return found


def _held(seen: Walk) -> dict[str, int]:
    """The seed, and what an observed step puts in the suspect's hand, with the hop at which it
    does: a role may have been looked at before it was assumed."""
    held = {node: 0 for node, hop in seen.hops.items() if hop == 0}
    for step in seen.steps:
        if step.arrow.type in IN_HAND:
            for node, hop in ((step.near, step.hop - 1), (step.far, step.hop)):
                if seen.kinds[node] in SHOWS:
                    held[node] = min(hop, held.get(node, hop))
    return held


def _beyond(
    store: GraphStore, kinds: Mapping[str, str], window: Window, cap: int, found: Walk, hop: int
) -> Iterator[Step]:
    """A step for each arrow that shows what is within reach of some holders."""
    walked = {node: kind for node, kind in kinds.items() if node in found.walked}
    others = {node: kind for node, kind in kinds.items() if node not in found.walked}
    arrows = _seen_in(store, walked, outside(window), cap, found.cuts)
    arrows |= _seen_in(store, others, (ALWAYS,), cap, found.cuts)
    for node, kind in kinds.items():
        for arrow in arrows[node]:
            because = SHOWS[kind][arrow.type].format(
                who=label(node),
                n=_times(arrow.count),
                when=WALKED if node in walked else NOT_WALKED,
                last=rfc3339(arrow.last),
            )
            yield Step(arrow, "reachable", node, arrow.target, hop, because)


def _seen_in(
    store: GraphStore,
    kinds: Mapping[str, str],
    windows: Iterable[Window],
    cap: int,
    cuts: list[Cut],
) -> dict[str, list[Relationship]]:
    """What was seen of holders in some windows: of each an arrow a target and type."""
    types = {node: tuple(SHOWS[kind]) for node, kind in kinds.items()}
    parts = [arrows_at(store, part, types, cap) for part in windows]
    found: dict[str, list[Relationship]] = {}
    for node in kinds:
        arrows: dict[tuple[str, str], Relationship] = {}
        for met, left in (part[node] for part in parts):
            cuts.extend(left)
            for arrow in (arrow for arrow in met if arrow.source == node):
                key = (arrow.target, arrow.type)
                arrows[key] = merged(arrows[key], arrow) if key in arrows else arrow
        found[node] = list(arrows.values())
    return found


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
