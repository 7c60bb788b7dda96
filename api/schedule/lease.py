"""A lease in the store: one owner at a time, given up by release or by silence."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from offtrail.graph.errors import StoreError
from offtrail.graph.store import GraphStore

SECONDS = 60.0
"""How long an owner may be silent before another may take the lease."""


class Lease:
    """The right to train, held by ``owner`` until ``seconds`` after its last beat."""

    def __init__(self, store: GraphStore, owner: str, seconds: float = SECONDS) -> None:
        self.store, self.owner, self.seconds = store, owner, seconds

    def take(self) -> bool:
        """True where the lease was free, expired or ours already."""
        now = time.time()
        held = self.store.get("lease", "training")
        if held and held["owner"] != self.owner and held["until"] > now:
            return False
        wanted = {"owner": self.owner, "until": now + self.seconds}
        return self.store.put_if("lease", "training", wanted, held)

    def release(self) -> None:
        """Give it up, where it is still ours."""
        held = self.store.get("lease", "training")
        if held and held["owner"] == self.owner:
            self.store.put_if("lease", "training", {"owner": "", "until": 0.0}, held)

    def _still_ours(self) -> bool:
        try:
            return self.take()
        except StoreError:  # a beat that nobody heard: another may take the lease
            return False

    @contextmanager
    def held(self) -> Iterator[threading.Event]:
        """Beat in a thread while the body works; the event is set when the lease is lost."""
        stop, lost = threading.Event(), threading.Event()

        def beat() -> None:
            while not stop.wait(self.seconds / 4):
                if not self._still_ours():
                    lost.set()
                    return

        thread = threading.Thread(target=beat, name="lease", daemon=True)
        thread.start()
        try:
            yield lost
        finally:
            stop.set()
            thread.join()
            self.release()
