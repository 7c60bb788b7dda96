"""Carries batches to the workers of a Dask cluster, for whom one machine is too small: an extra."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from functools import partial
from typing import TypeVar

from offtrail.ingest.ahead import ahead
from offtrail.ingest.errors import ClusterUnavailable, WorkerLost

PATIENCE = 30
"""Seconds within which a scheduler answers and has a worker."""

Batch = TypeVar("Batch")
Result = TypeVar("Result")


def carry_to(
    scheduler: str, batches: Iterable[Batch], work: Callable[[Batch], Iterator[Result]]
) -> Iterator[Result]:
    """What ``work`` yields for each batch, in order; two a thread of the workers are under way.

    A batch whose worker is lost is read by another. Nothing is left on the cluster at the end.

    Raises:
        ClusterUnavailable: no such scheduler, none of its workers, or not the extra ``dask``; or
            the scheduler ended meanwhile.
        WorkerLost: several workers died over one batch.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise ClusterUnavailable("Dask is not here: pip install 'offtrail[dask]'") from error
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterUnavailable(f"{scheduler}: {error}") from error
    with client:
        many = 2 * sum(client.nthreads().values())  # type: ignore[no-untyped-call]
        begin = partial(client.submit, _all, work, pure=False)
        try:
            for results in ahead(begin, batches, many):
                yield from results.result()
        except KilledWorker as error:
            raise WorkerLost("several workers died over one batch") from error
        except CancelledError as error:
            raise ClusterUnavailable(f"{scheduler} is gone: run again, it goes on") from error


def _all(work: Callable[[Batch], Iterator[Result]], batch: Batch) -> list[Result]:
    return [*work(batch)]
