"""The commands of README.md are run as they stand, in one shell, in an empty folder."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

README = Path(__file__).parents[1] / "README.md"
FENCE = re.compile(r"^```(?:sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"#\s*not run in tests\b:?\s*(.*)$")
ALONE = "import sys; from offtrail.api.main import main; sys.exit(main())"


class Command(NamedTuple):
    """A line of a fenced block; ``left_out`` is the marker's reason, None where it is run."""

    line: str
    left_out: str | None


def commands(text: str) -> list[Command]:
    """The commands of the ``sh`` and ``console`` blocks; in a console they begin with ``$``."""
    found = []
    for block in FENCE.findall(text):
        lines = block.splitlines()
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        for line in prompted or [line for line in lines if line.strip()]:
            marker = MARKER.search(line)
            found.append(Command(line, marker[1].strip() if marker else None))
    return found


@pytest.fixture
def shell(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs a script in an empty folder where ``offtrail`` and ``python`` are those under test."""
    tools, folder = tmp_path / "bin", tmp_path / "empty"
    tools.mkdir()
    folder.mkdir()
    (tools / "python").symlink_to(sys.executable)
    if not (Path(sys.executable).parent / "offtrail").exists():  # a checkout not installed
        run = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(ALONE)} "$@"\n'
        (tools / "offtrail").write_text(run)
        (tools / "offtrail").chmod(0o755)
    path = os.pathsep.join([str(Path(sys.executable).parent), str(tools), os.environ["PATH"]])
    clean = {k: v for k, v in os.environ.items() if not k.startswith("OFFTRAIL_")}

    def run_script(script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  # the commands that our own README shows
            [shutil.which("bash") or "/bin/bash", "-euxo", "pipefail", "-c", script],
            cwd=folder,
            env=clean | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )

    return run_script


@pytest.mark.slow
def test_the_commands_of_the_readme_run(
    shell: Callable[[str], subprocess.CompletedProcess[str]],
    record_property: Callable[[str, object], None],
) -> None:
    every = commands(README.read_text())
    for command in every:
        if command.left_out is not None:
            record_property("left out", command.line)
    ran = shell("\n".join(command.line for command in every if command.left_out is None))
    assert ran.returncode == 0, ran.stderr[-4000:]


def test_the_readme_shows_commands() -> None:
    assert any("offtrail ingest" in c.line for c in commands(README.read_text()) if not c.left_out)


def test_a_command_that_is_left_out_says_why() -> None:
    bare = [c.line for c in commands(README.read_text()) if c.left_out == ""]
    assert bare == []


def test_only_the_marker_leaves_a_command_out() -> None:
    text = "```sh\nmake x  # not run in tests: slow\necho a\n```\n```console\n$ echo b\nb\n```\n"
    assert commands(text) == [
        Command("make x  # not run in tests: slow", "slow"),
        Command("echo a", None),
        Command("echo b", None),
    ]
