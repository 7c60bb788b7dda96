"""How many alerts a day there may be is the store's to keep: every later run asks the same."""

import json
from typing import Any

import pytest

from offtrail.api import metrics, pipeline
from offtrail.api.main import main
from offtrail.models.registry import Registry


@pytest.fixture
def score(own: str, capsys: pytest.CaptureFixture[str]) -> Any:
    def ran(*options: str) -> list[dict[str, Any]]:
        with pytest.raises(SystemExit) as end:
            main(["--store", own, "--json", "score", *options])
        assert end.value.code == 0
        items: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["items"]
        return items

    return ran


def test_a_smaller_budget_leaves_the_strongest_of_each_day(
    score: Any, own: str, tmp_path: Any
) -> None:
    ten = score()
    one = score("--a-day", "1")
    assert {item["id"] for item in one} < {item["id"] for item in ten}
    assert one[0]["id"] == ten[0]["id"]
    assert [item["id"] for item in score()] == [item["id"] for item in one]
    with pipeline.opened(own) as store:
        told = metrics.text(store, Registry(tmp_path / "none")).decode()
    assert 'offtrail_alerts_a_day{rate="nominal"} 1.0' in told
    assert score("--a-day", "10") == ten


def test_a_floor_opens_nothing_below_it_and_closes_nothing_that_was_judged(
    score: Any, own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ten = score()
    with pipeline.opened(own) as store:
        pipeline.verdict(store, ten[-1]["id"], "benign", "", "test")
    high = score("--floor", "4")
    with pytest.raises(SystemExit):
        main(["--store", own, "score"])
    assert "by a score of 4.00 or more, before" in capsys.readouterr().out
    assert {item["id"] for item in high if item["status"] == "closed"} == {ten[-1]["id"]}
    assert 0 < sum(item["status"] == "open" for item in high) < len(ten) - 1
