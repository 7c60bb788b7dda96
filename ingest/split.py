"""Cuts a stream into JSON values without decoding them: for what is large, and for what is damaged.

A document that is whole and small is decoded at once elsewhere; here one bad value must cost no
more than itself, and memory is bounded by the longest value.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from offtrail.ingest.cut import AT_ONCE

LONGEST = 16 << 20
"""Bytes of one value; CloudTrail's own limit for an event is 256 KB."""

_CONTAINER = re.compile(rb'\[|\{\s*"(?:Records|Events)"\s*:\s*\[')
_LIST = re.compile(rb'"(?:Records|Events)"\s*:\s*\Z')
_BETWEEN = re.compile(rb"[\s,\x1e]*")  # RS starts a value in application/json-seq
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_SCALAR = re.compile(rb"[^,\]\n{]*+")
_RECORD = re.compile(rb'\{\s*"eventVersion"')  # inside a string its quotes are escaped
_BOM = b"\xef\xbb\xbf"


def split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The values of a stream: lines, elements of its one array, or values one after another.

    What follows the last whole value comes out as the last, so that nothing is lost unseen.
    """
    pieces = iter(pieces)
    first = next(pieces, b"").removeprefix(_BOM)
    if _is_lines(first):
        yield from _lines(first, pieces)
        return
    yield from _values(first, pieces)


def documents(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """A stream as documents: itself where it came in one piece, else runs of whole lines, or its
    values, as many together as are decoded at once."""
    pieces = iter(pieces)
    first, second = next(pieces, b""), next(pieces, b"")
    if not second:
        yield from [[first]] if first else []
    elif _is_lines(first):
        yield from ([run] for run in _runs(chain([first, second], pieces)))
    else:
        yield from _together(split(chain([first, second], pieces)))


def _together(values: Iterable[bytes]) -> Iterator[list[bytes]]:
    few: list[bytes] = []
    size = 0
    try:
        for value in values:
            few.append(value)
            size += len(value)
            if size >= AT_ONCE:
                yield few
                few, size = [], 0
    except OSError:
        if few:
            yield few  # read before the rest was lost
        raise
    if few:
        yield few


def _runs(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        whole, newline, rest_ = piece.rpartition(b"\n")
        if newline or len(rest) > LONGEST:
            yield rest + whole
            rest = rest_
        else:
            rest += piece
    if rest:
        yield rest


def resplit(value: bytes) -> list[bytes]:
    """An undecodable value cut where records begin, for a damage that swallowed what follows."""
    starts = [0, *(match.start() for match in _RECORD.finditer(value)), len(value)]
    parts = (value[a:b].rstrip(b" \r\n\t,]") for a, b in pairwise(starts))
    return [part for part in parts if part]


def _is_lines(piece: bytes) -> bool:
    lines = [line for line in (raw.strip() for raw in piece[: 1 << 18].split(b"\n")) if line]
    whole = sum(line[:1] == b"{" and line[-1:] == b"}" for line in lines[:100])
    return len(lines) > 1 and 2 * whole >= len(lines[:100])


def _lines(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = first
    while True:
        *lines, rest = rest.split(b"\n")
        for line in lines:
            yield from _line(line)
        if len(rest) > LONGEST:
            yield rest[:LONGEST]
            rest = b""
        piece = next(pieces, b"")
        if not piece:
            break
        rest += piece
    yield from _line(rest)


def _line(line: bytes) -> Iterator[bytes]:
    if _CONTAINER.match(line):
        yield from _values(line, iter(()))
    elif line.strip():
        yield line


def _values(buffer: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Values one after another; those of an array, bare or under Records or Events, singly."""
    place, inside, wrapped = 0, False, False
    while True:
        place = _after(_BETWEEN, buffer, place)
        container = None if inside else _CONTAINER.match(buffer, place)
        if container:
            inside, wrapped = True, buffer[place : place + 1] == b"{"
            place = container.end()
            continue
        closing = inside and buffer[place : place + 1] == b"]"
        another = _another(buffer, place) if closing and wrapped else None
        if another:
            place = another
            continue
        end = _end(buffer, place, closing and wrapped)
        if end is None:  # it goes on in the next piece
            more = next(pieces, b"")
            if more and len(buffer) - place <= LONGEST:
                buffer, place = buffer[place:] + more, 0
                continue
            end = _give_up(buffer, place)
            buffer += more
        if place == end:
            return
        if closing:
            inside = False
        else:
            yield buffer[place:end]
        place = end


def _another(buffer: bytes, place: int) -> int | None:
    """Where one more list of the same object begins, after that which ends at ``place``."""
    end: int | None = place + 1
    while end is not None:
        bracket = _after(_TO_BRACKET, buffer, end)
        if buffer[bracket : bracket + 1] == b"[" and _LIST.search(buffer, end, bracket):
            return bracket + 1
        opens = buffer[bracket : bracket + 1] in (b"[", b"{")
        end = _end(buffer, bracket, within=False) if opens else None
    return None


def _end(buffer: bytes, place: int, within: bool) -> int | None:
    """Where the value at ``place`` ends, or the object it stands ``within``; None: not here."""
    depth = int(within)
    first = buffer[place : place + 1]
    if not first:
        return None
    if not within and first not in b"{[":
        return max(_after(_SCALAR, buffer, place), place + 1)
    place += within
    while True:
        place = _after(_TO_BRACKET, buffer, place)
        bracket = buffer[place : place + 1]
        if not bracket or bracket == b'"':
            return None
        place += 1
        depth += 1 if bracket in b"{[" else -1
        if depth == 0:
            return place


def _after(pattern: re.Pattern[bytes], buffer: bytes, place: int) -> int:
    match = pattern.match(buffer, place)
    return match.end() if match else place


def _give_up(buffer: bytes, place: int) -> int:
    """The end of the stream, or of what can be one value: the last place where a record begins."""
    starts = [match.start() for match in _RECORD.finditer(buffer, place + 1)]
    return starts[-1] if starts and len(buffer) - place > LONGEST else len(buffer)
