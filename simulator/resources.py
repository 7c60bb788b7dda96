"""What a call is made on: the request parameter that names it and its ARN."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of resource; the templates take ``name``, ``account`` and ``region``."""

    parameter: str
    arn: str


KINDS = {
    "alarm": Kind("alarmNames", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
    "bucket": Kind("bucketName", "arn:aws:s3:::{name}"),
    "cluster": Kind("cluster", "arn:aws:ecs:{region}:{account}:cluster/{name}"),
    "database": Kind("dBInstanceIdentifier", "arn:aws:rds:{region}:{account}:db:{name}"),
    "function": Kind("functionName", "arn:aws:lambda:{region}:{account}:function:{name}"),
    "group": Kind("groupName", "arn:aws:iam::{account}:group/{name}"),
    "instance": Kind("instanceId", "arn:aws:ec2:{region}:{account}:instance/{name}"),
    "key": Kind("keyId", "arn:aws:kms:{region}:{account}:key/{name}"),
    "log-group": Kind("logGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}"),
    "object": Kind("key", "arn:aws:s3:::{name}"),
    "policy": Kind("policyArn", "arn:aws:iam::{account}:policy/{name}"),
    "parameter": Kind("name", "arn:aws:ssm:{region}:{account}:parameter{name}"),
    "queue": Kind("queueUrl", "arn:aws:sqs:{region}:{account}:{name}"),
    "repository": Kind("repositoryName", "arn:aws:ecr:{region}:{account}:repository/{name}"),
    "role": Kind("roleName", "arn:aws:iam::{account}:role/{name}"),
    "secret": Kind("secretId", "arn:aws:secretsmanager:{region}:{account}:secret:{name}"),
    "snapshot": Kind("snapshotId", "arn:aws:ec2:{region}:{account}:snapshot/{name}"),
    "stack": Kind("stackName", "arn:aws:cloudformation:{region}:{account}:stack/{name}"),
    "table": Kind("tableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "topic": Kind("topicArn", "arn:aws:sns:{region}:{account}:{name}"),
    "trail": Kind("name", "arn:aws:cloudtrail:{region}:{account}:trail/{name}"),
    "user": Kind("userName", "arn:aws:iam::{account}:user/{name}"),
}


def arn(kind: str, name: str, account: str, region: str) -> str:
    """Return the ARN of a named thing, ``*`` where the call names none."""
    return KINDS[kind].arn.format(name=name, account=account, region=region) if kind else "*"


def parameters(kind: str, name: str, account: str, region: str) -> dict[str, object] | None:
    """Return the requestParameters that name a thing, None where the call names none."""
    if not kind:
        return None
    if kind == "object":
        bucket, _, key = name.partition("/")
        return {"bucketName": bucket, "Host": f"{bucket}.s3.{region}.amazonaws.com", "key": key}
    if kind in ("policy", "topic"):
        return {KINDS[kind].parameter: arn(kind, name, account, region)}
    if kind == "queue":
        return {"queueUrl": f"https://sqs.{region}.amazonaws.com/{account}/{name}"}
    if kind == "instance":
        return {"instancesSet": {"items": [{"instanceId": name}]}}
    return {KINDS[kind].parameter: name}
