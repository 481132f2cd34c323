"""The functions that try new tasks: one inside the VPC asks them, and CodeDeploy calls one that has it done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction, LambdaFunctionVpcConfig
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from constructs_lib.functions.signed import FunctionNetwork, Runs, sign_sources, signed_function
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.load_balancing.listeners import TEST_PORT
from constructs_lib.releases.access import hook_needs, hook_statements
from constructs_lib.security.code_signing import Signer

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
        # The code of both functions.
        self._code = sign_sources(self, signing=signing, name=(names.outer or names.inner).function, sources=(SOURCE,))
        self.called = self._asking(names.inner, question, vpc)
        if names.outer:
            self.called = self._reporting(names.outer, names.inner, service)
        self.ready: tuple[ITerraformDependable, ...] = (self.called,)

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
            Runs("hook_lambda.inner.handle", "Asks the tasks of a new release", INNER_SECONDS),
            {INNER: json.dumps(asdict(question), sort_keys=True)},
            FunctionNetwork(
                LambdaFunctionVpcConfig(subnet_ids=list(vpc.subnets), security_group_ids=[group.id]), rules
            ),
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
        runs = Runs("hook_lambda.outer.handle", description, OUTER_SECONDS)
        return self._function("outer", role, runs, {OUTER: json.dumps(told)})

    def _function(
        self,
        id_: str,
        role: FunctionRole,
        runs: Runs,
        variables: dict[str, str],
        network: FunctionNetwork | None = None,
    ) -> LambdaFunction:
        """A function. A report that couldn't be made holds the release for an hour: people hear of it before."""
        return signed_function(
            self,
            id_,
            runs_as=role.runs_as,
            runs=runs,
            code=self._code,
            variables=variables,
            kms_key_arn=self._surroundings.kms_key_arn,
            network=network,
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
