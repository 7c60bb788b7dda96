"""Carries batches of sources to where they are read: here, or in a pool of processes.

Either way the results come back in the order of the batches, so that a run gives the same bytes
however many processes it has; and each process has one batch, no more, at any moment.
"""

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from typing import Any, TypeVar

from offtrail.ingest.errors import WorkerLost

Batch = TypeVar("Batch")
Result = TypeVar("Result")
Work = Callable[[Batch], Iterator[Result]]


def carry(
    batches: Iterable[Batch], work: Callable[[Batch], Iterator[Result]], processes: int = 1
) -> Iterator[Result]:
    """What ``work`` yields for each batch, in order. ``work`` must be importable where > 1.

    Raises:
        WorkerLost: a process died, killed from outside or for want of memory.
    """
    if processes <= 1:
        with _rare_collections():
            for batch in batches:
                yield from work(batch)
    else:
        yield from _pooled(iter(batches), work, processes)


def _pooled(batches: Iterator[Any], work: Work[Any, Any], processes: int) -> Iterator[Any]:
    workers: list[_Worker] = []
    busy: deque[_Worker] = deque()  # in the order of their batches
    try:
        for batch in islice(batches, processes):
            workers.append(_Worker(work))
            workers[-1].give(batch)
        busy.extend(workers)
        while busy:
            worker = busy.popleft()
            last = yield from _all_but_last(worker.results())
            for batch in islice(batches, 1):  # given first: it is read while the last is used
                worker.give(batch)
                busy.append(worker)
            yield from last
    finally:
        for worker in workers:
            worker.end()


def _all_but_last(results: Iterator[Any]) -> Generator[Any, None, list[Any]]:
    held: list[Any] = []
    for result in results:
        yield from held
        held = [result]
    return held


class _Worker:
    """One process and the pipe to it; the pipe's own limit keeps it from running ahead."""

    def __init__(self, work: Work[Any, Any]) -> None:
        context = _context()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, batch: Any) -> None:
        self._pipe.send(batch)

    def results(self) -> Iterator[Any]:
        while True:
            try:
                more, result = self._pipe.recv()
            except (EOFError, OSError) as error:
                raise WorkerLost("a reading process died: run again, it goes on") from error
            if isinstance(result, BaseException):
                raise result
            if not more:
                return
            yield result

    def end(self) -> None:
        self._pipe.close()
        self._process.terminate()
        self._process.join()


def _serve(pipe: Connection, work: Work[Any, Any]) -> None:
    """The life of a process: it ends when the other end of its pipe is gone."""
    with _rare_collections():
        while True:
            try:
                batch = pipe.recv()
                for result in work(batch):
                    pipe.send((True, result))
                pipe.send((False, None))
            except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
                return
            except Exception as error:  # noqa: BLE001 it is raised again by who asked
                pipe.send((False, error))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Records hold no cycles, and looking for some among so many objects takes long."""
    thresholds = gc.get_threshold()
    gc.set_threshold(1_000_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _context() -> SpawnContext:
    """Fresh interpreters: a fork server would keep the environment, and keys, of its start."""
    return multiprocessing.get_context("spawn")
