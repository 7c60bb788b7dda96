"""A Neo4j database made at once from an SQLite store, by the files of neo4j-admin's import.

Several times as fast as writing batch by batch, into an empty database and with its server down.
``python -m offtrail.graph.neo4j_import FILE.db FOLDER`` writes the files and prints the command
for a server of one's own; ``make neo4j FROM=FILE.db`` does all of it.
"""

import os
import secrets
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from offtrail.graph.errors import StoreError, StoreUnavailable
from offtrail.graph.generate import cypher_labels
from offtrail.graph.neo4j_arrows import values
from offtrail.graph.neo4j_documents import encode
from offtrail.graph.neo4j_gather import Gathered
from offtrail.graph.neo4j_nodes import searched
from offtrail.graph.neo4j_packing import Block, Key, Tally, block_values
from offtrail.graph.neo4j_proofs import CODE, Ways, of_activity, of_fact
from offtrail.graph.neo4j_server import ADMIN, JAVA, ServerNotStarted, libraries
from offtrail.graph.neo4j_upkeep import shown
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_export import Export, Row
from offtrail.graph.sqlite_store import SqliteStore
from offtrail.graph.window import HOUR

IDS = 16 * 50_000  # bytes of ids a node: a field of a file may not grow without bound
HEADERS = {
    "Entity": "id:ID,kind,label,account,text,first:datetime,last:datetime,band,:LABEL",
    "Activity": "owner,hour:long,time:datetime,calls:long,errors:long,size:long,rows:byte[]",
    "Fact": "owner,hour:long,time:datetime,calls:long,errors:long,size:long,rows:byte[]",
    "Seen": "hour:long,revision:long,ids:byte[]",
    "File": "uri,mark,records:long",
    "Document": "kind,id,body",
    "Store": "id,revision:long,salt:byte[]",
}
ARROW = (
    ":START_ID,class,count:long,first:datetime,last:datetime,event_ids:string[],times:long[],"
    "hours:long[],:END_ID,key:long,code,score:double,shown"
)
ADMIN_WORDS = ("database", "import", "full")
OPTIONS = (
    "--id-type=string",
    "--array-delimiter=;",
    "--multiline-fields=true",
    "--read-buffer-size=64m",
)

Scores = Mapping[tuple[str, str, str], float]
WaysOf = Callable[[Key], Ways]


def write_files(export: Export, folder: Path) -> list[str]:
    """Write the files of an import; returns the options that name them."""
    found, names = Gathered(), cypher_labels()
    scores, bands = export.scores(), export.bands()
    salt = secrets.token_bytes(16)
    activities = _blocks(export.activities(), of_activity, found, CODE)
    _write(folder / "Activity.csv", HEADERS["Activity"], activities)
    facts = _blocks(export.facts(), of_fact, found)
    _write(folder / "Fact.csv", HEADERS["Fact"], facts)
    nodes = (
        [n.id, n.kind, n.label, n.account, searched(n), _moment(n.first), _moment(n.last), *marks]
        for n in found.nodes()
        for marks in [_banded(names[n.kind], bands.get(n.id))]
    )
    _write(folder / "Entity.csv", HEADERS["Entity"], nodes)
    for type in TYPES:
        _write(folder / f"{type}.csv", ARROW, _arrows(found, type, salt, scores))
    _write(folder / "Seen.csv", HEADERS["Seen"], _seen(export))
    _write(folder / "File.csv", HEADERS["File"], export.files())
    documents = ([*key, encode(body)] for *key, body in export.documents())
    _write(folder / "Document.csv", HEADERS["Document"], documents)
    _write(folder / "Store.csv", HEADERS["Store"], [["offtrail", export.revision(), salt]])
    return [f"--nodes={label}={label}.csv" for label in HEADERS] + [
        f"--relationships={type}={type}.csv" for type in TYPES
    ]


def _blocks(
    rows: Iterable[Row], ways: WaysOf, found: Gathered, errors: int | None = None
) -> Iterator[list[Any]]:
    """A line an owner and hour; the arrows that its rows prove are gathered on the way."""
    for hour, part in groupby(rows, attrgetter("hour")):
        blocks: dict[str, Block] = {}
        for row in part:
            tally = Tally(row.calls, row.last, row.proofs)
            blocks.setdefault(row.owner, {})[row.key] = tally
            found.add(ways(row.key), row.owner, hour, row.key, tally)
        time = _moment(hour * HOUR)
        for owner, block in sorted(blocks.items()):
            yield [owner, hour, time, *block_values(block, errors)]


def _arrows(found: Gathered, type: str, salt: bytes, scores: Scores) -> Iterator[list[Any]]:
    for arrow, sum in found.arrows.items():
        if arrow.type == type:
            least, calls, first, last, *rest = values(sum.tally, sum.hours)
            score = scores.get(arrow[1:]) if type == "FAILED" else None
            marks = [None, None] if score is None else [score, shown(score)]
            line = [arrow.source, least, calls, _moment(first), _moment(last), *rest]
            yield [*line, arrow.target, arrow.key(salt), arrow.code or None, *marks]


def _banded(label: str, band: str | None) -> list[Any]:
    return [band, f"{label};{band}" if band else label]


def _seen(export: Export) -> Iterator[list[Any]]:
    for hour, revision, ids in export.seen():
        for at in range(0, len(ids), IDS):
            yield [hour, revision, ids[at : at + IDS]]


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _write(path: Path, header: str, lines: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header + "\n")
        file.writelines(",".join([CELLS[type(v)](v) for v in line]) + "\n" for line in lines)


SIGNED = [str(byte - 256 if byte > 127 else byte) for byte in range(256)]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _listed(values: Sequence[Any]) -> str:
    """Numbers, or ids without a semicolon."""
    return ";".join(map(str, values))


CELLS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "",  # which an empty text is not: that one is quoted
    bytes: lambda value: ";".join(map(SIGNED.__getitem__, value)),
    list: _listed,
    tuple: _listed,
    str: _quoted,
    int: str,
    float: repr,
}
"""How the import reads values."""


@contextmanager
def exported(source: Path) -> Iterator[Export]:
    """What an SQLite store holds; a file that is no store yet is left as it is.

    Raises:
        StoreUnavailable, StoreIncompatible: ``source`` holds no store, or cannot be read.
    """
    if not source.is_file() or not source.stat().st_size:
        raise StoreUnavailable(f"{source} holds no store")
    with closing(SqliteStore(source)) as store, store.export() as export:
        yield export


def load(source: Path, home: Path) -> None:
    """Make the database of the server at ``home``, which is down, anew from an SQLite store.

    Raises:
        ServerNotStarted: Java is not there, or the import failed; with the end of what it said.
        StoreUnavailable, StoreIncompatible: ``source`` cannot be read.
    """
    home = home.resolve()  # the import runs in the folder of its files
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as files:
        with exported(source) as export:
            options = write_files(export, Path(files))
        run_import(home, Path(files), options)


def run_import(home: Path, files: Path, options: Sequence[str]) -> None:
    """Run neo4j-admin's import over ``files``; what the database held is replaced.

    Raises:
        ServerNotStarted: Java is not there, or the import failed; with the end of what it said.
    """
    env = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    java = [*JAVA, "-Xmx1g", "-cp", f"{libraries()}/*", ADMIN]
    words = [*ADMIN_WORDS, *options, *OPTIONS, "--overwrite-destination", "neo4j"]
    done = subprocess.run([*java, *words], cwd=files, env=env, capture_output=True, text=True)  # noqa: S603 - no shell
    if done.returncode:
        raise ServerNotStarted(f"the import failed: {(done.stderr or done.stdout)[-800:]}")


def main() -> int:
    """Write the files, and say how a server of one's own takes them."""
    words = [Path(word) for word in sys.argv[1:]]
    if len(words) != 2 or not words[0].is_file():
        sys.stderr.write("say the file of an SQLite store, and a folder for the files\n")
        return 2
    source, folder = words
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with exported(source) as export:
            options = write_files(export, folder)
    except (StoreError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    command = shlex.join(["neo4j-admin", *ADMIN_WORDS, *options, *OPTIONS, "neo4j"])
    sys.stdout.write(f"# in {folder}, with the server down:\n{command}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
