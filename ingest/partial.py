"""Reads sources and reduces them in one pass: what any carrier runs, here or on another machine."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, NamedTuple

import msgspec
import pyarrow.compute as pc

from offtrail.ingest.activity import Partial
from offtrail.ingest.ahead import ahead
from offtrail.ingest.cut import cut, rest
from offtrail.ingest.errors import CutShort, Damaged, IngestError
from offtrail.ingest.inflate import LIMIT, PIECE, past
from offtrail.ingest.quarantine import WHOLE, Reject, reject
from offtrail.ingest.reduce import Reducer
from offtrail.ingest.report import Records
from offtrail.ingest.shapes import NO_RECORD, NOT_JSON, is_json, plain, records
from offtrail.ingest.sources import DOWNLOADS, Source, open_sources
from offtrail.ingest.split import documents
from offtrail.ingest.unpack import unpack
from offtrail.ingest.wire import Malformed, Skip, Wire, without_tokens


class Settings(msgspec.Struct, frozen=True):
    """Bounds of memory, each for one process."""

    limit: int = LIMIT  # bytes that a packed file may unpack to
    whole: int = 1 << 62  # bytes that a source may unpack to, all its files together
    piece: int = PIECE  # bytes decoded at once
    calls: int = 100_000  # handed out together
    downloads: int = DOWNLOADS  # objects fetched at once


class Done(NamedTuple):
    """A source read to its end."""

    uri: str
    mark: str
    records: int


class Taken(NamedTuple):
    """What some sources, or a part of a large one, came to."""

    partial: Partial
    files: list[Done]  # whose last records are in ``partial``, the others' in earlier ones
    records: Records  # without ``kept``, which the store knows
    rejects: list[Reject]
    failures: list[dict[str, str]]
    failed: int  # files, each of which may have several failures


def partial(sources: Iterable[Source | str]) -> Partial:
    """All that the sources hold, as one Partial; its parts merge to the same, however cut."""
    found = list(open_sources(sources))
    (taken,) = take_in(found, Settings(calls=1 << 62))
    return taken.partial


def take_in(sources: Sequence[Source], settings: Settings) -> Iterator[Taken]:
    """Read sources one after another; hand out whenever enough calls have come together."""
    intake = _Intake(settings)
    for source, open_ in _fetched(sources, settings.downloads):
        yield from intake.read(source, open_)
    yield intake.hand_out()


_own = threading.local()


def _reducer() -> Reducer:
    """This thread's, which remembers from batch to batch what it has parsed, and holds no calls."""
    if not hasattr(_own, "reducer"):
        _own.reducer = Reducer()
    reducer: Reducer = _own.reducer
    reducer.drop()  # what a run that failed has left
    return reducer


class _Intake:
    """What has been read since the last hand-out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._reducer = _reducer()
        self._damaged = self._cut_short = False
        self._left = settings.whole
        self._clear()

    def _clear(self) -> None:
        self._files: list[Done] = []
        self._read = 0
        self._skipped: Counter[str] = Counter()
        self._quarantined: Counter[str] = Counter()
        self._rejects: list[Reject] = []
        self._failures: list[dict[str, str]] = []
        self._failed = 0

    def read(self, source: Source, open_: Callable[[], BinaryIO]) -> Iterator[Taken]:
        """Read one source to its end, or to its damage."""
        self._damaged = self._cut_short = False
        self._left = self._settings.whole
        count = 0
        try:
            with open_() as file:
                for values in self._documents(source.uri, file):
                    count += self._add_together(source.uri, values, count)
                    if self._reducer.calls >= self._settings.calls:
                        yield self.hand_out()
        except (IngestError, OSError) as error:
            self._fail(source.uri, error)
        if not self._damaged:
            self._files.append(Done(source.uri, source.mark, count))

    def hand_out(self) -> Taken:
        reduced = self._reducer.take()
        counts = Records(
            read=self._read,
            duplicate=reduced.duplicate,
            skipped=dict(self._skipped),
            quarantined=dict(self._quarantined),
        )
        taken = Taken(
            reduced.partial, self._files, counts, self._rejects, self._failures, self._failed
        )
        self._clear()
        return taken

    def _documents(self, uri: str, file: BinaryIO) -> Iterator[list[bytes]]:
        """Unpacked documents; those before a damage, and the damage among the failures."""
        for member in unpack(file, limit=self._settings.limit, piece=self._settings.piece):
            name = f"{uri}!{member.name}" if member.name else uri
            yield from documents(self._until_damage(name, member.pieces))
            if self._left < 0:
                return

    def _until_damage(self, name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        self._cut_short = False  # another file of the archive may have been
        try:
            for piece in pieces:
                self._left -= len(piece)
                if self._left < 0:
                    raise past(self._settings.whole)
                yield piece
        except Damaged as error:
            self._cut_short = isinstance(error, CutShort)
            self._fail(name, error)

    def _fail(self, name: str, error: Exception) -> None:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        failure = {"source": name, "reason": reason.removeprefix(f"{name}: ")}
        if failure not in self._failures[-1:]:  # each piece of a large file may say the same
            self._failures.append(failure)
        self._failed += not self._damaged
        self._damaged = True

    def _add_together(self, uri: str, values: Sequence[bytes], before: int) -> int:
        """Reduce documents, which are the records of one array for the most part."""
        quick = plain(b"[%b]" % b",".join(values)) if len(values) > 1 else None
        if quick is not None and len(quick) == len(values):
            self._add_good(uri, quick, range(before, before + len(quick)))
            return len(quick)
        cut_short, count = self._cut_short, 0
        for place, document in enumerate(values, start=1):
            self._cut_short = cut_short and place == len(values)  # the last alone may be a half
            count += self._add(uri, document, before + count)
        return count

    def _add(self, uri: str, document: bytes, before: int) -> int:
        """Reduce a document's records; how many there were, good and bad."""
        count = 0
        for part in cut(document):
            quick = plain(part.piece)
            if quick is None:
                return count + self._add_closely(uri, rest(document, part.start), before + count)
            self._add_good(uri, quick, range(before + count, before + count + len(quick)))
            count += len(quick)
        return count

    def _add_closely(self, uri: str, document: bytes, before: int) -> int:
        """The same for a document with something else among its records."""
        found = list(records(document))
        if document.lstrip()[:1] not in b"{[" and all(isinstance(s, Malformed) for s in found):
            reason = NO_RECORD if is_json(document) else NOT_JSON
            self._fail(uri, Damaged(reason))
            self._rejects.append(reject(reason, uri, WHOLE, without_tokens(document)))
            return 0
        if self._cut_short and _ends_early(found):
            found.pop()  # the half of a record, told as the file's damage
        good = [i for i, record in enumerate(found) if isinstance(record, Wire)]
        self._add_good(uri, [found[i] for i in good], [before + i for i in good])  # type: ignore[misc]
        for place, record in enumerate(found):
            if isinstance(record, Skip):
                self._read += 1
                self._leave(record, uri, before + place, None)
        return len(found)

    def _add_good(self, uri: str, found: Sequence[Wire], places: Sequence[int]) -> None:
        for i, skip in self._reducer.add(found):
            self._leave(skip, uri, places[i], found[i])
        self._read += len(found)

    def _leave(self, skip: Skip, uri: str, offset: int, record: Wire | None) -> None:
        if isinstance(skip, Malformed):
            self._quarantined[skip.reason] += 1
            text = skip.record or without_tokens(msgspec.json.encode(record))
            self._rejects.append(reject(skip.reason, uri, offset, text))
        else:
            self._skipped[skip.reason] += 1


def _ends_early(found: Sequence[Wire | Skip]) -> bool:
    last = found[-1] if found else None
    return isinstance(last, Malformed) and last.reason == NOT_JSON


def _fetched(
    sources: Sequence[Source], downloads: int
) -> Iterator[tuple[Source, Callable[[], BinaryIO]]]:
    """Sources with how to open them; remote ones are being fetched while others are read."""
    if not any(source.remote for source in sources):
        yield from ((source, source.open) for source in sources)
        return
    pool = ThreadPoolExecutor(downloads, thread_name_prefix="download")
    try:
        yield from ahead(lambda one: (one, pool.submit(one.open).result), sources, downloads + 1)
    finally:
        pool.shutdown(cancel_futures=True)


def calls(partial: Partial) -> int:
    """How many calls a partial counts."""
    return int(pc.sum(pc.list_value_length(partial.activities.column("ids"))).as_py() or 0)


def span(partial: Partial) -> tuple[int, int]:
    """The first and the last second of a partial that is not empty."""
    found = pc.min_max(pc.list_flatten(partial.activities.column("seconds"))).as_py()
    return found["min"], found["max"]
