"""``offtrail serve``: the HTTP face."""

from pathlib import Path

import click

from offtrail.api.settings import current, shared


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: a free one."
)
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes."
)
@click.option("--no-auth", is_flag=True, help="No tokens; only on a loopback address.")
@click.option(
    "--quarantine",
    default=Path("quarantine"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the posted records that could not be read.",
)
@shared
def serve(host: str, port: int, workers: int, no_auth: bool, quarantine: Path) -> None:
    """Answer over HTTP until ended; /docs lists the routes."""
    from offtrail.api import server
    from offtrail.graph.errors import StoreUnavailable

    settings = current()
    server.allowed(host, no_auth)
    server.free(host, port)
    try:
        with settings.opened(create=True):
            pass
    except StoreUnavailable as error:  # a server may come up later: /readyz tells
        click.secho(f"The store does not answer yet: {error}", fg="yellow", err=True)
    at = server.address(host, port)
    if no_auth:
        click.secho(f"NO TOKENS ASKED: anyone on this machine may use {at}", fg="red", err=True)
    if not settings.quiet:
        hint = "" if no_auth else f"; '{settings.program} token create --scope read' makes a token"
        base = f"http://{at}" if port else ""  # a free one is told when it listens
        click.echo(f"{base}/docs lists the routes{hint}", err=True)
    server.serve(
        settings.store,
        settings.models_folder,
        host=host,
        port=port,
        workers=workers,
        no_auth=no_auth,
        quarantine=quarantine,
    )
