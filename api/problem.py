"""An error as an object: the RFC 9457 problem that HTTP sends and ``--json`` prints."""

import click
import msgspec

from offtrail.api.errors import KNOWN, BadInput, row_of

INVALID = "The input is not valid"


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of the input that is wrong; ``pointer`` is a JSON pointer to it."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="about:blank"):
    """RFC 9457: what went wrong and what to do."""

    title: str
    status: int
    detail: str
    advice: str = ""
    errors: tuple[Fault, ...] = ()


DEFECT = Problem("Internal error", 500, "a defect; the log has the trace of this moment")


def problem_of(error: BaseException) -> Problem:
    """The problem of any error: of our table, of the command line, of the machine, a defect."""
    if isinstance(error, KNOWN):
        row = row_of(error)
        fields = error.fields if isinstance(error, BadInput) else ()
        faults = tuple(Fault(f.pointer, f.detail) for f in fields)
        return Problem(row.title, row.status, str(error), advice=row.advice, errors=faults)
    if isinstance(error, click.ClickException):
        return Problem(INVALID, 422, error.format_message(), errors=_faults(error))
    if isinstance(error, click.Abort):
        return Problem("Not done", 409, "it was interrupted, or not confirmed")
    if isinstance(error, OSError):
        return Problem("The system refused", 503, str(error))
    return DEFECT


def _faults(error: click.ClickException) -> tuple[Fault, ...]:
    """The option or argument that the command line names, where it names one."""
    name = getattr(getattr(error, "param", None), "name", None)
    return (Fault(f"/{name}", error.message or "missing"),) if name else ()
