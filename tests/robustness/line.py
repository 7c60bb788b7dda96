"""The product's own line, files in and findings out, on a store of its own."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from offtrail.api import pipeline
from offtrail.api.received import source_of
from offtrail.graph.store import GraphStore
from offtrail.graph.window import Window
from offtrail.models.finding import Finding
from offtrail.models.rows import Row, rows
from offtrail.models.run import Options
from offtrail.models.score import score
from tests.robustness.world import DAY, Event, World

LATER = 30 * DAY
"""How long after a world's end its last scoring is: nothing waits any longer."""


class Line:
    """Deliver events, score, deliver more."""

    def __init__(self, store: GraphStore, world: World, options: Options, folder: Path) -> None:
        self._store, self._world, self._options, self._folder = store, world, options, folder
        self._files = 0

    def deliver(self, events: Sequence[Event]) -> None:
        """Ingest events as one more file; it never has the name or bytes of an earlier one."""
        self._files += 1
        body = orjson.dumps({"Records": events}) + b"\n" * self._files
        pipeline.ingest(self._store, [source_of(body)], quarantine=self._folder / "rejects")

    def score(self, now: int | None = None) -> list[Finding]:
        """Score all that was delivered, as of a second; at the end where none is given."""
        world = self._world
        window = Window(world.scored, world.end + LATER)
        return score(self._store, window, now or world.end + LATER, self._options)

    def known(self, before: int) -> list[Row]:
        """The activities that began before a second."""
        known = rows(self._store.activities(Window(0, before)))
        return [row for row in known if row.second < before]


class Lines:
    """Stores that hold a world's benign life, each a copy of one that was filled once."""

    def __init__(self, world: World, options: Options, folder: Path) -> None:
        self._world, self._options, self._folder = world, options, folder
        self._filled = folder / "filled.db"

    def history(self) -> list[Row]:
        """The activities of the life before anything is scored."""
        with self.line() as line:
            return line.known(self._world.scored)

    @contextmanager
    def line(self, *, empty: bool = False) -> Iterator[Line]:
        """A line on such a store, or on an empty one."""
        if not self._filled.exists():
            with self._on(self._filled) as line:
                line.deliver(self._world.events)
        path = self._folder / "one.db"
        for old in self._folder.glob("one.db*"):
            old.unlink()
        if not empty:
            shutil.copy(self._filled, path)
        with self._on(path) as line:
            yield line

    @contextmanager
    def _on(self, path: Path) -> Iterator[Line]:
        with pipeline.opened(f"sqlite:///{path}") as store:
            yield Line(store, self._world, self._options, self._folder)
