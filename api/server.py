"""``offtrail serve``: gunicorn over the HTTP face, some worker processes with threads."""

import ipaddress
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from offtrail.api.errors import BadInput, Field

THREADS = 8
COUNTED = "PROMETHEUS_MULTIPROC_DIR"  # the folder in which the workers' counts meet


def serve(
    url: str, models: Path, *, host: str, port: int, workers: int, no_auth: bool, quarantine: Path
) -> None:
    """Serve until ended.

    Raises:
        BadInput: see ``allowed``.
    """
    allowed(host, no_auth)
    options: dict[str, Any] = {"bind": address(host, port), "workers": workers, "threads": THREADS}
    if COUNTED not in os.environ:
        os.environ[COUNTED] = tempfile.mkdtemp(prefix="offtrail-metrics-")
        options["on_exit"] = _remove_counts

    def load() -> Any:
        from offtrail.api.http import create_app

        return create_app(url, models, no_auth=no_auth, quarantine=quarantine)

    _Server(load, options).run()


def address(host: str, port: int) -> str:
    """Host and port as a URL names them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def allowed(host: str, no_auth: bool) -> None:
    """Whether the address may be served so.

    Raises:
        BadInput: without tokens only a loopback address may be.
    """
    if no_auth and not loopback(host):
        detail = f"--no-auth would open {host} to everyone: only a loopback address may"
        raise BadInput(detail, Field("/host", detail))


def free(host: str, port: int) -> None:
    """Whether the address can be listened on: gunicorn would end with status 1, losses.

    Raises:
        OSError: it cannot, such as where another has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socket.create_server((host, port), family=family).close()


def loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _forget(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _remove_counts(_server: Any) -> None:
    shutil.rmtree(os.environ[COUNTED], ignore_errors=True)


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn set up by us, not by its command line."""

    def __init__(self, load: Any, options: dict[str, Any]) -> None:
        self._load, self._options = load, options
        super().__init__()

    def load_config(self) -> None:
        fixed = {
            "worker_class": "gthread",
            "child_exit": _forget,
            "timeout": 120,
            "control_socket_disable": True,  # else a file in the home folder, one for all servers
            "limit_request_line": 8190,  # room for an inputs.Text of any script and a cursor
        }
        for name, value in (fixed | self._options).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._load()
