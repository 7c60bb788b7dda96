"""A real Neo4j for tests: NEO4J_URI, or Java and Maven, or Docker; else a skip that says why."""

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError

from offtrail.graph.neo4j_server import NEEDS, VERSION, ServerNotStarted, running

CLEAR = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS"


@pytest.fixture(scope="session")
def neo4j_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server a session; a test that needs an empty database calls ``clear``."""
    if uri := os.environ.get("NEO4J_URI"):
        yield uri
        return
    try:
        with running(tmp_path_factory.mktemp("neo4j")) as server:
            yield server.uri
            return
    except ServerNotStarted as error:
        reason = str(error)
    if not docker_answers():
        absent(f"no Neo4j: set NEO4J_URI, or start Docker, or {reason or NEEDS}")
    with docker() as uri:
        yield uri


def absent(reason: str) -> None:
    """Skip; under CI fail, where a skip would hide that nothing was tested."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def clear(url: str) -> str:
    """Empty the one database of a Community server."""
    with neo4j.GraphDatabase.driver(url) as driver, driver.session() as session:
        session.run(CLEAR).consume()
    return url


def docker_answers() -> bool:
    """True where a Docker engine, and not only its client, is there."""
    client = shutil.which("docker")
    return bool(client) and not subprocess.run([client, "info"], capture_output=True).returncode  # noqa: S603 - fixed words


@contextmanager
def docker() -> Iterator[str]:
    """The same server from its image, on a free loopback port, removed at the end."""
    name = f"offtrail-test-{secrets.token_hex(4)}"
    client = shutil.which("docker") or "docker"
    image = [f"neo4j:{VERSION}-community"]
    options = ["--name", name, "-e", "NEO4J_AUTH=none", "-p", "127.0.0.1::7687"]
    subprocess.run([client, "run", "--rm", "-d", *options, *image], check=True)  # noqa: S603 - fixed words
    try:
        port = subprocess.check_output([client, "port", name, "7687"], text=True)  # noqa: S603 - fixed words
        yield wait(f"bolt://{port.split()[0]}")
    finally:
        subprocess.run([client, "rm", "-f", name], check=True)  # noqa: S603 - fixed words


def wait(uri: str, seconds: float = 120) -> str:
    """Until the server answers, or fail."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with neo4j.GraphDatabase.driver(uri) as driver:
                driver.verify_connectivity()
            return uri
        except (DriverError, Neo4jError):
            time.sleep(0.5)
    pytest.fail(f"Neo4j at {uri} did not answer in {seconds:.0f} s")
