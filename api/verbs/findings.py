"""``offtrail findings``, ``investigate`` and ``verdict``: the analyst's verbs."""

from pathlib import Path

import click

from offtrail.api.settings import TIME, current, shared, user


@click.command()
@click.option("--since", type=TIME)
@click.option("--until", type=TIME)
@click.option("--status", type=click.Choice(["open", "closed"]))
@click.option("--principal", help="Only findings of this principal.")
@click.option("--account", help="Only findings of this account.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--cursor", help="The next_cursor of the page before.")
@shared
def findings(
    since: int | None,
    until: int | None,
    status: str | None,
    principal: str | None,
    account: str | None,
    limit: int,
    cursor: str | None,
) -> None:
    """The ranked findings."""
    from offtrail.api import pipeline, render
    from offtrail.api.objects import FindingPage

    settings = current()
    window = pipeline.window(since, until, ("since", "until"))
    with settings.opened() as store:
        page = pipeline.findings(
            store,
            window,
            status=status,
            principal=principal,
            account=account,
            limit=limit,
            cursor=cursor,
        )
    narrowed = any((since, until, status, principal, account, cursor))

    def words(page: FindingPage) -> str:
        text = render.findings(page.items, total=page.total, rank=page.rank, program=settings.hints)
        text = "no such findings" if narrowed and not page.items else text
        return text + (f"\nMore: --cursor {page.next_cursor}" if page.next_cursor else "")

    settings.show(page, words)


@click.command()
@click.argument("finding")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page.")
@shared
def investigate(finding: str, html: Path | None) -> None:
    """The seven questions answered for one FINDING; a page with pictures when asked."""
    from offtrail.api import pipeline, render
    from offtrail.api.shell import retyped

    settings = current()
    with settings.opened() as store:
        answered = retyped(pipeline.investigation(store, finding), settings.program)
        if html is not None:
            html.write_text(pipeline.page(store, answered), encoding="utf-8")
    more = f"\n\nThe page is {html}" if html else ""
    settings.show(answered, lambda answered: render.investigation(answered) + more)


@click.command()
@click.argument("finding")
@click.argument("word", type=click.Choice(["true-positive", "false-positive", "benign", "undo"]))
@click.option("--note", default="", help="Why; kept with who and when.")
@shared
def verdict(finding: str, word: str, note: str) -> None:
    """An analyst's word on a FINDING: it changes later scores; undo withdraws it."""
    from typing import cast

    from offtrail.api import pipeline, render
    from offtrail.models.finding import VerdictWord

    with current().opened() as store:
        if word == "undo":
            told = pipeline.undo_verdict(store, finding, note, user())
        else:
            told = pipeline.verdict(store, finding, cast("VerdictWord", word), note, user())
    current().show(told, render.finding)
