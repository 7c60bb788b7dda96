"""A reader that goes away, as ``| head -1`` does, ends a verb quietly."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-m", "offtrail.api.main")


def unread(*arguments: str) -> tuple[int, str]:
    """How a verb ends whose stdout nobody reads, and what it says on stderr."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writer)
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("more", [[], ["--json"], ["--help"]])
def test_an_answer_that_nobody_reads_ends_as_unix_tools_end(own: str, more: list[str]) -> None:
    assert unread("--store", own, "findings", *more) == (-signal.SIGPIPE, "")


def test_an_error_that_nobody_reads_is_told_on_stderr_alone(own: str) -> None:
    status, told = unread("--store", own, "investigate", "F-nope", "--json")
    assert status == -signal.SIGPIPE
    assert told.startswith("offtrail: No such finding")
    assert "Traceback" not in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_an_answer_for_which_there_is_no_room_is_said_in_a_line(own: str, more: list[str]) -> None:
    with open("/dev/full", "w") as full:
        ran = subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, "--store", own, "findings", *more],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ran.returncode, len(ran.stderr.splitlines())) == (3, 1)
