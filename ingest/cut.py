"""Cuts a log file where records begin, so that what is decoded at once stays in the cache.

The cut is a guess that decoding proves: quotes inside strings are escaped, so ``},{"eventVersion"``
stands between values, and where these are not the records themselves the brackets do not match.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

AT_ONCE = 1 << 17
"""Bytes decoded at once."""
_HEAD = re.compile(rb'\{"Records":\[(?=\{"eventVersion")')
_START = b'{"Records":['
_BETWEEN = b'},{"eventVersion"'


class Cut(NamedTuple):
    """A document of some records, and where they begin in the whole."""

    piece: bytes
    start: int


def cut(document: bytes) -> Iterator[Cut]:
    """A log file as arrays, and what is left with its end; anything else as it is."""
    head = _HEAD.match(document)
    start = 0
    if head is not None:
        begin, view = head.end(), memoryview(document)
        while (end := document.find(_BETWEEN, begin + AT_ONCE)) >= 0:
            yield Cut(b"".join((b"[", view[begin : end + 1], b"]")), start)
            start = begin = end + 2
    yield Cut(rest(document, start), start)


def rest(document: bytes, start: int) -> bytes:
    """The document without the records before ``start``."""
    return b"".join((_START, memoryview(document)[start:])) if start else document
