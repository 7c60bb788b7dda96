"""The revoke set: every credential that is exposed, in the fewest steps, in the order to take them.

One policy on a role ends all its older sessions, so that a role is one step however many temporary
keys it issued. Nothing here is run: the commands are for a person to read and run.
"""

import json
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from offtrail.api.descent import issued, kind_of, users_of
from offtrail.api.launched import INSTANCE, ROLE, exposed, launches
from offtrail.api.objects import Answer, Revocation, RevokeStep
from offtrail.api.questions.case import listed
from offtrail.api.visible import visible
from offtrail.graph.schema import account, label
from offtrail.graph.store import GraphStore, Node
from offtrail.graph.window import DAY, Window

POLICY = "OfftrailRevokeOlderSessions"
NOT_COVERED = (
    "copies of keys made outside of AWS, and keys created in a trail that was not read",
    "what sessions started that outlives them: functions, trust policies, and instances that are"
    " not named here",
)


class Kind(NamedTuple):
    """What is done with one kind of exposed thing; the place in KINDS is its order."""

    name: str
    action: str
    by_principal: bool  # one step a principal, not one a key
    command: str  # {name}, {key}, {policy}, {region}, {instances}: quoted for a shell


NEAR = {"session": "session at same address", "user session": "user session at same address"}
"""What a temporary key that was met at the same address is to be looked at as: it has no other end
than its sessions."""
LOOK = frozenset((INSTANCE, ROLE, "same address", *NEAR.values()))
"""The kinds of what may be exposed: a person looks first."""
KINDS = (
    Kind(
        "user key",
        "deactivate the key, then delete it when nothing of yours needs it",
        False,
        "aws iam update-access-key --user-name={name} --access-key-id={key} --status Inactive",
    ),
    Kind(
        "password",
        "take the console password away; give the user a new one when all is over",
        True,
        "aws iam delete-login-profile --user-name={name}",
    ),
    Kind(
        "user session",
        "deny the user calls of sessions issued before now",
        True,
        "aws iam put-user-policy --user-name={name} --policy-name {policy_name}"
        " --policy-document {policy}",
    ),
    Kind(
        "session",
        "end the role's sessions issued before now",
        True,
        "aws iam put-role-policy --role-name={name} --policy-name {policy_name}"
        " --policy-document {policy}",
    ),
    Kind(
        "instance",
        "isolate the instance, and take away the profile that this finds in the instance's region",
        False,
        "aws ec2 describe-iam-instance-profile-associations"
        " --filters Name=instance-id,Values={key}",
    ),
    Kind("masked key", "find out which key it is, by the events; then deactivate it", False, ""),
    Kind(
        INSTANCE,
        "find out what runs on the instances that it launched; isolate, then terminate, what is not"
        " yours",
        True,
        "aws ec2 describe-instances --region={region} --instance-ids {instances}",
    ),
    Kind(
        ROLE,
        "where an instance that ran with it is not yours, and is isolated: end the role's sessions"
        " issued before now",
        True,
        "aws iam put-role-policy --role-name={name} --policy-name {policy_name}"
        " --policy-document {policy}",
    ),
    Kind("same address", "find out whether it is in other hands too; if so, revoke it", False, ""),
    *(
        Kind(
            name,
            "find out whether its sessions there are in other hands too; if so, end those issued"
            " before now",
            True,
            "",
        )
        for name in NEAR.values()
    ),
)
ELSEWHERE = (
    (
        "session",
        ":role/aws-reserved/sso.amazonaws.com/",
        "IAM Identity Center owns this role and IAM cannot change it: end the person's sessions in"
        " Identity Center, and put the denial into the permission set",
    ),
    (
        "session",
        ":role/aws-service-role/",
        "AWS owns this service-linked role and IAM cannot change it: stop what uses it",
    ),
    ("user key", ":root", "sign in as root, and delete the key"),
    ("user session", ":root", "sign in as root, and change its password and MFA device"),
    ("password", ":root", "sign in as root, and change its password and MFA device"),
)
"""Where a kind's command would be refused: a part of the principal's ARN, and what to do."""
OWNERS = {"user key": ":user/", "user session": ":user/", "password": ":user/"}
OWNERS |= {"session": ":role/", ROLE: ":role/"}
"""Whose credentials a kind's command is about: for anyone else there is no command."""

IN_ACCOUNT = """\
# A role of the same name may stand in another account: a step is taken in its own alone.
in_account() {
  [ "$(aws sts get-caller-identity --query Account --output text)" = "$1" ] && return
  echo "this needs credentials of account $1" >&2
  return 1
}"""

_INSTANCE = re.compile(r"i-\w+")
"""What stands in a command; anything else might be an option of it."""

SAME = {"assumed role": "session"}
"""Kinds of exposure that end by the same step."""


def of_finding(finding: str, exposure: Answer) -> Revocation:
    """The steps for all that the answer to question 7 names."""
    return _set(finding, exposure.value["exposed"])


def of_credential(store: GraphStore, key: Node) -> Revocation:
    """The steps for a key and every key that was issued from it."""
    below, _ = issued(store, [key.id])
    items = []
    users = users_of(store, [key.id, *(step.far for step in below)])
    for name, own in users.items():
        kind = kind_of(name, own)
        why = "it was named" if name == key.id else "it was issued from such a key"
        items.append({"kind": kind, "id": name, "because": why, "principals": own})
    return _set(key.id, [*items, *_launched(store, users, items)])


def _launched(
    store: GraphStore, users: Mapping[str, list[str]], items: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """What was launched with some keys in the day up to their last call."""
    last = max(node.last for node in store.nodes(users).values())
    window = Window(max(0, last + 1 - DAY), last + 1)
    every = dict.fromkeys(user for own in users.values() for user in own)
    found = [one for user in every for one in launches(store, user, window).found]
    known = {user for item in items if item["kind"] == "session" for user in item["principals"]}
    why = "launched with such a key in the day up to its last call"
    own = [one for one in found if one.by("credential", users)]
    return exposed(store, own, why, known)


def _set(subject: str, items: Iterable[dict[str, Any]]) -> Revocation:
    order = {kind.name: place for place, kind in enumerate(KINDS)}
    items = list(items)
    sure = {who for item in items if _kind(item) in NEAR for who in item["principals"]}
    steps: dict[tuple[int, str, str], list[dict[str, Any]]] = {}
    for item in items:
        for kind, target in _ended_by(item, sure):
            steps.setdefault((order[kind], target, item.get("region", "")), []).append(item)
    made = [
        _step(number, KINDS[place], target, region, found)
        for number, ((place, target, region), found) in enumerate(sorted(steps.items()), 1)
    ]
    return Revocation(subject, tuple(made), NOT_COVERED)


def _kind(item: dict[str, Any]) -> str:
    kind: str = item["kind"]
    return SAME.get(kind, kind)


def _ended_by(item: dict[str, Any], sure: Collection[str]) -> Iterator[tuple[str, str]]:
    """The kinds and targets of the steps that an item ends by; ``sure`` are ended anyway."""
    kind, principals = _kind(item), item["principals"] or [item["id"]]
    own = kind_of(item["id"], item["principals"]) if kind == "same address" else ""
    if own in NEAR:
        yield from ((own if who in sure else NEAR[own], who) for who in principals)
    elif any(one.name == kind and one.by_principal for one in KINDS):
        yield from ((kind, who) for who in principals)
    else:
        yield kind, item["id"]


def _step(
    number: int, kind: Kind, target: str, region: str, items: list[dict[str, Any]]
) -> RevokeStep:
    keys = [item["id"] for item in items if item["id"] != target]
    instances = [id.split(":", 1)[-1] for id in keys] if kind.name == INSTANCE else []
    because = "; ".join(dict.fromkeys(str(item["because"]) for item in items))
    if instances:
        named = listed(instances, 5 if region else len(instances))  # the command names all
        because += f"{' in ' * bool(region)}{region}: {named}"
    elif len(keys) > 1:
        because += ", with" if kind.name in NEAR.values() else "; ends"
        because += f" {len(keys)} temporary keys"
    owner = _owner(kind, target, items[0]["principals"])
    action, command = kind.action, kind.command
    for name, part, instead in ELSEWHERE:
        if name == kind.name and part in owner:
            action, command = instead, ""
    if OWNERS.get(kind.name, "") not in owner:
        command = ""
    if instances and not (region and all(map(_INSTANCE.fullmatch, instances))):
        command = ""
    filled = command.format(
        name=shlex.quote(label(owner)),
        key=shlex.quote(target.split(":", 1)[-1]),
        policy_name=POLICY,
        policy=_policy(),
        region=shlex.quote(region),
        instances=shlex.join(instances),
    )
    ends, about = ((), tuple(keys)) if instances else (tuple(keys), ())
    at = _account(target, owner, items)
    return RevokeStep(number, kind.name, target, action, because, filled, ends, about, account=at)


def _account(target: str, owner: str, items: list[dict[str, Any]]) -> str:
    """The account that a step is taken in, "" where that is not known."""
    sure = account(owner) or account(target)
    named = {account(who) for item in items for who in item["principals"]}
    return sure or (named.pop() if len(named) == 1 else "")


def _owner(kind: Kind, target: str, principals: list[str]) -> str:
    """Whose the credential is: the only one of its kind that used it, "" where none is."""
    if kind.by_principal:
        return target
    part = OWNERS.get(kind.name, "")
    owners = [name for name in principals if part in name or name.endswith(":root")]
    return owners[0] if len(owners) == 1 else ""


def _policy() -> str:
    """Deny all to sessions issued before the command is run, as AWS's own console does it; quoted
    for a shell, which puts the time in: a session may begin after the command was printed."""
    older = {"DateLessThan": {"aws:TokenIssueTime": "NOW"}}
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
    before, after = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).split("NOW")
    return f'{shlex.quote(before)}"$(date -u +%Y-%m-%dT%H:%M:%SZ)"{shlex.quote(after)}'


def script(found: Revocation) -> str:
    """The steps as a shell script, to be read before it is run; one that fails stops no other."""
    subject = visible(found.subject)
    lines = ["#!/bin/sh", f"# What to revoke for {subject}. Read it first; nothing ran it."]
    lines += [f"# {counted}" for counted in _counted(found)]
    if any(step.command and step.account for step in found.steps):
        lines += ["", IN_ACCOUNT]
    for step in found.steps:
        target, because = visible(step.target), visible(step.because)
        lines += ["", f"# {step.order}. {target}: {step.action}", f"#    {because}"]
        lines += [f"#    {visible(step.use.says)}"] if step.use else []
        lines.append(_line(step))
    return "\n".join([*lines, "", *(f"# not covered: {text}" for text in found.not_covered)])


def _line(step: RevokeStep) -> str:
    if not step.command:
        return "# (by hand)"
    guard = f"in_account {shlex.quote(step.account)} && " if step.account else ""
    if step.kind == ROLE:  # whoever runs the script has not looked yet
        return f"# (when you have looked) {guard}{visible(step.command)}"
    return f'{guard}{step.command} || echo "step {step.order} failed" >&2'


def certain(found: Revocation) -> list[RevokeStep]:
    """The steps to take at once: without those that ask a person to look first."""
    return [step for step in found.steps if step.kind not in LOOK]


def _steps(found: Revocation) -> str:
    count = len(certain(found))
    said = "1 step" if count == 1 else f"{count} steps, in this order"
    look = len(found.steps) - count
    return said + (f"; {look} more to look at first" if look else "")


def _counted(found: Revocation) -> list[str]:
    """In which days the use of each was counted."""
    window = found.use_counted
    if window is None:
        return ["How much they are used is not known: the store holds no calls until now"]
    when = f"from {window.start} to {window.end}"
    return [f"Use is that of calls that succeeded {when}; what no trail logs is not in it"]


def checklist(found: Revocation) -> str:
    """The steps for a person."""
    lines = [f"Revoke set for {visible(found.subject)}: {_steps(found)}", *_counted(found)]
    for step in found.steps:
        target, because = visible(step.target), visible(step.because)
        lines += [f"[ ] {step.order}. {target}: {step.action}", f"       {because}"]
        if step.account != account(step.target):
            lines += [f"       in account {visible(step.account)}"]
        lines += [f"       {visible(step.use.says)}"] if step.use else []
        lines += [f"       $ {visible(step.command)}"] if step.command else []
    return "\n".join([*lines, "Not covered:", *(f"  - {text}" for text in found.not_covered)])
