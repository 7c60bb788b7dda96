"""Upkeep of a Neo4j store: scores and bands shown, old hours removed."""

from itertools import combinations

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_arrows import trim
from offtrail.graph.neo4j_nodes import LABELS, RENAME
from offtrail.graph.neo4j_proofs import Arrow
from offtrail.graph.neo4j_schema import change, lock, parts
from offtrail.graph.schema import KINDS, RELATIONS
from offtrail.graph.window import HOUR

BANDS = ("Watch", "Suspect")
FORGET_SCORES = "MATCH ()-[r:FAILED]->() WHERE r.score IS NOT NULL REMOVE r.score, r.shown"
FORGET_BANDS = "MATCH (n:Entity) WHERE n.band IS NOT NULL REMOVE n:Watch, n:Suspect, n.band"
SCORE = """
UNWIND $rows AS row
MATCH ()-[r:FAILED {key: row[0]}]->() USING INDEX r:FAILED(key)
SET r.score = row[1], r.shown = row[2]
"""
BAND = (
    "UNWIND $rows AS id MATCH (n:Entity {id: id}) USING INDEX n:Entity(id) SET n:%s, n.band = '%s'"
)


def mark(
    tx: ManagedTransaction, scores: dict[tuple[str, str, str], float], bands: dict[str, str]
) -> None:
    """Scores on FAILED arrows and bands on nodes, in place of those of before."""
    salt = lock(tx).salt
    tx.run(FORGET_SCORES).consume()
    tx.run(FORGET_BANDS).consume()
    keys = [
        (Arrow("FAILED", *edge).key(salt), score, shown(score)) for edge, score in scores.items()
    ]
    change(tx, SCORE, sorted(keys))
    for band in BANDS:
        change(tx, BAND % (band, band), sorted(id for id, b in bands.items() if b == band))


def shown(score: float) -> str:
    """A score as captions show it."""
    return f"{score:.2f}"


COUNT = "MATCH (b:Activity) WHERE b.hour < $cut RETURN sum(b.calls)"
OLD_CALLS = """
MATCH (b:Activity) WHERE b.hour < $cut WITH b, b.calls AS calls DELETE b RETURN sum(calls)
"""
OLD = (
    "MATCH (b:Fact) WHERE b.hour < $cut DELETE b",
    "MATCH (s:Seen) WHERE s.hour < $cut DELETE s",
    "MATCH ()-[r]->() WHERE r.last < datetime({epochSeconds: $cut * 3600}) DELETE r",
)
ACROSS = """
MATCH (a)-[r]->(b) WHERE r.first < datetime({epochSeconds: $cut * 3600})
RETURN elementId(r), r.last.epochSeconds, type(r), a.id, b.id, coalesce(r.code, '') ORDER BY a.id
"""
LONELY = "MATCH (n:Entity) WHERE NOT EXISTS { (n)--() } DELETE n"
YOUNGER = """
MATCH (n:Entity) WHERE n.first < datetime({epochSeconds: $cut * 3600})
MATCH (n)-[r]-() WITH n, min(r.first) AS first SET n.first = first
"""


def prunable(tx: ManagedTransaction, before: int) -> int:
    """How many calls ``prune`` would remove."""
    found: int = tx.run(COUNT, cut=before // HOUR).single(strict=True)[0]
    return found


def prune(tx: ManagedTransaction, before: int) -> int:
    """Remove the hours that end at or before ``before``; arrows across it keep their later part."""
    lock(tx)
    cut = before // HOUR
    removed: int = tx.run(OLD_CALLS, cut=cut).single(strict=True)[0]
    for statement in OLD:
        tx.run(statement, cut=cut).consume()
    for part in parts(tx.run(ACROSS, cut=cut).values()):
        trim(tx, cut, [(element, last, Arrow(*arrow)) for element, last, *arrow in part])
    tx.run(YOUNGER, cut=cut).consume()
    tx.run(LONELY).consume()
    for was, now in combinations(KINDS, 2):
        change(tx, RENAME % (LABELS[was], LABELS[now], now), no_more(tx, was, now))
    return removed


def no_more(tx: ManagedTransaction, was: str, now: str) -> list[str]:
    """Element ids of nodes that were met as kind ``was`` and are left as ``now`` only."""
    where = f"NOT ({acts(was)}) AND ({acts(now)})"
    found: list[str] = tx.run(f"MATCH (n:{LABELS[was]}) WHERE {where} RETURN elementId(n)").value()
    return found


def acts(kind: str) -> str:
    """Whether some arrow meets n as this kind."""
    out = "|".join(r.name for r in RELATIONS if r.source_kind == kind)
    back = "|".join(r.name for r in RELATIONS if r.target_kind == kind)
    ways = [f"EXISTS {{ (n)-[:{out}]->() }}"] * bool(out)
    ways += [f"EXISTS {{ (n)<-[:{back}]-() }}"] * bool(back)
    return " OR ".join(ways) or "false"
