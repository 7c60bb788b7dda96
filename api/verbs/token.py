"""``offtrail token``: API tokens, shown once, stored hashed."""

import time
from typing import Any, cast

import click

from offtrail.api.settings import current, shared


@click.group()
@shared
def token() -> None:
    """Make, list and revoke API tokens."""


@token.command()
@click.option(
    "--scope",
    type=click.Choice(["read", "write", "admin"]),
    required=True,
    help="Each holds those before it.",
)
@click.option("--name", default="", help="What it is for, such as the program that holds it.")
@click.option("--expires", type=click.IntRange(1, 36_600), metavar="DAYS", help="Default: never.")
@shared
def create(scope: str, name: str, expires: int | None) -> None:
    """Make a token; it is shown this once."""
    from offtrail.api import tokens

    with current().opened(create=True) as store:
        made = tokens.create(store, cast("tokens.Scope", scope), expires, int(time.time()), name)
    settings = current()
    settings.show(made, lambda _: made.token)
    if not settings.json and not settings.quiet:
        expiry = f"expires {made.expires or 'never'}; the token is not shown again"
        click.echo(f"{name or made.id}: scope {made.scope}, {expiry}", err=True)


@token.command("list")
@shared
def list_() -> None:
    """List the tokens, without anything that could be used as one."""
    from offtrail.api import tokens

    with current().opened() as store:
        found = tokens.listed(store)
    current().show({"items": found}, _listed)


def _listed(found: dict[str, Any]) -> str:
    lines = [
        f"{t.id}  {t.scope:<5}  made {t.created}  expires {t.expires or 'never'}  {t.name}"
        for t in found["items"]
    ]
    return "\n".join(lines) or "no tokens"


@token.command()
@click.argument("token")
@shared
def revoke(token: str) -> None:
    """Make the TOKEN of that id or name worthless at once."""
    from offtrail.api import tokens

    with current().opened() as store:
        id = tokens.revoke(store, token)
    current().show({"revoked": id}, lambda _: f"{token} is revoked")
