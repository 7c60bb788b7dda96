"""With ``--json`` an error is a document too: the problem that HTTP would send."""

import json
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from offtrail.api import pipeline
from offtrail.api.errors import row_of
from offtrail.api.main import main
from offtrail.graph.errors import StoreUnavailable
from offtrail.models.errors import NothingToLearn, Overtaken


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--json"])
    told = capsys.readouterr()
    assert told.err, "a person is told too"
    document = json.loads(told.out)
    assert {"type", "title", "status", "detail"} <= document.keys()
    return int(str(end.value.code)), document


def test_an_unknown_finding_is_a_problem(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, problem = fails(capsys, "--store", own, "investigate", "F-nope")
    assert (code, problem["status"], problem["title"]) == (2, 404, "No such finding")
    assert problem["advice"]


def test_a_bad_option_is_named_by_a_pointer(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, problem = fails(capsys, "--store", own, "findings", "--since", "yesterday")
    assert (code, problem["status"]) == (2, 422)
    assert [fault["pointer"] for fault in problem["errors"]] == ["/since"]  # type: ignore[attr-defined]
    assert str(problem["detail"]).startswith(
        "Invalid value for '--since': 'yesterday' is not an RFC"
    )


def test_bad_usage_is_a_problem(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["no-such-verb"], ["investigate"], ["findings", "--nope"]):
        code, problem = fails(capsys, "--store", own, *arguments)
        assert (code, problem["status"]) == (2, 422)


def test_a_store_that_is_absent_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    code, problem = fails(capsys, "--store", "sqlite:////nowhere/at/all.db", "findings")
    assert (code, problem["status"]) == (3, 503)


def test_what_may_not_be_read_or_written_is_refused(
    own: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "x")

    code, problem = fails(capsys, "--store", own, "ingest", "nowhere.json")
    assert (code, problem["status"]) == (2, 404)
    monkeypatch.setattr(os, "access", lambda *_: False)
    code, problem = fails(capsys, "--store", own, "ingest", str(tmp_path))
    assert (code, problem["status"]) == (4, 403)
    monkeypatch.setattr(pipeline, "findings", refused)
    code, problem = fails(capsys, "--store", own, "findings")
    assert (code, problem["title"]) == (4, "The system refused")


def test_a_driver_s_lines_are_told_on_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise StoreUnavailable("no answer:\nrefused\x1b[2J")

    monkeypatch.setattr(pipeline, "open_store", down)
    with pytest.raises(SystemExit):
        main(["--store", "bolt://127.0.0.1:9", "findings"])
    assert "no answer: refused\\x1b[2J\n" in capsys.readouterr().err


def test_a_run_that_others_overtook_is_run_again_not_reported(
    own: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: object, **__: object) -> None:
        raise Overtaken("another run scored the same hours first")

    monkeypatch.setattr(pipeline, "scored", overtaken)
    code, problem = fails(capsys, "--store", own, "score")
    assert (code, problem["advice"]) == (3, "Run offtrail score again.")


def test_a_defect_is_a_problem_without_its_trace(
    own: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(pipeline, "findings", broken)
    code, problem = fails(capsys, "--store", own, "findings")
    assert (code, problem["status"]) == (3, 500)
    assert "secret" not in json.dumps(problem)


def test_a_server_that_may_not_open_does_not_say_that_it_does(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--store", own, "serve", "--no-auth", "--host", "198.51.100.1"])
    assert end.value.code == 2
    assert "anyone" not in capsys.readouterr().err


def test_an_address_that_another_has_is_not_served(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, problem = fails(capsys, "--store", own, "serve", "--port", port)
    assert (code, problem["status"]) == (3, 503)
    assert "in use" in str(problem["detail"])


def test_a_store_that_can_never_be_read_is_not_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 1")
        other.execute("CREATE TABLE meta (key, value)")
    for url, status in ((f"sqlite:///{path}", (3, 503)), ("mysql://x", (2, 422))):
        code, problem = fails(capsys, "--store", url, "serve", "--port", "0")
        assert (code, problem["status"]) == status


def test_what_to_do_is_said_once(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words, hint in (
        (["investigate", "nope"], "offtrail findings"),
        (["models", "show", "nope"], "offtrail models list"),
        (["token", "revoke", "nope"], "offtrail token list"),
        (["blast-radius", "nope"], "offtrail entities"),
    ):
        with pytest.raises(SystemExit):
            main(["--store", own, *words])
        told = capsys.readouterr().err
        assert told.count("'offtrail ") == told.count(f"'{hint}") == 1, told


def test_without_json_stdout_stays_empty(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--store", own, "investigate", "F-nope"])
    assert capsys.readouterr().out == ""


def test_a_store_that_cannot_be_meant_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    code, problem = fails(capsys, "--store", "mysql://x", "findings")
    assert (code, problem["status"]) == (2, 422)


def test_what_is_missing_is_said(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, problem = fails(capsys, "--store", own, "token", "create")
    assert problem["errors"] == [{"pointer": "/scope", "detail": "missing"}]


ODD = "caf\udce9"  # as Python reads a word with the byte e9


@pytest.mark.parametrize(
    "words",
    [("entities", ODD), ("investigate", ODD), ("blast-radius", ODD), ("verdict", ODD, "benign")],
)
def test_a_word_that_is_no_utf_8_is_bad_input(
    own: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, problem = fails(capsys, "--store", own, *words)
    assert (code, problem["detail"]) == (2, "caf\\udce9 is not UTF-8")


def test_a_file_is_told_of_whatever_its_name(
    own: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, problem = fails(capsys, "--store", own, "ingest", f"{tmp_path}/{ODD}")
    assert (code, problem["title"]) == (2, "No such source")
    (tmp_path / ODD).write_text("{}")
    aside = tmp_path / f"aside-{ODD}"
    words = ["--store", own, "--json", "ingest", f"{tmp_path}/{ODD}", "--quarantine", str(aside)]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 1
    assert json.loads(capsys.readouterr().out)["records"]["quarantined"]


def test_an_unknown_kind_is_refused_not_searched_for(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, problem = fails(capsys, "--store", own, "entities", "mateo", "--kind", "nosuch")
    assert (code, problem["status"]) == (2, 422)


def test_a_verdict_says_what_it_does_and_its_finding_is_next_no_more(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(["--store", own, *words])
        assert end.value.code == 0
        return capsys.readouterr().out

    id = json.loads(told("findings", "--limit", "1", "--json"))["items"][0]["id"]
    first, _, said, effect = told("verdict", id, "benign", "--note", "an audit").splitlines()
    assert first.startswith(f"{id}  ")
    assert "  closed  " in first
    assert said.startswith("verdict benign by ")
    assert "such errors of this principal at these APIs" in effect
    assert "score 3.00 lower, from any address, and those of others of its kind" in effect
    assert said.endswith(": an audit")
    assert f"investigate {id}" not in told("findings")
    assert "Next" not in told("findings", "--status", "closed")
    effect = told("verdict", id, "true-positive").splitlines()[3]
    assert effect.endswith("at these APIs score 1.00 higher; 'undo' takes it back")
    wide = told(
        "verdict", id, "benign", "--all-accounts", "--until", "2026-12-31T00:00:00Z"
    ).splitlines()
    assert wide[2].startswith("verdict benign in all accounts until 2026-12-31T00:00:00Z by ")
    assert "of this principal, and of those of its name in other accounts, at" in wide[3]
    for reach in (("--all-accounts",), ("--until", "1970-01-01T00:00:00Z")):
        code, problem = fails(capsys, "--store", own, "verdict", id, "undo", *reach)
        assert (code, problem["status"]) == (2, 422)
    early = ("benign", "--until", "2026-01-01T00:00:00Z")
    code, problem = fails(capsys, "--store", own, "verdict", id, *early)
    assert (code, problem["title"]) == (2, "The verdict ends too soon")
    assert told("verdict", id, "undo").splitlines()[2] == "no verdict: the finding is open"
    code, problem = fails(capsys, "--store", own, "verdict", id, "undo")
    assert (code, problem["title"]) == (2, "No verdict to withdraw")


def test_none_of_a_kind_is_not_taken_for_none_at_all(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--store", own, "findings", "--status", "closed"])
    assert capsys.readouterr().out == "no such findings\n"


def test_a_history_with_nothing_to_learn_from_is_no_defect() -> None:
    row = row_of(NothingToLearn("nobody calls anything"))
    assert (row.exit, row.status, row.title) == (2, 422, "Nothing to learn from")
