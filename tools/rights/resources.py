"""The resource that a recorded request is about, where its path or its names tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from local_aws.recording import Asked
from policies.proof.authorization import arn_formats, can_be_scoped

# How an ARN ends, by action prefix and the field that holds its name (in lower case).
_BY_NAME: Mapping[tuple[str, str], str] = {
    ("cloudwatch", "alarmname"): "alarm:{}",
    ("dynamodb", "tablename"): "table/{}",
    ("ecr", "repositoryname"): "repository/{}",
    ("ecs", "clustername"): "cluster/{}",
    ("kms", "aliasname"): "{}",
    ("logs", "loggroupname"): "log-group:{}",
    ("secretsmanager", "name"): "secret:{}-AbCdEf",
    ("secretsmanager", "secretid"): "secret:{}-AbCdEf",
}
# The same where the action matters, too.
_BY_ACTION: Mapping[tuple[str, str], str] = {
    ("events:PutRule", "name"): "rule/{}",
    ("events:DescribeRule", "name"): "rule/{}",
    ("events:DeleteRule", "name"): "rule/{}",
    ("events:PutTargets", "rule"): "rule/{}",
    ("events:ListTargetsByRule", "rule"): "rule/{}",
    ("events:RemoveTargets", "rule"): "rule/{}",
    ("sns:CreateTopic", "name"): "{}",
    ("cloudtrail:CreateTrail", "name"): "trail/{}",
    ("logs:PutDeliverySource", "name"): "delivery-source:{}",
    ("logs:GetDeliverySource", "name"): "delivery-source:{}",
    ("logs:DeleteDeliverySource", "name"): "delivery-source:{}",
    ("logs:PutDeliveryDestination", "name"): "delivery-destination:{}",
    ("logs:GetDeliveryDestination", "name"): "delivery-destination:{}",
    ("logs:DeleteDeliveryDestination", "name"): "delivery-destination:{}",
}
_FUNCTION = re.compile(r"/functions/([^/:]+)")
_DOMAIN = re.compile(r"/domain/([^/]+)")
# Service-linked roles that a layer builds, with the service in their path.
_LINKED: Mapping[str, str] = {"AWSServiceRoleForConfig": "config.amazonaws.com"}


def resource_of(asked: Asked, action: str, account: str) -> str | None:
    """ARN of what a request is about; None where it can't be told, or the action is about no resource."""
    if not can_be_scoped(action):
        return None
    service = action.partition(":")[0]
    if finder := _FINDERS.get(service):
        return finder(asked, action, account)
    names = {key.lower(): value for key, value in asked.names}
    for value in names.values():
        if value.startswith(f"arn:aws:{service}:"):
            return value
    for key, value in names.items():
        ending = _BY_ACTION.get((action, key)) or _BY_NAME.get((service, key))
        if ending and not value.startswith("arn:"):
            return f"arn:aws:{service}:{asked.region}:{account}:{ending.format(value)}"
    return None


def _bucket_or_object(asked: Asked, action: str, account: str) -> str | None:
    path = unquote(urlsplit(asked.operation.partition(" ")[2]).path).lstrip("/")
    bucket, _, key = path.partition("/")
    if any(each.endswith("/${ObjectName}") for each in arn_formats(action)):
        return f"arn:aws:s3:::{bucket}/{key}"
    return f"arn:aws:s3:::{bucket}" if bucket and not path.startswith("v20180820/") else None


def _role(asked: Asked, action: str, account: str) -> str | None:
    name = dict(asked.names).get("RoleName")
    if name is None:
        return None
    path = f"aws-service-role/{_LINKED.get(name, 'another')}/" if name.startswith("AWSServiceRoleFor") else ""
    return f"arn:aws:iam::{account}:role/{path}{name}"


def _function(asked: Asked, action: str, account: str) -> str | None:
    name = _FUNCTION.search(unquote(asked.operation))
    found = name[1] if name else dict(asked.names).get("FunctionName")
    return f"arn:aws:lambda:{asked.region}:{account}:function:{found}" if found else None


def _domain(asked: Asked, action: str, account: str) -> str | None:
    name = _DOMAIN.search(unquote(asked.operation))
    return f"arn:aws:es:{asked.region}:{account}:domain/{name[1]}" if name else None


_FINDERS: Mapping[str, Callable[[Asked, str, str], str | None]] = {
    "es": _domain,
    "iam": _role,
    "lambda": _function,
    "s3": _bucket_or_object,
}
