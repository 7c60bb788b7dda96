"""Entities: what a name means, and a profile of each."""

from collections.abc import Callable

import pyarrow as pa

from offtrail.api.around import DAYS
from offtrail.api.arrows import own
from offtrail.api.errors import Ambiguous, NotFound
from offtrail.api.objects import Entity, EntityPage, Profile, Tally
from offtrail.api.questions.case import READ, calls, latest, many, where
from offtrail.graph.store import GraphStore, Node
from offtrail.graph.window import ALWAYS, DAY, Window
from offtrail.models.cadence import keeps
from offtrail.models.finding import Finding
from offtrail.models.rows import errors
from offtrail.models.times import rfc3339

LISTED = 20
PREFIXES = ("key:", "ip:", "instance:", "api:", "service:", "account:", "vpce:")
FILTERS = ("principal", "api", "source", "credential", "instance", "resource")
"""Kinds of entity by which a store finds activities."""


def meant(store: GraphStore, text: str) -> Node:
    """The node of that id, or the only one that the text can mean.

    Raises:
        NotFound: nothing holds that text. Ambiguous: several do, and none is exactly it.
    """
    names = [text, *(prefix + text for prefix in PREFIXES)]
    known = store.nodes(names)
    for name in names:
        if name in known:
            return known[name]
    found = store.search(text, limit=6) if text else []
    exact = [node for node in found if node.label == text]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise NotFound(f"nothing in the store is called {text[:200]!r}")
    names_of = ", ".join(node.id for node in found[:5]) + (", ..." if len(found) > 5 else "")
    raise Ambiguous(f"{text[:200]!r} can mean {names_of}")


def entity(node: Node) -> Entity:
    """A node as searches list it."""
    first, last = rfc3339(node.first), rfc3339(node.last)
    return Entity(node.id, node.kind, node.label, node.account, first, last, node.band)


def search(store: GraphStore, text: str, kind: str | None, limit: int) -> EntityPage:
    """Nodes whose id or label contains the text."""
    found = store.search(text, kind=kind, limit=limit + 1)
    return EntityPage(tuple(entity(node) for node in found[:limit]), len(found) > limit, limit)


def profile(store: GraphStore, node: Node, findings: list[Finding]) -> Profile:
    """First and last seen, beat, hours, APIs, errors, sources, peers and findings of an entity."""
    table, days = _activities(store, node)
    succeeded, failed = where(table, code=""), errors(table)
    lists = {
        "apis": _tallies(succeeded, lambda row: row["api"]),
        "failures": _tallies(failed, lambda row: f"{row['api']} {row['code']}"),
        "sources": _tallies(table, lambda row: row["source"]),
        "peers": _peers(store, node, table),
    }
    return Profile(
        entity=entity(node),
        calls=calls(table),
        errors=calls(failed),
        beat=beat(table),
        active_hours=_by_hour(table),
        findings=tuple(f.id for f in findings if node.id in names(f)),
        totals={name: len(tallies) for name, tallies in lists.items()},
        days=days,
        **{name: tuple(tallies[:LISTED]) for name, tallies in lists.items()},
    )


def names(finding: Finding) -> set[str]:
    """Everything that a finding names."""
    return {
        finding.principal,
        *finding.sources,
        *finding.sessions,
        *finding.credentials,
        *finding.instances,
        *(edge.api for edge in finding.edges),
        *(edge.resource for edge in finding.edges if edge.resource),
    }


def _activities(store: GraphStore, node: Node) -> tuple[pa.Table, int]:
    """Its activities in the days up to its last call, and of how many: fewer where too busy."""
    until = node.last + 1
    if node.kind == "session":
        window = Window(max(0, until - DAYS * DAY), until)
        return own(store, node, window, READ)[0], DAYS
    if node.kind not in FILTERS:
        return store.activities(Window(until, until), limit=0), DAYS
    return latest(store, until, DAYS, **{node.kind: node.id})


def _tallies(table: pa.Table, key: Callable[[dict[str, str]], str]) -> list[Tally]:
    """Rows counted by a key, most frequent first."""
    counts: dict[str, int] = {}
    times: dict[str, tuple[int, int]] = {}
    proof: dict[str, tuple[str, ...]] = {}
    for row in table.to_pylist():
        name = key(row)
        counts[name] = counts.get(name, 0) + row["count"]
        first, last = times.get(name, (row["first"], row["last"]))
        times[name] = (min(first, row["first"]), max(last, row["last"]))
        proof.setdefault(name, tuple(row["event_ids"]))
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return [
        Tally(n, counts[n], rfc3339(times[n][0]), rfc3339(times[n][1]), proof[n]) for n in ordered
    ]


def _by_hour(table: pa.Table) -> tuple[int, ...]:
    hours = [0] * 24
    pairs = zip(table.column("hour").to_pylist(), table.column("count").to_pylist(), strict=True)
    for hour, count in pairs:
        hours[hour % 24] += count
    return tuple(hours)


def beat(table: pa.Table) -> str:
    """Whether activities keep a daily, weekly or monthly beat, in a sentence."""
    hours = sorted(set(table.column("hour").to_pylist()))
    if not hours:
        return ""
    found = keeps(hours, hours[-1])
    if found is None:
        return f"active in {many(len(hours), 'hour')}, on no daily, weekly or monthly beat"
    return f"keeps a {found.period} beat: {found.met} of {found.due} earlier turns kept"


def _peers(store: GraphStore, node: Node, table: pa.Table) -> list[Tally]:
    """Principals at the same place: sharing its keys and addresses, or calling the same API."""
    if node.kind != "principal":
        return _tallies(table, lambda row: row["principal"])
    shared: dict[str, Tally] = {}
    for place, kind in _places(table):
        window = Window(0, node.last + 1) if node.last else ALWAYS
        arrows, _ = store.relationships(window, place, types=(kind,), limit=LISTED)
        for arrow in arrows:
            if arrow.source != node.id:
                first, last = rfc3339(arrow.first), rfc3339(arrow.last)
                tally = Tally(arrow.source, arrow.count, first, last, arrow.event_ids)
                shared.setdefault(arrow.source, tally)
    return sorted(shared.values(), key=lambda tally: (-tally.count, tally.name))


def _places(table: pa.Table) -> list[tuple[str, str]]:
    sources = [t.name for t in _tallies(table, lambda row: row["source"]) if t.name[:3] == "ip:"]
    keys = [t.name for t in _tallies(table, lambda row: row["credential"]) if t.name]
    return [*((name, "FROM") for name in sources[:5]), *((name, "USED") for name in keys[:5])]
