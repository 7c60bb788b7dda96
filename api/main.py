"""``offtrail``: the command line. Verbs are loaded when they are used, from one table."""

import importlib
import logging
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

import click

from offtrail.api.errors import KNOWN, BadInput, row_of
from offtrail.api.problem import problem_of
from offtrail.api.settings import current, shared
from offtrail.api.visible import is_text, visible

VERBS = {
    "simulate": "simulate:simulate",
    "ingest": "ingest:ingest",
    "score": "score:score",
    "run": "ingest:run",
    "findings": "findings:findings",
    "news": "news:news",
    "investigate": "findings:investigate",
    "blast-radius": "radius:blast_radius",
    "entities": "entities:entities",
    "revoke": "revoke:revoke",
    "verdict": "findings:verdict",
    "train": "train:train",
    "models": "models:models",
    "evaluate": "evaluate:evaluate",
    "schedule": "schedule:schedule",
    "serve": "serve:serve",
    "token": "token:token",
    "store": "store:store",
}
"""A verb by its module in api/verbs/ and its name there."""


class ReaderGone(Exception):
    """Nobody reads what is written any more: click would end it as a loss, with status 1."""


@contextmanager
def _reader() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error


reader_asked = _reader()
"""Tells a reader that went away from the other errors of the system."""


class Verbs(click.Group):
    """Commands by name, imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name].split(":")
        command: click.Command = getattr(
            importlib.import_module(f"offtrail.api.verbs.{module}"), name
        )
        return command

    @reader_asked
    def make_context(self, *given: Any, **more: Any) -> click.Context:
        return super().make_context(*given, **more)

    @reader_asked
    def invoke(self, ctx: click.Context) -> Any:
        return super().invoke(ctx)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="offtrail")
@shared
def cli() -> None:
    """Behaviour analytics for AWS: the calls that fail, who else fails at them, and how bad it is.

    Times are RFC 3339 with an offset. Exit status: 0 done, 1 done with losses that need a look,
    2 bad usage or input, 3 a part it needs is absent or down, 4 refused.
    """
    level = logging.ERROR if current().quiet else logging.WARNING
    logging.getLogger("neo4j").setLevel(logging.ERROR)  # what it warns of, we say ourselves
    logging.basicConfig(stream=sys.stderr, level=level, format="%(name)s: %(message)s")


def main(arguments: list[str] | None = None) -> Any:
    """Run one verb and end the process with its exit status, or as its reader went away."""
    if isinstance(sys.stdout, TextIOWrapper):  # signs that the terminal has not are spelled out
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _run(sys.argv[1:] if arguments is None else arguments)
    except (BrokenPipeError, ReaderGone):  # as other tools end, a shell's status 141
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
        raise
    sys.exit(status if isinstance(status, int) else 0)


def _run(given: list[str]) -> Any:
    """What a verb returns, or the exit status of its error."""
    try:
        return cli.main(given, prog_name="offtrail", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except ReaderGone:
        raise
    except Exception as raised:  # noqa: BLE001 - each is told, a defect of ours with its trace
        error = _meant(raised, given)
        status = _told(error)
        if "--json" in given:
            _documented(error)
        return status


def _meant(error: Exception, given: list[str]) -> Exception:
    """The error, or what a user can do about it: a word that is no UTF-8 names nothing held."""
    odd = next((word for word in given if not is_text(word)), None)
    if odd is None or not isinstance(error, UnicodeEncodeError):
        return error
    return BadInput(f"{visible(odd)} is not UTF-8")


def _documented(error: Exception) -> None:
    """An error as the one document; where stdout itself is what failed, stderr has said it."""
    try:
        from offtrail.api.objects import encoded

        click.echo(encoded(problem_of(error)))
    except BrokenPipeError:
        raise
    except OSError:
        return


def _told(error: Exception) -> int:
    """What an error says on stderr and what to do about it; its exit status."""
    if isinstance(error, click.Abort):
        click.echo("offtrail: interrupted", err=True)
        return 2
    if isinstance(error, click.ClickException):
        error.show()
        return 2
    if isinstance(error, KNOWN):
        row = row_of(error)
        click.secho(f"offtrail: {row.title}: {_line(error)}", fg="red", err=True)
        click.echo(f"          {row.advice}", err=True)
        return row.exit
    if isinstance(error, OSError):
        click.secho(f"offtrail: {_line(error)}", fg="red", err=True)
        return 4 if isinstance(error, PermissionError) else 3
    traceback.print_exception(error)
    return 3


def _line(error: Exception) -> str:
    """An error's words on one line: a driver may use several, and a name must not begin one."""
    return visible(" ".join(str(error).splitlines()))


if __name__ == "__main__":
    main()
