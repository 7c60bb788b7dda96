"""The registry: trained models as directories, one of them champion, and the history of promotions.

One file, ``registry.json``, says all that changes. It is replaced by an atomic rename under a lock,
so a process killed at any moment leaves either the state before or the state after, and a server
that reads it sees one champion.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from offtrail.models.errors import ModelIncompatible, ModelNotFound, ModelRefused, NothingToRollBack
from offtrail.models.times import rfc3339

AWAY = "without that file the shipped weights serve; a training begins another"
State = Literal["candidate", "champion", "retired", "refused"]


class Entry(msgspec.Struct, frozen=True):
    """A registered model: where it stands, and why."""

    id: str
    state: State
    created: str  # RFC 3339
    gate: dict[str, Any] | None = None  # what the gate measured, None where it has not been asked
    note: str = ""


class Move(msgspec.Struct, frozen=True):
    """One line of the history."""

    at: str
    action: Literal["promote", "rollback", "refuse"]
    model: str
    before: str  # the champion until then, "" where there was none
    note: str = ""


class Book(msgspec.Struct, frozen=True):
    """The content of ``registry.json``."""

    champion: str = ""
    models: dict[str, Entry] = {}
    history: tuple[Move, ...] = ()


class Registry:
    """Models below ``root``: ``root/<id>/`` the artefact, ``root/registry.json`` the book."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def book(self) -> Book:
        """The present state; empty where nothing was registered.

        Raises:
            ModelIncompatible: the file is damaged, or of another version.
        """
        try:
            return msgspec.json.decode((self.root / "registry.json").read_bytes(), type=Book)
        except FileNotFoundError:
            return Book()
        except msgspec.MsgspecError as error:
            raise ModelIncompatible(f"{self.root / 'registry.json'}: {error}: {AWAY}") from error

    def path(self, model: str) -> Path:
        """The artefact's directory.

        Raises:
            ModelNotFound: no such model is registered.
        """
        if model not in self.book.models:
            raise ModelNotFound(model)
        return self.root / model

    def champion(self) -> Path | None:
        """The directory of the model that serves, None where none was promoted."""
        model = self.book.champion
        return self.root / model if model else None

    def add(self, model: str, build: Callable[[Path], None], note: str = "") -> Entry:
        """Register what ``build`` writes into an empty directory, seen only when it is whole."""
        self.root.mkdir(parents=True, exist_ok=True)
        draft = self.root / f".draft-{model}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        build(draft)
        _sync(draft)
        with self._changing() as (book, put):
            if model in book.models:
                shutil.rmtree(draft)
                return book.models[model]
            shutil.rmtree(
                self.root / model, ignore_errors=True
            )  # left by a run killed before the book
            draft.rename(self.root / model)
            entry = Entry(model, "candidate", rfc3339(int(time.time())), note=note)
            put(msgspec.structs.replace(book, models={**book.models, model: entry}))
        return entry

    def promote(self, model: str, gate: dict[str, Any] | None, note: str = "") -> Entry:
        """Make ``model`` the champion; the one before retires.

        Raises:
            ModelNotFound: no such model is registered.
            ModelRefused: the gate refused it, and nobody overrode that with a note.
        """
        with self._changing() as (book, put):
            entry = _find(book, model)
            if entry.state == "champion":
                return entry
            if entry.state in ("refused", "candidate") and gate is None and not note:
                raise ModelRefused(model, "the gate has not let it pass; a note overrides that")
            put(_crowned(book, model, "promote", note, gate if gate is not None else entry.gate))
        return self.book.models[model]

    def refuse(self, model: str, gate: dict[str, Any], note: str) -> Entry:
        """Keep a candidate out, with the figures that say why; the champion stays."""
        with self._changing() as (book, put):
            entry = msgspec.structs.replace(
                _find(book, model), state="refused", gate=gate, note=note
            )
            move = Move(rfc3339(int(time.time())), "refuse", model, book.champion, note)
            put(
                msgspec.structs.replace(
                    book, models={**book.models, model: entry}, history=(*book.history, move)
                )
            )
        return entry

    def rollback(self, note: str = "") -> Entry | None:
        """Give the place back to the champion before the present one; None: the shipped weights.

        Raises:
            NothingToRollBack: no model of this registry serves.
        """
        with self._changing() as (book, put):
            before = _champion_before(book)
            gate = book.models[before].gate if before else None
            put(_crowned(book, before, "rollback", note, gate))
        return self.book.models[before] if before else None

    @contextmanager
    def _changing(self) -> Iterator[tuple[Book, Callable[[Book], None]]]:
        if not self.root.exists():  # nothing was added, so that there is nothing to change
            yield Book(), self._put
            return
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.book, self._put

    def _put(self, book: Book) -> None:
        draft = self.root / ".registry.json"
        with draft.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(book), indent=1))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.root / "registry.json")


def _find(book: Book, model: str) -> Entry:
    try:
        return book.models[model]
    except KeyError:
        raise ModelNotFound(model) from None


def _crowned(
    book: Book,
    model: str,
    action: Literal["promote", "rollback"],
    note: str,
    gate: dict[str, Any] | None,
) -> Book:
    models = dict(book.models)
    if book.champion in models and book.champion != model:
        models[book.champion] = msgspec.structs.replace(models[book.champion], state="retired")
    if model:
        models[model] = msgspec.structs.replace(models[model], state="champion", gate=gate)
    move = Move(rfc3339(int(time.time())), action, model, book.champion, note)
    return Book(model, models, (*book.history, move))


def _champion_before(book: Book) -> str:
    """The champion that the present one replaced, "" for none: promotions undone do not count."""
    line: list[str] = []
    for move in book.history:
        if move.action == "promote":
            line.append(move.model)
        elif move.action == "rollback":
            line.pop()
    if not line:
        raise NothingToRollBack("no trained model serves: the shipped weights do")
    return line[-2] if len(line) > 1 else ""


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
