"""A scored store of a few simulated days, made once, and servers over it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offtrail.api import pipeline
from offtrail.graph.store import GraphStore
from offtrail.simulator.write import write


@pytest.fixture(scope="session")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight days of CloudTrail files with truth.json beside them."""
    folder = tmp_path_factory.mktemp("trail")
    write(folder, days=8, events=6_000, seed=7)
    return folder


@pytest.fixture(scope="session")
def scored(trail: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the trail ingested and scored; copy it to change it."""
    path = tmp_path_factory.mktemp("scored") / "offtrail.db"
    with pipeline.opened(f"sqlite:///{path}") as store:
        pipeline.ingest(store, [str(trail)], quarantine=path.parent)
        span = store.span()
        assert span is not None
        assert pipeline.score(store, span)
    return path


@pytest.fixture
def own(scored: Path, tmp_path: Path) -> str:
    """The URL of a copy that a test may change."""
    copy = tmp_path / "own.db"
    shutil.copy(scored, copy)
    return f"sqlite:///{copy}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    """An empty store; a module that asks about a scored one has a fixture of that name itself."""
    with pipeline.opened(f"sqlite:///{tmp_path}/made.db") as opened:
        yield opened


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(url: str, *arguments: str) -> Iterator[str]:
    """A real server in a process of its own, until the end of the block."""
    port = free_port()
    program = [sys.executable, "-m", "offtrail.api.main", "--store", url]
    command = [*program, "serve", "--port", str(port), *arguments]
    process = subprocess.Popen(command, env={**os.environ, "NO_COLOR": "1"})  # noqa: S603 - our own
    base = f"http://127.0.0.1:{port}"
    try:
        _await(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(30)


def _await(base: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=2):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("the server did not come up in 30 seconds")


@pytest.fixture(scope="session")
def served() -> object:
    """``served(url, *arguments)``: a context in which a real server answers; gives its base."""
    return serving
