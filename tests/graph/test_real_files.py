"""Real events in the store: nothing is lost, and no order or cut of the files changes a thing."""

from pathlib import Path

import pytest

from offtrail.graph.open import open_store
from offtrail.graph.window import ALWAYS
from offtrail.ingest.partial import calls, partial
from tests.graph.conftest import Fresh


def files(folder: Path) -> list[str]:
    """The files of whole trails."""
    return sorted(str(path) for path in folder.glob("*.ndjson.gz"))


@pytest.mark.slow
def test_real_files_in_any_order_and_twice_come_to_the_same(
    fresh: Fresh, shared_data: Path
) -> None:
    store = fresh()
    parts = [partial([name]) for name in files(shared_data)]
    for part in parts:
        assert store.write(part).kept == calls(part)
    whole = store.check()
    assert whole.problems == ()
    other = fresh()
    for part in (parts[2], *reversed(parts)):
        other.write(part)
    assert other.check() == whole


def test_all_errors_of_a_real_day_become_history(tmp_path: Path, shared_data: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    store.write(partial([str(shared_data / "background-2017.ndjson.gz")]))
    errors = store.activities(ALWAYS, errors_only=True)
    assert sum(errors["count"].to_pylist()) == 1225
    principals = set(errors["principal"].to_pylist()) - {""}
    failed = [r for p in principals for r in store.relationships(ALWAYS, p, types=["FAILED"])[0]]
    assert sum(r.count for r in failed) == 1225
    store.close()
