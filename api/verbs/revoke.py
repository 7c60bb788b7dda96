"""``offtrail revoke``: the revoke set, printed and never run."""

import click

from offtrail.api.settings import current, shared


@click.command()
@click.argument("what", metavar="FINDING|CREDENTIAL")
@click.option("--script", is_flag=True, help="As a shell script, to be read before it is run.")
@shared
def revoke(what: str, script: bool) -> None:
    """Print what to revoke, in order; nothing is run."""
    from offtrail.api import pipeline
    from offtrail.api import revoke as steps

    with current().opened() as store:
        found = pipeline.revocation(store, what)
    current().show(found, steps.script if script else steps.checklist)
