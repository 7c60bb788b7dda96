"""A server of its own: what its configuration says, and that killing it loses no write."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import neo4j
import pytest
from neo4j.exceptions import AuthError

from offtrail.graph import neo4j_store
from offtrail.graph.errors import StoreIncompatible, StoreRefused, StoreUnavailable
from offtrail.graph.neo4j_explore import watched
from offtrail.graph.neo4j_server import (
    Server,
    ServerNotStarted,
    configuration,
    libraries,
    port_or_free,
    start,
)
from offtrail.graph.neo4j_store import Neo4jStore
from offtrail.ingest.activity import Partial
from tests.graph.made import call, fact, partial
from tests.graph.neo4j_server import absent, clear

BATCH, BATCHES, HOUR0 = 50, 400, 1_764_072_000


def test_a_server_listens_on_loopback_only_and_reports_nothing_home() -> None:
    lines = dict(line.split("=", 1) for line in configuration(1, 2, "", {}).splitlines())
    assert {lines[k] for k in lines if k.endswith("address")} == {"127.0.0.1:1", "127.0.0.1:2"}
    assert lines["dbms.usage_report.enabled"] == lines["client.allow_telemetry"] == "false"
    assert lines["dbms.security.auth_enabled"] == "false"
    assert "dbms.security.auth_enabled=true" in configuration(1, 2, "a password", {})


def test_a_password_of_any_signs_is_read_again_from_the_address(tmp_path: Path) -> None:
    server = Server(tmp_path, 7687, 7474, "a/b@c:%41 é#?", subprocess.Popen(["true"]))  # noqa: S607 - any process
    server.process.wait()
    parts = urlsplit(server.uri)
    assert (parts.hostname, parts.port) == ("127.0.0.1", 7687)
    assert unquote(parts.password or "") == server.password


def test_a_server_that_ends_by_itself_is_told_and_not_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(60)
    server, stop = Server(tmp_path, 1, 1, "", ended), threading.Event()
    assert watched(server, stop) == 3
    assert f"{tmp_path / 'out.log'} says why" in caplog.text
    stop.set()
    assert watched(server, stop) == 0


def test_a_taken_port_gives_another() -> None:

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port_or_free(port) != port


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ServerNotStarted, match="Java 17 and Maven"):
        libraries()


def test_a_server_that_is_not_there_is_a_store_that_cannot_be_reached() -> None:
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1"):
        Neo4jStore(f"bolt://127.0.0.1:{port_or_free(0)}")


def test_a_server_that_takes_no_such_password_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise AuthError("unauthorized")

    monkeypatch.setattr(neo4j_store, "prepare", refuse)
    with pytest.raises(StoreRefused, match="unauthorized"):
        Neo4jStore(f"bolt://neo4j:other@127.0.0.1:{port_or_free(0)}")


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_killed_server_loses_no_write_that_it_had_acknowledged(tmp_path: Path) -> None:
    try:
        server = start(tmp_path)
    except ServerNotStarted as error:
        absent(str(error))
    store = Neo4jStore(server.uri)
    acknowledged: list[int] = []

    def pour() -> None:
        for number in range(BATCHES):
            try:
                store.write(_batch(number))
            except StoreUnavailable:
                return
            acknowledged.append(number)

    writer = threading.Thread(target=pour)
    writer.start()
    while len(acknowledged) < 5 and writer.is_alive():
        time.sleep(0.05)
    server.stop(kill=True)
    writer.join(timeout=120)
    store.close()
    again = start(tmp_path)
    try:
        store = Neo4jStore(again.uri)
        before = store.check()
        assert before.problems == ()
        assert before.counts["calls"] % BATCH == 0  # no batch in part
        assert before.counts["calls"] >= BATCH * len(acknowledged) >= 5 * BATCH
        for number in acknowledged:
            assert store.write(_batch(number)).kept == 0
        store.close()
    finally:
        again.stop()


def _batch(number: int) -> Partial:
    first = number * BATCH
    return partial(
        call(n, HOUR0 + n * 60, api=f"api:iam:Op{n % 7}") for n in range(first, first + BATCH)
    )


@pytest.mark.neo4j
def test_a_graph_of_another_layout_is_refused(neo4j_url: str) -> None:
    Neo4jStore(clear(neo4j_url)).close()
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        driver.execute_query("MATCH (s:Store) SET s.layout = -1")
    with pytest.raises(StoreIncompatible, match="layout -1"):
        Neo4jStore(neo4j_url)
    clear(neo4j_url)


@pytest.mark.neo4j
def test_a_graph_that_lacks_the_constraint_of_a_new_relation_gets_it(neo4j_url: str) -> None:
    Neo4jStore(clear(neo4j_url)).close()
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        driver.execute_query("DROP CONSTRAINT arrow_launched")
    launched = fact(1, HOUR0, "LAUNCHED", call(1, HOUR0)["principal"], "instance:i-1")
    for _ in range(2):
        with closing(Neo4jStore(neo4j_url)) as store:
            store.write(partial([call(1, HOUR0)], [launched]))
            assert store.check().counts["LAUNCHED"] == 1
    clear(neo4j_url)


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_password_that_neo4j_refuses_is_said_and_leaves_the_folder_open(tmp_path: Path) -> None:
    try:
        libraries()
    except ServerNotStarted as error:
        absent(str(error))
    for _ in range(2):
        with pytest.raises(ServerNotStarted, match="no password was set"):
            start(tmp_path, password="short")  # noqa: S106 - too short to be one
