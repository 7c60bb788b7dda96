"""A name that a trail's author chose: shown, never obeyed, and pasted as it is."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.api import pipeline, revoke
from offtrail.api.page import page
from offtrail.api.shell import command, quoted
from offtrail.api.visible import shown, visible
from tests.graph.made import call, partial

EVE = "arn:aws:iam::111122223333:user/eve $(touch owned) 'x' \"y\" *\x1b[2J\u202egpj\x9b\n"
BOB = "arn:aws:iam::111122223333:user/bob"
KEYS = {EVE: "AKIAEVE1", BOB: "AKIABOB1"}
PROGRAM = f"{shlex.quote(sys.executable)} -m offtrail.api.main"
BASH = shutil.which("bash") or "/bin/bash"
FAILED = ("ListUsers", "AttachUserPolicy", "CreateUser", "PutUserPolicy", "CreateAccessKey")


def record(n: int, time: str, api: str, user: str, source: str, **more: Any) -> dict[str, Any]:
    identity = {"type": "IAMUser", "arn": user, "userName": user.split("/", 1)[1]}
    return {
        "eventVersion": "1.08",
        "eventID": f"{n:08d}-0000-4000-8000-000000000000",
        "eventTime": time,
        "eventSource": "s3.amazonaws.com" if api == "GetObject" else "iam.amazonaws.com",
        "eventName": api,
        "awsRegion": "us-east-1",
        "sourceIPAddress": source,
        "userAgent": "aws-cli/2.15",
        "recipientAccountId": "111122223333",
        "userIdentity": {**identity, "accountId": "111122223333", "accessKeyId": KEYS[user]},
        "requestParameters": {"bucketName": "b\x1b]0;owned\x07"},
        **more,
    }


def trail() -> list[dict[str, Any]]:
    """Twelve days of two users' reading; on the last evening one is denied what it tries."""
    usual = [
        record(day * 9 + hour, f"2026-01-{day:02}T{hour:02}:00:00Z", "GetObject", user, "10.0.0.1")
        for day in range(5, 17)
        for hour, user in ((9, BOB), (10, EVE), (11, BOB), (12, EVE))
    ]
    denied = {"errorCode": "AccessDenied", "errorMessage": "no"}
    night = [
        record(900 + n, f"2026-01-17T23:0{n}:00Z", api, EVE, "203.0.113.9", **denied)
        for n, api in enumerate(FAILED)
    ]
    return usual + night


class Ran(NamedTuple):
    """The folder of a store that holds the trail, scored, and its URL."""

    folder: Path
    url: str


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "trail.json").write_text(json.dumps({"Records": trail()}))
    url = f"sqlite:///{folder}/o'f $HOME.db"
    with pipeline.opened(url) as store:
        pipeline.ingest(store, [str(folder / "trail.json")], quarantine=folder)
        span = store.span()
        assert span is not None
        (found,) = pipeline.score(store, span)
        assert found.principal == EVE
    return Ran(folder, url)


def typed(ran: Ran, line: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """How a line ends that a person typed or pasted into a shell."""
    root = Path(__file__).parents[2]
    paths = [str(root / path) for path in os.environ.get("PYTHONPATH", "").split(":") if path]
    known = {k: v for k, v in os.environ.items() if not k.startswith("OFFTRAIL_")}
    return subprocess.run(  # noqa: S603 - the commands that we print
        [BASH, "-c", f'offtrail() {{ {PROGRAM} "$@"; }}; {line}'],
        cwd=ran.folder,
        env={**known, "PYTHONPATH": ":".join(paths), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def plain(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def test_what_is_told_on_a_terminal_is_printable_and_json_is_exact(ran: Ran) -> None:
    store = shlex.quote(ran.url)
    for verb in ("findings", "entities user/", "blast-radius AKIAEVE1", "revoke AKIAEVE1"):
        text = typed(ran, f"offtrail --store {store} {verb}")
        assert (text.returncode, plain(text.stdout)) == (0, True), text
        assert r"*\x1b[2J\u202egpj\x9b\n" in text.stdout
        exact = json.loads(typed(ran, f"offtrail --store {store} {verb} --json").stdout)
        assert "*\x1b[2J\u202egpj\x9b\n" in "".join(texts(exact))


def texts(part: Any) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, (dict, list)):
        for one in part.values() if isinstance(part, dict) else part:
            yield from texts(one)


def test_an_error_names_what_it_found_in_printable_signs(ran: Ran) -> None:
    told = typed(ran, f"offtrail --store {shlex.quote(ran.url)} entities --profile eve")
    assert told.returncode == 2
    assert plain(told.stderr), told.stderr
    assert r"\u202e" in told.stderr


def test_the_page_shows_what_a_browser_would_obey(ran: Ran) -> None:
    with pipeline.opened(ran.url) as store:
        window = pipeline.window(None, None, ("since", "until"))
        (found,) = pipeline.findings(store, window).items
        text = page(pipeline.investigation(store, found.id), pipeline.subgraph(store, found.id))
    assert plain(text)
    assert text.count(r"\u202egpj") > 4
    drawing = text[text.index("<svg") : text.index("</svg>")]
    assert r"\u202egpj" in drawing
    assert r"\x1b]0;owned\x07" in drawing


def steps(ran: Ran, line: str, **environment: str) -> list[str]:
    """The commands that a verb prints for what comes next."""
    told = typed(ran, line, **environment).stdout
    return re.findall(r"^(?:Next: |  )(offtrail .*)$", told, re.MULTILINE)


def test_the_commands_printed_do_what_they_say_when_they_are_pasted(ran: Ran) -> None:
    (investigate,) = steps(ran, f"offtrail --store {shlex.quote(ran.url)} findings")
    printed = steps(ran, investigate)
    assert len(printed) == 5
    *harmless, verdict = printed
    for step in (investigate, *harmless):
        done = typed(ran, step)
        assert done.returncode == 0, (step, done.stderr)
    done = typed(ran, verdict)
    assert done.returncode == 2, "the word is the reader's to choose"
    assert "true-positive" in done.stderr
    assert not (ran.folder / "owned").exists()
    radius = typed(ran, harmless[1]).stdout
    assert radius.startswith(visible(EVE))


def test_a_command_names_a_store_only_where_an_option_did(ran: Ran) -> None:
    (step,) = steps(ran, "offtrail findings", OFFTRAIL_STORE=ran.url)
    assert step.startswith("offtrail investigate F-")
    (step,) = steps(ran, f"offtrail findings --models 'm n' --store {shlex.quote(ran.url)}")
    named = f"--store {shlex.quote(ran.url)} --models 'm n'"
    assert step.startswith(f"offtrail {named} investigate F-")


def test_a_password_is_not_printed_in_a_command() -> None:
    from offtrail.api.settings import Settings

    settings = Settings()
    settings.store = "neo4j://neo4j:very-secret@127.0.0.1:7687"
    settings.said = frozenset({"store"})
    assert settings.program == 'offtrail --store "$OFFTRAIL_STORE"'
    settings.store = "bolt://127.0.0.1:7687"
    assert settings.program == "offtrail --store bolt://127.0.0.1:7687"


def test_a_name_cannot_leave_the_comment_of_a_script(ran: Ran) -> None:
    with pipeline.opened(ran.url) as store:
        found = pipeline.revocation(store, "AKIAEVE1")
    assert plain(revoke.script(shown(found)))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_word_comes_through_a_shell_as_it_was(word: str) -> None:
    assert quoted(word).isprintable()
    if word.isprintable():
        assert shlex.split(command(word)) == ["offtrail", word]
    else:
        ran = subprocess.run(  # noqa: S603 - printf alone
            [BASH, "-c", f"printf %s {quoted(word)}"], capture_output=True, check=True
        )
        assert ran.stdout.decode() == word


@given(st.text())
def test_what_is_visible_is_printable_and_stays_as_it_is(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)
    if text.isprintable():
        assert visible(text) == text


def test_signs_that_a_terminal_has_not_are_spelled_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'odd.db'}"
    with pipeline.opened(url) as odd:
        odd.write(partial([call(1, 1_767_603_600, resource="arn:aws:s3:::é-\U0001f600")]))
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "offtrail.api.main", "--store", url, "entities", "s3:::"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert "é-\\U0001f600" in ran.stdout.decode("latin-1")
