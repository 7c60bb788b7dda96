"""API requests a second, and the p95 of their latency: 8 clients, idle and during an ingest.

The server is the real one: ``offtrail serve``, two workers, on loopback. Clients, server and
ingest share the machine, so the two rows of a kind are to be read against each other.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from offtrail.simulator import write
from tests.bench.row import NotRun, Row

CLIENTS = 8
OFFTRAIL = (
    sys.executable,
    "-c",
    "import sys; from offtrail.api.main import main; sys.exit(main())",
)


class Size(NamedTuple):
    """How much is stored, how much comes in beside the requests, how long clients may ask."""

    stored: int
    coming: int
    seconds: float


FULL, QUICK = Size(50_000, 400_000, 20.0), Size(3_000, 20_000, 3.0)


class Answer(NamedTuple):
    """One request: its route's name, its seconds, its status."""

    route: str
    seconds: float
    status: int


def rows(quick: bool = False) -> Iterator[Row]:
    """Requests a second and p95, idle and during an ingest."""
    size = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "stored", events=size.stored)
        write(folder / "coming", events=size.coming, seed=8)
        offtrail(folder, "ingest", "stored")
        offtrail(folder, "score")
        with served(folder) as port:
            paths = routes(port)
            idle = ask(port, paths, time.monotonic() + size.seconds, lambda: True)
            yield from figures("idle", idle, idle)
            with started(folder, "ingest", "coming") as ingest:
                busy = ask(
                    port, paths, time.monotonic() + size.seconds, lambda: ingest.poll() is None
                )
            yield from figures("during an ingest", busy, idle)


def figures(when: str, answers: list[Answer], idle: list[Answer]) -> Iterator[Row]:
    """The rows of one spell of asking, beside those of the idle one."""
    rate, p95 = speed(answers), latency(answers)
    beside = answers is not idle
    yield Row(
        "http",
        f"{CLIENTS} clients, {when}: requests",
        rate,
        "requests/s",
        rate / speed(idle) if beside else None,
        "idle",
    )
    yield Row(
        "http",
        f"{CLIENTS} clients, {when}: p95",
        p95,
        "ms",
        p95 / latency(idle) if beside else None,
        "idle",
    )
    for route in dict.fromkeys(answer.route for answer in answers):
        of_route = [answer for answer in answers if answer.route == route]
        yield Row("http", f"{when}: p95 of {route}", latency(of_route), "ms")
    wrong = sum(answer.status != 200 for answer in answers)
    yield Row("http", f"{when}: answers other than 200", wrong, f"of {len(answers)}")


def speed(answers: list[Answer]) -> float:
    """Requests a second of all clients together, from the time that each of them spent."""
    return CLIENTS * len(answers) / sum(answer.seconds for answer in answers)


def latency(answers: list[Answer]) -> float:
    """The 95th percentile of the answers' milliseconds."""
    ordered = sorted(answer.seconds for answer in answers)
    return 1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def routes(port: int) -> dict[str, str]:
    """The paths that clients ask for, by the route's name; the first finding stands for all."""
    _, body = get(http.client.HTTPConnection("127.0.0.1", port, timeout=30), "/v1/findings?limit=1")
    found = json.loads(body)["items"]
    if not found:
        raise NotRun("no finding to ask about")
    finding, principal = quote(found[0]["id"], safe=""), quote(found[0]["principal"], safe="")
    return {
        "findings": "/v1/findings?limit=20",
        "finding": f"/v1/findings/{finding}",
        "subgraph": f"/v1/findings/{finding}/subgraph?hops=2&limit=200",
        "blast-radius": f"/v1/blast-radius?entity={principal}&hops=3&limit=200",
        "entities": "/v1/entities?q=web",
        "entity": f"/v1/entities/{principal}",
    }


def ask(port: int, paths: dict[str, str], until: float, more: Callable[[], bool]) -> list[Answer]:
    """Let all clients ask in turn until a time, or as long as there is ``more``."""
    answers: list[list[Answer]] = [[] for _ in range(CLIENTS)]

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        turn = number
        while time.monotonic() < until and more():
            route, path = list(paths.items())[turn % len(paths)]
            begun = time.perf_counter()
            status, _ = get(connection, path)
            answers[number].append(Answer(route, time.perf_counter() - begun, status))
            turn += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [answer for of_client in answers for answer in of_client]
    if not every:
        raise NotRun("the ingest ended before a request was answered")
    return every


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    """Status and body of a GET."""
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def environment(folder: Path) -> dict[str, str]:
    """The environment of a verb: its store lies in the folder."""
    return os.environ | {"OFFTRAIL_STORE": f"sqlite:///{folder / 'bench.db'}"}


def offtrail(folder: Path, *arguments: str) -> None:
    """Run a verb to its end."""
    with started(folder, *arguments) as running:
        if running.wait() > 1:
            raise NotRun(f"offtrail {arguments[0]} ended with {running.returncode}")


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A verb that runs beside us, ended at the latest when we leave."""
    log = folder / f"{arguments[0]}.log"
    with log.open("ab") as out:
        running = subprocess.Popen(  # noqa: S603  # our own program
            [*OFFTRAIL, *arguments], cwd=folder, env=environment(folder), stdout=out, stderr=out
        )
        try:
            yield running
        finally:
            if running.poll() is None:
                running.terminate()
            running.wait(timeout=30)


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The real server on a free port of loopback, ready to answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = ("--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--no-auth")
    with started(folder, "serve", *options) as server:
        deadline = time.monotonic() + 60
        while not ready(port):
            if server.poll() is not None or time.monotonic() > deadline:
                log = (folder / "serve.log").read_text(errors="replace")
                raise NotRun(f"the server did not start: {log[-200:].strip()}")
            time.sleep(0.2)
        yield port


def ready(port: int) -> bool:
    """Whether the server says that it can answer."""
    try:
        return get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/readyz")[0] == 200
    except OSError:
        return False
