"""``offtrail findings``, ``investigate`` and ``verdict``: the analyst's verbs."""

from pathlib import Path
from typing import Any

import click

from offtrail.api.settings import TIME, current, shared, user


@click.command()
@click.option("--since", type=TIME, help="Only findings with errors from here on.")
@click.option("--until", type=TIME, help="Only findings with errors before.")
@click.option(
    "--status",
    type=click.Choice(["open", "closed"]),
    help="Only those without, or with, a verdict.",
)
@click.option("--principal", help="Only findings of this principal: any part of its name.")
@click.option("--account", help="Only findings of this account.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 500), help="How many a page."
)
@click.option("--cursor", help="The next_cursor of the page before.")
@click.option(
    "--brief", is_flag=True, help="With --json: findings without edges and lists of names."
)
@shared
def findings(since: int | None, until: int | None, limit: int, brief: bool, **which: Any) -> None:
    """List the findings, the strongest first."""
    from offtrail.api import objects, pipeline, render
    from offtrail.api.objects import FindingPage

    settings = current()
    window = pipeline.window(since, until, ("since", "until"))
    with settings.opened() as store:
        page = pipeline.findings(store, window, limit=limit, **which)
        scored = pipeline.judged_from(store)
    narrowed = any((since, until, *which.values()))

    def words(page: FindingPage) -> str:
        if not page.items:
            return "no such findings" if narrowed else render.nothing(scored)
        text = render.findings(page.items, total=page.total, rank=page.rank, program=settings.hints)
        return text + (
            f"\nMore: the same with --cursor {page.next_cursor}" if page.next_cursor else ""
        )

    if brief and settings.json:
        settings.show(objects.brief(page), str)
    else:
        settings.show(page, words)


@click.command()
@click.argument("what", metavar="FINDING|ENTITY")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with a picture too.",
)
@shared
def investigate(what: str, html: Path | None) -> None:
    """Tell how bad a FINDING is, and answer seven questions.

    An ENTITY, such as a user or an address, means the strongest finding that names it.
    """
    from offtrail.api import pipeline, render
    from offtrail.api.shell import retyped

    settings = current()
    with settings.opened() as store:
        finding = pipeline.finding_about(store, what).id
        answered = retyped(pipeline.investigation(store, finding), settings.program)
        if html is not None:
            html.write_text(pipeline.page(store, answered), encoding="utf-8")
    more = f"\n\nThe page is {html}" if html else ""
    settings.show(answered, lambda answered: render.investigation(answered) + more)


@click.command()
@click.argument("finding")
@click.argument("word", type=click.Choice(["true-positive", "false-positive", "benign", "undo"]))
@click.option("--note", default="", help="Why; kept with who and when.")
@click.option(
    "--all-accounts",
    is_flag=True,
    help="It speaks of principals of the same name in other accounts too.",
)
@click.option("--until", type=TIME, help="What fails from then on is judged without it.")
@shared
def verdict(finding: str, word: str, note: str, all_accounts: bool, until: int | None) -> None:
    """Give your word on a FINDING: it changes later scores.

    The word undo withdraws the one before.
    """
    from typing import cast

    from offtrail.api import pipeline, render
    from offtrail.models.finding import VerdictWord

    if word == "undo" and (all_accounts or until is not None):
        raise click.UsageError("undo withdraws a word whole: it takes no --all-accounts or --until")
    with current().opened() as store:
        if word == "undo":
            told = pipeline.undo_verdict(store, finding, note, user())
        else:
            told = pipeline.verdict(
                store,
                finding,
                cast("VerdictWord", word),
                note,
                user(),
                accounts="all" if all_accounts else "own",
                until=until,
            )
    current().show(told, render.judged)
