"""The model's life over HTTP: what there is, promotion, and training runs."""

from typing import Any

from offtrail.api.errors import UnknownRun
from offtrail.api.face import Face, Route
from offtrail.api.inputs import PromoteBody, TrainingBody
from offtrail.api.routes.answers import context, json
from offtrail.api.schedule.runs import Run, Runs
from offtrail.models.registry import Entry
from offtrail.models.serving import Models, models

FACE = Face("models")


@FACE.route(Route("/v1/models", "GET", "Models, what serves, the history", Models, scope="admin"))
def list_models() -> Any:
    """The registry's book, and what serves where none of it is champion."""
    return json(models(context().registry))


@FACE.route(
    Route(
        "/v1/models/<id>/promote",
        "POST",
        "Make a model the champion",
        Entry,
        scope="admin",
        body=PromoteBody,
        problems=(409,),
    )
)
def promote_model(id: str, body: PromoteBody) -> Any:
    """By hand, past the gate only with a note."""
    return json(context().registry.promote(id, None, body.note))


@FACE.route(
    Route(
        "/v1/training-runs",
        "POST",
        "Ask for a training; the scheduler takes it up",
        Run,
        scope="admin",
        body=TrainingBody,
        status=202,
    )
)
def ask_training(body: TrainingBody) -> Any:
    """Queued until the scheduler takes it up."""
    return json(Runs(context().store).ask(body.kind, "asked over HTTP"), 202)


@FACE.route(Route("/v1/training-runs/<id>", "GET", "A training run", Run, scope="admin"))
def get_training(id: str) -> Any:
    """Its steps and what the gate measured."""
    run = Runs(context().store).get(id)
    if run is None:
        raise UnknownRun(f"no training run {id[:80]!r}")
    return json(run)
