"""Small trails for the tests of ingest: records in the form real ones have, in files."""

import gzip
import json
from pathlib import Path

from offtrail.ingest.timestamp import written

START = 1_767_225_600  # 2026-01-01T00:00:00Z
ACCOUNT = "111122223333"
CALLS = (
    ("iam.amazonaws.com", "GetUser", {"userName": "ann"}),
    ("s3.amazonaws.com", "GetObject", {"bucketName": "logs", "key": "a"}),
    ("ec2.amazonaws.com", "DescribeInstances", None),
    ("sts.amazonaws.com", "AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/web"}),
)


def event(number: int, **fields: object) -> dict[str, object]:
    """The record of that number: always the same, a call every seven minutes."""
    source, name, asked = CALLS[number % len(CALLS)]
    instance = f"i-{number % 5:017x}"
    denied = number % 11 == 0
    return {
        "eventVersion": "1.08",
        "eventID": f"00000000-0000-4000-8000-{number:012x}",
        "eventTime": written(START + number * 420),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "us-east-1",
        "recipientAccountId": ACCOUNT,
        "sourceIPAddress": f"198.51.100.{number % 7}",
        "userAgent": "aws-cli/2.15",
        "requestParameters": asked,
        "responseElements": {"credentials": {"accessKeyId": f"ASIA{number:016}"}}
        if name == "AssumeRole"
        else None,
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROA:{instance}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web/{instance}",
            "accountId": ACCOUNT,
            "accessKeyId": f"ASIA{number % 3:016}",
        },
        **({"errorCode": "AccessDenied", "errorMessage": "Access Denied"} if denied else {}),
        **fields,
    }


def document(events: list[dict[str, object]]) -> bytes:
    return json.dumps({"Records": events}).encode()


def write(path: Path, events: list[dict[str, object]]) -> Path:
    """A log file as CloudTrail delivers it; the same events give the same bytes."""
    path.write_bytes(gzip.compress(document(events), mtime=0))
    return path


def folder(path: Path, files: int, each: int, overlap: int = 0) -> Path:
    """Files of ``each`` events; ``overlap`` of them stand in the next file again."""
    path.mkdir(parents=True, exist_ok=True)
    for i in range(files):
        numbers = range(i * each, (i + 1) * each + overlap)
        write(path / f"{i:03}.json.gz", [event(n) for n in numbers])
    return path
