"""A support user's key, used to try for more rights."""

from offtrail.simulator import identities
from offtrail.simulator.attacks.script import Attack
from offtrail.simulator.call import Actor, Call
from offtrail.simulator.life.sessions import CLI
from offtrail.simulator.organisation import HOME, PRODUCTION, Calendar


def _support(calendar: Calendar, day: int) -> Actor:
    return identities.user(PRODUCTION, "mateo", "203.0.113.142", CLI, HOME)


ESCALATION = Attack(
    name="privilege-escalation",
    begins=0.85,
    hour=23.1,
    gap=90,
    victim=_support,
    calls=(
        Call("sts:GetCallerIdentity"),
        Call("iam:ListAttachedUserPolicies", "user", "mateo"),
        Call("iam:AttachUserPolicy", "user", "mateo", "denied"),
        Call("iam:PutUserPolicy", "user", "mateo", "denied"),
        Call("iam:CreateAccessKey", "user", "legacy-backup", "denied"),
        Call("iam:CreateLoginProfile", "user", "legacy-backup", "denied"),
        Call("iam:AddUserToGroup", "group", "finance", "denied"),
        Call("iam:CreatePolicyVersion", "policy", "deploy-orders", "denied-by-boundary"),
        Call("iam:UpdateAssumeRolePolicy", "role", "admin", "denied"),
        Call("sts:AssumeRole", "role", "admin", "denied-plainly"),
        Call("lambda:CreateFunction", "function", "helper", "denied-to-pass-admin"),
        Call("ec2:RunInstances", outcome="denied"),
    ),
)
