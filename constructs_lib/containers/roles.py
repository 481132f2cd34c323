"""The two roles of a task: the one ECS starts it with, and the one the application runs as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from constructs import Construct

from config.place import Place
from constructs_lib.identity import grants
from constructs_lib.identity.needs import declare
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import ServiceRole
from policies.needs.need import Need

# Who sends what the application traces: nobody, itself, or a collector in its task.
Tracing = Literal["off", "otlp", "sidecar"]


class TaskRoles(Construct):
    """Execution role (pull the image, read its secrets, write its log) and task role (what the application may do).

    The task role starts with ECS Exec and `tracing` at most, spans of its own or segments of a collector beside it;
    layers that own a resource grant access to it themselves.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        execution_name: str,
        task_name: str,
        place: Place,
        repository_arn: str,
        secret_arns: Sequence[str],
        key_arn: str,
        log_group_arn: str,
        exec_log_group_arn: str | None = None,
        tracing: Tracing = "off",
    ) -> None:
        super().__init__(scope, id_)
        self._place = place
        secrets = _read_secrets(secret_arns, key_arn, place.region) if secret_arns else ()
        self.execution = self._role(
            "execution",
            execution_name,
            "Starts tasks: pulls the image, reads secrets, writes the log",
            (*grants.pull_images(repository_arn), grants.write_logs(log_group_arn), *secrets),
        )
        shells = (
            grants.open_exec_sessions(log_group_arn=exec_log_group_arn, key_arn=key_arn) if exec_log_group_arn else ()
        )
        traces = {"otlp": grants.send_spans, "sidecar": grants.send_segments}.get(tracing, tuple)()
        self.task = self._role("task", task_name, "The application itself", (*shells, *traces))
        if traces:
            declare(self, *(Need(self.task.arn, each.actions, "*", "application", in_vpc=True) for each in traces))

    def _role(self, id_: str, name: str, description: str, statements: Sequence[Statement]) -> ServiceRole:
        return ServiceRole(
            self,
            id_,
            name=name,
            service="ecs-tasks.amazonaws.com",
            account_id=self._place.account_id,
            source_arns=(self._place.arn("ecs", "*"),),
            description=description,
            statements=statements,
        )


def _read_secrets(secret_arns: Sequence[str], key_arn: str, region: str) -> tuple[Statement, ...]:
    return (grants.read_secrets(secret_arns), grants.decrypt(key_arn, region=region, service="secretsmanager"))
