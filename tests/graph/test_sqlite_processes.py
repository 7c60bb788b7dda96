"""Processes that ingest different files into one embedded store at the same time."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

from offtrail.graph import sqlite_store
from offtrail.graph.open import open_store
from tests.ingest.trail import folder

ROOT = Path(__file__).parents[2]
INGEST = "import sys; from offtrail.api.main import main; main(sys.argv[1:])"
HURRIED = f"from offtrail.graph import sqlite_store; sqlite_store.PATIENCE = 0.2; {INGEST}"


def started(store: Path, source: Path, code: str = INGEST) -> subprocess.Popen[str]:
    """A process of its own that ingests a folder."""
    rejects = str(store.with_name(f"{source.name}-rejects"))
    words = ["--store", f"sqlite:///{store}", "--json", "ingest", str(source)]
    return subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", code, *words, "--quarantine", rejects],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_two_processes_that_ingest_at_once_leave_what_one_after_the_other_leaves(
    tmp_path: Path,
) -> None:
    sources = [tmp_path / "one", tmp_path / "two"]
    folder(sources[0], 8, 150, overlap=40)
    folder(sources[1], 8, 130, overlap=30)  # other files; many calls are in both folders
    running = [started(tmp_path / "both.db", source) for source in sources]
    told = [json.loads(process.communicate(timeout=120)[0])["records"] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    for source in sources:
        started(tmp_path / "serial.db", source).communicate(timeout=120)
    both, one = (open_store(f"sqlite:///{tmp_path}/{name}.db") for name in ("both", "serial"))
    assert both.check().problems == ()
    assert both.check() == one.check()
    files = [str(path) for source in sources for path in source.iterdir()]
    assert both.files(files) == one.files(files)
    assert both.files(files).keys() == {*files}
    assert sum(records["kept"] for records in told) == both.check().counts["calls"]
    both.close()
    one.close()


def test_a_store_that_stays_busy_is_said_to_be_and_nothing_of_the_file_is_done(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    store = open_store(f"sqlite:///{path}")
    folder(tmp_path / "one", 1, 20)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    process = started(path, tmp_path / "one", HURRIED)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "another process" in told
    assert "run again" in told
    other.execute("ROLLBACK")
    other.close()
    (own,) = map(str, (tmp_path / "one").iterdir())
    assert store.files([own]) == {}
    assert sqlite_store.PATIENCE >= 60
    again = started(path, tmp_path / "one")
    again.communicate(timeout=120)
    assert again.returncode == 0
    assert store.files([own])
    store.close()
