"""The forms of ``userIdentity``: users, role sessions, services."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from offtrail.simulator.call import Actor, written

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def identifier(prefix: str, of: str) -> str:
    """Return the same made-up 20-character id (AKIA, ASIA, AIDA, AROA...) for the same name."""
    rng = Random(f"{prefix}/{of}")  # noqa: S311  # a made-up id, no secret
    return prefix + "".join(rng.choices(_BASE32, k=16))


def _iam_user(account: str, arn: str, name: str, credential: str) -> dict[str, str]:
    """What every record of an IAM user says of it."""
    return {
        "type": "IAMUser",
        "principalId": identifier("AIDA", arn),
        "arn": arn,
        "accountId": account,
        "accessKeyId": credential,
        "userName": name,
    }


def user(account: str, name: str, source: str, agent: str, region: str) -> Actor:
    """Return an IAM user with its long-lived access key."""
    arn = f"arn:aws:iam::{account}:user/{name}"
    credential = identifier("AKIA", f"{arn}/first")
    identity = _iam_user(account, arn, name, credential)
    return Actor(arn, account, region, identity, source, agent, arn, credential)


def console(account: str, name: str, source: str, region: str, second: int) -> Actor:
    """Return an IAM user signed in to the console, with the temporary key of the session."""
    arn = f"arn:aws:iam::{account}:user/{name}"
    credential = identifier("ASIA", f"{arn}/{second}")
    identity = {
        **_iam_user(account, arn, name, credential),
        "sessionContext": {
            "sessionIssuer": {},
            "webIdFederationData": {},
            "attributes": {"creationDate": written(second), "mfaAuthenticated": "true"},
        },
    }
    return Actor(arn, account, region, identity, source, BROWSER, arn, credential)


BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0"


def session(
    account: str,
    role: str,
    name: str,
    source: str,
    agent: str,
    region: str,
    second: int,
    mfa: bool = False,
) -> Actor:
    """Return a session of a role, with the temporary key it was issued at ``second``."""
    principal = f"arn:aws:iam::{account}:role/{role}"
    short = role.rpartition("/")[2]
    arn = f"arn:aws:sts::{account}:assumed-role/{short}/{name}"
    issuer = identifier("AROA", principal)
    credential = identifier("ASIA", f"{arn}/{second}")
    identity = {
        "type": "AssumedRole",
        "principalId": f"{issuer}:{name}",
        "arn": arn,
        "accountId": account,
        "accessKeyId": credential,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": issuer,
                "arn": principal,
                "accountId": account,
                "userName": short,
            },
            "webIdFederationData": {},
            "attributes": {
                "creationDate": written(second),
                "mfaAuthenticated": "true" if mfa else "false",
            },
        },
    }
    return Actor(principal, account, region, identity, source, agent, arn, credential)


def service(host: str, account: str, region: str) -> Actor:
    """Return an AWS service that acts by itself: no ARN, no key, its host as its address."""
    return Actor(host, account, region, {"type": "AWSService", "invokedBy": host}, host, host)


def federated(account: str, email: str, source: str, region: str) -> Actor:
    """Return a person at the identity provider's door, before any role is assumed."""
    identity = {
        "type": "SAMLUser",
        "principalId": f"{identifier('SAML', account)}:{email}",
        "userName": email,
        "identityProvider": identifier("IDP", account),
    }
    return Actor(email, account, region, identity, source, BROWSER, email)


def from_account(actor: Actor, account: str) -> Actor:
    """Return a caller of another account as the trail of ``account`` sees it: by id alone."""
    identity = {
        "type": "AWSAccount",
        "principalId": actor.identity["principalId"],
        "accountId": actor.account,
    }
    return replace(actor, account=account, identity=identity, credential="")


def day_of_month(second: int) -> int:
    """Return the day of the month of a second, in UTC."""
    return datetime.fromtimestamp(second, UTC).day
