"""What a person needs for `sitechat exec`: no role of a CI opens a shell, and its ceiling denies it."""

from __future__ import annotations

from dataclasses import dataclass

from policies.rights.grant import Grant
from policies.rights.releases import TO_TASKS, Released


@dataclass(frozen=True)
class Shells:
    """Shells in one environment's tasks: its service, the topic that is told, and the alias of the region's key."""

    released: Released
    topic: str
    key_alias: str


def open_shells(shells: Shells) -> tuple[Grant, ...]:
    """Run a debug copy, open a shell in a task of the cluster, tell people, and end the copy."""
    of, place = shells.released, shells.released.place
    copies = place.arn("ecs", f"task-definition/{of.service}-debug:*")
    cluster, tasks = place.arn("ecs", f"cluster/{of.cluster}"), place.arn("ecs", f"task/{of.cluster}/*")
    here = (("ArnEquals", "ecs:cluster", (cluster,)),)
    return (
        Grant("LookAtService", ("ecs:DescribeServices",), (place.arn("ecs", f"service/{of.cluster}/{of.service}"),)),
        Grant(
            "LookAtTasks",
            ("ecs:DescribeTasks", "ecs:ListTasks"),
            (tasks, place.arn("ecs", f"container-instance/{of.cluster}/*")),
        ),
        # AWS limits none of them to a resource (service authorization reference, ECS).
        Grant(
            "RegisterCopies",
            ("ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"),
            ("*",),
        ),
        Grant("TagCopies", ("ecs:TagResource",), (copies, tasks)),
        Grant("RunCopies", ("ecs:RunTask",), (copies,), here),
        Grant("EndCopies", ("ecs:StopTask",), (tasks,), here),
        Grant("LookAtCluster", ("ecs:DescribeClusters",), (cluster,)),
        Grant("OpenShells", ("ecs:ExecuteCommand",), (cluster, tasks)),
        # Of all clusters: a session's name says nothing of its own.
        Grant("EndShells", ("ssm:TerminateSession",), (place.arn("ssm", "session/ecs-execute-command-*"),)),
        Grant(
            "PassTaskRoles",
            ("iam:PassRole",),
            tuple(place.role_arn(name) for name in of.task_roles),
            (("StringEquals", "iam:PassedToService", (TO_TASKS,)),),
        ),
        Grant("TellPeople", ("sns:GetTopicAttributes", "sns:Publish"), (place.arn("sns", shells.topic),)),
        # Of the session, and of the topic.
        Grant(
            "EncryptShells",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            (place.arn("kms", "key/*"),),
            (("ForAnyValue:StringEquals", "kms:ResourceAliases", (f"alias/{shells.key_alias}",)),),
        ),
    )
