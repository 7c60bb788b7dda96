"""Carriers: results in the order of the batches, bounded, and no process left behind."""

import os
from collections.abc import Iterator

import pytest

from offtrail.ingest.carrier import carry
from offtrail.ingest.errors import IngestError, SourceMissing, WorkerLost
from tests.ingest.work import dies, fails, squares, who


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_results_come_in_the_order_of_the_batches(processes: int) -> None:
    batches = [[1, 2], [], [3], [4, 5, 6], [7]]
    assert list(carry(batches, squares, processes)) == [1, 4, 9, 16, 25, 36, 49]


def test_batches_are_drawn_only_as_they_are_read() -> None:
    drawn: list[int] = []

    def batches() -> Iterator[list[int]]:
        for number in range(100):
            drawn.append(number)
            yield [number]

    results = carry(batches(), squares, 2)
    next(results)
    assert len(drawn) <= 4
    results.close()  # type: ignore[attr-defined]


def test_processes_are_used_and_end_with_the_run() -> None:
    pids = set(carry([[i] for i in range(8)], who, 2))
    assert len(pids) == 2
    assert os.getpid() not in pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(("work", "error"), [(fails, SourceMissing), (dies, WorkerLost)])
def test_what_goes_wrong_in_a_process_is_raised_here(
    work: object, error: type[IngestError]
) -> None:
    with pytest.raises(error):
        list(carry([[1], [2], [3]], work, 2))  # type: ignore[arg-type]
