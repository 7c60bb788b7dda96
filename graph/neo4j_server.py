"""A Neo4j Community server without Docker: fetched by Maven, run by Java, ended by its own pid."""

import ctypes
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

log = logging.getLogger(__name__)

LIBC = ctypes.CDLL(None)
VERSION = "5.26.20"
POM = Path(__file__).with_name("neo4j") / "pom.xml"
MAIN = "org.neo4j.server.CommunityEntryPoint"
ADMIN = "org.neo4j.cli.AdminTool"
OPENS = tuple(f"--add-opens=java.base/java.{p}=ALL-UNNAMED" for p in ("nio", "io"))
COLLECTOR = "-XX:+UseParallelGC"  # throughput counts here, not the length of a pause
JAVA = ("java", *OPENS, "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", COLLECTOR)
NEEDS = "install Java 17 and Maven (Debian: apt-get install openjdk-17-jre-headless maven)"


class ServerNotStarted(RuntimeError):
    """No Neo4j server could be started here; the message says what to do."""


class Server(msgspec.Struct, frozen=True):
    """A running server: where it listens, where it keeps its data, and its process."""

    home: Path
    bolt: int
    http: int
    password: str  # "" where authentication is off
    process: subprocess.Popen[bytes]

    @property
    def uri(self) -> str:
        """What ``--store`` takes."""
        login = f"neo4j:{quote(self.password, safe='')}@" if self.password else ""
        return f"bolt://{login}127.0.0.1:{self.bolt}"

    @property
    def browser(self) -> str:
        """Where a person explores; it connects by itself where authentication is off."""
        method = "" if self.password else "?preselectAuthMethod=NO_AUTH"
        return f"http://127.0.0.1:{self.http}/browser/{method}"

    def stop(self, *, kill: bool = False) -> None:
        """End this server's process, and wait until it is gone."""
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(timeout=60)


def libraries() -> Path:
    """The folder of the server's jars, filled once by Maven (about 130 MB).

    Raises:
        ServerNotStarted: Java or Maven is not there, or Maven could not fetch the jars.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "offtrail"
    folder = cache / f"neo4j-{VERSION}"
    if not shutil.which("java") or not (folder.is_dir() or shutil.which("mvn")):
        raise ServerNotStarted(NEEDS)
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        _fetch(Path(tempfile.mkdtemp(dir=cache)), folder)
    return folder


def _fetch(partly: Path, folder: Path) -> None:
    log.info("fetching Neo4j %s with Maven into %s", VERSION, folder)
    copy = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    done = subprocess.run([*copy, f"-DoutputDirectory={partly}"], capture_output=True, text=True)  # noqa: S603 - fixed words and our own folder
    if done.returncode:
        raise ServerNotStarted(
            f"Maven could not fetch Neo4j: {(done.stdout or done.stderr)[-500:]}"
        )
    try:
        partly.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(partly)


def port_or_free(port: int) -> int:
    """The port on loopback where nobody has it, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free


def configuration(bolt: int, http: int, password: str, more: dict[str, str]) -> str:
    """The text of neo4j.conf: loopback only, nothing reported home."""
    lines = {
        "server.bolt.listen_address": f"127.0.0.1:{bolt}",
        "server.bolt.advertised_address": f"127.0.0.1:{bolt}",
        "server.http.listen_address": f"127.0.0.1:{http}",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": "512m",
        "dbms.security.auth_enabled": "true" if password else "false",
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "server.logs.gc.enabled": "false",
        "db.tx_log.rotation.retention_policy": "2 files",
    }
    return "".join(f"{name}={value}\n" for name, value in {**lines, **more}.items())


def start(
    home: Path,
    *,
    bolt: int = 0,
    http: int = 0,
    password: str = "",
    heap: str = "1g",
    more: dict[str, str] | None = None,
) -> Server:
    """Start a server on ``home`` and wait until it answers; port 0 takes a free one.

    Raises:
        ServerNotStarted: with the end of its log; or ``home`` was begun without a password, and
            now one is given.
    """
    bolt, http = bolt or port_or_free(0), http or port_or_free(0)
    jars = f"{libraries()}/*"
    conf = home / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "neo4j.conf").write_text(configuration(bolt, http, password, more or {}))
    if password:
        _secure(home, jars, password)
    where = [f"--home-dir={home}", f"--config-dir={conf}"]
    with (home / "out.log").open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - fixed words and our own folders
            [*JAVA, f"-Xms{heap}", f"-Xmx{heap}", "-cp", jars, MAIN, *where],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
    server = Server(home, bolt, http, password, process)
    _await(server)
    return server


def _end_with_parent() -> None:
    """So that a killed test run or terminal leaves no server behind (Linux: PR_SET_PDEATHSIG)."""
    LIBC.prctl(1, signal.SIGTERM)


def _secure(home: Path, jars: str, password: str) -> None:
    """Set the password, which a graph takes before its first start only.

    Raises:
        ServerNotStarted: it is too late for one, or Neo4j refuses this one.
    """
    if (home / "secured").exists():
        return
    if (home / "data" / "databases" / "system").exists():
        raise ServerNotStarted(f"{home} was begun without a password: name another folder")
    env: dict[str, Any] = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    command = [*JAVA, "-cp", jars, ADMIN, "dbms", "set-initial-password", password]
    done = subprocess.run(command, env=env, capture_output=True, text=True)  # noqa: S603 - no shell
    if done.returncode:
        raise ServerNotStarted(f"no password was set: {(done.stderr or done.stdout)[-300:]}")
    (home / "secured").touch()


def _await(server: Server, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", server.http), timeout=1):
                return  # HTTP opens last
        except OSError:
            time.sleep(0.2)
    tail = (server.home / "out.log").read_text(errors="replace")[-800:]
    if server.process.poll() is None:
        server.stop(kill=True)
    raise ServerNotStarted(f"Neo4j did not start; the end of its log:\n{tail}")


@contextmanager
def running(home: Path, **options: Any) -> Iterator[Server]:
    """A server that is ended when the block ends."""
    server = start(home, **options)
    try:
        yield server
    finally:
        server.stop()
