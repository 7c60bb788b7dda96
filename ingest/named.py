"""Parameters that name what a call is about: a row a parameter, the first that is there decides.

Where AWS's ARN follows from name, region and account, the row builds it, so that the same thing has
one node however it is named; elsewhere it is a typed name. Paths of IAM names are not in the
parameters, so an IAM name is taken to have none.
"""

_IAM = "arn:{partition}:iam::{account}:"
_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_RDS = "arn:{partition}:rds:{region}:{account}:"

PARAMETERS: dict[str, tuple[tuple[str, str], ...]] = {
    "iam": (
        ("groupName", _IAM + "group/{name}"),
        ("roleName", _IAM + "role/{name}"),
        ("userName", _IAM + "user/{name}"),
        ("policyArn", "{name}"),
        ("instanceProfileName", _IAM + "instance-profile/{name}"),
        ("serialNumber", "{name}"),
        ("policyName", _IAM + "policy/{name}"),
    ),
    "sts": (("roleArn", "{name}"),),
    "s3": (("bucketName", "arn:{partition}:s3:::{name}"),),
    "ec2": (
        ("instanceId", "instance:{name}"),
        ("instancesSet", "instance:{name}"),
        ("instancesSet", _EC2 + "image/{name}"),
        ("resourcesSet", "ec2:{account}:{name}"),
        ("snapshotId", _EC2 + "snapshot/{name}"),
        ("snapshotSet", _EC2 + "snapshot/{name}"),
        ("volumeId", _EC2 + "volume/{name}"),
        ("volumeSet", _EC2 + "volume/{name}"),
        ("groupId", _EC2 + "security-group/{name}"),
        ("groupName", "security-group:{account}:{name}"),
        ("imageId", _EC2 + "image/{name}"),
        ("imagesSet", _EC2 + "image/{name}"),
        ("networkInterfaceId", _EC2 + "network-interface/{name}"),
        ("subnetId", _EC2 + "subnet/{name}"),
        ("vpcId", _EC2 + "vpc/{name}"),
        ("keyName", _EC2 + "key-pair/{name}"),
        ("allocationId", _EC2 + "elastic-ip/{name}"),
        ("publicIp", "ip:{name}"),
    ),
    "ssm": (
        ("target", "instance:{name}"),
        ("instanceIds", "instance:{name}"),
        ("name", "arn:{partition}:ssm:{region}:{account}:parameter/{name}"),
        ("names", "arn:{partition}:ssm:{region}:{account}:parameter/{name}"),
        ("documentName", "arn:{partition}:ssm:{region}:{account}:document/{name}"),
    ),
    "ec2-instance-connect": (("instanceId", "instance:{name}"),),
    "secretsmanager": (("secretId", "secretsmanager:{account}:{name}"),),
    "kms": (("keyId", "kms:{account}:{name}"),),
    "lambda": (
        ("functionName", "arn:{partition}:lambda:{region}:{account}:function:{name}"),
        ("resource", "{name}"),
    ),
    "dynamodb": (("tableName", "arn:{partition}:dynamodb:{region}:{account}:table/{name}"),),
    "rds": (
        ("dBInstanceIdentifier", _RDS + "db:{name}"),
        ("dBClusterIdentifier", _RDS + "cluster:{name}"),
        ("dBSnapshotIdentifier", _RDS + "snapshot:{name}"),
        ("resourceName", "{name}"),
        ("dBSecurityGroupName", _RDS + "secgrp:{name}"),
    ),
    "cloudtrail": (
        ("name", "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}"),
        ("trailName", "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}"),
    ),
    "logs": (("logGroupName", "arn:{partition}:logs:{region}:{account}:log-group:{name}"),),
    "sns": (("name", "arn:{partition}:sns:{region}:{account}:{name}"),),
    "cloudformation": (("stackName", "cloudformation:{account}:{name}"),),
    "elasticloadbalancing": (("loadBalancerName", "elasticloadbalancing:{account}:{name}"),),
    "autoscaling": (("autoScalingGroupName", "autoscaling:{account}:{name}"),),
    "route53": (
        ("hostedZoneId", "arn:{partition}:route53:::hostedzone/{name}"),
        ("id", "arn:{partition}:route53:::hostedzone/{name}"),
    ),
    "guardduty": (("detectorId", "arn:{partition}:guardduty:{region}:{account}:detector/{name}"),),
    "ecr": (("repositoryName", "arn:{partition}:ecr:{region}:{account}:repository/{name}"),),
    "eks": (("name", "arn:{partition}:eks:{region}:{account}:cluster/{name}"),),
    "opsworks": (("stackId", "opsworks:{account}:{name}"),),
    "elasticbeanstalk": (("environmentId", "elasticbeanstalk:{account}:{name}"),),
    "elasticmapreduce": (("clusterId", "elasticmapreduce:{account}:{name}"),),
    "bedrock": (("modelId", "bedrock:{name}"),),
    "": (  # any service, after its own rows
        ("resourceArn", "{name}"),
        ("resourceARN", "{name}"),
        ("arn", "{name}"),
        ("functionArn", "{name}"),
        ("topicArn", "{name}"),
        ("queueUrl", "{name}"),
        ("stateMachineArn", "{name}"),
        ("clusterArn", "{name}"),
        ("roleArn", "{name}"),
        ("bucketName", "arn:{partition}:s3:::{name}"),
    ),
}

BEGINS: dict[tuple[str, str], str] = {
    ("instancesSet", "instance:{name}"): "i-",
    ("instancesSet", _EC2 + "image/{name}"): "ami-",
}
"""How a name begins in a parameter that holds several kinds: RunInstances lists image and key pair
where other calls list instances.
"""

IAM_KINDS: dict[str, str] = {  # a denial of IAM says ``group NAME``
    "group": _IAM + "group/{name}",
    "role": _IAM + "role/{name}",
    "user": _IAM + "user/{name}",
    "policy": _IAM + "policy/{name}",
    "instance profile": _IAM + "instance-profile/{name}",
}
