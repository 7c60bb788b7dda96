"""What every verb takes: the store, the folder of models, and how to answer."""

import getpass
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from offtrail.api import times
from offtrail.api.errors import NoStore
from offtrail.api.shell import PROGRAM, quoted
from offtrail.api.visible import Answer, shown

DEFAULT = "sqlite:///offtrail.db"
Command = TypeVar("Command", bound=Callable[..., Any])


class Settings:
    """The global options of one run; those after the verb win over those before it."""

    store = DEFAULT
    models: Path | None = None
    json = False
    quiet = False
    said: frozenset[str] = frozenset()
    """Which of the store and the models were named by an option."""

    @property
    def models_folder(self) -> Path:
        """Where models are kept: beside an embedded store unless it was said."""
        if self.models is not None:
            return self.models
        scheme, _, path = self.store.partition(":///")
        return Path(f"{path}.models" if scheme == "sqlite" else "offtrail.models")

    @contextmanager
    def opened(self, create: bool = False) -> Iterator[Any]:
        """The store, for the length of the block.

        Raises:
            NoStore: a file that is not there, unless it may be created: a name misspelt must
                not read as an account without findings.
        """
        from offtrail.api import pipeline

        scheme, _, path = self.store.partition(":///")
        if scheme == "sqlite" and not create and not Path(path).exists():
            raise NoStore(f"there is no file {path}")
        with pipeline.opened(self.store) as store:
            yield store

    @property
    def program(self) -> str:
        """``offtrail`` with the options given that say of what: a hint names the same store.

        A password is not printed: the shell's OFFTRAIL_STORE stands for a URL that holds one.
        """
        options = [
            f"--{name} {_stated(name, getattr(self, name))}" for name in NAMED if name in self.said
        ]
        return " ".join([PROGRAM, *options])

    @property
    def hints(self) -> str:
        """The program as hints name it, "" where none are wanted."""
        return "" if self.quiet else self.program

    def show(self, answer: Answer, words: Callable[[Answer], str]) -> None:
        """The one document that a program reads, or the words that a person reads."""
        if self.json:
            from offtrail.api.objects import encoded

            click.echo(encoded(answer))
        else:
            click.echo(words(shown(answer)))


def _stated(name: str, value: object) -> str:
    secret = name == "store" and re.search("//[^/]*:.*@", str(value))
    return '"$OFFTRAIL_STORE"' if secret else quoted(str(value))


def current() -> Settings:
    """The settings of this run."""
    return click.get_current_context().find_root().ensure_object(Settings)


NAMED = ("store", "models")


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """What was given, the environment only where no option was: both levels ask it."""
    settings, name = context.find_root().ensure_object(Settings), str(parameter.name)
    said = context.get_parameter_source(name)
    if value in (None, False) or (said is ParameterSource.ENVIRONMENT and name in vars(settings)):
        return
    setattr(settings, name, value)
    if said is ParameterSource.COMMANDLINE and name in NAMED:
        settings.said |= {name}


OPTIONS = (
    click.option(
        "--store",
        callback=_keep,
        expose_value=False,
        envvar="OFFTRAIL_STORE",
        metavar="URL",
        help=f"sqlite:///FILE, neo4j://... or bolt://... [OFFTRAIL_STORE; {DEFAULT}]",
    ),
    click.option(
        "--models",
        callback=_keep,
        expose_value=False,
        envvar="OFFTRAIL_MODELS",
        type=click.Path(path_type=Path),
        help="Folder of trained models [OFFTRAIL_MODELS; FILE.models beside a SQLite store, else"
        " offtrail.models in the current folder].",
    ),
    click.option(
        "--json", is_flag=True, callback=_keep, expose_value=False, help="Answer as one document."
    ),
    click.option(
        "--quiet", is_flag=True, callback=_keep, expose_value=False, help="No progress, no hints."
    ),
)


def shared(command: Command) -> Command:
    """Let a verb take the global options after its name too."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


class Time(click.ParamType[int]):
    """An RFC 3339 time with an offset, as seconds since the epoch."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        second = times.parsed(value)
        if second is None:
            self.fail(f"{value[:60]!r} is not {times.FORM}", param, ctx)
        return second


TIME = Time()


def user() -> str:
    """Who gives a verdict on this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run as a number without a name
        return "command line"
