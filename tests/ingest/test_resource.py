"""A call's resource has one id, however the call names it."""

import json
from typing import Any

import pytest

from offtrail.ingest.named import BEGINS, PARAMETERS
from offtrail.ingest.resource import Place, canonical, target

ACCOUNT = "111122223333"


def named(service: str, parameters: Any, region: str = "eu-west-1", resources: Any = None) -> str:
    place = Place(service, region, ACCOUNT)
    return target(place, json.dumps(resources).encode(), json.dumps(parameters).encode())


@pytest.mark.parametrize(
    ("service", "parameters", "found"),
    [
        ("s3", {"bucketName": "ledger", "key": "a"}, "arn:aws:s3:::ledger"),
        ("iam", {"userName": "ben", "policyArn": "arn:aws:iam::aws:policy/Admin"}, "user/ben"),
        ("iam", {"userName": "ben", "groupName": "admins"}, "group/admins"),
        (
            "sts",
            {"roleArn": "arn:aws:iam::444455556666:role/x"},
            "arn:aws:iam::444455556666:role/x",
        ),
        ("ec2", {"instancesSet": {"items": [{"instanceId": "i-0a"}]}}, "instance:i-0a"),
        (
            "ec2",
            {"instancesSet": {"items": [{"keyName": "ben", "imageId": "ami-0a", "maxCount": 1}]}},
            f"arn:aws:ec2:eu-west-1:{ACCOUNT}:image/ami-0a",
        ),
        ("ec2", {"resourcesSet": {"items": [{"resourceId": "i-0a"}]}}, "instance:i-0a"),
        ("ssm", {"instanceIds": ["i-0a", "i-0b"]}, "instance:i-0a"),
        (
            "lambda",
            {"functionName": "resize"},
            f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:resize",
        ),
        (
            "lambda",
            {"functionName": "arn:aws:lambda:x:1:function:f"},
            "arn:aws:lambda:x:1:function:f",
        ),
        ("unheard-of", {"resourceArn": "arn:aws:x:::y"}, "arn:aws:x:::y"),
        ("ssm", {"parameters": "HIDDEN_DUE_TO_SECURITY_REASONS"}, ""),
        ("s3", {"bucketName": 7}, ""),
        ("s3", {"bucketName": ""}, ""),
        ("s3", "text", ""),
        ("s3", None, ""),
    ],
)
def test_parameters_name_the_resource(service: str, parameters: Any, found: str) -> None:
    assert named(service, parameters).endswith(found)
    assert bool(named(service, parameters)) == bool(found)


def test_an_object_is_its_bucket_and_an_instance_its_id() -> None:
    assert canonical("arn:aws:s3:::ledger/2026/q1.csv") == "arn:aws:s3:::ledger"
    assert canonical(f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0a") == "instance:i-0a"
    assert canonical(f"arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/v").endswith("volume/v")


def test_the_listed_bucket_is_preferred_to_its_object_and_to_parameters() -> None:
    listed = [
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::ledger/a"},
        {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::ledger", "accountId": ACCOUNT},
    ]
    assert named("s3", {"bucketName": "other"}, resources=listed) == "arn:aws:s3:::ledger"


def test_partitions_follow_the_region() -> None:
    assert named("s3", {"bucketName": "b"}, region="cn-north-1") == "arn:aws-cn:s3:::b"
    assert named("s3", {"bucketName": "b"}, region="us-gov-west-1") == "arn:aws-us-gov:s3:::b"


def test_every_row_builds_an_id() -> None:
    rows = [(service, *row) for service, fields in PARAMETERS.items() for row in fields]
    assert all(
        named(service, {row[0]: f"{BEGINS.get(tuple(row), '')}name"}) for service, *row in rows
    )
