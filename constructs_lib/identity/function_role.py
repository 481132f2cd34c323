"""The role of a Lambda function, with what every function's role needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
from constructs import Construct

from config.place import Place
from constructs_lib.identity.grants import attach_function, decrypt, publish_to_topic, write_logs
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup


@dataclass(frozen=True)
class FunctionNames:
    """Names of a role, of the function that runs in it, and of the function's log group."""

    role: str
    function: str
    log_group: str


@dataclass(frozen=True)
class FunctionSurroundings:
    """Settings that the functions of an environment share."""

    place: Place
    kms_key_arn: str
    log_retention_days: int
    failures_topic_arn: str


@dataclass(frozen=True)
class RunsAs:
    """Role of a function, as another layer may have built it, with its log group and the topic of failures.

    `before` is what the function waits for.
    """

    function_name: str
    role_arn: str
    log_group_name: str
    failures_topic_arn: str
    before: tuple[ITerraformDependable, ...] = ()


class FunctionRole(Construct):
    """Role of one function: it writes to its own log group, reads its variables, and reports failures to a topic.

    With `in_vpc` Lambda attaches the function to a VPC with it; the function's own code may not touch network
    interfaces. `policy` is what the function waits for. `named_arn` is for policies: it refers to nothing, so that a
    policy which AWS refuses before the role exists has to depend on `role`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        description: str,
        surroundings: FunctionSurroundings,
        statements: Sequence[Statement],
        in_vpc: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        place, key = surroundings.place, surroundings.kms_key_arn
        self.function_name = names.function
        self.failures_topic_arn = surroundings.failures_topic_arn
        self.log_group = LogGroup(
            self, "log", name=names.log_group, retention_days=surroundings.log_retention_days, kms_key_arn=key
        )
        role = ServiceRole(
            self,
            "role",
            name=names.role,
            service="lambda.amazonaws.com",
            account_id=place.account_id,
            description=description,
        )
        self.arn: str = role.arn
        self.named_arn = place.role_arn(names.role)
        self.role: ITerraformDependable = role.role
        attach = attach_function(place.function_arn(names.function), place) if in_vpc else ()
        self.policy = role.allow(
            "access",
            (
                *statements,
                write_logs(place.log_group_arn(names.log_group), "WriteLog"),
                decrypt(key, region=place.region, service="lambda", sid="ReadConfiguration"),
                *publish_to_topic(self.failures_topic_arn, key_arn=key, region=place.region),
                *attach,
            ),
        )

    @property
    def runs_as(self) -> RunsAs:
        """The role as its function takes it."""
        return RunsAs(self.function_name, self.arn, self.log_group.name, self.failures_topic_arn, before=(self.policy,))
