"""A trail of a million events in some nine hundred files, in the proportions of a busy account.

Made once into a cache folder. It measures speed and nothing else. What decides the speed is how
often calls repeat, and that is set to what real trails show: one event in six or seven is new apart
from what it names, one in three names something new, a row of activities stands for four events.
"""

import os
import random
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from isal import igzip

FILES, EVENTS = 900, 1_000_000
SESSIONS = 16  # at work in a file, an hour of one account and region
START = 1_767_225_600  # 2026-01-01T00:00:00Z
ACCOUNTS = ("111122223333", "444455556666", "123456789012")
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1")
FILTER = {"items": [{"name": "tag:team", "valueSet": {"items": [{"value": "payments"}]}}]}
READS = (
    ("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": FILTER}),
    ("ec2", "DescribeNetworkInterfaces", {"networkInterfaceIdSet": {}, "filterSet": FILTER}),
    ("ec2", "DescribeVolumes", {"volumeSet": {}, "filterSet": FILTER}),
    ("iam", "ListRoles", None),
    ("iam", "GetRole", {"roleName": "deployment"}),
    ("sts", "GetCallerIdentity", None),
    ("lambda", "ListFunctions20150331", None),
    ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/aws/lambda/"}),
    ("monitoring", "DescribeAlarms", {"maxRecords": 100}),
    ("autoscaling", "DescribeAutoScalingGroups", {"autoScalingGroupNames": ["web", "batch"]}),
    ("ssm", "UpdateInstanceInformation", {"instanceId": "i-0abc", "agentVersion": "3.2.2303.0"}),
    ("ecs", "DescribeTasks", {"cluster": "main", "tasks": ["a1b2c3d4"]}),
    ("dynamodb", "DescribeTable", {"tableName": "orders"}),
    ("rds", "DescribeDBInstances", None),
)
AGENTS = (
    "Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#5.10.209-198.812.amzn2.x86_64 "
    "md/arch#x86_64 lang/python#3.11.6 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.51",
    "aws-sdk-go/1.44.298 (go1.20.6; linux; amd64)",
    "[aws-cli/2.15.30 Python/3.11.8 Linux/5.10 exe/x86_64.amzn.2 prompt/off command/s3.cp]",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.4 (+https://www.terraform.io) aws-sdk-go-v2/1.25.2",
)
MESSAGE = (
    "User: {arn} is not authorized to perform: {action} because no identity-based policy allows"
)


def trail(folder: Path, files: int = FILES, events: int = EVENTS) -> list[Path]:
    """The files, made where they are not yet there."""
    name = folder / f"trail-{files}-{events}"
    if not name.is_dir():
        draft = name.with_suffix(f".{os.getpid()}")
        draft.mkdir(parents=True)
        for i in range(files):
            body = b'{"Records":[' + b",".join(_file(i, events // files)) + b"]}"
            (draft / f"{i:04}.json.gz").write_bytes(igzip.compress(body, compresslevel=2))
        draft.rename(name)
    return sorted(name.iterdir())


def _file(number: int, events: int) -> list[bytes]:
    rng = random.Random(number)  # noqa: S311 a load, not a secret
    account, region = ACCOUNTS[number % 3], REGIONS[number // 3 % 3]
    second = START + number // 9 * 3600
    sessions = [_session(account, number // 9, i) for i in range(SESSIONS)]
    encode = msgspec.json.Encoder().encode
    return [
        encode(_event(rng, rng.choice(sessions), account, region, second + i * 3600 // events))
        for i in range(events)
    ]


def _session(account: str, shift: int, number: int) -> dict[str, object]:
    rng = random.Random(f"{account}{shift}{number}")  # noqa: S311
    role = f"service-role-{number:03}"
    name = f"i-{number:017x}" if number % 4 == 0 else f"botocore-session-{rng.getrandbits(32)}"
    principal = f"AROA{number:016d}"
    identity = {
        "type": "AssumedRole",
        "principalId": f"{principal}:{name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "accountId": account,
        "accessKeyId": f"ASIA{rng.getrandbits(48):016d}",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal,
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2026-01-01T00:00:00Z", "mfaAuthenticated": "false"},
            "ec2RoleDelivery": "2.0",
        },
    }
    return {
        "userIdentity": identity,
        "sourceIPAddress": f"198.51.100.{number}",
        "userAgent": rng.choice(AGENTS),
        "calls": rng.sample(READS, 5),
        "number": number,
    }


def _event(
    rng: random.Random, session: dict[str, object], account: str, region: str, second: int
) -> dict[str, object]:
    kind = rng.random()
    service, name, asked = rng.choice(session["calls"])
    answer: object = None
    resources: list[dict[str, str]] | None = None
    extra: dict[str, object] = {}
    if kind < 0.25:
        service, name = "s3", rng.choice(("GetObject", "PutObject", "HeadObject"))
        bucket = f"data-{account}-{session['number']}-{rng.randrange(2)}"
        key = f"year=2026/part-{rng.getrandbits(64):016x}.parquet"
        asked = {"bucketName": bucket, "Host": f"{bucket}.s3.{region}.amazonaws.com", "key": key}
        resources = [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
            {"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ]
        extra = {
            "additionalEventData": {
                "SignatureVersion": "SigV4",
                "CipherSuite": "ECDHE-RSA-AES128-GCM-SHA256",
                "bytesTransferredIn": 0,
                "AuthenticationMethod": "AuthHeader",
                "x-amz-id-2": f"{rng.getrandbits(400):0100x}",
                "bytesTransferredOut": rng.randrange(1 << 20),
            }
        }
    elif kind < 0.4:
        service, name = "kms", "Decrypt"
        arn = f"arn:aws:kms:{region}:{account}:key/{rng.randrange(2):036}"
        asked = {
            "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::data-{account}-1"},
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }
        resources = [{"accountId": account, "type": "AWS::KMS::Key", "ARN": arn}]
    elif kind < 0.45:
        service, name = "sts", "AssumeRole"
        arn = f"arn:aws:iam::{account}:role/service-role-{rng.randrange(4):03}"
        asked = {"roleArn": arn, "roleSessionName": f"job-{rng.getrandbits(32)}"}
        answer = {
            "credentials": {
                "accessKeyId": f"ASIA{rng.getrandbits(48):016d}",
                "sessionToken": "HIDDEN_DUE_TO_SECURITY_REASONS",
                "expiration": "Jan 1, 2026, 1:00:00 PM",
            },
            "assumedRoleUser": {"assumedRoleId": "AROA:job", "arn": arn + "/job"},
        }
        resources = [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]
    elif kind < 0.48:
        arn = session["userIdentity"]["arn"]  # type: ignore[index]
        extra = {
            "errorCode": "AccessDenied",
            "errorMessage": MESSAGE.format(arn=arn, action=f"{service}:{name}"),
        }
        asked = None
    event: dict[str, object] = {
        "eventVersion": "1.09",
        "userIdentity": session["userIdentity"],
        "eventTime": _time(second),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": session["sourceIPAddress"],
        "userAgent": session["userAgent"],
        **extra,
        "requestParameters": asked,
        "responseElements": answer,
        "requestID": _uuid(rng),
        "eventID": _uuid(rng),
        "readOnly": name[0] in "DGL",
        "eventType": "AwsApiCall",
        "managementEvent": kind >= 0.25,
        "recipientAccountId": account,
        "sharedEventID": _uuid(rng),
        "vpcEndpointId": "vpce-0a1b2c3d4e5f60718",
        "vpcEndpointAccountId": account,
        "sessionCredentialFromConsole": "false",
        "eventCategory": "Data" if kind < 0.25 else "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{service}.{region}.amazonaws.com",
        },
    }
    if resources is not None:
        event["resources"] = resources
    return event


def _uuid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
