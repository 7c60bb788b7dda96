"""What an error edge is compared with: others at its API, what near it is used, what lowers it."""

from collections.abc import Iterator, Sequence

from offtrail.api.objects import Beside, NearApi, Tally
from offtrail.api.questions.case import Case, among, before, calls, listed, short, values, where
from offtrail.graph.schema import account, label
from offtrail.graph.store import Cut, Relationship
from offtrail.models.finding import ErrorEdge
from offtrail.models.knowledge import knowledge
from offtrail.models.lowers import lowers
from offtrail.models.times import rfc3339, second_of

ARROWS = 200
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
    arrows, cuts = case.store.relationships(
        case.past, edge.api, types=("CALLED", "FAILED"), limit=ARROWS
    )
    others = [arrow for arrow in arrows if arrow.source != edge.principal]
    calling = _tallies(arrow for arrow in others if arrow.type == "CALLED")
    refused = _tallies(arrow for arrow in others if arrow.error_class == "denied")
    near = tuple(_near(case, edge))
    return Beside(
        api=edge.api,
        callers=len(calling),
        called_by=calling[:NAMED],
        refused=len(refused),
        refused_to=refused[:NAMED],
        at_least=bool(cuts),
        near=near,
        lowers=lowers(edge),
        says=(
            _who(calling, edge, cuts, "calls", "call"),
            _who(refused, edge, cuts, "is denied", "are denied"),
            _used(near),
        ),
    )


def _tallies(arrows: Iterator[Relationship]) -> tuple[Tally, ...]:
    """Principals by how often, most first; the codes of one are added up."""
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
    return tuple(sorted(found.values(), key=lambda one: (-one.count, one.name)))


def _who(found: Sequence[Tally], edge: ErrorEdge, cuts: Sequence[Cut], one: str, many: str) -> str:
    """``2 other principals call it: a 13x, b in 444455556666 2x``."""
    if not found:
        return f"nobody else {one} it"
    least = "at least " if cuts else ""
    count = f"1 other principal {one}" if len(found) == 1 else f"{len(found)} others {many}"
    named = listed((f"{_name(t.name, edge)} {t.count:,}x" for t in found), NAMED)
    return f"{least}{count} it: {named}"


def _name(principal: str, edge: ErrorEdge) -> str:
    """A principal's short name, with its account where that is another."""
    where = account(principal)
    elsewhere = f" in {where}" if where and where != account(edge.principal) else ""
    return label(principal) + elsewhere


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
