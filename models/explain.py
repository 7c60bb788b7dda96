"""What stands around an error edge: neighbours, beat, hour, and what would lower its score."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR, Window
from offtrail.models.cadence import keeps
from offtrail.models.evidence import JUDGED_SAME, ON_BEAT
from offtrail.models.finding import ErrorEdge, Term
from offtrail.models.tallies import DAY
from offtrail.models.times import second_of

LISTED = 5  # neighbours named; all are counted
DAYS = 92
WEEK = 168
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Neighbour(msgspec.Struct, frozen=True):
    """Another principal at the same API: its calls there, and the events that prove them."""

    principal: str
    count: int
    event_ids: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True):
    """What stands around an error edge over the days before and during it."""

    edge: ErrorEdge
    callers: int  # other principals that call the API with success
    called_by: tuple[Neighbour, ...]  # the most frequent of them
    others_refused: int  # other principals that are denied the API
    refused_to: tuple[Neighbour, ...]
    lines: tuple[str, ...]  # sentences for a person, each with its counts
    lowers: tuple[str, ...]  # what would lower the score, and by how much


def explained(store: GraphStore, edge: ErrorEdge) -> Explanation:
    """The surroundings of an edge, read from the store."""
    until = second_of(edge.last) + 1
    window = Window(max(0, until - DAYS * DAY), until)
    at_api = store.activities(window, api=edge.api)
    others = at_api.filter(pc.not_equal(at_api.column("principal"), edge.principal))
    calling = _neighbours(others.filter(pc.equal(others.column("code"), "")))
    refused = _neighbours(others.filter(pc.equal(others.column("error_class"), "denied")))
    own = at_api.filter(pc.equal(at_api.column("principal"), edge.principal))
    return Explanation(
        edge=edge,
        callers=len(calling),
        called_by=calling[:LISTED],
        others_refused=len(refused),
        refused_to=refused[:LISTED],
        lines=(
            _others(calling, "calls", "call"),
            _others(refused, "is denied", "are denied"),
            _history(own, edge),
            _beat(own, edge),
            _clock(store, window, edge),
        ),
        lowers=(*(said for term in edge.terms if (said := lower(term))), WORD),
    )


def _neighbours(calls: pa.Table) -> tuple[Neighbour, ...]:
    """Principals by calls, most first, with their earliest event ids."""
    found: dict[str, Neighbour] = {}
    columns = (calls.column(name).to_pylist() for name in ("principal", "count", "event_ids"))
    for principal, count, ids in zip(*columns, strict=True):
        known = found.get(principal, Neighbour(principal, 0, tuple(ids)))
        found[principal] = msgspec.structs.replace(known, count=known.count + count)
    return tuple(sorted(found.values(), key=lambda other: (-other.count, other.principal)))


def _others(named: tuple[Neighbour, ...], one: str, many: str) -> str:
    names = ", ".join(f"{other.principal} ({other.count})" for other in named[:LISTED])
    who = f"1 other principal {one}" if len(named) == 1 else f"{len(named)} other principals {many}"
    return f"{who} this API" + (f": {names}" if names else "")


def _history(own: pa.Table, edge: ErrorEdge) -> str:
    succeeded = own.filter(pc.equal(own.column("code"), ""))
    calls = pc.sum(succeeded.column("count")).as_py() or 0
    same = own.filter(pc.equal(own.column("code"), edge.code))
    hours = len(set(same.column("hour").to_pylist()))
    return (
        f"the principal called this API with success {calls} times and met {edge.code} in "
        f"{hours} hours of these {DAYS} days"
    )


def _beat(own: pa.Table, edge: ErrorEdge) -> str:
    failing = own.filter(pc.equal(own.column("code"), edge.code))
    hours = sorted(set(failing.column("hour").to_pylist()))
    found = keeps(hours, hours[-1]) if hours else None
    if found is None:
        return "the error keeps no daily, weekly or monthly beat"
    return f"the error keeps a {found.period} beat: {found.met} of {found.due} earlier turns kept"


def _clock(store: GraphStore, window: Window, edge: ErrorEdge) -> str:
    """Was the principal active at this hour of the week before?"""
    now = second_of(edge.first) // HOUR
    table = store.activities(window, principal=edge.principal)
    hours = {hour for hour in table.column("hour").to_pylist() if hour < now}
    at = datetime.fromtimestamp(now * HOUR, UTC)
    moment = f"{WEEKDAYS[at.weekday()]} {at:%H}:00 UTC"
    if not hours:
        return f"the principal was never seen before {moment} of this error"
    weeks = range(now - WEEK, min(hours) - 1, -WEEK)
    same = sum(hour in hours for hour in weeks)
    near = sum((hour - now) % 24 in (0, 1, 23) for hour in hours)
    return (
        f"it came on {moment}: the principal was active then in {same} of {len(weeks)} earlier "
        f"weeks, and within an hour of that time of day in {near} of its {len(hours)} active hours"
    )


LOWERS: dict[str, Callable[[Term], str]] = {
    "denied": lambda term: f"an outcome other than a denial: {-term.value:+.2f}",
    "rare-api": lambda term: (
        f"every principal of the account having called the API: {-term.value:+.2f}"
    ),
    "never-called": lambda term: (
        f"one earlier call of this principal to the API: {-term.value:+.2f}"
    ),
    "beat": lambda term: f"more turns kept on its beat, up to {4 * ON_BEAT:+.2f} in all",
}
"""What would lower a score, by term; terms without a row say nothing of the kind."""

WORD = f"an analyst's word that this shape is benign: {JUDGED_SAME:+.2f}"


def lower(term: Term) -> str:
    """What would lower the score by this term, "" where nothing would."""
    said = LOWERS.get(term.name)
    return said(term) if said and term.value else ""
