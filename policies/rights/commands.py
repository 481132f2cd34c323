"""What `sitechat` itself asks for beside Terraform while planning and applying, or a service in the deployer's name."""

from __future__ import annotations

from collections.abc import Sequence

from policies.rights.grant import Grant
from policies.rights.places import EnvironmentArns

# What lists resources whose names nobody knows yet; AWS limits neither action to a resource.
LISTING = ("tag:GetResources", "iam:ListPolicies", "iam:ListRoles")


def look_at_images(repository_arn: str) -> Grant:
    """See whether the configured image is in the repository (pipeline/doctor/account/release.py)."""
    return Grant("LookAtImages", ("ecr:DescribeImages",), (repository_arn,))


def mark_images(repository_arn: str) -> Grant:
    """Tag the released image (pipeline/operations/releases/kept_images.py), unless its scan's findings forbid that.

    A manifest names layers, which `ecr:GetDownloadUrlForLayer` returns.
    """
    return Grant(
        "MarkImages", ("ecr:BatchGetImage", "ecr:DescribeImageScanFindings", "ecr:PutImage"), (repository_arn,)
    )


def look_at_tasks(arns: EnvironmentArns) -> Grant:
    """Say why the tasks of a release stopped (pipeline/operations/releases/failures.py).

    Tasks are listed on the instances of a cluster, also where it has none (service authorization reference, ListTasks).
    """
    places = (f"ecs:{{region}}:{{account}}:{kind}/{{name}}*/*" for kind in ("container-instance", "task"))
    return Grant("LookAtTasks", ("ecs:DescribeTasks", "ecs:ListTasks"), tuple(map(arns.arn, places)))


def deregister_revisions() -> Grant:
    """Deregister task definitions of a destroyed service (pipeline/operations/releases/leftovers.py).

    AWS limits neither action to a resource (service authorization reference, Amazon ECS).
    """
    return Grant("DeregisterRevisions", ("ecs:DeregisterTaskDefinition", "ecs:ListTaskDefinitions"), ("*",))


def carry_out_releases(arns: EnvironmentArns) -> tuple[Grant, ...]:
    """Have CodeDeploy release, and follow it (pipeline/operations/releases/code_deploy.py).

    What names a deployment takes no resource: AWS has no ARN of one (service authorization reference, CodeDeploy).
    """
    named = ("application:{name}*", "deploymentgroup:{name}*/*", "deploymentconfig:{name}*")
    places = (*named, "deploymentconfig:CodeDeployDefault.ECS*")
    return (
        Grant(
            "ReleaseByCodeDeploy",
            (
                "codedeploy:CreateDeployment",
                "codedeploy:GetApplicationRevision",
                "codedeploy:GetDeployment",
                "codedeploy:GetDeploymentConfig",
                "codedeploy:ListDeployments",
                "codedeploy:RegisterApplicationRevision",
            ),
            tuple(arns.arn(f"codedeploy:{{region}}:{{account}}:{each}") for each in places),
        ),
        Grant(
            "FollowDeployments",
            (
                "codedeploy:ContinueDeployment",
                "codedeploy:GetDeploymentTarget",
                "codedeploy:ListDeploymentTargets",
                "codedeploy:StopDeployment",
            ),
            ("*",),
        ),
        Grant(
            "ReadTestResults",
            ("logs:FilterLogEvents",),
            (arns.arn("logs:{region}:{account}:log-group:/{path}release/*"),),
        ),
    )


def make_span_groups(arns: EnvironmentArns) -> Grant:
    """Have Transaction Search make its log groups (CloudFormation's schema of the type, rights of its handlers)."""
    groups = ("aws/spans", "/aws/application-signals/data")
    return Grant(
        "MakeSpanGroups",
        ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutRetentionPolicy"),
        tuple(arns.arn(f"logs:{{region}}:{{account}}:log-group:{each}:*") for each in groups),
    )


def read_bill() -> Grant:
    """Read the account's bill (pipeline/operations/bill.py); AWS limits it to no resource, nor to a tag's figures."""
    return Grant("ReadBill", ("ce:GetCostAndUsage", "ce:ListCostAllocationTags"), ("*",))


def look_for_leftovers(role_arns: Sequence[str]) -> tuple[Grant, ...]:
    """Find what a cut-off run has made, before anything is created (pipeline/recovery/existing.py)."""
    return (
        Grant("ListLeftovers", LISTING, ("*",)),
        Grant("LookAtLeftovers", ("iam:ListRoleTags",), tuple(role_arns)),
    )
