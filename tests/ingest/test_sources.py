"""Sources: what stands behind a name, in a stable order, with a mark that changes with it."""

import os
import pickle
from pathlib import Path

import pytest

from offtrail.ingest.errors import Damaged, SourceMissing
from offtrail.ingest.quarantine import TEXT, Quarantine, reject
from offtrail.ingest.sources import open_sources


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/2.json", "b/1.json", "a/3.json.gz", "c.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_a_folder_is_walked_in_sorted_order_from_its_own_files_down(tree: Path) -> None:
    found = [Path(source.uri).relative_to(tree) for source in open_sources([str(tree)])]
    assert [str(path) for path in found] == ["c.json", "a/3.json.gz", "b/1.json", "b/2.json"]


def test_a_file_is_the_same_source_however_it_is_named(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    names = ["c.json", "./b/../c.json", str(tree / "c.json")]
    assert len({(source.uri, source.mark) for source in open_sources(names)}) == 1


def test_the_mark_changes_with_size_or_time(tree: Path) -> None:
    def mark() -> str:
        (source,) = open_sources([str(tree / "c.json")])
        return source.mark

    marks = [mark()]
    (tree / "c.json").write_text("longer than before")
    marks.append(mark())
    os.utime(tree / "c.json", ns=(0, 7))
    marks.append(mark())
    assert len(set(marks)) == 3


def test_a_source_is_opened_in_another_process_as_here(tree: Path) -> None:
    (source,) = open_sources([str(tree / "c.json")])
    with pickle.loads(pickle.dumps(source)).open() as file:  # noqa: S301 our own
        assert file.read() == b"c.json"


def test_a_pipe_is_read_to_its_end_and_can_be_read_twice(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"from a pipe")
    os.close(write)
    (source,) = open_sources([f"/dev/fd/{read}"])
    os.close(read)
    for _ in range(2):
        with source.open() as file:
            assert file.read() == b"from a pipe"


def test_a_pipe_in_a_folder_is_not_waited_for(tree: Path) -> None:
    os.mkfifo(tree / "b" / "pipe")
    *_, last = open_sources([str(tree)])
    assert last.uri.endswith("/b/pipe")
    with pytest.raises(Damaged, match="neither a file nor a folder"):
        last.open()


def test_a_name_of_odd_bytes_is_told_in_signs_and_opened(tree: Path) -> None:
    name = os.fsencode(tree) + b"/d\xe9.json"
    Path(os.fsdecode(name)).write_bytes(b"{}")
    (source,) = open_sources([os.fsdecode(name)])
    assert source.uri == f"{tree}/d\\xe9.json"
    with source.open() as file:
        assert file.read() == b"{}"


def test_no_name_is_not_the_current_folder() -> None:
    with pytest.raises(SourceMissing):
        list(open_sources([""]))


def test_names_are_looked_at_one_after_another(tree: Path) -> None:
    found = open_sources([str(tree / "c.json"), str(tree / "missing")])
    assert next(found).uri.endswith("c.json")
    with pytest.raises(SourceMissing, match="missing"):
        next(found)


def test_the_quarantine_is_one_private_file_that_appears_with_its_first_record(
    tmp_path: Path,
) -> None:
    with Quarantine(tmp_path / "q") as quarantine:
        quarantine.add([])
        assert not (tmp_path / "q").exists()
        quarantine.add([reject("not JSON", "a.json", 3, b"\xff" + b"x" * 10 * TEXT)])
        quarantine.add([reject("not JSON", "b.json", 0)])
    path = Path(quarantine.path)
    assert path.stat().st_mode & 0o777 == 0o600
    first, second = path.read_text().splitlines()
    assert '"offset":3' in first
    assert len(first) < 2 * TEXT
    assert '"source":"b.json"' in second
