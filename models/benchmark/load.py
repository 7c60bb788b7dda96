"""The data of a run: backgrounds, attack sets and shams, through the product's own ingest."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.ingest.activity import ACTIVITY, Partial
from offtrail.ingest.partial import partial
from offtrail.models.calls import Call, Label
from offtrail.models.errors import NothingToEvaluate


class Data(NamedTuple):
    """Backgrounds by name in the order of time, and the calls to inject."""

    backgrounds: dict[str, pa.Table]
    calls: tuple[Call, ...]
    hashes: dict[str, str]  # file name -> sha256

    @property
    def attack_sets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.dataset for c in self.calls if c.label == "attack"))


def load(background: Sequence[Path], attacks: Sequence[Path], shams: Sequence[Path]) -> Data:
    """Read everything; each path is one background, one attack set, one list of shams.

    Raises:
        NothingToEvaluate: a path holds no calls, or no failing ones where they are to be injected.
    """
    tables = {name(path): activities([path]) for path in background}
    order = sorted(tables, key=lambda key: int(pc.min(tables[key].column("first")).as_py()))
    calls = [*failing(attacks, "attack"), *failing(shams, "benign")]
    files = [file for path in (*background, *attacks, *shams) for file in files_of(path)]
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return Data({key: tables[key] for key in order}, tuple(calls), hashes)


def name(path: Path) -> str:
    """A data set is named by its file, without the endings."""
    return path.name.split(".")[0]


def activities(paths: Sequence[Path]) -> pa.Table:
    """Rows of ACTIVITY, ordered by first.

    Raises:
        NothingToEvaluate: no calls are found.
    """
    table = summed(partial([str(path) for path in paths]))
    if table.num_rows == 0:
        raise NothingToEvaluate(f"no CloudTrail calls in {', '.join(map(str, paths))}")
    return table


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
    found: list[Call] = []
    for path in paths:
        table = activities([path])
        failed = table.filter(pc.not_equal(table.column("code"), ""))
        columns = [failed.column(key).to_pylist() for key in ("api", "code", "error_class")]
        rows = sorted(set(zip(*columns, strict=True)))
        calls = [Call(label, api, code, of, name(path)) for api, code, of in rows]
        if not calls:
            raise NothingToEvaluate(f"no failing calls in {path}: there is nothing to inject")
        found += calls
    return found


def files_of(path: Path) -> list[Path]:
    """The files behind a path, in order."""
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
