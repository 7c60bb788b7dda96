"""A forgotten backup user's key: one denied call a day, each time another."""

from offtrail.simulator import identities
from offtrail.simulator.attacks.script import Attack
from offtrail.simulator.call import Actor, Call
from offtrail.simulator.life.sessions import BOTO
from offtrail.simulator.organisation import HOME, PRODUCTION, Calendar


def _backup(calendar: Calendar, day: int) -> Actor:
    return identities.user(PRODUCTION, "legacy-backup", "203.0.113.61", BOTO, HOME)


PROBE = Attack(
    name="slow-probe",
    begins=0.4,
    hour=11.0,
    gap=0,
    victim=_backup,
    calls=(
        Call("secretsmanager:ListSecrets", outcome="denied"),
        Call("iam:ListUsers", outcome="denied"),
        Call("kms:ListKeys", outcome="denied"),
        Call("rds:DescribeDBSnapshots", outcome="denied"),
        Call("lambda:ListFunctions", outcome="denied"),
        Call("ssm:GetParameter", "parameter", "/orders/url", "denied"),
        Call("s3:GetBucketPolicy", "bucket", "acme-orders", "denied"),
        Call("dynamodb:ListTables", outcome="denied"),
    ),
    daily=True,
)
