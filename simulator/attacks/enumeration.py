"""A partner's access key, leaked, tried on one service after another."""

from offtrail.simulator import identities
from offtrail.simulator.attacks.script import Attack
from offtrail.simulator.call import Actor, Call
from offtrail.simulator.life.sessions import BOTO
from offtrail.simulator.organisation import HOME, PRODUCTION, Calendar


def _partner(calendar: Calendar, day: int) -> Actor:
    return identities.user(PRODUCTION, "partner-sync", "203.0.113.199", BOTO, HOME)


_ASKED = (
    "iam:ListUsers",
    "iam:ListRoles",
    "iam:GetAccountAuthorizationDetails",
    "iam:ListAccessKeys",
    "s3:ListBuckets",
    "ec2:DescribeInstances",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVpcs",
    "rds:DescribeDBInstances",
    "lambda:ListFunctions",
    "dynamodb:ListTables",
    "secretsmanager:ListSecrets",
    "ssm:DescribeParameters",
    "kms:ListKeys",
    "sqs:ListQueues",
    "sns:ListTopics",
    "ecr:DescribeRepositories",
    "ecs:ListClusters",
    "eks:ListClusters",
    "cloudtrail:DescribeTrails",
    "guardduty:ListDetectors",
    "organizations:DescribeOrganization",
    "route53:ListHostedZones",
    "logs:DescribeLogGroups",
)

ENUMERATION = Attack(
    name="leaked-key-enumeration",
    begins=0.8,
    hour=19.7,
    gap=3,
    victim=_partner,
    calls=(
        Call("sts:GetCallerIdentity"),
        *(Call(operation, outcome="denied") for operation in _ASKED),
    ),
)
