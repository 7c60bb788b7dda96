"""Event ids and times of many records at once, as numbers, and which need a closer look.

A thousand ids cost what ten cost one by one. Only the forms that CloudTrail itself writes are read
here: ``6f3f8a0e-....`` and ``2026-01-02T03:04:05Z``; all others are left to ``parse_event``.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_UUID, _DASHES = 36, (8, 13, 18, 23)
TIME, MARKS = 20, ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z"))
_HEX = np.full(256, 255, dtype=np.uint8)
_HEX[list(b"0123456789abcdef")] = range(16)
_HEX[list(b"ABCDEF")] = range(10, 16)
_VARIANTS = frozenset("89abAB")  # RFC 9562
_VARIANT = np.isin(np.arange(256), list(b"89abAB"))
_DIGIT = np.full(256, 255, dtype=np.uint8)
_DIGIT[list(b"0123456789")] = range(10)
_MONTHS = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
_LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Sound = npt.NDArray[np.bool_]


def plain_uuids(texts: Sequence[str]) -> bytes | None:
    """The 16-byte ids one after another; None unless all are UUIDs in their usual form."""
    flat, many = "".join(texts), len(texts)
    if {*map(len, texts)} != {_UUID} or any(flat[i::_UUID] != "-" * many for i in _DASHES):
        return None
    if not _VARIANTS.issuperset(flat[19::_UUID]):  # as ``eventid`` tells a UUID from a placeholder
        return None
    try:
        ids = bytes.fromhex(flat.replace("-", ""))
    except ValueError:
        return None
    return ids if len(ids) == 16 * many else None


def uuids(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint64], Sound]:
    """Halves of 16-byte ids, [n, 2], and which texts are UUIDs in their usual form."""
    table, sound = _table(texts, _UUID)
    for place in _DASHES:
        sound &= table[:, place] == ord("-")
    sound &= _VARIANT[table[:, 19]]
    digits = _HEX[np.delete(table, _DASHES, axis=1)]  # [n, 32]
    sound &= (digits != 255).all(axis=1)
    packed = (digits[:, ::2] << 4) | digits[:, 1::2]
    return np.ascontiguousarray(packed).view(">u8").astype(np.uint64), sound


def seconds(texts: Sequence[str]) -> tuple[Ints, Sound]:
    """Seconds since the epoch, and which texts are times that exist."""
    table, sound = _table(texts, TIME)
    for place, mark in MARKS:
        sound &= table[:, place] == ord(mark)
    digits = _DIGIT[np.delete(table, [place for place, _ in MARKS], axis=1)]  # [n, 14]
    sound &= (digits != 255).all(axis=1)
    digits[~sound] = 1  # 1111-11-11 11:11:11
    pairs = (digits[:, ::2].astype(np.int64) * 10) + digits[:, 1::2]  # [n, 7]
    year = pairs[:, 0] * 100 + pairs[:, 1]
    month, day, hour, minute, second = pairs[:, 2:].T
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    place = np.clip(month, 1, 12) - 1
    sound &= (month == place + 1) & (day >= 1)
    sound &= day <= _LENGTHS[place] + (leap & (month == 2))
    sound &= (hour < 24) & (minute < 60) & (second < 60) & (year >= 1970)
    past = year - 1
    days = 365 * year + past // 4 - past // 100 + past // 400 - 719527
    days += _MONTHS[place] + (leap & (month > 2)) + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second, sound


def _table(texts: Sequence[str], width: int) -> tuple[Bytes, Sound]:
    """One text a row of ``width`` bytes; zeros for a text of another length."""
    flat = "".join(texts)
    if len(flat) == width * len(texts) and flat.isascii() and {*map(len, texts)} <= {width}:
        return _rows(flat, width), np.ones(len(texts), dtype=np.bool_)
    fits = [len(text) == width and text.isascii() for text in texts]
    empty = "\0" * width
    flat = "".join(text if fit else empty for text, fit in zip(texts, fits, strict=True))
    return _rows(flat, width), np.array(fits, dtype=np.bool_)


def _rows(flat: str, width: int) -> Bytes:
    return np.frombuffer(flat.encode(), dtype=np.uint8).reshape(-1, width)
