"""A store that is not there is said, never made by a question."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from offtrail.api import pipeline
from offtrail.api.main import main
from tests.graph.made import call, partial


@pytest.mark.parametrize(
    "verb", [["findings"], ["score"], ["store", "check"], ["entities", "x"], ["models", "list"]]
)
def test_a_misspelt_store_is_no_account_without_findings(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nope.db"
    with pytest.raises(SystemExit) as end:
        main(["--store", f"sqlite:///{path}", *verb])
    assert not path.exists()
    assert end.value.code == (0 if verb[0] == "models" else 3)
    if verb[0] != "models":
        assert "ingest" in capsys.readouterr().err


def test_ingest_makes_a_store_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trail: Path
) -> None:
    store = f"sqlite:///{tmp_path}/new.db"
    with pytest.raises(SystemExit) as end:
        main(["--store", store, "ingest", str(trail), "--quarantine", str(tmp_path)])
    assert end.value.code == 0
    assert f"Next: offtrail --store {store} score" in capsys.readouterr().out


def test_a_source_without_a_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    store = ["--store", f"sqlite:///{tmp_path}/new.db"]
    with pytest.raises(SystemExit) as end:
        main([*store, "ingest", str(tmp_path / "empty"), "--quarantine", str(tmp_path)])
    assert end.value.code == 0
    told = capsys.readouterr().out
    assert "no file is there" in told
    assert "Next" not in told
    with pytest.raises(SystemExit):
        main([*store, "score"])
    assert capsys.readouterr().out == "no findings: no call was scored\n"


def test_without_findings_it_is_said_which_calls_were_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, first = f"sqlite:///{tmp_path}/a.db", 1_767_571_200
    with pipeline.opened(url) as store:
        store.write(partial([call(1, first, code="AccessDenied"), call(2, first + 40 * 86_400)]))
    for verb in ("score", "findings"):
        with pytest.raises(SystemExit):
            main(["--store", url, verb])
        told = capsys.readouterr().out
        assert told.startswith("no findings: no failed call since 2026-01-12T00:00:00Z stands out")
        assert "only learned from" in told
    with pytest.raises(SystemExit):
        main(["--store", url, "score", "--json"])
    assert json.loads(capsys.readouterr().out)["judged_from"] == "2026-01-12T00:00:00Z"


def test_brief_findings_are_those_that_http_gives(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*more: str) -> str:
        with pytest.raises(SystemExit):
            main(["--store", own, "findings", *more])
        return capsys.readouterr().out

    whole, brief = (json.loads(told("--json", *more))["items"] for more in ((), ("--brief",)))
    assert [one["id"] for one in brief] == [one["id"] for one in whole]
    assert [one["edge_count"] for one in brief] == [len(one["edges"]) for one in whole]
    assert told("--brief") == told()


def test_a_dry_run_of_prune_counts_what_prune_then_removes(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> dict[str, Any]:
        with pytest.raises(SystemExit) as end:
            main(["--store", own, "store", *arguments, "--json"])
        assert end.value.code == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    whole = run("check")
    told = run("prune", "--before", "2026-01-08T12:30:00Z", "--dry-run")
    assert 0 < told["calls"] < whole["counts"]["calls"]
    assert told["first"] < told["before"] == "2026-01-08T12:30:00Z"
    assert run("check") == whole
    assert run("prune", "--before", "2026-01-08T12:30:00Z") == {"calls_removed": told["calls"]}
    assert run("prune", "--before", "2026-01-08T12:30:00Z", "--dry-run")["calls"] == 0


def test_on_a_terminal_prune_asks_and_removes_nothing_without_a_yes(
    own: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def prune(answer: str, *more: str) -> tuple[object, str]:
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        with pytest.raises(SystemExit) as end:
            main(["--store", own, "store", "prune", "--before", "2026-01-08T00:00:00Z", *more])
        return end.value.code, capsys.readouterr().out

    assert prune("n\n") == (2, "")
    code, told = prune("y\n")
    assert (code, told.endswith("calls removed\n")) == (0, True)
    assert not told.startswith("0 ")
    assert prune("", "--yes") == (0, "0 calls removed\n")


@pytest.mark.parametrize("after", [False, True])
def test_an_option_wins_over_the_environment_before_and_after_the_verb(
    own: str, after: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFTRAIL_STORE", "sqlite:////nowhere/at/all.db")
    option = ["--store", own]
    with pytest.raises(SystemExit) as end:
        main([*([] if after else option), "findings", *(option if after else [])])
    assert end.value.code == 0
    assert "F-" in capsys.readouterr().out
