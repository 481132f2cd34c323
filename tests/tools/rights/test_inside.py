"""Requests held to a policy: a planted one outside is named."""

from __future__ import annotations

from local_aws.recording import Asked
from policies.rights.grant import Grant
from tools.rights.inside import outside

ACCOUNT = "222222222222"
GRANTS = (
    Grant("Look", ("ec2:DescribeVpcs",), ("*",)),
    Grant("Logs", ("logs:CreateLogGroup",), (f"arn:aws:logs:*:{ACCOUNT}:log-group:/sitechat/dev/*",)),
    Grant("Roles", ("iam:CreateRole",), (f"arn:aws:iam::{ACCOUNT}:role/sitechat-dev-*",)),
    Grant("Buckets", ("s3:CreateBucket",), ("arn:aws:s3:::sitechat-dev-*",)),
    Grant("Objects", ("s3:PutObject",), ("arn:aws:s3:::sitechat-dev-*/index.html",)),
)


def asked(service: str, operation: str, **names: str) -> Asked:
    return Asked("provider", "apply", service, "us-east-1", operation, tuple(sorted(names.items())))


def test_requests_inside_are_not_named() -> None:
    inside = (
        asked("ec2", "DescribeVpcs"),
        asked("sts", "GetCallerIdentity"),
        asked("logs", "CreateLogGroup", logGroupName="/sitechat/dev/app"),
        asked("iam", "CreateRole", RoleName="sitechat-dev-us-east-1-web"),
        asked("s3", "PUT /sitechat-dev-logs"),
        asked("s3", "PUT /sitechat-dev-page/index.html"),
    )
    assert outside(inside, GRANTS, ACCOUNT) == ()


def test_requests_outside_are_named_with_their_resource() -> None:
    planted = (
        asked("ec2", "DeleteVpc"),
        asked("logs", "CreateLogGroup", logGroupName="/other/dev/app"),
        asked("iam", "CreateRole", RoleName="admin"),
        asked("s3", "PUT /somebody-else"),
        asked("s3", "PUT /sitechat-dev-page/secret.html"),
    )
    assert outside(planted, GRANTS, ACCOUNT) == (
        "ec2:DeleteVpc",
        f"iam:CreateRole on arn:aws:iam::{ACCOUNT}:role/admin",
        f"logs:CreateLogGroup on arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/other/dev/app",
        "s3:CreateBucket on arn:aws:s3:::somebody-else",
        "s3:PutObject on arn:aws:s3:::sitechat-dev-page/secret.html",
    )
