"""The two roles of a task: the one ECS starts it with, and the one the application runs as."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from constructs_lib.identity import grants
from constructs_lib.identity.role import ServiceRole


class TaskRoles(Construct):
    """Execution role (pull the image, read its secrets, write its log) and task role (what the application may do).

    The task role starts with ECS Exec at most; layers that own a resource grant access to it themselves.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        execution_name: str,
        task_name: str,
        account_id: str,
        region: str,
        partition: str,
        repository_arn: str,
        secret_arns: Sequence[str],
        key_arn: str,
        log_group_arn: str,
        exec_log_group_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        source = (f"arn:{partition}:ecs:{region}:{account_id}:*",)
        secrets = (
            (grants.read_secrets(secret_arns), grants.decrypt(key_arn, region=region, service="secretsmanager"))
            if secret_arns
            else ()
        )
        self.execution = ServiceRole(
            self,
            "execution",
            name=execution_name,
            service="ecs-tasks.amazonaws.com",
            account_id=account_id,
            source_arns=source,
            description="Starts tasks: pulls the image, reads secrets, writes the log",
            statements=(*grants.pull_images(repository_arn), grants.write_logs(log_group_arn), *secrets),
        )
        self.task = ServiceRole(
            self,
            "task",
            name=task_name,
            service="ecs-tasks.amazonaws.com",
            account_id=account_id,
            source_arns=source,
            description="The application itself",
            statements=grants.open_exec_sessions(log_group_arn=exec_log_group_arn, key_arn=key_arn)
            if exec_log_group_arn
            else (),
        )
