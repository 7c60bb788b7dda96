"""One verb: the same store whatever the order, the number of processes and the interruptions."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from offtrail.graph.open import open_store
from offtrail.graph.store import Check, Written
from offtrail.ingest import partial
from offtrail.ingest.activity import Partial
from offtrail.ingest.errors import SourceMissing, StoreMiscounts
from offtrail.ingest.partial import Done, Settings
from offtrail.ingest.report import IngestReport
from offtrail.ingest.run import ingest
from tests.ingest.trail import document, event, folder, write

MAIN = """
import sys
from pathlib import Path
from offtrail.graph.open import open_store
from offtrail.ingest.partial import Settings
from offtrail.ingest.run import ingest
if __name__ == "__main__":
    url, processes, *names = sys.argv[1:]
    store = open_store(url)
    ingest(names, store.write, store.files, processes=int(processes),
           quarantine=Path(url.partition("///")[2] + ".quarantine"), settings=Settings(calls=50))
    store.close()
"""


def run(url: str, *names: Path, processes: int = 1, calls: int = 50) -> IngestReport:
    store = open_store(url)
    quarantine = Path(url.partition("///")[2]).parent / "quarantine"
    try:
        report = ingest(
            [str(name) for name in names],
            store.write,
            store.files,
            processes=processes,
            quarantine=quarantine,
            settings=Settings(calls=calls),
        )
    finally:
        store.close()
    assert report.balanced()
    return report


def check(url: str) -> Check:
    store = open_store(url)
    try:
        found = store.check()
    finally:
        store.close()
    assert found.problems == ()
    return found


def url(folder: Path, name: str) -> str:
    return f"sqlite:///{folder}/{name}.db"


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    return folder(tmp_path / "trail", files=12, each=40, overlap=7)


def test_a_run_reads_everything_once(tmp_path: Path, trail: Path) -> None:
    report = run(url(tmp_path, "a"), trail)
    assert (report.files.read, report.files.failed) == (12, 0)
    assert report.records.read == 12 * 47
    assert report.records.kept == 12 * 40 + 7
    assert report.records.duplicate == 11 * 7
    assert report.first == "2026-01-01T00:00:00Z"
    assert report.quarantine == ""


def test_a_second_run_reads_nothing_again(tmp_path: Path, trail: Path) -> None:
    run(url(tmp_path, "a"), trail)
    before = check(url(tmp_path, "a"))
    report = run(url(tmp_path, "a"), trail)
    assert (report.files.read, report.files.skipped, report.records.read) == (0, 12, 0)
    assert check(url(tmp_path, "a")) == before


def test_the_same_events_in_other_files_count_once(tmp_path: Path, trail: Path) -> None:
    run(url(tmp_path, "a"), trail)
    before = check(url(tmp_path, "a"))
    copy = shutil.copytree(trail, tmp_path / "copy")
    report = run(url(tmp_path, "a"), copy)
    assert (report.records.kept, report.records.duplicate) == (0, 12 * 47)
    assert check(url(tmp_path, "a")).digest == before.digest


@pytest.mark.parametrize("processes", [1, 4])
def test_neither_order_nor_processes_change_the_store(
    tmp_path: Path, trail: Path, processes: int
) -> None:
    run(url(tmp_path, "a"), trail)
    files = sorted(trail.iterdir())
    random.Random(processes).shuffle(files)  # noqa: S311 no secret
    run(url(tmp_path, "b"), *files, processes=processes)
    assert check(url(tmp_path, "b")).digest == check(url(tmp_path, "a")).digest


def test_the_size_of_a_batch_does_not_change_the_store(tmp_path: Path, trail: Path) -> None:
    run(url(tmp_path, "a"), trail, calls=1)
    run(url(tmp_path, "b"), trail, calls=10_000)
    assert check(url(tmp_path, "a")).digest == check(url(tmp_path, "b")).digest


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("processes", [1, 4])
def test_killed_at_twenty_moments_and_run_again_the_store_is_that_of_one_clean_run(
    tmp_path: Path, processes: int
) -> None:
    trail = folder(tmp_path / "trail", files=60, each=60, overlap=5)
    expected = check_of(tmp_path, trail)
    script = tmp_path / "main.py"
    script.write_text(MAIN)
    (tmp_path / "empty").mkdir()

    def command(name: str, source: Path) -> list[str]:
        return [sys.executable, str(script), url(tmp_path, name), str(processes), str(source)]

    starting = seconds(command("idle", tmp_path / "empty"))
    whole = seconds(command("timed", trail))
    rng = random.Random(20 + processes)  # noqa: S311 no secret
    killed = 0
    for _ in range(20):
        process = subprocess.Popen(command("killed", trail))  # noqa: S603 our own script
        try:
            process.wait(rng.uniform(starting, whole))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        if process.returncode == 0:  # it came to its end: begin again, to be killed midway
            assert check(url(tmp_path, "killed")).digest == expected
            for path in tmp_path.glob("killed.db*"):
                path.unlink() if path.is_file() else shutil.rmtree(path)
    assert killed >= 5
    seconds(command("killed", trail))
    assert check(url(tmp_path, "killed")).digest == expected


def seconds(command: list[str]) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True)  # noqa: S603 our own script
    return time.monotonic() - start


def check_of(tmp_path: Path, trail: Path) -> str:
    run(url(tmp_path, "clean"), trail)
    return check(url(tmp_path, "clean")).digest


def test_a_store_killed_between_two_batches_is_completed(tmp_path: Path, trail: Path) -> None:
    class Killed(BaseException):
        pass

    store = open_store(url(tmp_path, "a"))
    left = 3

    def write_some(*batch: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return store.write(*batch)  # type: ignore[arg-type]

    with pytest.raises(Killed):
        ingest(
            [str(trail)],
            write_some,  # type: ignore[arg-type]
            store.files,
            quarantine=tmp_path,
            settings=Settings(calls=50),
        )
    store.close()
    report = run(url(tmp_path, "a"), trail)
    assert report.files.skipped + report.files.read == 12
    assert report.files.skipped > 0
    run(url(tmp_path, "b"), trail)
    assert check(url(tmp_path, "a")).digest == check(url(tmp_path, "b")).digest


def test_a_file_that_grew_is_read_again_and_only_its_new_events_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json.gz", [event(i) for i in range(10)])
    run(url(tmp_path, "a"), path)
    write(path, [event(i) for i in range(15)])
    report = run(url(tmp_path, "a"), path)
    assert (report.records.kept, report.records.duplicate) == (5, 10)


def test_standard_input_is_a_source_that_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(document([event(i) for i in range(5)]))
    for skipped in (0, 1):
        with path.open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            report = run(url(tmp_path, "a"), Path("-"))
        assert (report.records.kept, report.files.skipped) == (5 * (1 - skipped), skipped)


def test_a_name_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"nothing-here: No such file"):
        run(url(tmp_path, "a"), tmp_path / "nothing-here")


def test_a_name_that_fails_keeps_no_other_from_being_read(tmp_path: Path, trail: Path) -> None:
    url, missing = f"sqlite:///{tmp_path}/a.db", tmp_path / "nothing-here"
    report = run(url, missing, trail)
    assert report.files.read == run(f"sqlite:///{tmp_path}/b.db", trail).files.read
    assert report.files.failed == 1
    assert report.failures == [{"source": str(missing), "reason": "No such file or directory"}]
    with pytest.raises(SourceMissing, match="nothing-here"):
        run(url, missing, tmp_path / "nor-here")


def test_a_store_that_miscounts_is_found_out(trail: Path, tmp_path: Path) -> None:
    class Wrong:
        kept, duplicate = 1, 0

    with pytest.raises(StoreMiscounts):
        ingest([str(trail)], lambda batch, files: Wrong(), lambda uris: {}, quarantine=tmp_path)


def test_uploads_side_by_side_keep_their_own_sums(tmp_path: Path) -> None:
    """Threads of a server read at once; no record is counted in another's report."""
    folders = [tmp_path / str(turn) for turn in range(4)]
    for turn, own in enumerate(folders):
        own.mkdir()
        records = [event(1000 * turn + i) for i in range(300)]
        (own / "a.json").write_text(json.dumps({"Records": records}))

    def read(own: Path) -> IngestReport:
        return run(url(own, "store"), own / "a.json")

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(read, folders))
    for report in reports:
        assert report.balanced()
        assert (report.records.read, report.records.kept) == (300, 300)


def test_what_a_failed_run_read_is_not_handed_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"Records": [event(1)]}))
    (tmp_path / "b.json").write_text(json.dumps({"Records": [event(2)]}))
    (tmp_path / "none.json").write_text(json.dumps({"Records": []}))
    with monkeypatch.context() as patch:
        patch.setattr(partial._Intake, "hand_out", lambda self: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            run(url(tmp_path, "one"), tmp_path / "a.json")
    report = run(url(tmp_path, "two"), tmp_path / "none.json")
    assert (report.records.read, report.records.kept) == (0, 0)


def test_a_quarantine_that_cannot_be_written_leaves_the_file_to_be_read_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"Records": [event(1), {"eventName": 7}]}))
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    ledger: dict[str, str] = {}

    def write(batch: Partial, files: Sequence[Done]) -> Written:
        ledger.update({done.uri: done.mark for done in files})
        return Written(1, 0)

    with pytest.raises(OSError, match="blocked"):
        ingest([str(tmp_path / "a.json")], write, lambda uris: ledger, quarantine=blocked)
    assert ledger == {}


def test_runs_that_quarantine_the_same_keep_one_file(tmp_path: Path) -> None:
    (tmp_path / "trail").mkdir()
    bad = tmp_path / "trail" / "bad.json"
    bad.write_bytes(b"no JSON")
    first, again = (run(url(tmp_path, "a"), tmp_path / "trail") for _ in range(2))
    (kept,) = (tmp_path / "quarantine").iterdir()
    assert first.quarantine == again.quarantine == str(kept)
    bad.write_bytes(b"nor this")
    other = run(url(tmp_path, "a"), tmp_path / "trail")
    assert {kept, Path(other.quarantine)} == {*(tmp_path / "quarantine").iterdir()}
    assert other.quarantine != str(kept)


def test_a_quarantine_of_another_that_cannot_be_read_leaves_the_run_its_own(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(b"no JSON")
    folder = tmp_path / "quarantine"
    folder.mkdir()
    (folder / "quarantine-0.ndjson").symlink_to(tmp_path / "gone")
    report = run(url(tmp_path, "a"), tmp_path / "bad.json")
    assert Path(report.quarantine).is_file()
