"""Every error that a user can meet: its exit status, its HTTP status, and what to do about it."""

from typing import NamedTuple

from offtrail.graph import errors as graph
from offtrail.ingest import errors as ingest
from offtrail.models import errors as models


class FaceError(Exception):
    """Base of the errors that the faces themselves find."""


class Field(NamedTuple):
    """A part of the input that is wrong; ``pointer`` is a JSON pointer to it."""

    pointer: str
    detail: str


class BadInput(FaceError):
    """Something that a user wrote cannot be meant."""

    def __init__(self, detail: str, *fields: Field) -> None:
        super().__init__(detail)
        self.fields = fields


class NotFound(FaceError):
    """What was asked for is not there."""


class UnknownToken(NotFound):
    """No API token of that id or name."""


class UnknownRun(NotFound):
    """No training run of that id."""


class Removed(NotFound):
    """It was there: retention took it."""


class Ambiguous(FaceError):
    """More than one thing could be meant."""


class NotAuthenticated(FaceError):
    """No token, or none that is valid."""


class NotAllowed(FaceError):
    """The token is valid but its scope does not reach."""


class TooLarge(FaceError):
    """The body is larger than the route takes."""


class NotReady(FaceError):
    """A part that the answer needs is absent."""


class NoStore(NotReady):
    """The store's file is not there."""


class Row(NamedTuple):
    """How one kind of error is shown."""

    error: type[Exception]
    exit: int
    status: int
    title: str
    advice: str


TABLE = (
    Row(BadInput, 2, 422, "The input is not valid", "Correct the fields named and try again."),
    Row(Ambiguous, 2, 409, "More than one thing is meant", "Give one of the ids listed in full."),
    Row(UnknownToken, 2, 404, "No such token", "'offtrail token list' shows those there are."),
    Row(UnknownRun, 2, 404, "No such training run", "Ask with the id that was answered."),
    Row(Removed, 2, 404, "No longer held", "'offtrail investigate FINDING' tells what still is."),
    Row(
        NotFound, 2, 404, "Not found", "Search for it: 'offtrail entities TEXT', or /v1/entities?q="
    ),
    Row(
        models.UnknownFinding,
        2,
        404,
        "No such finding",
        "'offtrail findings' lists those there are.",
    ),
    Row(
        models.ModelNotFound,
        2,
        404,
        "No such model",
        "'offtrail models list' shows those there are.",
    ),
    Row(
        models.NothingToRollBack,
        2,
        409,
        "Nothing to roll back",
        "'offtrail models list' shows what serves.",
    ),
    Row(
        models.NothingToUndo,
        2,
        409,
        "No verdict to withdraw",
        "'offtrail investigate FINDING' tells how it stands.",
    ),
    Row(
        models.EndsTooSoon,
        2,
        422,
        "The verdict ends too soon",
        "It closes the whole finding: let it end after the last error.",
    ),
    Row(models.NothingToEvaluate, 2, 422, "Nothing to evaluate", "Give trails, attacks and shams."),
    Row(models.ModelRefused, 4, 409, "The gate refused the model", "A note overrides the gate."),
    Row(NotAuthenticated, 4, 401, "Not authenticated", "Send Authorization: Bearer <token>."),
    Row(NotAllowed, 4, 403, "Not allowed", "Ask for a token with that scope."),
    Row(
        TooLarge, 2, 413, "Too large", "Send the records in smaller pieces, or use offtrail ingest."
    ),
    Row(ingest.SourceMissing, 2, 404, "No such source", "Check its spelling."),
    Row(
        ingest.SourceRefused,
        4,
        403,
        "The source refused",
        "Check its rights; of S3 the credentials, policy and region.",
    ),
    Row(
        ingest.SourceUnavailable, 3, 503, "The source is down", "Check network and endpoint; retry."
    ),
    Row(ingest.WorkerLost, 3, 503, "A reading process died", "Run again with fewer processes."),
    Row(ingest.ClusterUnavailable, 3, 503, "The cluster is down", "Check --dask, or read without."),
    Row(graph.BadStoreUrl, 2, 422, "Not the name of a store", "Check --store or OFFTRAIL_STORE."),
    Row(graph.StoreRefused, 4, 503, "The store refused", "Check its rights, user and password."),
    Row(graph.StoreUnavailable, 3, 503, "The store is down", "Check --store or OFFTRAIL_STORE."),
    Row(
        graph.StoreIncompatible, 3, 503, "The store is of another version", "Ingest into a new one."
    ),
    Row(
        models.ModelIncompatible,
        3,
        503,
        "The model does not fit",
        "Train it anew, or 'offtrail models rollback'.",
    ),
    Row(models.Overtaken, 3, 503, "Other runs were faster", "Run offtrail score again."),
    Row(models.NothingToLearn, 2, 422, "Nothing to learn from", "Ingest more of the trail first."),
    Row(
        NoStore,
        3,
        503,
        "No store",
        "'offtrail ingest' makes one; --store or OFFTRAIL_STORE names it.",
    ),
    Row(NotReady, 3, 503, "Not ready", "Start or install the part that is named."),
    Row(ingest.IngestError, 3, 503, "Reading failed", "Run again; report it where it stays."),
    Row(graph.StoreError, 3, 503, "The store failed", "Run offtrail store check."),
    Row(models.ModelError, 3, 503, "The model failed", "Report it, with the command that met it."),
)
"""The first row whose class fits an error says how it is shown."""

KNOWN = tuple(dict.fromkeys(row.error for row in TABLE))
"""What a face catches; anything else is a defect of ours."""


def row_of(error: Exception) -> Row:
    """The row of an error of KNOWN."""
    return next(row for row in TABLE if isinstance(error, row.error))
