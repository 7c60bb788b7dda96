"""Credentials of a web server's role, taken from the machine and used from outside."""

from dataclasses import replace

from offtrail.simulator.attacks.script import Attack
from offtrail.simulator.call import Actor, Call
from offtrail.simulator.life import sessions
from offtrail.simulator.organisation import MACHINES, Calendar


def _outside(calendar: Calendar, day: int) -> Actor:
    taken = sessions.machine(MACHINES[0], calendar, day, turn=0)
    return replace(taken, source="203.0.113.77", agent=sessions.CLI)


STOLEN_INSTANCE = Attack(
    name="stolen-instance-credentials",
    begins=0.75,
    hour=1.4,
    gap=50,
    victim=_outside,
    calls=(
        Call("sts:GetCallerIdentity"),
        Call("s3:ListBuckets", outcome="denied"),
        Call("s3:ListObjects", "bucket", "acme-web-assets"),
        Call("iam:ListAttachedRolePolicies", "role", "web-frontend", "denied"),
        Call("iam:GetRole", "role", "web-frontend", "denied"),
        Call("ec2:DescribeInstances", outcome="denied"),
        Call("ec2:DescribeSecurityGroups", outcome="denied"),
        Call("secretsmanager:ListSecrets", outcome="denied"),
        Call("secretsmanager:GetSecretValue", "secret", "orders/database", "denied"),
        Call("ssm:DescribeParameters", outcome="denied"),
        Call("s3:ListObjects", "bucket", "acme-orders", "denied"),
        Call("s3:GetObject", "object", "acme-web-assets/3/0c0de.json"),
        Call("s3:GetObject", "object", "acme-web-assets/3/0c0df.json"),
        Call("dynamodb:ListTables", outcome="denied"),
        Call("dynamodb:Scan", "table", "orders", "denied"),
    ),
)
