"""What the questions must not say: habits from a day or two, others' keys that are one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from offtrail.api import pipeline, revoke
from offtrail.graph.store import GraphStore
from tests.api.alice import DAY, ERRED, HOUR, KEY, STRANGE, USER, Trail, asked, told
from tests.graph.made import ACCOUNT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    with pipeline.opened(f"sqlite:///{tmp_path}/made.db") as opened:
        yield opened


def test_an_hour_is_not_called_unusual_on_the_word_of_a_day_or_two(store: GraphStore) -> None:
    trail = Trail()
    trail.add(ERRED - DAY, "s3:GetObject")
    trail.erring()
    answered = asked(store, trail)
    actor = told(answered, "actor")
    assert "usual" not in actor.answer
    assert "within an hour of that time on 1 of its 1 earlier active day" in actor.answer
    assert "unusual" not in answered.headline


def test_little_history_is_told_where_habits_are(store: GraphStore) -> None:
    trail = Trail()
    trail.add(ERRED - 5 * HOUR, "s3:GetObject")
    trail.erring()
    answered = asked(store, trail)
    for key in ("error-history", "command-history", "actor"):
        answer = told(answered, key)
        assert answer.cannot_tell == "only 5 hours of calls lie before the finding"
    assert told(answered, "command-history").confidence == "low"


def test_a_principal_s_own_keys_are_not_those_of_others(store: GraphStore) -> None:
    console, second = "key:ASIAALICE00000000002", "key:AKIAALICE00000000003"
    bob = {
        "principal": f"arn:aws:iam::{ACCOUNT}:user/bob",
        "credential": "key:AKIABOB0000000000001",
    }
    trail = Trail()
    trail.erring()
    for more in ({"credential": console}, {"credential": second}, bob):
        trail.add(ERRED, "s3:GetObject", source=STRANGE, **more)
    exposure = told(asked(store, trail), "exposure")
    kinds = {item["id"]: item["kind"] for item in exposure.value["exposed"]}
    assert kinds[console] == "user session"
    assert kinds[second] == "user key"
    assert kinds["key:AKIABOB0000000000001"] == "same address"
    assert "AKIAALICE00000000001, AKIAALICE00000000003: deactivate" in exposure.answer
    steps = revoke.of_finding("F-1", exposure, ERRED).steps
    assert [step.target for step in steps] == [KEY, second, USER, "key:AKIABOB0000000000001"]
