"""``open_store``: a store by its URL."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from offtrail.graph.errors import BadStoreUrl
from offtrail.graph.store import GraphStore

NEO4J = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


def open_store(url: str) -> GraphStore:
    """Open ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``neo4j://...`` or ``bolt://...``.

    Raises:
        BadStoreUrl: it names no store that there is.
        StoreUnavailable: the file or server cannot be reached.
        StoreIncompatible: it was written by another schema version.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from offtrail.graph.sqlite_store import SqliteStore

        return SqliteStore(Path(rest[1:]))
    if scheme in NEO4J and _host(url):
        from offtrail.graph.neo4j_store import Neo4jStore

        return Neo4jStore(url)
    raise BadStoreUrl(
        f"{_hidden(url)!r} is no store: say sqlite:///file.db or"
        " neo4j://user:password@host:7687, with / and @ of a password percent-encoded"
    )


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return None if "@" in parts.path or parts.port == 0 else parts.hostname
    except ValueError:  # brackets that hold no address, or a port that is no number
        return None


def _hidden(url: str) -> str:
    """The URL without its password."""
    return re.sub(r"//([^/@:]*):.*@", r"//\1:***@", url)
