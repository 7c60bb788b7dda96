"""What is the embedded store's own: files of others, other processes, sudden ends."""

import gc
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from offtrail.graph import sqlite_near, sqlite_store, sqlite_sums
from offtrail.graph.errors import BadStoreUrl, StoreIncompatible, StoreRefused, StoreUnavailable
from offtrail.graph.open import open_store
from offtrail.graph.sqlite_packed import HOURS
from offtrail.graph.sqlite_store import SqliteStore
from offtrail.graph.store import Cut
from offtrail.graph.window import ALWAYS, HOUR
from tests.graph.made import call, fact, partial
from tests.graph.world import PEOPLE, START, WINDOWS, batch, ids, worlds

WRITER = """
import sys
from offtrail.graph.open import open_store
from offtrail.graph.sqlite_store import SqliteStore
from offtrail.graph.store import File
from tests.graph.made import call, partial
from tests.graph.world import START
store = open_store(sys.argv[1])
for n in range(100_000):
    store.write(partial(call(3 * n + k, START + n) for k in range(3)), [File(f"f{n}", "m", 3)])
    sys.stdout.write(f"{n}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "offtrail.db",
        "sqlite://",
        "sqlite:///",
        "mysql://h/d",
        "neo4j://",
        "bolt:///x",
        "neo4j://[x",
    ],
)
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(BadStoreUrl):
        open_store(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(BadStoreUrl) as caught:
        open_store("mysql://user:secret@host/d")
    assert "secret" not in str(caught.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{tmp_path}/none/a.db")


def test_a_store_beside_which_no_log_can_be_written_says_what_to_do(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "s.db").close()
    (tmp_path / "s.db-wal").mkdir()
    with pytest.raises(StoreUnavailable, match="copy the file into a folder of yours"):
        SqliteStore(tmp_path / "s.db")
    with pytest.raises(StoreUnavailable, match=r"unable to open database file$"):
        SqliteStore(tmp_path / "none" / "s.db")


def test_a_store_to_which_there_is_no_right_is_refused_not_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store._connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreRefused, match="readonly"):
        store.put("note", "kept", {})
    store.close()
    (tmp_path / "folder.db").mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StoreRefused):
        SqliteStore(tmp_path / "folder.db")


def test_a_file_that_went_away_is_not_made_anew(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    (tmp_path / "s.db").rename(tmp_path / "other.db")
    with pytest.raises(StoreUnavailable, match="is gone"):
        store.put("note", "x", {})
    with ThreadPoolExecutor() as another, pytest.raises(StoreUnavailable, match="is gone"):
        another.submit(store.get, "note", "x").result()
    assert not (tmp_path / "s.db").exists()


def test_a_file_put_in_its_place_is_not_answered_for_by_the_old_one(tmp_path: Path) -> None:
    for name in ("s.db", "copy.db"):
        SqliteStore(tmp_path / name).close()
    store = SqliteStore(tmp_path / "s.db")
    (tmp_path / "copy.db").rename(tmp_path / "s.db")
    with pytest.raises(StoreUnavailable, match="another file was put in its place"):
        store.put("note", "x", {})  # it would be written to a file that has no name
    with ThreadPoolExecutor() as another, pytest.raises(StoreUnavailable, match="its place"):
        another.submit(store.get, "note", "x").result()
    store.close()
    assert SqliteStore(tmp_path / "s.db").documents("note") == []


def test_a_file_that_was_away_is_answered_for_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.put("note", "x", {"is": "here"})
    (tmp_path / "s.db").rename(tmp_path / "other.db")
    (tmp_path / "other.db").rename(tmp_path / "s.db")
    assert store.get("note", "x") == {"is": "here"}


def test_a_disk_too_full_to_open_a_file_is_said_to_be_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.db"
    SqliteStore(path).close()

    def failing(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
        raise error

    monkeypatch.setattr(sqlite3, "connect", failing)
    with pytest.raises(StoreUnavailable, match=r"disk I/O error$"):
        SqliteStore(path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(StoreUnavailable, match="free some space"):
        SqliteStore(path)


def test_a_full_disk_says_what_to_do_and_what_was_written_stays(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.put("note", "kept", {"is": "here"})
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="free some space"):
        store.put("note", "large", {"is": "x" * 100_000})
    assert store.get("note", "kept") == {"is": "here"}
    assert store.get("note", "large") is None


def test_a_file_that_is_no_store_is_told_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("not a database, only text that is long enough to be read as a header" * 40)
    before = text.read_bytes()
    with pytest.raises((StoreUnavailable, StoreIncompatible)):
        open_store(f"sqlite:///{text}")
    assert text.read_bytes() == before


def test_tables_of_another_program_and_other_versions_are_refused(tmp_path: Path) -> None:
    for name, statement in (("a", "CREATE TABLE theirs (x)"), ("b", "PRAGMA user_version = 999")):
        other = sqlite3.connect(tmp_path / name)
        other.execute(statement)
        other.close()
        with pytest.raises(StoreIncompatible):
            open_store(f"sqlite:///{tmp_path}/{name}")


def test_a_file_that_lacks_the_view_of_a_new_relation_gets_it_with_the_next_write(
    tmp_path: Path,
) -> None:
    launched = fact(2, START, "LAUNCHED", call(2, START)["principal"], "instance:i-1")
    with closing(open_store(f"sqlite:///{tmp_path}/a.db")) as store:
        store.write(partial([call(1, START)]))
    with closing(sqlite3.connect(tmp_path / "a.db")) as shell:
        shell.execute('DROP VIEW "LAUNCHED"')
    with closing(open_store(f"sqlite:///{tmp_path}/a.db")) as store:
        store.write(partial([call(2, START)], [launched]))
        assert store.check().problems == ()
    with closing(sqlite3.connect(tmp_path / "a.db")) as shell:
        assert shell.execute('SELECT target FROM "LAUNCHED"').fetchall() == [("instance:i-1",)]


def test_a_hub_that_is_read_backwards_answers_as_if_it_were_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, hub = open_store(f"sqlite:///{tmp_path}/a.db"), PEOPLE[0]
    chance = Random(3)  # noqa: S311 - made-up calls, not a secret
    hours = [START + chance.randrange(30) * HOUR for _ in range(300)]
    store.write(
        partial(call(n, at, api=f"api:s3:Op{chance.randrange(9)}") for n, at in enumerate(hours))
    )
    whole, _ = store.relationships(ALWAYS, hub)
    monkeypatch.setattr(sqlite_near, "MOST", 2)
    monkeypatch.setattr(sqlite_near, "AT_ONCE", 1)
    for limit in range(len(whole) + 2):
        found, cuts = store.relationships(ALWAYS, hub, limit=limit)
        of, kept = (Counter(r.type for r in whole[:n]) for n in (limit + 2, limit))
        assert found == whole[:limit]
        assert cuts == [Cut(hub, t, kept[t], of[t]) for t in sorted(of) if kept[t] < of[t]]
    store.close()


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    world=worlds(most=30),
    parts=st.integers(1, 4),
    most=st.integers(1, 3),
    cap=st.integers(1, 4),
    a_row=st.sampled_from([0, 1, 16]),
    window=st.sampled_from(WINDOWS),
)
def test_an_ego_with_hubs_is_as_if_all_were_read_whole(
    tmp_path_factory: pytest.TempPathFactory, world, parts, most, cap, a_row, window
) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('hubs')}/a.db")
    for part in range(parts):
        store.write(batch(world[part::parts]))
    names = ids(world)
    whole = [store.ego(name, window, cap=cap) for name in names]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_near, "MOST", most)
        patch.setattr(sqlite_near, "AT_ONCE", 1)
        patch.setattr(sqlite_sums, "A_ROW", a_row)
        for name, expected in zip(names, whole, strict=True):
            found = store.ego(name, window, cap=cap)
            assert found.cut == () or expected.cut != ()
            assert replace(found, cut=expected.cut) == expected
    store.close()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM near WHERE id / :hours = :api", "targets know"),
        ("DELETE FROM near WHERE id / :hours = :source", "sources know"),
        ("UPDATE near SET id = id + 99 WHERE id / :hours = :api", "targets know"),
        ("UPDATE near SET arrows = zeroblob(21) WHERE id / :hours = :api", "targets know"),
        ("UPDATE near SET proofs = zeroblob(18) WHERE id / :hours = :api", "targets know"),
        ("UPDATE near SET proofs = zeroblob(36) WHERE id / :hours = :api", "proofs"),
        ("DELETE FROM near WHERE id % :hours = (SELECT max(hour) FROM activity)", "and FAILED"),
        ("UPDATE activity SET calls = calls + 1", "ids seen"),
        ("DELETE FROM node WHERE id = :source", "without a node"),
    ],
)
def test_check_tells_what_does_not_add_up(tmp_path: Path, damage: str, told: str) -> None:
    store = SqliteStore(tmp_path / "a.db")
    store.write(partial(call(n, START + n * HOUR, resource=PEOPLE[n % 2]) for n in range(6)))
    assert store.check().problems == ()
    names = {"source": PEOPLE[0], "api": "api:iam:ListUsers"}
    find = "SELECT id FROM node WHERE name = ?"
    of = {
        end: store._connection.execute(find, (name,)).fetchone()[0] for end, name in names.items()
    }
    store._connection.execute(damage, of | {"hours": HOURS})
    assert told in " ".join(store.check().problems)
    store.close()


def test_killed_at_any_moment_a_store_holds_whole_batches_with_their_ledger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    store = open_store(url)
    for delay in (0.0, 0.07, 0.15):
        writer = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-c", WRITER, url],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(delay)
        store.activities(ALWAYS)  # another process reads meanwhile
        os.kill(writer.pid, signal.SIGKILL)
        told = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        check = store.check()
        assert check.problems == ()
        assert check.counts["calls"] == 3 * check.counts["files"]
        assert not told or check.counts["files"] > int(told[-1])
    clean = open_store(f"sqlite:///{tmp_path}/b.db")
    calls = check.counts["calls"]
    clean.write(partial(call(n, START + n // 3) for n in range(calls)))
    assert clean.check().digest == check.digest
    store.close()
    clean.close()


def test_the_log_stays_short_though_some_reader_is_there_at_every_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "LOG", 100_000)
    store, log = SqliteStore(tmp_path / "a.db"), tmp_path / "a.db-wal"
    for number in range(15):
        reader = sqlite3.connect(tmp_path / "a.db", check_same_thread=False)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM activity").fetchone()
        leaves = threading.Timer(0.05, reader.close)
        leaves.start()
        store.write(partial(call(40 * number + n, START + number * HOUR) for n in range(40)))
        leaves.join()
    assert log.stat().st_size < 300_000
    store.close()


def test_a_commit_that_fails_leaves_the_store_usable(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")

    class Failing:
        def __init__(self, connection: sqlite3.Connection) -> None:
            self._inner = connection

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def commit(self) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    own = store._connection
    store._own.connection = Failing(own)
    with pytest.raises(StoreUnavailable, match="disk"):
        store.put("kind", "id", {})
    store._own.connection = own
    assert store.get("kind", "id") is None
    store.put("kind", "id", {"a": 1})
    assert store.get("kind", "id") == {"a": 1}
    store.close()


def test_no_connection_outlives_its_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def counted(*given: Any, **more: Any) -> sqlite3.Connection:
        made.append(connect(*given, **more))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", counted)
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(store.span).result()
    del store
    gc.collect()
    (tmp_path / "text").write_text("no database" * 100)
    with suppress(StoreUnavailable, StoreIncompatible):
        open_store(f"sqlite:///{tmp_path}/text")
    assert len(made) == 3
    for connection in made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
