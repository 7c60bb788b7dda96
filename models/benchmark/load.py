"""The data of a run: backgrounds, attack sets and shams, through the product's own ingest."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.graph.window import DAY
from offtrail.ingest.activity import ACTIVITY, Partial
from offtrail.ingest.evidence import merge
from offtrail.ingest.partial import Settings, Taken, take_in
from offtrail.ingest.sources import open_sources
from offtrail.models.calls import Call, Label
from offtrail.models.errors import NothingToEvaluate

WHOLE = Settings(calls=1 << 62, limit=1 << 62)  # a file of one's own may unpack to years of calls
MOST = 5  # files named of those that could not be read
APART = 3 * DAY  # seconds without a call, after which an account's trail is another one


class Data(NamedTuple):
    """Backgrounds by name in the order of time, and the calls to inject."""

    backgrounds: dict[str, pa.Table]
    calls: tuple[Call, ...]
    hashes: dict[str, str]  # file -> sha256
    losses: tuple[str, ...] = ()  # what could not be read, a sentence a path

    @property
    def attack_sets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.dataset for c in self.calls if c.label == "attack"))


def load(background: Sequence[Path], attacks: Sequence[Path], shams: Sequence[Path]) -> Data:
    """Read everything; a path is one attack set. In whose order files come, and how benign
    errors lie in them, changes nothing.

    Raises:
        NothingToEvaluate: a path holds no calls, or no failing ones where they are to be injected.
    """
    taken = {path: take(path) for path in (*background, *attacks, *shams)}
    sets = sorted(_failing(attacks, taken, "attack"), key=lambda call: call.dataset)
    calls = [*sets, *_benign(_failing(shams, taken, "benign"))]
    losses = [said for path, one in taken.items() if (said := lost(path, one))]
    trails = backgrounds({path: taken[path].partial for path in background})
    return Data(trails, tuple(calls), hashes(taken), tuple(losses))


def named(paths: Iterable[Path]) -> dict[Path, str]:
    """A data set is named by its file, without the endings; by its path where two are alike."""
    short = {path: path.absolute().name.split(".")[0] for path in paths}
    met = Counter(short.values())
    return {path: one if one and met[one] == 1 else str(path) for path, one in short.items()}


def backgrounds(read: dict[Path, Partial]) -> dict[str, pa.Table]:
    """Trails in the order of time; paths that continue one account's trail are one of them.

    So a trail may come as a file a day or as one in all.
    """
    names, together = named(read), list[tuple[str, int, set[str], list[Partial]]]()
    spans = {path: _span(part) for path, part in read.items()}
    for path in sorted(read, key=lambda one: (spans[one], names[one])):
        first, last = spans[path]
        accounts = set(pc.unique(read[path].activities.column("account")).to_pylist())
        name, parts = names[path], [read[path]]
        for at, (other, until, own, before) in reversed([*enumerate(together)]):
            if own & accounts and first - until < APART:
                name, last, accounts = other, max(last, until), accounts | own
                parts = [*before, *parts]
                del together[at]
        together.append((name, last, accounts, parts))
    tables = {name: summed(_whole(parts)) for name, _, _, parts in together}
    return dict(sorted(tables.items(), key=lambda item: int(item[1].column("first")[0].as_py())))


def _whole(parts: Sequence[Partial]) -> Partial:
    """All merged, in halves."""
    half = len(parts) // 2
    return merge(_whole(parts[:half]), _whole(parts[half:])) if half else parts[0]


def _span(part: Partial) -> tuple[int, int]:
    found = pc.min_max(pc.list_flatten(part.activities.column("seconds"))).as_py()
    return int(found["min"]), int(found["max"])


def take(path: Path) -> Taken:
    """What a file, or all files of a folder, hold.

    Raises:
        NothingToEvaluate: no calls are found.
    """
    (taken,) = take_in(list(open_sources([str(path)])), WHOLE)
    if taken.partial.activities.num_rows == 0:
        raise NothingToEvaluate(f"no CloudTrail calls in {path}{_why(': ', taken)}")
    return taken


def lost(path: Path, taken: Taken) -> str:
    """What of a path could not be read; nothing where all was."""
    return _why(f"not all of {path} is read: ", taken)


def _why(head: str, taken: Taken) -> str:
    records = taken.records.quarantined.items()
    said = [f"{count} record{'s' * (count > 1)}, {reason}" for reason, count in records]
    said += [f"{failure['source']}, {failure['reason']}" for failure in taken.failures[:MOST]]
    more = len(taken.failures) - MOST
    said += [f"{more} more"] * (more > 0)
    return head + "; ".join(said) if said else ""


def activities(paths: Sequence[Path]) -> pa.Table:
    """Rows of ACTIVITY, ordered by first.

    Raises:
        NothingToEvaluate: a path holds no calls.
    """
    return summed(_whole([take(path).partial for path in paths]))


def summed(batch: Partial) -> pa.Table:
    """What a store would return of a Partial."""
    rows = batch.activities.to_pylist()
    for row in rows:
        ids, seconds = row.pop("ids"), row.pop("seconds")
        proof = sorted(zip(seconds, ids, strict=True))
        row |= {"count": len(ids), "first": min(seconds), "last": max(seconds)}
        row["event_ids"] = [id.hex() for _, id in proof[:3]]
    return pa.Table.from_pylist(rows, schema=ACTIVITY).sort_by("first")


def failing(paths: Sequence[Path], label: Label) -> list[Call]:
    """The distinct failing calls of each path, ordered.

    Raises:
        NothingToEvaluate: a path holds none.
    """
    return _failing(paths, {path: take(path) for path in paths}, label)


def _failing(paths: Sequence[Path], taken: dict[Path, Taken], label: Label) -> list[Call]:
    found: list[Call] = []
    for path, name in named(paths).items():
        table = taken[path].partial.activities
        failed = table.filter(pc.not_equal(table.column("code"), ""))
        columns = [failed.column(key).to_pylist() for key in ("api", "code", "error_class")]
        rows = sorted(set(zip(*columns, strict=True)))
        calls = [Call(label, api, code, of, name) for api, code, of in rows]
        if not calls:
            raise NothingToEvaluate(f"no failing calls in {path}: there is nothing to inject")
        found += calls
    return found


def _benign(calls: Sequence[Call]) -> list[Call]:
    """The same calls in whatever files they came: ordered, each once."""
    return sorted({call[:-1]: call for call in reversed(calls)}.values())


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of every file, by its name; by its path where two bear the same name."""
    files = list(dict.fromkeys(file for path in paths for file in files_of(path)))
    met = Counter(file.name for file in files)
    return {file.name if met[file.name] == 1 else str(file): sha256(file) for file in files}


def sha256(file: Path) -> str:
    """The digest of a file, however large."""
    with file.open("rb") as told:
        return hashlib.file_digest(told, "sha256").hexdigest()


def files_of(path: Path) -> list[Path]:
    """The files behind a path, in order."""
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
