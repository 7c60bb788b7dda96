"""The embedded store: one SQLite file that many processes read while one writes."""

import os
import shutil
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from offtrail.graph import sqlite_check, sqlite_ego, sqlite_read, sqlite_upkeep
from offtrail.graph.errors import StoreRefused, StoreUnavailable
from offtrail.graph.rows import earliest
from offtrail.graph.sqlite_export import Export
from offtrail.graph.sqlite_schema import prepare
from offtrail.graph.sqlite_words import Texts, Words
from offtrail.graph.sqlite_write import write
from offtrail.graph.store import AtNode, Check, Ego, File, Node, Written
from offtrail.graph.window import Window
from offtrail.ingest.activity import Partial

PATIENCE = 60.0  # seconds that a writer waits for another
LOG = 64 << 20
"""Bytes of the write-ahead log from which on a writer waits for readers, to begin it anew."""
WAIT = 0.2  # seconds, for readers
SPACE = 1 << 20
"""Free bytes of a disk below which SQLite's "disk I/O error" means that it is full."""
BUSY = "another process wrote for more than %g s: run again when it is done"
FULL = "free some space and run again: what was written before stays"
OTHER = "another file was put in its place: end this process and start it again"
NO_LOG = "its log is written beside it, even to read: copy the file into a folder of yours"


class SqliteStore:
    """A ``GraphStore`` in the file ``path``; safe for threads, each with its own connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._closed = False
        self._file: tuple[int, int] | None = None  # one that is kept in memory has none
        self._end = weakref.finalize(self, _close, self._all)
        try:
            with _told(path):
                prepare(self._connection)
            self._file = _file(path)
        except BaseException:
            self.close()
            raise

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._file and (now := _file(self.path)) != self._file:
            # it would be made anew, or written in vain
            raise StoreUnavailable(
                f"{self.path} is gone" if now is None else f"{self.path}: {OTHER}"
            )
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            if self._closed:
                raise StoreUnavailable(f"{self.path} was closed")
            connection = self._own.connection = _connect(self.path)
            self._own.words = Words(connection)
            self._own.texts = Texts(connection)
            self._all.append(connection)
        return connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or nothing."""
        with _told(self.path):
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                self._own.words.forget()
                raise
            _shorten(connection, Path(f"{self.path}-wal"))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One moment of the store, whatever is written meanwhile."""
        with _told(self.path):
            connection = self._connection
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    def write(self, batch: Partial, files: Sequence[File] = ()) -> Written:
        with self._writing() as connection:
            return write(connection, self._own.words, batch, files)

    def files(self, uris: Iterable[str]) -> dict[str, str]:
        with self._reading() as connection:
            return sqlite_read.files(connection, uris)

    def span(self) -> Window | None:
        with self._reading() as connection:
            return sqlite_read.span(connection)

    def activities(
        self,
        window: Window,
        *,
        principal: str | None = None,
        api: str | None = None,
        source: str | None = None,
        credential: str | None = None,
        instance: str | None = None,
        resource: str | None = None,
        account: str | None = None,
        errors_only: bool = False,
        limit: int | None = None,
    ) -> pa.Table:
        asked = {
            "api": api,
            "source": source,
            "credential": credential,
            "instance": instance,
            "resource": resource,
            "account": account,
        }
        named = {name: id for name, id in asked.items() if id is not None}
        with self._reading() as connection:
            return sqlite_read.activities(
                connection, window, principal, named, errors_only=errors_only, limit=limit
            )

    def facts(
        self, window: Window, *, relation: str | None = None, node: str | None = None
    ) -> pa.Table:
        with self._reading() as connection:
            return sqlite_read.facts(connection, window, relation, node)

    def relationships(
        self, window: Window, node: str, *, types: Sequence[str] = (), limit: int = 1000
    ) -> AtNode:
        return self.relationships_of(window, [node], types=types, limit=limit)[node]

    def relationships_of(
        self, window: Window, nodes: Sequence[str], *, types: Sequence[str] = (), limit: int = 1000
    ) -> dict[str, AtNode]:
        with self._reading() as connection:
            return sqlite_ego.relationships(
                connection, self._own.texts, window, nodes, types, limit
            )

    def ego(
        self, seed: str, window: Window, *, hops: int = 3, cap: int = 64, limit: int = 500
    ) -> Ego:
        with self._reading() as connection:
            return sqlite_ego.ego(connection, self._own.texts, seed, window, hops, cap, limit)

    def nodes(self, ids: Iterable[str]) -> dict[str, Node]:
        with self._reading() as connection:
            return sqlite_ego.nodes(connection, ids)

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Node]:
        with self._reading() as connection:
            return sqlite_ego.search(connection, text, kind, limit)

    def put(self, kind: str, id: str, body: dict[str, Any]) -> None:
        with self._writing() as connection:
            _put(connection, kind, id, body)

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        with self._reading() as connection:
            return _get(connection, kind, id)

    def documents(self, kind: str) -> list[dict[str, Any]]:
        find = "SELECT body FROM document WHERE kind = ? ORDER BY id"
        with self._reading() as connection:
            return [msgspec.json.decode(body) for (body,) in connection.execute(find, (kind,))]

    def delete(self, kind: str, id: str) -> bool:
        with self._writing() as connection:
            gone = connection.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, id))
            return gone.rowcount > 0

    def put_all(self, kind: str, bodies: Mapping[str, dict[str, Any]]) -> None:
        with self._writing() as connection:
            for id, body in bodies.items():
                _put(connection, kind, id, body)

    def get_all(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        find = """
            SELECT d.id, d.body FROM json_each(?) f CROSS JOIN document d
            ON d.kind = ? AND d.id = f.value
        """
        ids = list(ids)
        plain = [id for id in ids if "\0" not in id]  # SQLite's JSON ends a text there
        asked = msgspec.json.encode(plain).decode()
        with self._reading() as connection:
            found = connection.execute(find, (asked, kind)).fetchall()
            bodies = {id: msgspec.json.decode(body) for id, body in found}
            alone = {id: _get(connection, kind, id) for id in ids if "\0" in id}
        return bodies | {id: body for id, body in alone.items() if body is not None}

    def delete_all(self, kind: str) -> int:
        with self._writing() as connection:
            return connection.execute("DELETE FROM document WHERE kind = ?", (kind,)).rowcount

    def put_if(
        self, kind: str, id: str, body: dict[str, Any], expected: dict[str, Any] | None
    ) -> bool:
        with self._writing() as connection:
            if _get(connection, kind, id) != expected:
                return False
            _put(connection, kind, id, body)
            return True

    def revision(self) -> int:
        find = "SELECT value FROM meta WHERE key = 'revision'"
        with self._reading() as connection:
            value: int = connection.execute(find).fetchone()[0]
            return value

    def touched(self, since: int) -> list[int]:
        with self._reading() as connection:
            return sqlite_read.touched(connection, since)

    def mark(self, scores: dict[tuple[str, str, str], float], bands: dict[str, str]) -> None:
        with self._writing() as connection:
            sqlite_upkeep.mark(connection, scores, bands)

    def prune(self, before: int) -> int:
        with self._writing() as connection:
            return sqlite_upkeep.prune(connection, before)

    def prunable(self, before: int) -> int:
        with self._reading() as connection:
            return sqlite_upkeep.prunable(connection, before)

    def check(self) -> Check:
        with self._reading() as connection:
            return sqlite_check.check(connection)

    @contextmanager
    def export(self) -> Iterator[Export]:
        """One moment of all that the store holds, to make another store from."""
        with self._reading() as connection:
            yield Export(connection)

    def close(self) -> None:
        """Close every thread's connection; the store cannot be asked after that."""
        self._closed = True
        self._end()
        self._own = threading.local()


def _file(path: Path) -> tuple[int, int] | None:
    """Which file a path names now, None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )
    try:
        _set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    connection.create_function("earliest", 2, earliest, deterministic=True)
    connection.create_function("lower", 1, str.lower, deterministic=True)  # its own: ASCII only
    connection.create_function("kind_of", 1, sqlite_upkeep.kind_of, deterministic=True)
    connection.create_function("first_of", 1, sqlite_upkeep.first_of, deterministic=True)
    settings = ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -65536")
    for setting in (*settings, f"journal_size_limit = {LOG}"):
        connection.execute(f"PRAGMA {setting}")


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()
    connections.clear()


def _shorten(connection: sqlite3.Connection, log: Path) -> None:
    """Begin a long log anew: while some reader is always there SQLite alone never does."""
    with suppress(OSError, sqlite3.OperationalError):  # what was committed stays so
        if log.stat().st_size > LOG:
            connection.execute(f"PRAGMA busy_timeout = {1000 * WAIT:.0f}")
            try:
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
            finally:
                connection.execute(f"PRAGMA busy_timeout = {1000 * PATIENCE:.0f}")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """SQLite's own errors said as a store's."""
    try:
        yield
    except sqlite3.Error as error:
        if isinstance(error, sqlite3.ProgrammingError | sqlite3.IntegrityError):
            raise
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        known = {sqlite3.SQLITE_BUSY: BUSY % PATIENCE, sqlite3.SQLITE_FULL: FULL}
        if path.is_file():
            known[sqlite3.SQLITE_CANTOPEN] = NO_LOG
            if shutil.disk_usage(path.parent).free < SPACE:
                known[sqlite3.SQLITE_IOERR] = FULL
        more = f" ({known[code]})" if code in known else ""
        kind = StoreRefused if _refused(path, code) else StoreUnavailable
        raise kind(f"{path}: {error}{more}") from error


def _refused(path: Path, code: int) -> bool:
    """Whether it is a right that is wanting; SQLite says so only of a file that it could open."""
    if code == sqlite3.SQLITE_CANTOPEN and path.parent.is_dir():
        return not os.access(path if path.is_file() else path.parent, os.R_OK | os.W_OK)
    return code == sqlite3.SQLITE_READONLY


def _put(connection: sqlite3.Connection, kind: str, id: str, body: dict[str, Any]) -> None:
    text = msgspec.json.encode(body).decode()
    connection.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (kind, id, text))


def _get(connection: sqlite3.Connection, kind: str, id: str) -> dict[str, Any] | None:
    find = "SELECT body FROM document WHERE kind = ? AND id = ?"
    row = connection.execute(find, (kind, id)).fetchone()
    return None if row is None else msgspec.json.decode(row[0])
