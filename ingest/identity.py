"""Who called: ``userIdentity`` in all its forms as one Identity, a row of a table a form."""

import re
from collections.abc import Callable

import msgspec

from offtrail.ingest.event import Identity, PrincipalKind
from offtrail.ingest.remember import remembered

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_CONSOLE = {"signin.amazonaws.com", ""}  # a person in the console, not a service on their behalf
_SESSION = re.compile(r"arn:([\w-]+):sts::(\d*):assumed-role/([^/]+)(?:/(.*))?", re.DOTALL)
_INSTANCE = re.compile(r"(?:.*[/:])?(i-(?:[0-9a-fA-F]{17}|[0-9a-fA-F]{8}))", re.DOTALL)
_KINDS: dict[str, PrincipalKind] = {":user/": "user", ":role/": "role", ":root": "root"}


class _Issuer(msgspec.Struct, rename="camel", gc=False):
    arn: str | None = None
    account_id: str | None = None


class _Attributes(msgspec.Struct, rename="camel", gc=False):
    mfa_authenticated: str | bool | None = None


class _Context(msgspec.Struct, rename="camel", gc=False):
    session_issuer: _Issuer | None = None
    attributes: _Attributes | None = None


class _OnBehalfOf(msgspec.Struct, rename="camel", gc=False):
    user_id: str | None = None
    identity_store_arn: str | None = None


class _Scope(msgspec.Struct, rename="camel", gc=False):
    credentials_issued_to: str | None = None


class UserIdentity(msgspec.Struct, rename="camel", gc=False):
    """``userIdentity`` as it comes; any field may be missing, null or empty."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    credential_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    session_context: _Context | None = None
    on_behalf_of: _OnBehalfOf | None = None
    in_scope_of: _Scope | None = None

    @property
    def issuer(self) -> _Issuer:
        return (self.session_context and self.session_context.session_issuer) or _Issuer()


Named = tuple[str, PrincipalKind, str]  # principal, its kind, its account
_decoder = msgspec.json.Decoder(UserIdentity | None)


@remembered(1 << 14)
def identity(raw: bytes) -> Identity:
    """The caller that the JSON text of a ``userIdentity`` describes.

    Raises:
        msgspec.DecodeError, RecursionError, UnicodeDecodeError: it is none.
    """
    user = _decoder.decode(raw) or UserIdentity()
    principal, kind, account = _named(user)
    credential = user.access_key_id or user.credential_id
    return Identity(
        principal=principal,
        kind=kind,
        account=account,
        session=_session(user),
        credential=f"key:{credential}" if credential else "",
        instance=_instance(user),
        mfa=_mfa(user),
        via="" if kind == "service" or user.invoked_by in _CONSOLE else user.invoked_by or "",
    )


def _named(user: UserIdentity) -> Named:
    name = _FORMS.get(user.type or "", _nameless)(user)
    return name if name[0] else _nameless(user)


def _kind(arn: str, otherwise: PrincipalKind) -> PrincipalKind:
    """One kind a principal, whichever type of record names it."""
    return next((kind for part, kind in _KINDS.items() if part in arn), otherwise)


def _user(user: UserIdentity) -> Named:
    account, name = user.account_id or "", user.user_name
    arn = user.arn or ""
    if not arn and account and name and name != HIDDEN:  # a failed login has no arn
        arn = f"arn:aws:iam::{account}:user/{name}"
    return arn, "user", account


def _role(user: UserIdentity) -> Named:
    issuer = user.issuer
    session = _SESSION.fullmatch(user.arn or "")
    account = issuer.account_id or user.account_id or (session[2] if session else "")
    if issuer.arn:
        return issuer.arn, _kind(issuer.arn, "role"), account
    if session:
        return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}", "role", account
    return user.arn or "", "role", account


def _root(user: UserIdentity) -> Named:
    account = user.account_id or ""
    return user.arn or (f"arn:aws:iam::{account}:root" if account else ""), "root", account


def _federated(user: UserIdentity) -> Named:
    """GetFederationToken's user acts with the rights of its issuer, which is charged."""
    if user.issuer.arn:
        return _role(user)
    return user.arn or "", "federated", user.account_id or ""


def _external(user: UserIdentity) -> Named:
    name = user.principal_id or user.user_name
    return f"federated:{name}" if name else "", "federated", user.account_id or ""


def _identity_center(user: UserIdentity) -> Named:
    who = user.on_behalf_of or _OnBehalfOf()
    store = who.identity_store_arn or user.account_id or ""
    name = who.user_id or user.principal_id or user.user_name
    return f"federated:{store}/{name}" if name else "", "federated", user.account_id or ""


def _account(user: UserIdentity) -> Named:
    """A caller of another account, seen from here: its unique id, but not its name."""
    account = user.account_id or ""
    if account == "ANONYMOUS_PRINCIPAL":
        return "account:anonymous", "account", ""
    unique = (user.principal_id or "").partition(":")[0]
    if not account:
        return "", "account", ""
    same = unique in ("", account)
    return f"account:{account}" if same else f"account:{account}:{unique}", "account", account


def _service(user: UserIdentity) -> Named:
    return f"service:{user.invoked_by}" if user.invoked_by else "", "service", ""


def _nameless(user: UserIdentity) -> Named:
    """What names nobody is one unknown caller an account, never one for all accounts."""
    if _SESSION.fullmatch(user.arn or ""):
        return _role(user)
    if user.arn:
        return user.arn, _kind(user.arn, "unknown"), user.account_id or ""
    if not user.type and user.invoked_by:
        return _service(user)
    name = user.principal_id or user.user_name or ""
    name = "" if name == HIDDEN else name.partition(":")[0]
    account = user.account_id or ""
    return ":".join(part for part in ("unknown", account, name) if part), "unknown", account


_FORMS: dict[str, Callable[[UserIdentity], Named]] = {
    "IAMUser": _user,
    "AssumedRole": _role,
    "Role": _role,
    "Root": _root,
    "FederatedUser": _federated,
    "AWSService": _service,
    "AWSAccount": _account,
    "WebIdentityUser": _external,
    "SAMLUser": _external,
    "IdentityCenterUser": _identity_center,
}


def _session(user: UserIdentity) -> str:
    return user.arn if user.arn and ":sts:" in user.arn else ""


def _instance(user: UserIdentity) -> str:
    """EC2 names a role's session after the instance; newer records say it in ``inScopeOf``."""
    places = [user.in_scope_of and user.in_scope_of.credentials_issued_to]
    if user.type == "AssumedRole":
        places += [user.arn, user.principal_id]
    for place in places:
        found = _INSTANCE.fullmatch(place or "")
        if found:
            return f"instance:{found[1]}"
    return ""


def _mfa(user: UserIdentity) -> bool:
    attributes = user.session_context and user.session_context.attributes
    return bool(attributes) and str(attributes.mfa_authenticated).lower() == "true"  # type: ignore[union-attr]
