"""All that an SQLite store holds, row by row with its proofs: what another store is made from."""

import sqlite3
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from offtrail.graph.rows import ACTIVITY_KEY
from offtrail.graph.sqlite_write import FACT_REST

MFA = ACTIVITY_KEY.index("mfa")
ACTIVITIES = (
    "SELECT hour, principal, key, calls, last, proofs FROM activity ORDER BY hour, principal"
)
FACTS = "SELECT hour, key, calls, last, proofs FROM fact ORDER BY hour"
WORDS = "SELECT id, text FROM word"
SEEN = "SELECT hour, revision, ids FROM seen"
FILES = "SELECT uri, mark, records FROM file"
DOCUMENTS = "SELECT kind, id, body FROM document"
SCORES = "SELECT principal, api, code, score FROM score"
BANDS = "SELECT name, band FROM node WHERE band <> ''"
REVISION = "SELECT value FROM meta WHERE key = 'revision'"


class Row(NamedTuple):
    """An activity, or a fact: its principal or subject, the rest of its key, and its sums."""

    owner: str
    hour: int
    key: tuple[str | bool, ...]
    calls: int
    last: int
    proofs: bytes  # of graph/rows.py


class Export:
    """Reads one moment of a store; the caller holds the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._words: dict[int, str] = dict(connection.execute(WORDS))

    def activities(self) -> Iterator[Row]:
        """Hour by hour, principal by principal; a key as ``ACTIVITY_KEY`` says."""
        words, unpack = self._words, struct.Struct(f">{len(ACTIVITY_KEY)}I").unpack
        for hour, principal, packed, calls, last, proofs in self._connection.execute(ACTIVITIES):
            key: list[str | bool] = [words[id] for id in unpack(packed)]
            key[MFA] = key[MFA] == "1"
            yield Row(words[principal], hour, tuple(key), calls, last, proofs)

    def facts(self) -> Iterator[Row]:
        """Hour by hour; a key without the subject, which owns the fact."""
        words, unpack = self._words, struct.Struct(f">{len(FACT_REST)}I").unpack
        subject = FACT_REST.index("subject")
        for hour, packed, calls, last, proofs in self._connection.execute(FACTS):
            key = [words[id] for id in unpack(packed)]
            yield Row(key.pop(subject), hour, tuple(key), calls, last, proofs)

    def seen(self) -> Iterator[tuple[int, int, bytes]]:
        """Hour, revision and ids of each write's calls."""
        yield from self._connection.execute(SEEN)

    def files(self) -> Iterator[tuple[str, str, int]]:
        """The ledger: uri, mark and records."""
        yield from self._connection.execute(FILES)

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Kind, id and body of each document."""
        for kind, id, body in self._connection.execute(DOCUMENTS):
            yield kind, id, msgspec.json.decode(body)

    def scores(self) -> dict[tuple[str, str, str], float]:
        """What ``mark`` said of failed arrows: by principal, API and code."""
        return {row[:3]: row[3] for row in self._connection.execute(SCORES)}

    def bands(self) -> dict[str, str]:
        """What ``mark`` said of nodes."""
        return dict(self._connection.execute(BANDS))

    def revision(self) -> int:
        """How many writes kept a call."""
        found: int = self._connection.execute(REVISION).fetchone()[0]
        return found
