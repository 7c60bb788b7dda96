"""Windows on a Neo4j graph: the arrows at a node, and the ego of a seed in one statement."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_arrows import DAY
from offtrail.graph.neo4j_nodes import fetch
from offtrail.graph.neo4j_packing import Tally, total
from offtrail.graph.neo4j_proofs import Arrow, hourly
from offtrail.graph.neo4j_schema import read
from offtrail.graph.store import MOST, AtNode, Cut, Ego, Relationship
from offtrail.graph.window import HOUR, Window

# Cypher has no bit operators. An item of r.hours is a day and a mask of its hours (DAY apart); on
# the window's last day the mask is cut with %, and its highest bit is a logarithm.
WITHIN = """
last([m IN hours WHERE m >= $low AND (m < $last_day OR m < $high AND m % $to_bit >= $least)])
"""
LATEST = f"""
m / {DAY} * 24
    + toInteger(log(CASE WHEN m < $last_day THEN m % {DAY} ELSE m % $to_bit END) / log(2) + 1e-9)
"""
# Arrows in groups of one hour and type, the latest first; names are read, and decide, in the groups
# that the cap reaches.
ARROWS = f"""
MATCH (x)-[r]-() WHERE $types = [] OR type(r) IN $types
WITH DISTINCT r
WITH r, r.hours AS hours WHERE hours[0] < $high AND hours[-1] >= $low
WITH r, {WITHIN} AS m WHERE m IS NOT NULL
WITH type(r) AS type, {LATEST} AS hour, collect(r) AS arrows ORDER BY hour DESC, type
WITH collect([type, size(arrows), arrows]) AS groups
WITH groups, reduce(met = [0, 0], g IN groups |
    CASE WHEN met[1] > 0 AND met[0] >= $cap THEN met ELSE [met[0] + g[1], met[1] + 1] END) AS met
WITH groups[..met[1]] AS near, CASE
    WHEN reduce(all = 0, g IN groups | all + g[1]) > $cap THEN [g IN groups | g[..2]]
    ELSE [] END AS sizes
UNWIND range(0, size(near) - 1) AS place UNWIND near[place][2] AS r
WITH sizes, place, r ORDER BY place, startNode(r).id, endNode(r).id, r.code LIMIT $cap + 1
WITH collect(r)[..$cap] AS kept, head(collect(sizes)) AS sizes
"""
SEEDS = "UNWIND $seeds AS id MATCH (seed:Entity {id: id}) USING INDEX seed:Entity(id)\n"
TOGETHER = 100  # nodes whose arrows one statement reads
DETAILS = """
UNWIND $rows AS element
MATCH (a)-[r]->(b) WHERE elementId(r) = element
RETURN collect([type(r), a.id, b.id, coalesce(r.code, ''), r.count,
    r.first.epochSeconds, r.last.epochSeconds, r.event_ids, coalesce(r.class, ''), r.score])
"""


class Met(NamedTuple):
    """What one node's expansion met: the arrows kept; where some were cut, how many of each hour
    and type there were, in order."""

    node: str
    kept: list[tuple[str, str]]  # element id of the arrow, id of the other end
    sizes: list[tuple[str, int]]

    def cuts(self, cap: int) -> list[Cut]:
        """A line a type that lost arrows."""
        of, kept = self._first(cap + MOST), self._first(cap)
        return [Cut(self.node, t, kept[t], n) for t, n in sorted(of.items()) if kept[t] < n]

    def _first(self, many: int) -> Counter[str]:
        """The types of that many arrows."""
        found: Counter[str] = Counter()
        for type, size in self.sizes:
            found[type] += min(size, many - found.total())
        return found


def parameters(window: Window, cap: int, types: Sequence[str] = ()) -> dict[str, Any]:
    """The window as the hours, days and bits that the statements ask for."""
    first, last = window.hours
    return {
        "low": first // 24 * DAY + (1 << first % 24),
        "last_day": last // 24 * DAY,
        "high": (last // 24 + 1) * DAY,
        "to_bit": 2 << last % 24,
        "least": 1 << first % 24 if first // 24 == last // 24 else 1,
        "cap": cap,
        "types": list(types),
    }


@cache
def statement(hops: int) -> str:
    """All hops in one statement: a nested CALL a hop, whose LIMIT is the cap of each node."""
    text = SEEDS + "WITH collect(seed) AS f0\n"
    for hop in range(hops):
        text += f"""CALL (f{hop}) {{
            UNWIND f{hop} AS x CALL (x) {{ {ARROWS} RETURN kept, sizes }}
            RETURN collect([x, kept, sizes]) AS met{hop}
        }}
        """
        if hop + 1 < hops:
            text += f"""CALL (met{hop}) {{
            UNWIND met{hop} AS m UNWIND m[1] AS r
            WITH CASE startNode(r) WHEN m[0] THEN endNode(r) ELSE startNode(r) END AS y
            RETURN collect(DISTINCT y) AS f{hop + 1}
        }}
        """
    other = "CASE startNode(r) WHEN m[0] THEN endNode(r).id ELSE startNode(r).id END"
    shown = f"[m IN met%d | [m[0].id, [r IN m[1] | [elementId(r), {other}]], m[2]]]"
    return text + "RETURN " + ", ".join(["size(f0)", *(shown % hop for hop in range(hops))])


def expand(
    tx: ManagedTransaction, seeds: Sequence[str], hops: int, asked: dict[str, Any]
) -> list[list[Met]] | None:
    """What each hop met, in order; None where there is no such node."""
    row = tx.run(statement(hops), seeds=seeds, **asked).single(strict=True)
    if not row[0]:
        return None
    return [
        [Met(node, [tuple(k) for k in kept], sizes or []) for node, kept, sizes in hop]
        for hop in row[1:]
    ]


def relationships(
    tx: ManagedTransaction, window: Window, nodes: Sequence[str], types: Sequence[str], limit: int
) -> dict[str, AtNode]:
    """The arrows at each node, and what ``limit`` left out."""
    found: dict[str, AtNode] = {name: ([], []) for name in nodes}
    asked = parameters(window, limit, types)
    for at in range(0, len(found), TOGETHER):
        [met] = expand(tx, list(found)[at : at + TOGETHER], 1, asked) or [[]]
        elements = list(dict.fromkeys(element for of in met for element, _ in of.kept))
        told = dict(zip(elements, details(tx, elements, window), strict=True))
        for of in met:
            found[of.node] = [told[element] for element, _ in of.kept], of.cuts(limit)
    return found


def details(tx: ManagedTransaction, elements: Iterable[str], window: Window) -> list[Relationship]:
    """The arrows of ``elements``, in order, summed over ``window``."""
    whole = {Arrow(*row[:4]): row[4:] for row in read(tx, DETAILS, elements)}
    start, end = (hour * HOUR for hour in window.hours)
    partly = [a for a, row in whole.items() if row[1] < start or row[2] >= end + HOUR]
    sums = {arrow: total(day.values()) for arrow, day in hourly(tx, partly, window).items()}
    return [_relationship(arrow, row, sums.get(arrow)) for arrow, row in whole.items()]


def _relationship(arrow: Arrow, row: Sequence[Any], part: Tally | None) -> Relationship:
    """An arrow as it stands, or with the sum of that part of its life which the window has."""
    count, first, last, ids, error_class, score = row
    if part:
        count, first, last, ids = part.calls, part.first, part.last, part.event_ids
        error_class = part.error_class
    ends, code, proof = (arrow.source, arrow.target), arrow.code, tuple(ids)
    return Relationship(*ends, arrow.type, count, first, last, proof, code, error_class, score)


def ego(tx: ManagedTransaction, seed: str, window: Window, hops: int, cap: int, limit: int) -> Ego:
    """Nodes in the order in which they are met, then cut at ``limit``."""
    met = expand(tx, [seed], hops, parameters(window, cap))
    if met is None:
        return Ego(seed, window, (), (), (), 0, 0, False, ())
    distance = {seed: 0}
    arrows: dict[str, tuple[str, str]] = {}
    cuts: dict[Cut, None] = {}
    for hop, expansions in enumerate(met, 1):
        for m in expansions:
            cuts |= dict.fromkeys(m.cuts(cap))
            for element, other in m.kept:
                arrows.setdefault(element, (m.node, other))
                distance.setdefault(other, hop)
    kept = dict(list(distance.items())[:limit])
    inside = [e for e, (a, b) in arrows.items() if a in kept and b in kept]
    known = fetch(tx, kept)
    return Ego(
        seed,
        window,
        tuple(known[id] for id in kept),
        tuple(kept.values()),
        tuple(details(tx, inside, window)),
        len(distance),
        len(arrows),
        len(kept) < len(distance) or bool(cuts),
        tuple(cuts),
    )
