"""Words given while a run scores, or two at once: none is lost."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from offtrail.graph.open import open_store
from offtrail.models import feedback
from offtrail.models.finding import Finding, Verdict
from offtrail.models.run import Options, Run

FINDING = Finding(
    "F-1", "arn:aws:iam::111122223333:user/a", "open", "2026-01-05T00:00:00Z", None, 1.0, False,
    "said", (), (), (),
)  # fmt: skip
WORD = Verdict("benign", "the audit", "ana", "2026-01-06T00:00:00Z")


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = open_store(f"sqlite:///{tmp_path}/a.db")
    made.put("finding", FINDING.id, msgspec.to_builtins(FINDING))
    yield made
    made.close()


def test_a_word_given_between_reading_and_writing_is_kept(store: Any, monkeypatch: Any) -> None:
    put_if, raced = type(store).put_if, []

    def late(self: Any, kind: str, id: str, body: dict[str, Any], expected: Any) -> bool:
        if kind == feedback.KIND and not raced:
            raced.append(1)
            feedback.give(self, id, msgspec.structs.replace(WORD, who="ben"))
        return bool(put_if(self, kind, id, body, expected))

    monkeypatch.setattr(type(store), "put_if", late)
    feedback.give(store, FINDING.id, WORD)
    (case,) = feedback.cases(store)
    assert [entry.who for entry in case.entries] == ["ben", "ana"]


def test_a_run_puts_its_finding_together_over_the_word_that_stands(
    store: Any, monkeypatch: Any
) -> None:
    run = Run(store, Options(), until=0, since=0)
    feedback.give(store, FINDING.id, WORD)
    monkeypatch.setattr(
        "offtrail.models.findings.assembled", lambda store, episodes, before, cases, until: before
    )
    kept = run._kept(FINDING.id, [], [])
    assert kept.status == "closed"
    assert kept.verdict == WORD
