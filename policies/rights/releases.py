"""What whoever releases has to be allowed, and whoever pushes images: two roles of a CI beside those that deploy.

Neither runs a task or opens a shell in one, and neither changes what Terraform owns. What a revision holds, IAM can't
bound: whoever may register one may name any image that the execution role can pull, and the two roles of tasks.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.place import Place
from policies.rights.grant import Grant

TO_TASKS = "ecs-tasks.amazonaws.com"


@dataclass(frozen=True)
class Released:
    """Names of one environment's service and what its releases touch, its place, and the ARN of its repository.

    `shifted`: CodeDeploy releases, by application and group of the service's name; `native`: ECS shifts visitors by
    itself; else ECS releases, rolling.
    `bucket` is that of the states, and `records` the beginning of the keys under which releases are recorded there.
    """

    place: Place
    cluster: str
    service: str
    task_roles: tuple[str, ...]
    repository_arn: str
    hook_log_group: str
    bucket: str
    records: str
    shifted: bool
    native: bool = False


def release(released: Released) -> tuple[Grant, ...]:
    """Register a revision, put it into service, watch it, take it back, and record it."""
    return (
        *_revisions(released),
        *(_by_codedeploy(released) if released.shifted else _by_ecs(released)),
        *(_natively(released) if released.native else ()),
        *_watch(released),
        Grant(
            "FindImages",
            (
                "ecr:BatchGetImage",
                "ecr:DescribeImageScanFindings",
                "ecr:DescribeImages",
                "ecr:DescribeRepositories",
                "ecr:PutImage",
            ),
            (released.repository_arn,),
        ),
        Grant(
            "RecordReleases",
            ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
            (f"{released.place.bucket_arn(released.bucket)}/{released.records}*.json",),
        ),
    )


def push_images(repository_arn: str) -> tuple[Grant, ...]:
    """Push images to one repository ("Pushing an image", ECR user guide), and see what is there."""
    return (
        Grant("LogInToRegistry", ("ecr:GetAuthorizationToken",), ("*",)),
        Grant(
            "PushImages",
            (
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ),
            (repository_arn,),
        ),
    )


def _revisions(released: Released) -> tuple[Grant, ...]:
    """Registering and reading take no resource (service authorization reference, ECS); tags and roles do."""
    place = released.place
    return (
        Grant(
            "RegisterRevisions",
            ("ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "ecs:RegisterTaskDefinition"),
            ("*",),
        ),
        Grant("TagRevisions", ("ecs:TagResource",), (place.arn("ecs", f"task-definition/{released.service}:*"),)),
        Grant(
            "PassTaskRoles",
            ("iam:PassRole",),
            tuple(place.role_arn(name) for name in released.task_roles),
            (("StringEquals", "iam:PassedToService", (TO_TASKS,)),),
        ),
    )


def _by_ecs(released: Released) -> tuple[Grant, ...]:
    """A rolling release is an update of the service, which may change everything of it: AWS has no smaller action."""
    return (Grant("ReleaseService", ("ecs:UpdateService",), (_service_arn(released),)),)


def _natively(released: Released) -> tuple[Grant, ...]:
    """What follows and stops ECS's own deployments, beside the update that begins one.

    AWS names the service as well for some of them (service authorization reference, ECS).
    """
    place, service = released.place, f"{released.cluster}/{released.service}"
    return (
        Grant("ListDeployments", ("ecs:ListServiceDeployments",), (_service_arn(released),)),
        Grant(
            "FollowDeployments",
            ("ecs:ContinueServiceDeployment", "ecs:DescribeServiceDeployments", "ecs:StopServiceDeployment"),
            (_service_arn(released), place.arn("ecs", f"service-deployment/{service}/*")),
        ),
        Grant(
            "ReadServiceRevisions",
            ("ecs:DescribeServiceRevisions",),
            (_service_arn(released), place.arn("ecs", f"service-revision/{service}/*")),
        ),
        _read_test_results(released),
    )


def _read_test_results(released: Released) -> Grant:
    log = released.place.log_group_arn(released.hook_log_group)
    return Grant("ReadTestResults", ("logs:FilterLogEvents",), (f"{log}:*",))


def _by_codedeploy(released: Released) -> tuple[Grant, ...]:
    place, name = released.place, released.service
    return (
        Grant(
            "ReleaseByGroup",
            (
                "codedeploy:CreateDeployment",
                "codedeploy:GetDeployment",
                "codedeploy:GetDeploymentGroup",
                "codedeploy:ListDeployments",
            ),
            (place.arn("codedeploy", f"deploymentgroup:{name}/{name}"),),
        ),
        Grant(
            "RegisterAppSpecs",
            (
                "codedeploy:GetApplication",
                "codedeploy:GetApplicationRevision",
                "codedeploy:RegisterApplicationRevision",
            ),
            (place.arn("codedeploy", f"application:{name}"),),
        ),
        Grant(
            "LookAtShares",
            ("codedeploy:GetDeploymentConfig",),
            tuple(
                place.arn("codedeploy", f"deploymentconfig:{each}*") for each in (f"{name}-", "CodeDeployDefault.ECS")
            ),
        ),
        # These name a deployment, of which AWS has no ARN (service authorization reference, CodeDeploy).
        Grant(
            "FollowDeployments",
            (
                "codedeploy:BatchGetDeploymentTargets",
                "codedeploy:ContinueDeployment",
                "codedeploy:GetDeploymentTarget",
                "codedeploy:ListDeploymentTargets",
                "codedeploy:StopDeployment",
            ),
            ("*",),
        ),
        _read_test_results(released),
    )


def _watch(released: Released) -> tuple[Grant, ...]:
    """See the service with its tasks and alarms, and hold its autoscaling while it is released."""
    place = released.place
    tasks = (place.arn("ecs", f"{kind}/{released.cluster}/*") for kind in ("container-instance", "task"))
    return (
        Grant("LookAtService", ("ecs:DescribeServices",), (_service_arn(released),)),
        Grant("LookAtTasks", ("ecs:DescribeTasks", "ecs:ListTasks"), tuple(tasks)),
        Grant("LookAtAlarms", ("cloudwatch:DescribeAlarms",), (place.arn("cloudwatch", "alarm:*"),)),
        Grant(
            "LookAtScaling",
            ("application-autoscaling:DescribeScalableTargets", "elasticloadbalancing:DescribeTargetHealth"),
            ("*",),
        ),
        # A target's ARN ends in an id that AWS makes up; the condition names what is scaled.
        Grant(
            "HoldScaling",
            ("application-autoscaling:RegisterScalableTarget",),
            (place.arn("application-autoscaling", "scalable-target/*"),),
            (("StringEquals", "application-autoscaling:service-namespace", ("ecs",)),),
        ),
    )


def _service_arn(released: Released) -> str:
    return released.place.arn("ecs", f"service/{released.cluster}/{released.service}")
