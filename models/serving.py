"""Which model scores: the registry's champion, else the shipped weights, else H alone."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from offtrail.models.counts import Counts
from offtrail.models.registry import Registry
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
    return (SHIPPED, folder) if folder else ("H", None)


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
