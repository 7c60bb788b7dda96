"""Words of an SQLite store: texts that rows repeat, kept once and named by small numbers."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import numpy as np

REMEMBERED = 500_000


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
            find = "SELECT id FROM word WHERE text = ?"
            for text in missing:
                self._known[text] = self._connection.execute(find, (text,)).fetchone()[0]
        return {text: self._known[text] for text in wanted}


def pack(rows: np.ndarray[Any, np.dtype[np.int64]]) -> list[bytes]:
    """Rows of numbers as bytes that compare as the rows do, four bytes a number."""
    width = 4 * rows.shape[1]
    raw = rows.astype(">u4").tobytes()
    return [raw[at : at + width] for at in range(0, len(raw), width)]


def unpack(keys: Iterable[bytes], width: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """What ``pack`` packed: [rows, width]."""
    raw = b"".join(keys)
    return np.frombuffer(raw, dtype=">u4").astype(np.int64).reshape(-1, width)
