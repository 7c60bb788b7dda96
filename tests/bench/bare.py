"""What Neo4j does with bare statements: the least that a write costs in a layout whose arrows and
nodes tell when they were last met.

Nothing is read, nothing decided: known arrows are found by their keys and get another count, last
time and hours; known nodes are found by their ids and get another last time.
"""

import random
import statistics
import time
from collections.abc import Iterator

import neo4j

from offtrail.graph.neo4j_arrows import DAY
from offtrail.graph.window import HOUR
from tests.bench.row import Row
from tests.bench.shape import START

TYPE = "CALLED"
MANY = 10_000
ROUNDS, WARM = 30, 15  # of these only those after WARM count
DAYS = 20  # of an arrow of a month

KEYS = f"MATCH ()-[r:{TYPE}]->() RETURN collect(r.key)"
IDS = "MATCH (n:Principal) RETURN collect(n.id)"
ARROWS = f"""
UNWIND $rows AS row MATCH ()-[r:{TYPE} {{key: row[0]}}]->() USING INDEX r:{TYPE}(key)
SET r.count = row[1], r.last = datetime({{epochSeconds: row[2]}}), r.hours = row[3]
"""
NODES = """
UNWIND $rows AS row MATCH (n:Entity {id: row[0]}) USING INDEX n:Entity(id)
SET n.last = datetime({epochSeconds: row[2]})
"""


def rows(uri: str, part: str, name: str) -> Iterator[Row]:
    """Arrows and nodes a second; what they hold is lost."""
    with neo4j.GraphDatabase.driver(uri) as driver, driver.session() as session:
        for what, every, statement in (("arrows", KEYS, ARROWS), ("nodes", IDS, NODES)):
            [known] = session.run(every).single(strict=True)
            turns = [_set(session, statement, known, turn) for turn in range(ROUNDS)]
            rate = statistics.median(turns[WARM:])
            yield Row(part, f"bare statements, {name}", rate, f"{what}/s")


def _set(session: neo4j.Session, statement: str, known: list[object], turn: int) -> float:
    """What a second brings, its commit included; each turn's values are other ones."""
    chosen = random.Random(turn).sample(known, min(MANY, len(known)))  # noqa: S311 - a load, no secret
    day = START // 24
    hours = [(day + at) * DAY + turn + 1 for at in range(DAYS)]
    values = [[of, turn + 1, START * HOUR + turn, hours] for of in chosen]
    begun = time.perf_counter()
    with session.begin_transaction() as tx:
        tx.run(statement, rows=values).consume()
        tx.commit()
    return len(values) / (time.perf_counter() - begun)
