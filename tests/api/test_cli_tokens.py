"""Tokens have names, so that a person knows which one to revoke."""

import json
from typing import Any

import pytest

from offtrail.api.main import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, int]:
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--json"])
    return json.loads(capsys.readouterr().out), int(str(end.value.code))


def test_a_token_is_listed_and_revoked_by_its_name(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _ = run(capsys, "--store", own, "token", "create", "--scope", "read", "--name", "siem")
    other, _ = run(capsys, "--store", own, "token", "create", "--scope", "write")
    listed, _ = run(capsys, "--store", own, "token", "list")
    assert {one["id"]: one["name"] for one in listed["items"]} == {
        made["id"]: "siem",
        other["id"]: "",
    }
    assert made["token"] not in json.dumps(listed)
    told, code = run(capsys, "--store", own, "token", "revoke", "siem")
    assert (told, code) == ({"revoked": made["id"]}, 0)
    left, _ = run(capsys, "--store", own, "token", "list")
    assert [one["id"] for one in left["items"]] == [other["id"]]


def test_in_words_the_token_stands_alone_for_a_shell_to_take(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--store", own, "token", "create", "--scope", "read", "--name", "siem"])
    said = capsys.readouterr()
    assert said.out.startswith("offtrail_")
    assert len(said.out.splitlines()) == 1
    assert said.err == "siem: scope read, expires never; the token is not shown again\n"


def test_a_name_means_one_token(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    made, _ = run(capsys, "--store", own, "token", "create", "--scope", "read", "--name", "siem")
    for taken in ("siem", made["id"], "x" * 61, "a\nb"):
        problem, code = run(
            capsys, "--store", own, "token", "create", "--scope", "read", "--name", taken
        )
        assert (code, problem["errors"][0]["pointer"]) == (2, "/name")


def test_nothing_is_revoked_by_an_empty_name(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "--store", own, "token", "create", "--scope", "read")
    _, code = run(capsys, "--store", own, "token", "revoke", "")
    assert code == 2
    listed, _ = run(capsys, "--store", own, "token", "list")
    assert len(listed["items"]) == 1
