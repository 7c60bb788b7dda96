"""The whole line on the embedded store: calls in, findings out, the same as in memory."""

import importlib.util
import uuid
from pathlib import Path

import pyarrow as pa
import pytest

from offtrail.graph.sqlite_store import SqliteStore
from offtrail.graph.window import ALWAYS, Window
from offtrail.ingest.activity import KEY, PARTIAL, PARTIAL_FACTS, Partial
from offtrail.models import feedback, findings
from offtrail.models.finding import Verdict
from offtrail.models.score import score

_spec = importlib.util.spec_from_file_location(
    "organisation", Path(__file__).with_name("test_score.py")
)
assert _spec is not None
assert _spec.loader is not None
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)

NAMES = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
CALLS = [*made.life(14), *made.attack(11), *made.flood(10), *made.probe(9, 4)]
WINDOW = Window(made.START + 8 * made.DAY, made.START + 14 * made.DAY)


def partial(calls, churn: bool = False) -> Partial:
    """Calls as ingest hands them to a store; ``churn`` gives each its own session and agent."""
    rows = []
    for n, call in enumerate(calls):
        row = {field.name: "" for field in KEY} | {"hour": call.second // 3600, "mfa": False}
        row |= call._asdict()
        del row["second"], row["calls"]
        if churn:
            row |= {"session": f"s-{n}", "credential": f"key:ASIA{n}", "agent": f"agent-{n}"}
        row |= {"ids": [uuid.uuid5(NAMES, repr(call)).bytes], "seconds": [call.second]}
        rows.append(row)
    return Partial(pa.Table.from_pylist(rows, schema=PARTIAL), PARTIAL_FACTS.empty_table())


@pytest.fixture
def store(tmp_path):
    opened = SqliteStore(tmp_path / "offtrail.db")
    yield opened
    opened.close()


def shown(found):
    return [(finding.principal, finding.score, finding.summary) for finding in found]


def test_the_embedded_store_gives_the_findings_that_memory_gives(store, memory):
    store.write(partial(CALLS))
    memory.add(CALLS)
    found = score(store, ALWAYS, made.NOW)
    assert found
    assert shown(found) == shown(score(memory, ALWAYS, made.NOW))
    assert all(edge.event_ids for finding in found for edge in finding.edges)


def test_a_verdict_that_was_heard_makes_no_later_run_put_all_together_again(store, monkeypatch):
    store.write(partial(CALLS))
    found = score(store, ALWAYS, made.NOW)
    feedback.give(store, found[0].id, Verdict("benign", "a test", "ana", "2026-01-20T09:00:00Z"))
    made_anew = []
    assembled = findings.assembled

    def spied(*given):
        made_anew.append(given)
        return assembled(*given)

    monkeypatch.setattr(findings, "assembled", spied)
    heard = score(store, ALWAYS, made.NOW)
    assert made_anew  # by the word
    made_anew.clear()
    assert shown(score(store, ALWAYS, made.NOW)) == shown(heard)
    assert not made_anew


def test_new_hours_and_late_ones_end_where_scoring_at_once_ends(store, memory):
    ordered = sorted(CALLS)
    late, punctual = ordered[::17], [call for n, call in enumerate(ordered) if n % 17]
    store.write(partial(call for call in punctual if call.second < WINDOW.start))
    score(store, WINDOW, made.NOW)
    for begin in range(WINDOW.start, WINDOW.end, 13 * made.HOUR):
        end = begin + 13 * made.HOUR
        store.write(partial(call for call in punctual if begin <= call.second < end))
        score(store, WINDOW, made.NOW)
    store.write(partial(call for call in late if call.second >= WINDOW.start))
    score(store, WINDOW, made.NOW)
    store.write(partial(call for call in late if call.second < WINDOW.start))
    memory.add(CALLS)
    assert shown(score(store, WINDOW, made.NOW)) == shown(score(memory, WINDOW, made.NOW))


def test_a_word_outlives_the_process_and_its_withdrawal_too(store, tmp_path):
    store.write(partial(CALLS))
    before = score(store, ALWAYS, made.NOW)
    feedback.give(store, before[0].id, Verdict("benign", "", "sam", "2026-01-20T09:00:00Z"))
    again = SqliteStore(tmp_path / "offtrail.db")
    after = score(again, ALWAYS, made.NOW)
    assert next(f for f in after if f.id == before[0].id).status == "closed"
    feedback.undo(again, before[0].id, who="sam", when="2026-01-21T09:00:00Z")
    again.close()
    assert score(store, ALWAYS, made.NOW) == before


def test_a_session_a_key_and_an_agent_a_call_change_no_score(store, memory):
    store.write(partial(CALLS, churn=True))
    memory.add(CALLS)
    assert shown(score(store, ALWAYS, made.NOW)) == shown(score(memory, ALWAYS, made.NOW))


def test_the_graph_shows_scores_and_bands(store):
    store.write(partial(CALLS))
    found = score(store, ALWAYS, made.NOW)
    assert store.nodes([found[0].principal])[found[0].principal].band == "Suspect"
    arrows, _ = store.relationships(ALWAYS, found[0].principal, types=["FAILED"])
    scores = {(arrow.target, arrow.code): arrow.score for arrow in arrows}
    top = found[0].edges[0]
    assert scores[top.api, top.code] == top.score
