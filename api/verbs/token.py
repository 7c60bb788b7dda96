"""``offtrail token``: API tokens, shown once, stored hashed."""

import time
from typing import cast

import click

from offtrail.api.settings import current, shared


@click.group()
@shared
def token() -> None:
    """API tokens: read, write or admin; each scope holds those before it."""


@token.command()
@click.option("--scope", type=click.Choice(["read", "write", "admin"]), required=True)
@click.option("--expires", type=click.IntRange(1, 36_600), metavar="DAYS")
@shared
def create(scope: str, expires: int | None) -> None:
    """Make a token; it is shown this once."""
    from offtrail.api import tokens

    with current().opened(create=True) as store:
        made = tokens.create(store, cast("tokens.Scope", scope), expires, int(time.time()))
    current().show(made, f"{made.token}\nscope {made.scope}, expires {made.expires or 'never'}")


@token.command("list")
@shared
def list_() -> None:
    """Tokens, without anything that could be used as one."""
    from offtrail.api import tokens

    with current().opened() as store:
        found = tokens.listed(store)
    text = "\n".join(f"{t.id}  {t.scope:<5}  expires {t.expires or 'never'}" for t in found)
    current().show({"items": found}, text or "no tokens")


@token.command()
@click.argument("id")
@shared
def revoke(id: str) -> None:
    """Make a token worthless at once."""
    from offtrail.api import tokens

    with current().opened() as store:
        tokens.revoke(store, id)
    current().show({"revoked": id}, f"{id} is revoked")
