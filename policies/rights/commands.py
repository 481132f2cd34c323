"""What `sitechat` itself asks for beside Terraform, while planning and applying."""

from __future__ import annotations

from policies.rights.grant import Grant


def look_at_images(repository_arn: str) -> Grant:
    """See whether the configured image is in the repository (pipeline/doctor/account/release.py)."""
    return Grant("LookAtImages", ("ecr:DescribeImages",), (repository_arn,))


def mark_images(repository_arn: str) -> Grant:
    """Tag the released image (pipeline/operations/releases.py).

    A manifest names layers, which `ecr:GetDownloadUrlForLayer` returns.
    """
    return Grant("MarkImages", ("ecr:BatchGetImage", "ecr:PutImage"), (repository_arn,))
