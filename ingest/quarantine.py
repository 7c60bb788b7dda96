"""Keeps what could not be taken in: one NDJSON file a run, a line a record, with its reason."""

import filecmp
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

TEXT = 2048
"""Bytes of a record that are kept; enough to find it again."""

NAME = "quarantine-%s.ndjson"
"""With the run's time, so that names are in the order of runs."""
WHOLE = -1
"""The offset of a source of which nothing can be read."""


class Reject(msgspec.Struct, frozen=True):
    """A record that was quarantined: why, and where it stands in its source."""

    reason: str
    source: str
    offset: int  # the record's number in its source, from 0, or WHOLE
    record: str  # its first TEXT bytes


def reject(reason: str, source: str, offset: int, record: bytes = b"") -> Reject:
    """A record as the quarantine keeps it: cut short, and always valid UTF-8."""
    return Reject(reason, source, offset, record[:TEXT].decode("utf-8", "backslashreplace"))


class Quarantine:
    """Opens its file with the first record it is given; ``path`` is "" until then."""

    def __init__(self, folder: Path) -> None:
        self.path = ""
        self._folder = folder
        self._file: IO[bytes] | None = None

    def add(self, rejects: list[Reject]) -> None:
        """Append and flush, so that a killed run leaves what it had found."""
        if not rejects:
            return
        if self._file is None:
            self._file = self._open()
        self._file.write(msgspec.json.Encoder().encode_lines(rejects))
        self._file.flush()

    def _open(self) -> IO[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path = self._folder / (NAME % f"{stamp}-{secrets.token_hex(3)}")
        self.path = str(path)
        return open(path, "xb", opener=_private)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._once()

    def _once(self) -> None:
        """Where the run before found the same, as in a file that stays damaged, keep its file."""
        own = Path(self.path)
        before = max((p for p in self._folder.glob(NAME % "*") if p.name < own.name), default=None)
        with suppress(OSError):  # another's, that may not be read, or is gone: own stays
            if before is not None and filecmp.cmp(before, own, shallow=False):
                own.unlink()
                self.path = str(before)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # records can hold secrets
