"""The champion as scoring takes it: a model of the registry, or H where there is none."""

from pathlib import Path

from offtrail.models.run import Options

HISTORY_DAYS = 30  # what the encoder is told of before the first scored hour


def options(folder: Path | None) -> Options:
    """What a scoring run is asked for; ``folder`` is a model's directory, None for H alone.

    Raises:
        ModelIncompatible: the model was made for other features or by another version.
    """
    if folder is None:
        return Options()
    from offtrail.models.artefact import load  # torch takes seconds to import

    model = load(folder)
    days = HISTORY_DAYS if model.encoder is not None else 0
    return Options(opened=model.on, history_days=days, model=folder.name)
