"""What an error edge is compared with: others at its API, what near it is used, what lowers it."""

from collections.abc import Iterable, Iterator, Sequence

from offtrail.api.objects import Beside, NearApi, Tally
from offtrail.api.questions.case import (
    Case,
    among,
    before,
    calls,
    listed,
    named,
    short,
    values,
    where,
)
from offtrail.graph.schema import account
from offtrail.graph.store import Relationship
from offtrail.models.finding import ErrorEdge
from offtrail.models.knowledge import knowledge
from offtrail.models.lowers import lowers
from offtrail.models.times import rfc3339, second_of

ARROWS = 2000
"""Arrows at an API that are read, of each type; beyond them "at least" is said."""
NAMED = 5
NEAR = 3


def beside(case: Case) -> tuple[Beside, ...]:
    """The comparison of each of the strongest edges, strongest first, an API once."""
    strongest: dict[str, ErrorEdge] = {}
    for edge in case.edges:
        strongest.setdefault(edge.api, edge)
    return tuple(_beside(case, edge) for edge in strongest.values())


def _beside(case: Case, edge: ErrorEdge) -> Beside:
    calling, more_call = _others(case, edge, "CALLED")
    refused, more_refused = _others(case, edge, "FAILED")
    near = tuple(_near(case, edge))
    return Beside(
        api=edge.api,
        callers=len(calling),
        called_by=calling[:NAMED],
        refused=len(refused),
        refused_to=refused[:NAMED],
        at_least=more_call or more_refused,
        near=near,
        lowers=lowers(edge),
        says=(
            _who(calling, edge, more_call, "calls", "call"),
            _who(refused, edge, more_refused, "is denied", "are denied"),
            _used(near),
        ),
    )


def _others(case: Case, edge: ErrorEdge, type: str) -> tuple[tuple[Tally, ...], bool]:
    """Others that call the edge's API, or are denied it, and whether there may be more."""
    arrows, cuts = case.store.relationships(case.past, edge.api, types=(type,), limit=ARROWS)
    others = (
        arrow
        for arrow in arrows
        if arrow.source != edge.principal and (type == "CALLED" or arrow.error_class == "denied")
    )
    found = _tallies(others)
    ranked = sorted(found, key=lambda one: (_elsewhere(one.name, edge), -one.count, one.name))
    return tuple(ranked), bool(cuts)


def _tallies(arrows: Iterable[Relationship]) -> Iterable[Tally]:
    """Principals with the codes of each added up."""
    found: dict[str, Tally] = {}
    for arrow in arrows:
        known = found.get(arrow.source)
        first, last = rfc3339(arrow.first), rfc3339(arrow.last)
        found[arrow.source] = Tally(
            name=arrow.source,
            count=arrow.count + (known.count if known else 0),
            first=min(first, known.first) if known else first,
            last=max(last, known.last) if known else last,
            event_ids=known.event_ids if known else arrow.event_ids,
        )
    return found.values()


def _elsewhere(principal: str, edge: ErrorEdge) -> bool:
    """Whether a principal is of another account: those of the own one are what scores compare."""
    return account(principal) not in ("", account(edge.principal))


def _who(found: Sequence[Tally], edge: ErrorEdge, more: bool, one: str, many: str) -> str:
    """``3 others call it, 1 of them in this account: a 13x, b in 444455556666 22x``."""
    if not found:
        return f"no other of the {ARROWS:,} read {one} it" if more else f"nobody else {one} it"
    least = "at least " if more else ""
    count = f"1 other principal {one}" if len(found) == 1 else f"{len(found):,} others {many}"
    own = sum(not _elsewhere(t.name, edge) for t in found)
    here = f", {own:,} of them in this account" if 1 < len(found) != own else ""
    home = account(edge.principal)
    who = listed((f"{named(t.name, home)} {t.count:,}x" for t in found), NAMED)
    return f"{least}{count} it{here}: {who}"


def _near(case: Case, edge: ErrorEdge) -> Iterator[NearApi]:
    """The APIs nearest in meaning of those that the principal used with success before it erred."""
    earlier = where(before(case.history, second_of(edge.first)), code="")
    used = [name for name in values(earlier, "api") if name != edge.api]
    for found in knowledge().nearest(edge.api, NEAR, used) if used else ():
        count = calls(among(earlier, "api", [found.api]))
        yield NearApi(found.api, round(found.similarity, 2), count)


def _used(near: Sequence[NearApi]) -> str:
    if not near:
        return "this principal used no other API with success before the hour of the error"
    named = listed(f"{short(one.api)} {one.calls:,}x (likeness {one.likeness:.2f})" for one in near)
    return f"of what this principal used before, nearest in meaning: {named}"
