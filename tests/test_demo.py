"""``make demo``: every attack among the findings, an explanation, a blast radius, in time."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = re.compile(r"In short:|\+\d\.\d\d (?:denied|company): |No sign that |in use: ")
HABITS = ("ci-deploy-orders", "weekly-inventory", "weekly-cleanup", "monthly-patch-report")
"""Roles of the broken deployment and of the housekeeping."""


class Demo(NamedTuple):
    """What a run of the demo left and said."""

    folder: Path
    text: str
    seconds: float

    def asked(self, *verb: str) -> str:
        """What a verb says of the demo's store."""
        store = ("--store", f"sqlite:///{self.folder / 'offtrail.db'}")
        command = [sys.executable, "-m", "offtrail.api.main", *store, *verb]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  # our own program

    def findings(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads(self.asked("findings", "--limit", "10", "--json"))[
            "items"
        ]
        return items


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "offtrail.api.demo", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return Demo(folder, done.stdout, time.monotonic() - begun)


@pytest.mark.slow
def test_every_attacked_principal_is_among_the_findings(ran: Demo) -> None:
    truth = json.loads((ran.folder / "trail" / "truth.json").read_text())["attacks"]
    attacked = {principal for attack in truth for principal in attack["principals"]}
    assert attacked
    assert attacked <= {finding["principal"] for finding in ran.findings()}


@pytest.mark.slow
def test_neither_the_broken_deployment_nor_the_housekeeping_leads(ran: Demo) -> None:
    leader = ran.findings()[0]["principal"]
    assert not leader.endswith(HABITS)


@pytest.mark.slow
def test_the_first_finding_is_explained_and_drawn(ran: Demo) -> None:
    first = ran.findings()[0]
    assert f"investigate {first['id']}" in ran.text
    assert f"blast-radius {first['principal']}" in ran.text
    assert "<svg" in (ran.folder / "finding.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "models/README.md"])
def test_what_the_pages_show_of_it_is_what_it_says(ran: Demo, page: str) -> None:
    found = ran.findings()[:4]
    asked = [(verb, finding["id"]) for verb in ("investigate", "revoke") for finding in found]
    told = [json.dumps(found), *(ran.asked(*one) for one in asked)]
    said = solid("".join(told))
    samples = [part for part in shown((ROOT / page).read_text()) if solid(part)]
    assert samples
    assert [part for part in samples if solid(part) not in said] == []


def shown(page: str) -> Iterator[str]:
    """The parts of a page's indented samples of the demo, cut where it leaves something out."""
    text = page[page.index("`make demo`") :]
    for block in re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.MULTILINE):
        if SAMPLE.search(block):
            yield from re.split(r"\.\.\.|\n\n|^ +\+\d\.\d\d company: ", block, flags=re.MULTILINE)


def solid(text: str) -> str:
    """Without spaces and line ends: a page breaks lines elsewhere."""
    return re.sub(r"\s+", "", text)


@pytest.mark.slow
def test_it_takes_less_than_three_minutes(ran: Demo) -> None:
    assert ran.seconds < 180


@pytest.mark.slow
def test_the_shell_s_line_finds_the_store_from_anywhere(ran: Demo, tmp_path: Path) -> None:
    (line,) = re.findall(r"^export .*$", ran.text, re.MULTILINE)
    asked = "python -m offtrail.api.main findings --limit 1"
    bash = [shutil.which("bash") or "/bin/bash", "-c", f"{line}; {asked}"]
    told = subprocess.run(bash, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603  # what the demo prints
    assert told.stdout.startswith("  1. ")
