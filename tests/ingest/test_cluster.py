"""A Dask cluster reads what one process would read, and what fails there is told here."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from offtrail.graph.open import open_store
from offtrail.ingest import cluster
from offtrail.ingest.cluster import carry_to
from offtrail.ingest.errors import ClusterUnavailable, SourceMissing, WorkerLost
from offtrail.ingest.partial import Settings
from offtrail.ingest.run import ingest
from tests.ingest.trail import folder
from tests.ingest.work import dies, fails, squares, who


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as own:
        yield own.scheduler_address


def digest(path: Path, trail: Path, **how: object) -> str:
    store = open_store(f"sqlite:///{path}.db")
    try:
        report = ingest(
            [str(trail)],
            store.write,
            store.files,
            quarantine=path,
            settings=Settings(calls=50),
            **how,  # type: ignore[arg-type]
        )
        assert report.balanced()
        assert report.files.read == 12
        return store.check().digest
    finally:
        store.close()


def test_the_store_is_that_of_one_process(tmp_path: Path, scheduler: str) -> None:
    trail = folder(tmp_path / "trail", files=12, each=40, overlap=7)
    there = digest(tmp_path / "there", trail, scheduler=scheduler)
    assert there == digest(tmp_path / "here", trail)


def test_results_come_in_the_order_of_the_batches_and_from_all_workers(scheduler: str) -> None:
    batches = [[1, 2], [], [3], [4, 5, 6], [7]]
    assert list(carry_to(scheduler, batches, squares)) == [1, 4, 9, 16, 25, 36, 49]
    pids = set(carry_to(scheduler, [[i] for i in range(20)], who))
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_batches_are_drawn_only_as_they_are_read(scheduler: str) -> None:
    drawn: list[int] = []

    def batches() -> Iterator[list[int]]:
        for number in range(100):
            drawn.append(number)
            yield [number]

    results = carry_to(scheduler, batches(), squares)
    next(results)
    assert len(drawn) <= 4
    results.close()  # type: ignore[attr-defined]


def test_what_goes_wrong_on_a_worker_is_raised_here(scheduler: str) -> None:
    with pytest.raises(SourceMissing):
        list(carry_to(scheduler, [[1], [2]], fails))
    with pytest.raises(WorkerLost):
        list(carry_to(scheduler, [[1]], dies))


def test_a_scheduler_that_ends_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as own:
        results = carry_to(own.scheduler_address, [[number] for number in range(9)], squares)
        assert next(results) == 0
        own.close()
        with pytest.raises(ClusterUnavailable, match="is gone"):
            list(results)


def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    for address in ("tcp://127.0.0.1:9", "nowhere at all"):
        with pytest.raises(ClusterUnavailable, match=address):
            list(carry_to(address, [[1]], squares))


def test_the_extra_is_named_where_it_is_wanting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterUnavailable, match=r"offtrail\[dask\]"):
        list(carry_to("tcp://127.0.0.1:9", [[1]], squares))
