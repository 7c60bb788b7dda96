"""API tokens: scopes, expiry, and only a hash of each in the store."""

import hashlib
import hmac
import secrets
from typing import Literal, get_args

from offtrail.api.errors import BadInput, Field, NotAllowed, NotAuthenticated, UnknownToken
from offtrail.api.objects import NewToken, Token
from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY
from offtrail.models.times import rfc3339, second_of

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""Each scope holds those before it."""

KIND = "token"
FOREVER = 100 * 366  # days
NAME = 60
"""Signs of a token's name at most."""


def create(store: GraphStore, scope: Scope, days: int | None, now: int, name: str = "") -> NewToken:
    """A new token of 256 random bits; the store keeps its SHA-256, the caller shows it once.

    Raises:
        BadInput: another token has that name, or its id is that; or it has unprintable signs.
    """
    if name and any(name in (token.id, token.name) for token in listed(store)):
        raise BadInput(f"there is a token {name!r} already", Field("/name", "in use"))
    if not name.isprintable() or len(name) > NAME:
        fault = f"{NAME} printable signs at most"
        raise BadInput(f"a token's name has {fault}", Field("/name", fault))
    id = secrets.token_hex(6)
    secret = f"offtrail_{id}_{secrets.token_urlsafe(32)}"
    expires = None if days is None else rfc3339(now + min(days, FOREVER) * DAY)
    body = {"hash": _hash(secret), "scope": scope, "expires": expires, "created": rfc3339(now)}
    store.put(KIND, id, {"id": id, "name": name, **body})
    return NewToken(id, secret, scope, expires, name)


def listed(store: GraphStore) -> list[Token]:
    """Every token, without anything that could be used as one."""
    return [
        Token(body["id"], body["scope"], body["expires"], body["created"], body.get("name", ""))
        for body in store.documents(KIND)
    ]


def revoke(store: GraphStore, text: str) -> str:
    """Make the token of that id or name worthless; its id.

    Raises:
        UnknownToken: there is none.
    """
    id = next((token.id for token in listed(store) if text and text == token.name), text)
    if not store.delete(KIND, id):
        raise UnknownToken(f"no token {text[:60]!r}")
    return id


def bearer(store: GraphStore, header: str | None, needed: Scope, now: int) -> str:
    """The token that an Authorization header carries, by name and id; it may do ``needed``.

    Raises:
        NotAuthenticated: no token, an unknown, an expired or a revoked one.
        NotAllowed: its scope does not reach.
    """
    scheme, _, secret = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise NotAuthenticated("a bearer token is needed")
    body = _known(store, secret.strip())
    if body is None or (body["expires"] and second_of(body["expires"]) <= now):
        raise NotAuthenticated("the token is unknown, expired or revoked")
    if SCOPES.index(body["scope"]) < SCOPES.index(needed):
        raise NotAllowed(f"this needs scope {needed}; the token has {body['scope']}")
    return f"{body['name']} ({body['id']})" if body.get("name") else str(body["id"])


def _known(store: GraphStore, secret: str) -> dict[str, str] | None:
    parts = secret.split("_", 2)
    if len(parts) != 3 or not parts[1].isalnum():
        return None
    body = store.get(KIND, parts[1])
    return body if body and hmac.compare_digest(body["hash"], _hash(secret)) else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
