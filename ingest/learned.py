"""Numbers for what repeats: each distinct value is looked into once, and known by its number."""

from collections.abc import Callable, Sequence
from operator import eq
from typing import Generic, TypeVar

import msgspec
from isal import isal_zlib

OVERHEAD = 1 << 10
"""Bytes that remembering a value takes beside its texts."""

Fields = tuple[str | None, ...]
Answer = TypeVar("Answer")


class Learned(dict[Fields, int], Generic[Answer]):
    """Fields by number: ``each[numbers[fields]]`` is what was learned from them."""

    def __init__(self, learn: Callable[[Fields], Answer]) -> None:
        super().__init__()
        self.each: list[Answer] = []
        self.held = 0  # bytes remembered
        self._learn = learn

    def __missing__(self, fields: Fields) -> int:
        self.each.append(self._learn(fields))
        number = self[fields] = len(self.each) - 1
        self.held += OVERHEAD + sum(len(field) for field in fields if field)
        return number


class Texts(Generic[Answer]):
    """Raw texts by number: told apart by checksum, and proven by comparison.

    A checksum is cheaper than a hash, and nothing is copied of a text that is known.
    """

    def __init__(self, learn: Callable[[bytes], Answer]) -> None:
        self.each: list[Answer] = []
        self.held = 0  # bytes remembered
        self._learn = learn
        self._sums: dict[int, int] = {}  # the number of the text that had a sum first
        self._texts: list[msgspec.Raw] = []
        self._others: dict[bytes, int] = {}  # whose sum another text has, too

    def numbers(self, texts: Sequence[msgspec.Raw]) -> list[int]:
        """The number of each; a new text is learned."""
        sums = [*map(isal_zlib.crc32, texts)]
        found = [*map(self._sums.get, sums)]
        if None in found:
            found = [self._known(*both) for both in zip(sums, texts, strict=True)]
        known: list[int] = found  # type: ignore[assignment]
        if not all(map(eq, texts, map(self._texts.__getitem__, known))):
            pairs = zip(texts, known, strict=True)
            known = [n if text == self._texts[n] else self._other(text) for text, n in pairs]
        return known

    def _known(self, checksum: int, text: msgspec.Raw) -> int:
        number = self._sums.get(checksum)
        if number is None:
            number = self._sums[checksum] = self._new(text)
        return number

    def _other(self, text: msgspec.Raw) -> int:
        """The number of a text that shares its checksum with an earlier one."""
        key = bytes(text)
        if key not in self._others:
            self._others[key] = self._new(text)
        return self._others[key]

    def _new(self, text: msgspec.Raw) -> int:
        self.each.append(self._learn(bytes(text)))
        self._texts.append(text.copy())
        self.held += OVERHEAD + len(text)
        return len(self.each) - 1
