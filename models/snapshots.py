"""Snapshots of the as-of state in the store, so that a new hour costs by that hour's events."""

import base64
import zlib
from collections.abc import Sequence

import msgspec

from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR
from offtrail.models.calibration import Calibration
from offtrail.models.episodes import Key
from offtrail.models.state import VERSION, State
from offtrail.models.tallies import DAY

KIND, CHUNK_KIND = "snapshot", "snapshot-chunk"
CHUNK = 1 << 20  # characters a document
LATEST, DAYS = 4, 7  # snapshots kept: the newest, and the last of each of the days before


class Progress(msgspec.Struct):
    """What scoring knows at a boundary between hours."""

    state: State
    calibration: Calibration


class Head(msgspec.Struct, frozen=True):
    """What a snapshot stands for, and when it still may be used."""

    boundary: int  # second; every hour before it is learned and scored
    revision: int  # of the store, read before its activities were
    model: str
    since: int  # second from which edges were alerted
    held: tuple[Key, ...]  # quarantined episodes before the boundary
    chunks: tuple[str, ...] = ()
    checksum: int = 0  # crc32 of the packed contents


def newest(
    store: GraphStore, *, model: str, since: int, held: set[Key], until: int
) -> tuple[int, Progress] | None:
    """The latest snapshot that nothing has overtaken: no late event, verdict or other model."""
    heads = [msgspec.convert(body, Head) for body in store.documents(KIND)]
    for head in sorted(heads, key=lambda head: -head.boundary):
        if head.boundary > until or head.model != model or head.since > since:
            continue
        before = {key for key in held if key.hour * HOUR < head.boundary}
        late = store.touched(head.revision)
        if before == set(head.held) and (not late or late[0] * HOUR >= head.boundary):
            progress = _loaded(store, head)
            if progress is not None:
                return head.boundary, progress
    return None


def save(store: GraphStore, head: Head, progress: Progress) -> None:
    """Keep a snapshot; the head comes last and proves its chunks, whenever a write is cut off."""
    packed = zlib.compress(msgspec.msgpack.encode(progress), 1)
    text = base64.b64encode(packed).decode()
    chunks = tuple(f"{head.boundary:012d}-{at:06d}" for at in range(-(-len(text) // CHUNK)))
    for at, chunk in enumerate(chunks):
        store.put(CHUNK_KIND, chunk, {"data": text[at * CHUNK : (at + 1) * CHUNK]})
    whole = msgspec.structs.replace(head, chunks=chunks, checksum=zlib.crc32(packed))
    store.put(KIND, f"{head.boundary:012d}", msgspec.to_builtins(whole))


def forget(store: GraphStore) -> None:
    """Drop the snapshots that the schedule of keeping leaves out."""
    heads = [msgspec.convert(body, Head) for body in store.documents(KIND)]
    keep = _kept([head.boundary for head in heads])
    for head in heads:
        if head.boundary not in keep:
            store.delete(KIND, f"{head.boundary:012d}")
            for chunk in head.chunks:
                store.delete(CHUNK_KIND, chunk)


def _kept(boundaries: Sequence[int]) -> set[int]:
    ordered = sorted(boundaries, reverse=True)
    last_of_day: dict[int, int] = {}
    for boundary in ordered:
        last_of_day.setdefault((boundary - 1) // DAY, boundary)
    return {*ordered[:LATEST], *list(last_of_day.values())[: DAYS + 1]}


def _loaded(store: GraphStore, head: Head) -> Progress | None:
    """The snapshot's contents; None where they are damaged, so that an older one is tried."""
    bodies = [store.get(CHUNK_KIND, chunk) for chunk in head.chunks]
    if any(body is None for body in bodies):
        return None
    text = "".join(body["data"] for body in bodies if body is not None)
    try:
        packed = base64.b64decode(text)
        if zlib.crc32(packed) != head.checksum:
            return None
        progress = msgspec.msgpack.decode(zlib.decompress(packed), type=Progress)
    except (ValueError, zlib.error, msgspec.DecodeError):
        return None
    return progress if progress.state.version == VERSION else None
