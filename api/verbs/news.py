"""``offtrail news``: what a reader, such as a webhook, has not heard of, each once."""

import subprocess
import sys
from itertools import takewhile
from typing import TYPE_CHECKING

import click

from offtrail.api.settings import current, shared

if TYPE_CHECKING:
    from offtrail.api.news import Unheard
    from offtrail.api.objects import NewsPage

STDERR = 2


@click.command()
@click.option(
    "--reader", default="news", show_default=True, metavar="NAME", help="Each hears each news once."
)
@click.option(
    "--each",
    metavar="COMMAND",
    help="Run COMMAND for each, as JSON on its standard input; where it fails, the rest waits.",
)
@click.option("--skip", is_flag=True, help="Tell none, and count all as told.")
@shared
def news(reader: str, each: str | None, skip: bool) -> int:
    """Tell open findings once: the new, and those that grew.

    What was told is kept in the store, after it was told: nothing is lost when a run dies. The
    JSON of each has the line as "text", as webhooks for chats want it.
    """
    from offtrail.api import pipeline
    from offtrail.api.objects import NewsPage

    settings = current()
    with settings.opened() as store:
        found = pipeline.unheard(store, reader)
        if each and not skip:
            told = []
            for one in takewhile(lambda one: _ran(each, one, settings.json), found):
                pipeline.hear(store, reader, [one])
                told.append(one)
            left = len(found) - len(told)
        else:
            told, left = found, 0
        if settings.json or not each:
            page = NewsPage(reader, tuple(one.news for one in told), left)
            settings.show(page, lambda page: _words(page, skip))
            sys.stdout.flush()
        if not each or skip:
            pipeline.hear(store, reader, told)
    if left:
        click.echo(f"{left} of {len(found)} findings wait for the next time", err=True)
    return 1 if left else 0


def _ran(command: str, one: "Unheard", quiet: bool) -> bool:
    """Whether a command took news in."""
    from offtrail.api.objects import encoded

    text = encoded(one.news) + b"\n"
    out = STDERR if quiet else None  # with --json standard output is one document
    done = subprocess.run(command, shell=True, input=text, stdout=out, check=False)  # noqa: S602 the user's own
    return done.returncode == 0


def _words(page: "NewsPage", skip: bool) -> str:
    if skip:
        return f"{len(page.items)} counted as told"
    return "\n".join(one.text for one in page.items) or "no news"
