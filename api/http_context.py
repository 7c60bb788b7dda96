"""What the routes of one server process share: the store, the registry, the quarantine."""

import threading
from pathlib import Path

from offtrail.api import pipeline
from offtrail.graph.store import GraphStore
from offtrail.models.registry import Registry


class Context:
    """What routes need: the store, opened once a process, and the registry of models."""

    def __init__(self, url: str, models: Path, quarantine: Path) -> None:
        self.url, self.registry, self.quarantine = url, Registry(models), quarantine
        self._lock = threading.Lock()
        self._store: GraphStore | None = None

    @property
    def store(self) -> GraphStore:
        """Opened at the first question; one that was down is tried again at the next."""
        with self._lock:
            if self._store is None:
                self._store = pipeline.open_store(self.url)
            return self._store
