"""How each AWS service writes its records: host, version, denial code, what it hides."""

from typing import NamedTuple


class Service(NamedTuple):
    """One service's habits; ``hides`` says that a denied call has null requestParameters."""

    host: str
    denied: str = "AccessDenied"
    version: str = "1.08"
    hides: bool = True
    everywhere: bool = False  # one global endpoint: its records lie in us-east-1


DENIED = "AccessDeniedException"

SERVICES = {
    "access-analyzer": Service("access-analyzer.amazonaws.com", DENIED, "1.09"),
    "autoscaling": Service("autoscaling.amazonaws.com"),
    "ce": Service("ce.amazonaws.com", DENIED, "1.09", everywhere=True),
    "cloudformation": Service("cloudformation.amazonaws.com", version="1.10"),
    "cloudtrail": Service("cloudtrail.amazonaws.com", DENIED, "1.10"),
    "cloudwatch": Service("monitoring.amazonaws.com", version="1.11"),
    "dynamodb": Service("dynamodb.amazonaws.com", DENIED, "1.11"),
    "ec2": Service("ec2.amazonaws.com", "Client.UnauthorizedOperation", "1.10", hides=False),
    "ecr": Service("ecr.amazonaws.com", DENIED),
    "ecs": Service("ecs.amazonaws.com", DENIED, "1.11"),
    "eks": Service("eks.amazonaws.com", DENIED, "1.09"),
    "guardduty": Service("guardduty.amazonaws.com", DENIED, "1.09"),
    "health": Service("health.amazonaws.com", DENIED, "1.09", everywhere=True),
    "iam": Service("iam.amazonaws.com", version="1.09", everywhere=True),
    "kms": Service("kms.amazonaws.com", DENIED, "1.11"),
    "lambda": Service("lambda.amazonaws.com", DENIED, "1.11"),
    "logs": Service("logs.amazonaws.com", DENIED, "1.09"),
    "organizations": Service("organizations.amazonaws.com", DENIED, "1.09", everywhere=True),
    "rds": Service("rds.amazonaws.com", version="1.11"),
    "route53": Service("route53.amazonaws.com", version="1.09", everywhere=True),
    "s3": Service("s3.amazonaws.com", version="1.11", hides=False),
    "secretsmanager": Service("secretsmanager.amazonaws.com", DENIED, "1.11"),
    "signin": Service("signin.amazonaws.com", everywhere=True),
    "sns": Service("sns.amazonaws.com", "AuthorizationError"),
    "sqs": Service("sqs.amazonaws.com", version="1.09"),
    "ssm": Service("ssm.amazonaws.com", DENIED),
    "sts": Service("sts.amazonaws.com"),
    "support": Service("support.amazonaws.com", DENIED, everywhere=True),
}

ACTIONS = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
}
"""The action a denial names, where it is not the event's name."""

DATED = {
    "lambda:ListFunctions": "ListFunctions20150331",
    "lambda:CreateFunction": "CreateFunction20150331",
    "lambda:GetFunction": "GetFunction20150331v2",
    "lambda:UpdateFunctionCode": "UpdateFunctionCode20150331v2",
    "lambda:UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
}
"""Event names that carry the version of their API."""

DATA_EVENTS = frozenset({"s3:GetObject", "s3:PutObject", "s3:ListObjects", "lambda:Invoke"})
"""Operations of eventCategory Data."""

READS = ("Describe", "Get", "List", "Head", "Lookup", "Batch", "Simulate", "Receive", "Query")
"""What the names of operations begin with that change nothing."""
