"""A run says what it brought: cron's reader need not read again what was there before."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from offtrail.api.main import main
from offtrail.api.news import scored
from offtrail.models.budget import Budget
from tests.api.alice import finding


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    with pytest.raises(SystemExit) as end:
        main([*words])
    assert end.value.code == status
    return capsys.readouterr().out


def test_a_run_names_what_is_new_and_what_grew(
    trail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = sorted(path for path in trail.glob("AWSLogs/*/CloudTrail/*/2026/01/*") if path.is_dir())
    common = ("--store", f"sqlite:///{tmp_path}/a.db", "--quiet", "--json")

    def ran(last: str) -> dict[str, Any]:
        sources = [str(day) for day in days if day.name <= last]
        told: dict[str, Any] = json.loads(
            said(capsys, *common, "run", *sources, "--quarantine", str(tmp_path))
        )
        return told

    first, second = ran("10"), ran("12")
    before = {one["id"]: one for one in first["findings"]}
    after = {one["id"]: one for one in second["findings"]}
    assert set(first["new"]) == set(before)
    assert set(second["new"]) == set(after) - set(before)
    assert second["new"]
    assert second["grown"]
    assert all(after[id]["edges"] != before[id]["edges"] for id in second["grown"])
    third = json.loads(said(capsys, *common, "score"))
    assert (third["new"], third["grown"]) == ([], [])
    again = said(capsys, *common[:-1], "score").splitlines()
    assert again[0] == "Nothing new, and nothing grew"
    assert again[1] == (
        f"Judged from {third['judged_from']} on, earlier calls were only learned from;"
        " an error alerts where its principal is one of the 10 strongest of 24 hours, by a score of"
        " 1.25 or more, before a retry or a beat lowers it"
    )


def test_a_finding_grows_by_a_later_error_or_one_of_another_kind() -> None:
    one = finding()
    (edge,) = one.edges
    later = msgspec.structs.replace(edge, last="2026-02-01T00:00:00Z")
    other = msgspec.structs.replace(edge, code="Client.UnauthorizedOperation")
    for edges, grown in (((edge,), ()), ((later,), ("F-1",)), ((edge, other), ("F-1",))):
        told = scored([one], [msgspec.structs.replace(one, edges=edges)], "", Budget())
        assert (told.new, told.grown) == ((), grown)
    assert scored([], [one], "", Budget()).new == ("F-1",)


def test_the_first_run_says_what_was_only_learned_from(
    trail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An attack in the first days of a trail had no finding, and nothing said why."""
    common = ("--store", f"sqlite:///{tmp_path}/a.db", "--quiet")
    told = said(capsys, *common, "run", str(trail), "--quarantine", str(tmp_path))
    again = json.loads(said(capsys, *common, "--json", "score"))
    assert again["judged_from"] > "2026-01-05"
    assert f"\nJudged from {again['judged_from']} on, earlier calls were only learned" in told


def test_a_reader_hears_of_each_open_finding_once(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = json.loads(said(capsys, "--store", own, "findings", "--json", "--brief"))["items"]
    said(capsys, "--store", own, "verdict", listed[1]["id"], "benign")
    told = json.loads(said(capsys, "--store", own, "news", "--json"))
    assert [one["finding"] for one in told["items"]] == [listed[0], *listed[2:]]
    assert {one["change"] for one in told["items"]} == {"new"}
    assert said(capsys, "--store", own, "news") == "no news\n"
    other = said(capsys, "--store", own, "news", "--reader", "chat").splitlines()
    assert other == [one["text"] for one in told["items"]]
    assert f"new {listed[0]['score']:.2f} {listed[0]['id']} {listed[0]['summary']}" == other[0]


def test_news_are_what_runs_brought_whoever_ran_them(
    trail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = sorted(path for path in trail.glob("AWSLogs/*/CloudTrail/*/2026/01/*") if path.is_dir())
    common = ("--store", f"sqlite:///{tmp_path}/a.db", "--quiet", "--json")
    brought: set[tuple[str, str]] = set()
    for last in ("10", "12"):
        if brought:
            said(capsys, *common, "news", "--skip")
        sources = [str(day) for day in days if day.name <= last]
        words = (*common, "run", *sources, "--quarantine", str(tmp_path))
        ran = json.loads(said(capsys, *words))
        brought = {(id, "new") for id in ran["new"]} | {(id, "grown") for id in ran["grown"]}
    told = json.loads(said(capsys, *common, "news"))["items"]
    assert {(one["finding"]["id"], one["change"]) for one in told} == brought


def test_each_of_the_news_goes_to_a_command_and_waits_where_that_fails(
    own: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common, sink = ("--store", own, "news", "--each"), tmp_path / "sink"
    assert said(capsys, *common, "exit 7", status=1) == ""
    first = f"test ! -e {sink} && cat > {sink}"  # takes one in, and no second
    assert said(capsys, *common, first, status=1) == ""
    (one,) = map(json.loads, sink.read_text().splitlines())
    rest = json.loads(said(capsys, *common, f"cat >> {sink}", "--json"))
    assert (rest["left"], rest["reader"]) == (0, "news")
    assert [one, *rest["items"]] == [*map(json.loads, sink.read_text().splitlines())]
    assert said(capsys, *common, "exit 7") == ""
    listed = json.loads(said(capsys, "--store", own, "findings", "--json", "--brief"))["items"]
    assert [one["finding"], *(n["finding"] for n in rest["items"])] == listed


def test_all_may_be_counted_as_told(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--store", own, "news", "--skip").endswith(" counted as told\n")
    assert said(capsys, "--store", own, "news") == "no news\n"
