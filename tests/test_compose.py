"""docker-compose.yml: it is well formed, holds no secret, and waits for Neo4j."""

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parents[1] / "docker-compose.yml"


@pytest.fixture
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
    return services


def client() -> list[str]:
    """The compose client that is there, old or new."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = ["docker", "compose"]
    there = (
        shutil.which("docker")
        and not subprocess.run([*plugin, "version"], capture_output=True).returncode  # noqa: S603 - fixed words
    )
    if not there:
        pytest.skip("no compose client: apt-get install docker-compose")
    return plugin


def config(**more: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k != "NEO4J_PASSWORD"} | more
    command = [*client(), "-f", str(FILE), "config"]
    return subprocess.run(command, env=env, capture_output=True, text=True)  # noqa: S603 - fixed words


def test_a_compose_client_accepts_the_file() -> None:
    word = secrets.token_hex(8)
    done = config(NEO4J_PASSWORD=word)
    assert done.returncode == 0, done.stderr
    assert f"neo4j/{word}" in done.stdout


def test_nothing_starts_without_a_password_of_ones_own() -> None:
    done = config()
    assert done.returncode != 0
    assert "choose a password" in done.stderr


def test_no_secret_stands_in_the_file(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for key, value in service["environment"].items():
            if re.search("AUTH|PASSWORD|STORE", key):
                assert "${NEO4J_PASSWORD:?" in value, (name, key)


def test_models_and_quarantine_outlive_a_container_and_are_shared(services: dict[str, Any]) -> None:
    image = FILE.with_name("Dockerfile").read_text()
    (folder,) = re.findall(r"^USER offtrail\nWORKDIR (.+)$", image, re.MULTILINE)
    assert f"install -d -o offtrail {folder}" in image
    for name in ("api", "schedule", "ingest"):
        assert f"data:{folder}" in services[name]["volumes"]


def test_every_port_is_open_to_this_machine_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_all_wait_for_a_healthy_neo4j(services: dict[str, Any]) -> None:
    assert services["neo4j"]["image"].startswith("neo4j:5.26")
    assert services["neo4j"]["healthcheck"]["test"][0] == "CMD"
    for name in ("api", "schedule", "ingest"):
        assert services[name]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert services["ingest"]["restart"] == "no"
