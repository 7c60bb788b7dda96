"""Which model scores: the registry's champion, else the shipped weights, else H alone.

A model is named by its id in the registry, by ``shipped-`` and a digest, or by ``H``.
"""

import hashlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from offtrail.models.counts import Counts
from offtrail.models.registry import Book, Registry
from offtrail.models.rows import Row
from offtrail.models.run import Options
from offtrail.models.scorer import Fitted

if TYPE_CHECKING:
    from offtrail.models.fusion import Model

SHIPPED = "shipped"
HISTORY_DAYS = 30  # what an encoder wants to hear before it is asked


def shipped() -> Path | None:
    """The weights in the package, None where it was built without."""
    folder = Path(str(files("offtrail.models") / "weights"))
    return folder if (folder / "model.json").exists() else None


def serving(registry: Registry | None) -> tuple[str, Path | None]:
    """The name and the directory of the model that serves; H where there is none."""
    champion = registry.champion() if registry else None
    if champion is not None:
        return champion.name, champion
    folder = shipped()
    return (_named(folder), folder) if folder else (Counts.name, None)


def _named(folder: Path) -> str:
    """Other weights have another name: their card holds the digest of every file."""
    digest = hashlib.sha256((folder / "card.json").read_bytes()).hexdigest()
    return f"{SHIPPED}-{digest[:8]}"


class Models(Book, frozen=True):
    """The book, and the name of the model that serves now: the champion, where there is one."""

    serving: str = ""


def models(registry: Registry) -> Models:
    """What there is and what serves."""
    return Models(**msgspec.structs.asdict(registry.book), serving=serving(registry)[0])


def said(model: str) -> str:
    """The name of a model, and what it is."""
    if model == Counts.name:
        return f"the count scorer {model}"
    return f"the shipped weights ({model})" if model.startswith(f"{SHIPPED}-") else f"model {model}"


def card(registry: Registry | None) -> tuple[str, dict[str, Any]]:
    """The name of the model that serves, and its card; empty for H."""
    name, folder = serving(registry)
    path = folder / "card.json" if folder else None
    return name, msgspec.json.decode(path.read_bytes()) if path and path.exists() else {}


def options(registry: Registry | None) -> Options:
    """How a scoring run opens the model that serves, and by which name it is known.

    Raises:
        ModelIncompatible: the model was made for other features.
    """
    name, folder = serving(registry)
    if folder is None:
        return Options(opened=lambda history: Counts(), model=name)
    from offtrail.models.artefact import load  # torch takes seconds to import

    model = load(folder)
    days = HISTORY_DAYS if model.encoder is not None else 0
    return Options(opened=_on(model), history_days=days, model=name)


def _on(model: "Model") -> Callable[[list[Row]], Fitted]:
    return lambda history: model.on(history)
