"""Words of an SQLite store: texts that rows repeat, kept once and named by small numbers."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

REMEMBERED = 500_000
SHOWN = 300_000  # texts that a thread remembers to show, some 40 MB
NAMES = "SELECT n.id, n.name FROM json_each(?) f CROSS JOIN node n ON n.id = f.value"
WORDS = "SELECT w.id, w.text FROM json_each(?) f CROSS JOIN word w ON w.id = f.value"


class Words:
    """The numbers of texts, remembered between writes of one process."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[str, int] = {}

    def forget(self) -> None:
        """After a transaction that was undone: its numbers do not exist."""
        self._known.clear()

    def ids(self, texts: Iterable[str]) -> dict[str, int]:
        """The number of each text, new ones added; the caller holds a transaction."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        wanted = dict.fromkeys(texts)
        missing = [text for text in wanted if text not in self._known]
        if missing:
            self._connection.executemany(
                "INSERT OR IGNORE INTO word (text) VALUES (?)", [(text,) for text in missing]
            )
            self._known |= numbers(self._connection, "word", "text", missing)
        return {text: self._known[text] for text in wanted}


class Texts:
    """Names of nodes and words by their numbers, which never change, remembered by a thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.node: dict[int, str] = {}
        self.word: dict[int, str] = {}

    def fetch(self, nodes: Iterable[int], words: Iterable[int] = ()) -> None:
        """Know the texts of these; a question calls ``forget`` before its first."""
        for ids, known, find in ((nodes, self.node, NAMES), (words, self.word, WORDS)):
            missing = set(ids).difference(known)
            if missing:
                known.update(self._connection.execute(find, (listed(missing),)).fetchall())

    def forget(self) -> None:
        """Bound what is remembered, between questions."""
        if len(self.node) + len(self.word) > SHOWN:
            self.node.clear()
            self.word.clear()


def listed(ids: Iterable[int]) -> str:
    """Numbers as SQLite's json_each reads them."""
    return "[" + ",".join(map(str, ids)) + "]"


def numbers(
    connection: sqlite3.Connection, table: str, column: str, texts: Iterable[str]
) -> dict[str, int]:
    """The numbers of the texts that a table holds."""
    texts = list(texts)
    plain = [text for text in texts if "\0" not in text]  # SQLite's JSON ends a text there
    many = (
        f"SELECT t.{column}, t.id FROM json_each(?) f CROSS JOIN {table} t ON t.{column} = f.value"  # noqa: S608 - our own words
    )
    one = f"SELECT {column}, id FROM {table} WHERE {column} = ?"  # noqa: S608 - our own words
    found = connection.execute(many, (msgspec.json.encode(plain).decode(),)).fetchall()
    for text in texts:
        if "\0" in text:
            found += connection.execute(one, (text,)).fetchall()
    return dict(found)


def pack(rows: np.ndarray[Any, np.dtype[np.int64]]) -> list[bytes]:
    """Rows of numbers as bytes that compare as the rows do, four bytes a number."""
    width = 4 * rows.shape[1]
    raw = rows.astype(">u4").tobytes()
    return [raw[at : at + width] for at in range(0, len(raw), width)]


def part(columns: Sequence[str], name: str) -> str:
    """The number of one of ``columns`` in a packed row, in SQL."""
    return f"substr(key, {1 + 4 * columns.index(name)}, 4)"


def unpack(keys: Iterable[bytes], width: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """What ``pack`` packed: [rows, width]."""
    raw = b"".join(keys)
    return np.frombuffer(raw, dtype=">u4").astype(np.int64).reshape(-1, width)
