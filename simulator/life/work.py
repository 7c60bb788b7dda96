"""What each team, machine, function and pipeline does: the routines as rows."""

from offtrail.simulator.routines import Step as S

TEAMS: dict[str, tuple[tuple[S, ...], ...]] = {
    "platform": (
        (
            S("ec2:DescribeInstances"),
            S("ec2:DescribeSecurityGroups"),
            S("ec2:DescribeInstanceStatus", "instance", 0.7, "no-instance", 0.03),
            S("autoscaling:DescribeAutoScalingGroups", odds=0.6),
            S("cloudwatch:DescribeAlarms", odds=0.8),
            S("ce:GetCostAndUsage", odds=0.3, error="denied", errs=1),
            S("ec2:TerminateInstances", "instance", 0.1, "denied-explicitly", 0.3),
            S("ec2:RunInstances", odds=0.15, error="capacity", errs=0.15),
        ),
        (
            S("iam:ListRoles"),
            S("iam:GetRole", "role", 1, "no-entity", 0.06),
            S("iam:ListAttachedRolePolicies", "role"),
            S("iam:GetPolicy", "policy", 0.6),
            S("iam:UpdateAssumeRolePolicy", "role", 0.08),
            S("iam:CreateRole", "role", 0.08, "exists", 0.4),
        ),
        (
            S("cloudformation:DescribeStacks", "stack", 1, "no-stack", 0.05),
            S("cloudformation:DescribeStackEvents", "stack", 0.8),
            S("cloudformation:UpdateStack", "stack", 0.2, "no-updates", 0.3),
        ),
    ),
    "developers": (
        (
            S("lambda:ListFunctions"),
            S("lambda:GetFunction", "function", 1, "not-found", 0.04),
            S("logs:DescribeLogGroups"),
            S("logs:FilterLogEvents", "log-group", 0.9, "not-found", 0.03),
            S("cloudwatch:GetMetricData", odds=0.7),
            S("lambda:UpdateFunctionConfiguration", "function", 0.1, "denied", 0.4),
            S("ce:GetCostAndUsage", odds=0.2, error="denied", errs=1),
        ),
        (
            S("s3:ListBuckets"),
            S("s3:ListObjects", "bucket", 0.8),
            S("s3:GetObject", "object", 0.8, "no-object", 0.08),
            S("s3:GetBucketPolicy", "bucket", 0.3, "no-bucket-policy", 0.5),
            S("dynamodb:DescribeTable", "table", 0.7, "not-found", 0.03),
            S("sqs:GetQueueAttributes", "queue", 0.5),
        ),
        (
            S("ecs:ListClusters"),
            S("ecs:DescribeServices", "cluster"),
            S("ecr:DescribeRepositories", odds=0.4),
            S("ecr:DescribeImages", "repository", 0.4, "no-repository", 0.05),
            S("secretsmanager:ListSecrets", odds=0.1, error="denied", errs=1),
            S("ssm:GetParameter", "parameter", 0.6, "no-parameter", 0.05),
        ),
    ),
    "data": (
        (
            S("s3:ListObjects", "bucket"),
            S("s3:GetObject", "object", 1, "no-object", 0.05),
            S("s3:GetObject", "object", 0.7),
            S("s3:PutObject", "object", 0.3, "s3-denied", 0.05),
            S("rds:DescribeDBInstances", "database", 0.5, "no-database", 0.04),
            S("kms:Decrypt", "key", 0.5),
            S("kms:ListAliases", odds=0.2, error="denied", errs=0.5),
        ),
    ),
    "support": (
        (
            S("ec2:DescribeInstances"),
            S("ec2:DescribeInstanceStatus", "instance", 0.7),
            S("cloudwatch:DescribeAlarms"),
            S("health:DescribeEvents", odds=0.5, error="denied", errs=0.7),
            S("support:DescribeCases", odds=0.4),
            S("ec2:RebootInstances", "instance", 0.06, "denied", 0.5),
        ),
    ),
    "finance": (
        (
            S("ce:GetCostAndUsage"),
            S("ce:GetCostForecast", odds=0.6),
            S("organizations:ListAccounts", odds=0.5, error="denied", errs=0.3),
            S("ec2:DescribeReservedInstances", odds=0.3, error="denied", errs=0.5),
        ),
    ),
    "security": (
        (
            S("guardduty:ListFindings"),
            S("guardduty:GetFindings", odds=0.8),
            S("cloudtrail:LookupEvents", odds=0.8, error="throttled", errs=0.06),
            S("iam:ListUsers", odds=0.4),
            S("iam:GetLoginProfile", "user", 0.4, "no-login", 0.5),
            S("iam:GetAccountSummary", odds=0.3),
            S("access-analyzer:ListFindings", odds=0.4),
            S("s3:GetBucketPolicy", "bucket", 0.5, "no-bucket-policy", 0.5),
        ),
    ),
}

MACHINES: dict[str, tuple[S, ...]] = {
    "web": (
        S("s3:GetObject", "object", 1, "no-object", 0.02),
        S("s3:GetObject", "object", 0.8),
        S("secretsmanager:GetSecretValue", "secret", 0.1, name="web/session"),
        S("ssm:GetParameter", "parameter", 0.2, name="/web/theme"),
        S("dynamodb:DescribeTable", "table", 0.1, name="sessions"),
        S("ec2:DescribeTags", odds=0.1, error="ec2-throttled", errs=0.03),
    ),
    "worker": (
        S("sqs:GetQueueAttributes", "queue", name="orders"),
        S("kms:Decrypt", "key", 0.6),
        S("s3:PutObject", "object", 0.5),
        S("dynamodb:DescribeTable", "table", 0.2, name="orders"),
        S("secretsmanager:GetSecretValue", "secret", 0.1, name="orders/database"),
    ),
    "batch": (
        S("s3:ListObjects", "bucket", name="acme-reports"),
        S("s3:GetObject", "object", 1, "no-object", 0.03),
        S("s3:PutObject", "object", 0.5),
        S("rds:DescribeDBInstances", "database", 0.2, name="reports-db"),
    ),
    "bastion": (
        S("ssm:UpdateInstanceInformation", "instance", name=""),
        S("ec2:DescribeInstances", odds=0.3),
    ),
}

FUNCTIONS: dict[str, tuple[S, ...]] = {
    "intake": (
        S("kms:Decrypt", "key"),
        S("ssm:GetParameter", "parameter", 0.5, "throttled", 0.01, "/orders/limits"),
        S("dynamodb:DescribeTable", "table", 0.3, name="orders"),
    ),
    "notify": (
        S("sqs:GetQueueAttributes", "queue", name="orders"),
        S("sns:GetTopicAttributes", "topic", 0.4, name="orders-events"),
    ),
    "resize": (
        S("s3:GetObject", "object", 1, "no-object", 0.04),
        S("s3:PutObject", "object"),
    ),
    "export": (
        S("s3:ListObjects", "bucket", name="acme-reports"),
        S("s3:PutObject", "object", 1, "s3-denied", 0.004),
    ),
    "tags": (
        S("ec2:DescribeInstances"),
        S("ec2:CreateTags", "instance", 0.5, "denied", 0.02),
        S("s3:GetBucketTagging", "bucket", 0.8, "no-tags", 0.4),
    ),
    "ship": (
        S("logs:DescribeLogGroups"),
        S("s3:PutObject", "object", 0.9),
    ),
}

PIPELINES: dict[str, tuple[S, ...]] = {
    "deploy-functions": (
        S("cloudformation:DescribeStacks", "stack", name="orders"),
        S("s3:PutObject", "object"),
        S("lambda:GetFunction", "function"),
        S("lambda:UpdateFunctionCode", "function", 0.7),
        S("cloudformation:UpdateStack", "stack", 0.6, "no-updates", 0.3, "orders"),
        S("cloudformation:DescribeStackEvents", "stack", name="orders"),
    ),
    "deploy-web": (
        S("ecr:DescribeImages", "repository", 1, "no-repository", 0.01, "web"),
        S("ecs:DescribeServices", "cluster"),
        S("ecs:UpdateService", "cluster", 0.8),
        S("s3:CreateBucket", "bucket", 0.2, "bucket-exists", 1),
        S("s3:PutObject", "object", 0.9),
    ),
    "plan": (
        S("sts:GetCallerIdentity"),
        S("ec2:DescribeSecurityGroups"),
        S("iam:GetRole", "role", 1, "no-entity", 0.03),
        S("iam:ListAttachedRolePolicies", "role"),
        S("s3:GetBucketPolicy", "bucket", 1, "no-bucket-policy", 0.3),
        S("s3:GetBucketLifecycle", "bucket", 1, "no-lifecycle", 0.4),
        S("rds:DescribeDBInstances", "database", 0.8),
        S("kms:DescribeKey", "key", 0.8),
        S("ec2:DeleteSecurityGroup", odds=0.05, error="in-use", errs=0.5),
    ),
    "images": (
        S("ecr:GetAuthorizationToken"),
        S("ecr:PutImage", "repository"),
        S("ecr:DescribeImages", "repository", 0.5),
    ),
}

RECORDER: tuple[S, ...] = (
    S("ec2:DescribeInstances", odds=0.3),
    S("s3:GetBucketPolicy", "bucket", 1, "no-bucket-policy", 0.5),
    S("s3:GetBucketEncryption", "bucket", 1, "no-encryption", 0.3),
    S("s3:GetBucketLifecycle", "bucket", 1, "no-lifecycle", 0.5),
    S("s3:GetBucketTagging", "bucket", 0.8, "no-tags", 0.4),
    S("iam:GetRole", "role", 0.5),
    S("lambda:GetFunction", "function", 0.5),
    S("dynamodb:DescribeTable", "table", 0.4),
)
"""What the configuration recorder asks all day: the loudest caller, wrong by habit."""

KEYS: dict[str, tuple[S, ...]] = {
    "backup": (
        S("ec2:DescribeSnapshots"),
        S("s3:ListObjects", "bucket", name="acme-logs"),
        S("s3:PutObject", "object", 0.8),
    ),
    "sync": (
        S("s3:ListObjects", "bucket", name="acme-reports"),
        S("s3:GetObject", "object", 1, "no-object", 0.05),
    ),
}
