"""``make neo4j``: a server with the Browser, our style, guide and saved queries, until Ctrl-C."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from offtrail.graph.errors import StoreIncompatible, StoreUnavailable
from offtrail.graph.neo4j_guide import STYLE, archive, asciidoc, html
from offtrail.graph.neo4j_import import load
from offtrail.graph.neo4j_server import Server, ServerNotStarted, port_or_free, running
from offtrail.graph.neo4j_store import Neo4jStore

log = logging.getLogger("offtrail.neo4j")

FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "/offtrail.grass": ("text/plain", STYLE.read_bytes),
    "/guide.html": ("text/html", lambda: html().encode()),
    "/guide.adoc": ("text/plain", lambda: asciidoc().encode()),
    "/saved-queries.zip": ("application/zip", archive),
}


class Files(BaseHTTPRequestHandler):
    """The four files, to pages of any origin: the Browser asks from another port."""

    def do_OPTIONS(self) -> None:
        self._head(HTTPStatus.NO_CONTENT, "text/plain", 0)

    def do_GET(self) -> None:
        found = FILES.get(self.path.partition("?")[0])
        if found is None:
            self._head(HTTPStatus.NOT_FOUND, "text/plain", 0)
            return
        kind, make = found
        body = make()
        self._head(HTTPStatus.OK, kind, len(body))
        self.wfile.write(body)

    def _head(self, status: HTTPStatus, kind: str, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(length))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Methods", "GET, OPTIONS")
        asked = "cache-control, pragma, sentry-trace, baggage"
        self.send_header("Access-Control-Allow-Headers", asked)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)


@contextmanager
def files() -> Iterator[str]:
    """Serve the files on loopback; yields their address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def exploring(home: Path, *, bolt: int = 0, http: int = 0, password: str = "") -> Iterator[Server]:
    """A server whose Browser opens with the style and the guide."""
    with files() as address:
        commands = (
            "config autoComplete: false",
            f"style {address}/offtrail.grass",
            f"play {address}/guide.html",
        )
        more = {
            "browser.post_connect_cmd": "; ".join(commands),
            "browser.remote_content_hostname_whitelist": "127.0.0.1",
        }
        with running(home, bolt=bolt, http=http, password=password, more=more) as server:
            log.info("saved queries to drop on the Browser: %s/saved-queries.zip", address)
            yield server


def copied(source: str, home: Path) -> None:
    """Make the graph of ``home`` anew from an SQLite store, unless it is a graph of its own.

    Raises:
        ServerNotStarted: the folder holds a graph that was not copied, or the import failed.
        StoreUnavailable, StoreIncompatible: the store cannot be read.
    """
    note = home / "copied-from"
    if (home / "data").exists() and not note.exists():
        raise ServerNotStarted(f"{home} holds a graph of its own: name another folder")
    path = Path(source.removeprefix("sqlite:///"))
    if not path.is_file():
        raise ServerNotStarted(f"{path} is no file of an SQLite store")
    home.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{path.resolve()}\n", encoding="utf-8")
    log.info("copying %s; what is written to the copy is lost when it is made anew", path)
    load(path, home)


def watched(server: Server, stop: threading.Event) -> int:
    """The exit status, once ``stop`` is set or the server has ended by itself."""
    while not stop.wait(1):
        if server.process.poll() is not None:
            log.error("Neo4j has ended: %s says why", server.home / "out.log")
            return 3
    return 0


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m offtrail.graph.neo4j_explore")
    parser.add_argument("home", nargs="?", help="the folder of the graph")
    parser.add_argument("--from", dest="source", help="copy this SQLite store first")
    return parser.parse_args()


def main() -> int:
    """Run until Ctrl-C; the graph is kept in the folder given."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("neo4j").setLevel(logging.WARNING)
    asked = arguments()
    usual = ".cache/neo4j-copy" if asked.source else ".cache/neo4j"
    home = Path(asked.home or usual).resolve()
    stop = threading.Event()
    password = os.environ.get("NEO4J_PASSWORD", "")
    try:
        if asked.source:
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: files go
            copied(asked.source, home)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
        ports = {"bolt": port_or_free(7687), "http": port_or_free(7474)}
        with exploring(home, password=password, **ports) as server:
            shown = f"bolt://127.0.0.1:{server.bolt}"
            log.info("Neo4j Browser: %s", server.browser)
            if asked.source:
                Neo4jStore(server.uri).close()  # which makes the indexes
            else:
                log.info("fill it, in another shell: offtrail --store %s ingest SOURCE", shown)
            log.info("ask it, in another shell: offtrail --store %s findings", shown)
            return watched(server, stop)
    except (ServerNotStarted, StoreUnavailable, StoreIncompatible) as error:
        log.error("%s", error)
        return 3
    except KeyboardInterrupt:  # while it was copied
        return 130


if __name__ == "__main__":
    sys.exit(main())
