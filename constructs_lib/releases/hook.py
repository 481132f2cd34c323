"""The functions that try new tasks: one inside the VPC asks them, and CodeDeploy calls one that has it done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cdktf import ITerraformDependable, TerraformAsset
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionTimeouts,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.load_balancing.listeners import TEST_PORT
from constructs_lib.releases.access import hook_needs, hook_statements
from constructs_lib.security.code_signing import Signer
from constructs_lib.security.package import build_package, work_folder
from constructs_lib.security.signed_package import SignedPackage

SOURCE = Path(__file__).with_name("hook_lambda")
OUTER, INNER = "RELEASE_HOOK", "RELEASE_TEST"
# All questions together, the function that asks them, its caller's wait for it (hook_lambda/outer.py), and the caller.
ASK_SECONDS, INNER_SECONDS, OUTER_SECONDS = 100, 130, 300


@dataclass(frozen=True)
class HookNames:
    """Names of the function that asks the tasks (`inner`), and of the one that CodeDeploy calls (`outer`).

    ECS calls the inner one by itself, and needs no other.
    """

    inner: FunctionNames
    outer: FunctionNames | None = None


@dataclass(frozen=True)
class HookQuestion:
    """What new tasks are asked at `address`, the load balancer's: their site's `name` has to be on its certificate.

    Without search an answer has no `sources`.
    """

    address: str
    name: str
    health_path: str
    question: str
    sources: bool = True
    port: int = TEST_PORT
    seconds: int = ASK_SECONDS


@dataclass(frozen=True)
class HookVpc:
    """Where the inner function runs, and the security group of the load balancer that it asks."""

    vpc_id: str
    subnets: tuple[str, ...]
    alb_group_id: str


class ReleaseHook(Construct):
    """Functions, from signed code alone, that let no visitor reach tasks which don't answer.

    The inner one runs in the VPC's private subnets and reaches the load balancer's port for tests and nothing else; the
    outer one runs outside the VPC, invokes it and reports to CodeDeploy. `service` are the names of cluster and service
    that are released, `called` is the function that a release calls.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: HookNames,
        service: tuple[str, str],
        question: HookQuestion,
        vpc: HookVpc,
        signing: Signer,
        surroundings: FunctionSurroundings,
    ) -> None:
        super().__init__(scope, id_)
        self._surroundings = surroundings
        self._package = self._signed((names.outer or names.inner).function, signing)
        self.called = self._asking(names.inner, question, vpc)
        if names.outer:
            self.called = self._reporting(names.outer, names.inner, service)
        self.ready: tuple[ITerraformDependable, ...] = (self.called,)

    def _signed(self, name: str, signing: Signer) -> SignedPackage:
        """The code of both functions."""
        zip_file = build_package(SOURCE.name, work_folder(self), sources=(SOURCE,))
        return SignedPackage(
            self,
            "signed",
            signing=signing,
            name=name,
            path=TerraformAsset(self, "package", path=str(zip_file.path)).path,
            sha256_base64=zip_file.sha256_base64,
        )

    def _asking(self, names: FunctionNames, question: HookQuestion, vpc: HookVpc) -> LambdaFunction:
        """The inner function: it needs no right but to run."""
        role = FunctionRole(
            self,
            "inner_role",
            names=names,
            description="Asks the tasks of a new release before visitors do",
            surroundings=self._surroundings,
            statements=(),
            in_vpc=True,
        )
        group, rules = _reach(self, names.function, vpc)
        return self._function(
            "inner",
            role,
            "Asks the tasks of a new release",
            {INNER: json.dumps(asdict(question), sort_keys=True)},
            seconds=INNER_SECONDS,
            network=LambdaFunctionVpcConfig(subnet_ids=list(vpc.subnets), security_group_ids=[group.id]),
            after=rules,
        )

    def _reporting(self, names: FunctionNames, inner: FunctionNames, service: tuple[str, str]) -> LambdaFunction:
        """The outer function: it looks for new tasks, invokes the inner one and reports."""
        description, place = "Has the tasks of a new release asked, and tells CodeDeploy", self._surroundings.place
        asked = (place.function_arn(inner.function), place.arn("ecs", "service/" + "/".join(service)))
        role = FunctionRole(
            self,
            "outer_role",
            names=names,
            description=description,
            surroundings=self._surroundings,
            statements=hook_statements(*asked),
        )
        declare(self, *hook_needs(role.arn, *asked))
        told = {"function": inner.function, "cluster": service[0], "service": service[1]}
        return self._function("outer", role, description, {OUTER: json.dumps(told)}, seconds=OUTER_SECONDS)

    def _function(
        self,
        id_: str,
        role: FunctionRole,
        description: str,
        variables: dict[str, str],
        *,
        seconds: int,
        network: LambdaFunctionVpcConfig | None = None,
        after: tuple[ITerraformDependable, ...] = (),
    ) -> LambdaFunction:
        package = self._package
        return LambdaFunction(
            self,
            id_,
            function_name=role.function_name,
            description=description,
            role=role.arn,
            runtime="python3.13",
            architectures=["arm64"],
            handler=f"hook_lambda.{id_}.handle",
            s3_bucket=package.bucket,
            s3_key=package.key,
            code_signing_config_arn=package.signing_config_arn,
            memory_size=256,
            timeout=seconds,
            kms_key_arn=self._surroundings.kms_key_arn,
            environment=LambdaFunctionEnvironment(variables=variables),
            vpc_config=network,
            logging_config=LambdaFunctionLoggingConfig(log_format="JSON", log_group=role.log_group.name),
            # A report that couldn't be made holds the release for an hour: people hear of it before.
            dead_letter_config=LambdaFunctionDeadLetterConfig(target_arn=role.failures_topic_arn),
            tracing_config=LambdaFunctionTracingConfig(mode="PassThrough"),
            # Lambda gives its network interfaces back minutes after the function has gone.
            timeouts=LambdaFunctionTimeouts(delete="45m") if network else None,
            # Lambda tries the role's permissions when the function is created; without its rules it reaches nothing.
            depends_on=[role.policy, *after],
        )


def _reach(
    scope: Construct, name: str, vpc: HookVpc
) -> tuple[SecurityGroup, tuple[VpcSecurityGroupEgressRule, VpcSecurityGroupIngressRule]]:
    """A security group that reaches the port for tests and nothing else, and that nothing reaches."""
    description = "Function that asks new tasks before visitors do"
    group = SecurityGroup(scope, "group", name=name, description=description, vpc_id=vpc.vpc_id, tags={"Name": name})
    out = VpcSecurityGroupEgressRule(
        scope,
        "out",
        security_group_id=group.id,
        referenced_security_group_id=vpc.alb_group_id,
        description="To the load balancer's port for tests",
        ip_protocol="tcp",
        from_port=TEST_PORT,
        to_port=TEST_PORT,
    )
    into = VpcSecurityGroupIngressRule(
        scope,
        "in",
        security_group_id=vpc.alb_group_id,
        referenced_security_group_id=group.id,
        description=description,
        ip_protocol="tcp",
        from_port=TEST_PORT,
        to_port=TEST_PORT,
    )
    return group, (out, into)
