"""User agents as families, so that a new version of a tool is no new tool."""

import re

from offtrail.ingest.remember import remembered

_FAMILIES = [
    (re.compile(pattern), family)
    for pattern, family in [
        (r"^(?:signin|console(?:\.[\w-]+)?)\.(?:amazonaws|aws\.amazon)\.com", "console"),
        (r"^(?:AWSConsole|EC2ConsoleBackend|S3Console|AWS-Console)", "console"),
        (r"^aws-cli/", "aws-cli"),
        (r"Terraform/|terraform-provider", "terraform"),
        (r"Pulumi", "pulumi"),
        (r"^Boto3/", "boto3"),
        (r"^Boto/", "boto"),
        (r"^[Bb]otocore/", "botocore"),
        (r"^Mozilla/", "browser"),
        (r"^aws-internal/", "aws-internal"),
    ]
]
_SDK = re.compile(r"^(?:[\w-]+ )?(aws-sdk-[a-z+]+(?:-v2)?)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*")


@remembered(1 << 14)
def agent(user_agent: str) -> str:
    """``aws-cli``, ``console``, ``browser``; a service's host name as it is; else a first word."""
    plain = user_agent.strip().strip("[]").strip()  # S3 writes brackets around it
    for pattern, family in _FAMILIES:
        if pattern.search(plain):
            return family
    if plain.endswith((".amazonaws.com", ".amazonaws.com.cn", "AWS Internal")):
        return plain[:128]
    named = _SDK.match(plain) or _NAME.match(plain)
    return named[named.lastindex or 0][:64] if named else plain[:0]
