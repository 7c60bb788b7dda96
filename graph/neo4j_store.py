"""A graph store on Neo4j: the promise of graph/store.py kept by one server and its Browser."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote, urlsplit

import neo4j
import pyarrow as pa
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DatabaseError,
    DriverError,
    Forbidden,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from offtrail.graph import (
    neo4j_check,
    neo4j_documents,
    neo4j_ego,
    neo4j_nodes,
    neo4j_read,
    neo4j_upkeep,
    neo4j_write,
)
from offtrail.graph.errors import StoreIncompatible, StoreRefused, StoreUnavailable
from offtrail.graph.neo4j_schema import prepare
from offtrail.graph.store import AtNode, Check, Ego, File, Node, Written
from offtrail.graph.window import Window
from offtrail.ingest.activity import Partial

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[neo4j.ManagedTransaction, P], T]

DOWN = (
    ServiceUnavailable,
    SessionExpired,
    TransientError,  # after all retries: out of memory, most likely
    AuthError,
    ConfigurationError,
    DriverError,
    DatabaseError,
    Forbidden,
    OSError,
)


def _kind(error: Exception) -> type[StoreUnavailable]:
    return StoreRefused if isinstance(error, AuthError | Forbidden) else StoreUnavailable


class Neo4jStore:
    """``url`` is ``neo4j://user:password@host:7687/database`` or ``bolt://...``.

    Raises:
        StoreUnavailable: the server does not answer. StoreRefused: it refuses the password.
        StoreIncompatible: the graph was written by another layout.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        login = (unquote(parts.username or "neo4j"), unquote(parts.password or ""))
        self._driver = neo4j.GraphDatabase.driver(
            address,
            auth=login if parts.password else None,
            notifications_min_severity="OFF",  # absent labels of an empty store are no news
            max_transaction_retry_time=15,  # then a server that is down is said to be
        )
        self._database = parts.path.strip("/") or None
        try:
            with self._session() as session:
                prepare(session)
        except StoreIncompatible:
            self.close()
            raise
        except (*DOWN, ClientError) as error:  # such as no database of that name
            self.close()
            raise _kind(error)(f"Neo4j at {address}: {error}") from error

    def _session(self) -> neo4j.Session:
        return self._driver.session(database=self._database)

    def _read(self, work: "Work[P, T]", *args: P.args, **more: P.kwargs) -> T:
        try:
            with self._session() as session:
                return session.execute_read(work, *args, **more)
        except DOWN as error:
            raise _kind(error)(f"Neo4j: {error}") from error

    def _write(self, work: "Work[P, T]", *args: P.args, **more: P.kwargs) -> T:
        try:
            with self._session() as session:
                return session.execute_write(work, *args, **more)
        except DOWN as error:
            raise _kind(error)(f"Neo4j: {error}") from error

    def write(self, batch: Partial, files: Sequence[File] = ()) -> Written:
        return self._write(neo4j_write.write, batch, files)

    def files(self, uris: Iterable[str]) -> dict[str, str]:
        return self._read(neo4j_read.files, list(uris))

    def span(self) -> Window | None:
        return self._read(neo4j_read.span)

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
        return self._read(
            neo4j_read.activities, window, principal, named, errors_only=errors_only, limit=limit
        )

    def facts(
        self, window: Window, *, relation: str | None = None, node: str | None = None
    ) -> pa.Table:
        return self._read(neo4j_read.facts, window, relation, node)

    def relationships(
        self, window: Window, node: str, *, types: Sequence[str] = (), limit: int = 1000
    ) -> AtNode:
        return self.relationships_of(window, [node], types=types, limit=limit)[node]

    def relationships_of(
        self, window: Window, nodes: Sequence[str], *, types: Sequence[str] = (), limit: int = 1000
    ) -> dict[str, AtNode]:
        return self._read(neo4j_ego.relationships, window, nodes, types, limit)

    def ego(
        self, seed: str, window: Window, *, hops: int = 3, cap: int = 64, limit: int = 500
    ) -> Ego:
        return self._read(neo4j_ego.ego, seed, window, hops, cap, limit)

    def nodes(self, ids: Iterable[str]) -> dict[str, Node]:
        return self._read(neo4j_nodes.fetch, list(ids))

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Node]:
        return self._read(neo4j_nodes.search, text, kind, limit)

    def put(self, kind: str, id: str, body: dict[str, Any]) -> None:
        self._write(neo4j_documents.put, kind, id, body)

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        return self._read(neo4j_documents.get, kind, id)

    def documents(self, kind: str) -> list[dict[str, Any]]:
        return self._read(neo4j_documents.documents, kind)

    def delete(self, kind: str, id: str) -> bool:
        return self._write(neo4j_documents.delete, kind, id)

    def put_all(self, kind: str, bodies: Mapping[str, dict[str, Any]]) -> None:
        self._write(neo4j_documents.put_all, kind, bodies)

    def get_all(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        return self._read(neo4j_documents.get_all, kind, list(ids))

    def delete_all(self, kind: str) -> int:
        return self._write(neo4j_documents.delete_all, kind)

    def put_if(
        self, kind: str, id: str, body: dict[str, Any], expected: dict[str, Any] | None
    ) -> bool:
        return self._write(neo4j_documents.put_if, kind, id, body, expected)

    def revision(self) -> int:
        return self._read(neo4j_read.revision)

    def touched(self, since: int) -> list[int]:
        return self._read(neo4j_read.touched, since)

    def mark(self, scores: dict[tuple[str, str, str], float], bands: dict[str, str]) -> None:
        self._write(neo4j_upkeep.mark, scores, bands)

    def prune(self, before: int) -> int:
        return self._write(neo4j_upkeep.prune, before)

    def prunable(self, before: int) -> int:
        return self._read(neo4j_upkeep.prunable, before)

    def check(self) -> Check:
        return self._read(neo4j_check.check)

    def close(self) -> None:
        self._driver.close()
