"""The promise of a graph store; SQLite and Neo4j keep it, and one contract suite checks both."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import pyarrow as pa

from offtrail.graph.window import Window
from offtrail.ingest.activity import Partial

MOST = 1_000
"""Arrows of a node that a cap may leave out and that are still counted, latest first."""


class Node(msgspec.Struct, frozen=True, gc=False):
    """A node as stored: ``id`` is an ARN or a typed id, ``kind`` one of schema.NODES."""

    id: str
    kind: str
    label: str
    account: str = ""
    first: int = 0  # seconds since the epoch
    last: int = 0
    band: str = ""  # Watch or Suspect, where ``mark`` set one


class Relationship(msgspec.Struct, frozen=True, gc=False):
    """One arrow a pair, type and code over a window, with the ids of the events that prove it."""

    source: str
    target: str
    type: str  # one of schema.RELATIONS
    count: int  # calls
    first: int  # seconds since the epoch
    last: int
    event_ids: tuple[str, ...]  # at most three, the earliest by (time, id)
    code: str = ""  # raw error code, "" where the calls succeeded
    error_class: str = ""
    score: float | None = None  # of a FAILED arrow, where ``mark`` set one


class Cut(msgspec.Struct, frozen=True):
    """What a cap left out: of ``of`` arrows of ``type`` at ``node``, ``kept`` were followed.

    Behind the cap, MOST arrows are counted in order; where a node's cuts say that so many were
    left out, there were at least so many.
    """

    node: str
    type: str
    kept: int
    of: int


AtNode = tuple[list[Relationship], list[Cut]]
"""The arrows at a node, and what a limit left out of them."""


class Ego(msgspec.Struct, frozen=True):
    """The neighbourhood of a seed; ``hop`` is the distance of each of ``nodes``, in order."""

    seed: str
    window: Window
    nodes: tuple[Node, ...]
    hop: tuple[int, ...]
    relationships: tuple[Relationship, ...]
    total_nodes: int  # met before ``limit`` was applied
    total_relationships: int
    truncated: bool
    cut: tuple[Cut, ...]


class File(msgspec.Struct, frozen=True):
    """A ledger line: a source file done. ``mark`` is its size and hash or ETag."""

    uri: str
    mark: str
    records: int


class Written(msgspec.Struct, frozen=True):
    """What a write changed: new calls counted, and calls that the store had already."""

    kept: int
    duplicate: int


class Check(msgspec.Struct, frozen=True):
    """``store check``: ``digest`` is equal for equal events in any order, in any store."""

    digest: str
    counts: dict[str, int]  # nodes by kind, relations by type, activities, files
    problems: tuple[str, ...]


class GraphStore(Protocol):
    """All calls are atomic; a killed process leaves a state that one clean run could have left.

    Raises:
        StoreUnavailable: the file or server cannot be reached.
        StoreIncompatible: it was written by another schema version.
    """

    def write(self, batch: Partial, files: Sequence[File] = ()) -> Written:
        """Add calls not seen before and the ledger lines, in one transaction."""
        ...

    def files(self, uris: Iterable[str]) -> dict[str, str]:
        """The ledger's marks of those of ``uris`` that it knows; a year's ledger is large."""
        ...

    def span(self) -> Window | None:
        """From the first call held to one second after the last; None in an empty store."""
        ...

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
        """Rows of ingest.activity.ACTIVITY, ordered by first, then by all key columns."""
        ...

    def facts(
        self, window: Window, *, relation: str | None = None, node: str | None = None
    ) -> pa.Table:
        """Rows of ingest.activity.FACT in which ``node`` is subject or object, ordered by first."""
        ...

    def relationships(
        self, window: Window, node: str, *, types: Sequence[str] = (), limit: int = 1000
    ) -> AtNode:
        """Arrows at ``node``, both ways: by their latest hour in the window, latest first, then
        by type, source, target and code. A Cut a type says what ``limit`` left out."""
        ...

    def relationships_of(
        self, window: Window, nodes: Sequence[str], *, types: Sequence[str] = (), limit: int = 1000
    ) -> dict[str, AtNode]:
        """``relationships`` of each of ``nodes``, which may be thousands; asked together they cost
        a server few questions."""
        ...

    def ego(
        self, seed: str, window: Window, *, hops: int = 3, cap: int = 64, limit: int = 500
    ) -> Ego:
        """Breadth first from ``seed``; at most ``cap`` arrows a node, in the order of
        ``relationships``; a Cut a node and type says what the cap left out."""
        ...

    def nodes(self, ids: Iterable[str]) -> dict[str, Node]:
        """Those of ``ids`` that exist."""
        ...

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Node]:
        """Nodes whose id or label contains ``text``, any case; exact first, then most recent."""
        ...

    def put(self, kind: str, id: str, body: dict[str, Any]) -> None:
        """Keep a document (finding, verdict, token, run, score state): last write wins."""
        ...

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """A document, None where there is none."""
        ...

    def documents(self, kind: str) -> list[dict[str, Any]]:
        """All documents of a kind, ordered by id."""
        ...

    def delete(self, kind: str, id: str) -> bool:
        """Remove a document; whether there was one."""
        ...

    def put_all(self, kind: str, bodies: Mapping[str, dict[str, Any]]) -> None:
        """``put`` for many documents of a kind, by id, in one transaction."""
        ...

    def get_all(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Those documents of ``ids`` that exist; ids may be tens of thousands."""
        ...

    def delete_all(self, kind: str) -> int:
        """Remove every document of a kind; returns how many there were."""
        ...

    def put_if(
        self, kind: str, id: str, body: dict[str, Any], expected: dict[str, Any] | None
    ) -> bool:
        """Compare and swap: written only where the present document equals ``expected``."""
        ...

    def revision(self) -> int:
        """Grows with each write that kept a call."""
        ...

    def touched(self, since: int) -> list[int]:
        """Hours since the epoch that writes after revision ``since`` added to, ascending."""
        ...

    def mark(self, scores: dict[tuple[str, str, str], float], bands: dict[str, str]) -> None:
        """Set ``score`` on FAILED arrows (principal, api, code) and the band of nodes
        (Watch, Suspect), clearing those of before; ``relationships`` and ``ego`` show them.
        What is not there is not marked, and what goes takes its mark along."""
        ...

    def prune(self, before: int) -> int:
        """Remove hours that end at or before ``before`` (seconds), and nodes that nothing names.

        Returns the number of calls removed.
        """
        ...

    def prunable(self, before: int) -> int:
        """The number of calls that ``prune`` would remove; nothing changes."""
        ...

    def check(self) -> Check:
        """What is held, in one digest and in counts, and what does not add up."""
        ...

    def close(self) -> None:
        """Let go of the file or the server; the store cannot be asked after that."""
        ...
