"""Copies of an account's hours: as many calls each day, under names and ids of their own."""

from collections import Counter
from pathlib import Path

from offtrail.graph.window import HOUR
from offtrail.ingest.partial import partial
from tests.bench.accounts import NEW, OWN, OWN_FACTS, days

TRAIL = Path(__file__).parents[1] / "trails" / "instances-launched" / "events.json"
FIRST = 490_000


def test_each_copy_has_names_and_ids_of_its_own_and_all_its_calls() -> None:
    found = partial([str(TRAIL)])
    calls = [id for ids in found.activities["ids"].to_pylist() for id in ids]
    seen: Counter[bytes] = Counter()
    known: list[set[str]] = []
    for day in list(days(TRAIL, FIRST, 2)):
        batches = list(day)
        rows = [row for batch in batches for row in batch.activities.to_pylist()]
        facts = [row for batch in batches for row in batch.facts.to_pylist()]
        copies = len(rows) // found.activities.num_rows
        assert len(facts) == copies * found.facts.num_rows > 0
        for own, made, once in ((OWN, rows, found.activities), (OWN_FACTS, facts, found.facts)):
            for name in own:
                distinct = {row[name] for row in made} - {""}
                assert len(distinct) == copies * len(set(once[name].to_pylist()) - {""})
        ids = [id for row in rows for id in row["ids"]]
        assert len(ids) == copies * len(calls)
        assert {id for row in facts for id in row["ids"]} <= set(ids)
        assert {second // HOUR - row["hour"] for row in rows for second in row["seconds"]} == {0}
        assert min(row["hour"] for row in rows) >= FIRST
        seen.update(ids)
        known.append({row["account"] for row in rows})
    assert set(seen.values()) == {1}
    new = len(known[1] - known[0]) / len(known[1])
    assert abs(new - 1 / NEW) < 1 / len(known[1])
