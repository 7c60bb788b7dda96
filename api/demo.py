"""``make demo``: the verbs of the main job, in turn, on a made-up organisation's two weeks."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import rmtree
from typing import Any

import click

from offtrail.api.shell import quoted

STORE = "offtrail.db"
OFFTRAIL = (sys.executable, "-m", "offtrail.api.main")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--events", default=100_000, show_default=True, help="How many benign records.")
def demo(folder: Path, events: int) -> None:
    """Simulate, ingest, score and explain in FOLDER, made anew; nothing else is touched."""
    folder.mkdir(parents=True, exist_ok=True)
    forget(folder)
    say("Two weeks of CloudTrail of a made-up organisation, with four attacks in them.")
    offtrail(folder, "simulate", "trail", "--events", str(events))
    say("Read them into a graph, in one SQLite file.")
    offtrail(folder, "ingest", "trail")
    say("Score every error edge against its neighbours; the findings, the strongest first.")
    offtrail(folder, "score")
    first = answer(folder, "findings", "--limit", "1")["items"][0]
    say("The first of them, explained.")
    offtrail(folder, "investigate", first["id"], "--html", "finding.html")
    say("What its principal touched, tried and could use next.")
    offtrail(folder, "blast-radius", first["principal"], "--hops", "2", "--limit", "25")
    say(
        f"The pictures are in {folder / 'finding.html'}. Look around: make serve, or the commands\n"
        f"under Next, in a shell that knows where the demo is:\n\n{beginning(folder)}\n\n"
        "The attacks were written for this demo: they prove nothing about detection."
    )


def beginning(folder: Path) -> str:
    """What a shell is told so that the commands that were printed work in it."""
    store = quoted(f"sqlite:///{folder.resolve()}/{STORE}")
    return f"export OFFTRAIL_STORE={store} PATH={quoted(str(Path(sys.executable).parent))}:$PATH"


def forget(folder: Path) -> None:
    """Remove what an earlier demo left in its folder."""
    rmtree(folder / "trail", ignore_errors=True)
    for path in (*folder.glob(f"{STORE}*"), folder / "finding.html"):
        path.unlink(missing_ok=True)


def say(text: str) -> None:
    """Tell what comes next."""
    click.secho(f"\n{text}", bold=True)


def offtrail(folder: Path, *arguments: str) -> None:
    """Show a command and run it, as a user would; its failure is ours."""
    click.secho(f"$ offtrail {shlex.join(arguments)}", fg="cyan")
    ran = subprocess.run([*OFFTRAIL, *arguments], cwd=folder, env=own(), check=False)  # noqa: S603  # our own program
    if ran.returncode:
        sys.exit(ran.returncode)


def answer(folder: Path, *arguments: str) -> Any:
    """The JSON document that a verb answers."""
    ran = subprocess.run(  # noqa: S603  # our own program
        [*OFFTRAIL, *arguments, "--json"],
        cwd=folder,
        env=own(),
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(ran.stdout)


def own() -> dict[str, str]:
    """The environment, with the demo's own store: the file in its folder."""
    return os.environ | {"OFFTRAIL_STORE": f"sqlite:///{STORE}"}


if __name__ == "__main__":
    demo()
