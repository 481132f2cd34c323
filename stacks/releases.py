"""What shifts visitors between the tasks of two releases: part of the layer service, for every strategy but rolling.

CodeDeploy, or ECS by itself; the function that tries new tasks serves both, and the alarms that take a release back
serve a rolling one too.
"""

from __future__ import annotations

from config import ConfigError, Environment, Problem
from config.names import Names
from constructs_lib.containers.native import (
    LifecycleHook,
    ListenerRules,
    NativeDeployment,
    NativeShift,
    is_installed,
)
from constructs_lib.identity.function_role import FunctionNames
from constructs_lib.load_balancing.alb import InternalLoadBalancer, ShiftedListeners
from constructs_lib.observability.alarms import MetricAlarms
from constructs_lib.observability.catalogue import rollback_alarms
from constructs_lib.releases.access import ShiftedService
from constructs_lib.releases.group import ShiftedReleases, TargetGroupPair, TrafficShift
from constructs_lib.releases.hook import HookNames, HookQuestion, HookVpc, ReleaseHook
from constructs_lib.releases.native_roles import BalancerRole, HookRole
from constructs_lib.releases.role import ShiftRole
from constructs_lib.security.code_signing import Signer
from stacks.base import LayerStack
from stacks.functions import surroundings
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs


def shift_releases(
    layer: LayerStack,
    env: Environment,
    *,
    alb: InternalLoadBalancer,
    shifted: ShiftedListeners,
    service: tuple[str, str],
    infrastructure: InfrastructureOutputs,
    llm: LlmOutputs,
) -> None:
    """Build hook, alarms, role and deployment group of a service, given as names of cluster and service."""
    names = layer.settings.names
    hook = _hook(layer, env, alb=alb, infrastructure=infrastructure, llm=llm)
    name = names.resource("app")
    role = ShiftRole(
        layer,
        "release_role",
        name=names.regional("release"),
        place=layer.place,
        group=f"{name}/{name}",
        shifted=ShiftedService(
            cluster_name=names.resource("main"),
            service_name=name,
            load_balancer_name=names.resource("alb", limit=32),
            task_role_names=(names.regional("execution"), names.regional("task")),
            hook_function_name=_hook_function(names, "hook").function,
        ),
    )
    ShiftedReleases(
        layer,
        "releases",
        name=name,
        role_arn=role.arn,
        service=service,
        pair=TargetGroupPair(
            listener_arn=shifted.visitors.arn,
            test_listener_arn=shifted.tests.arn,
            target_group_names=(alb.target_group.name, shifted.second_group.name),
        ),
        shift=_shift(env),
        old_tasks_minutes=env.deployment.old_tasks_minutes,
        alarms=release_alarms(layer, env, alb=alb, infrastructure=infrastructure),
        # CodeDeploy tries the role when a release starts, and calls the function that a release names.
        after=(role.policy, *hook.ready),
    )


def native_deployment(
    layer: LayerStack,
    env: Environment,
    *,
    alb: InternalLoadBalancer,
    shifted: ShiftedListeners,
    infrastructure: InfrastructureOutputs,
    llm: LlmOutputs,
) -> NativeDeployment:
    """Build hook, alarms and roles of a service that ECS deploys by itself; what the service takes of them.

    Raises ConfigError where the installed provider has no such deployments.
    """
    if not is_installed():
        accepted = (
            '"code_deploy", because deployments of ECS\'s own came with version 6 of the AWS provider, and an older '
            "one is installed (docs/adr/0007-two-controllers.md)"
        )
        raise ConfigError(
            (Problem(env.name, "deployment.controller", '"ecs"', accepted),),
            hint='Write `controller = "code_deploy"` under [deployment], or leave it out: that is the default.',
        )
    assert shifted.rules is not None, "ECS shifts rules of listeners"
    names, place, (visitors, tests) = layer.settings.names, layer.place, shifted.rules
    hook = _hook(layer, env, alb=alb, infrastructure=infrastructure, llm=llm)
    shift_role = BalancerRole(
        layer,
        "shift_role",
        name=names.regional("release-shift"),
        place=place,
        load_balancer_name=names.resource("alb", limit=32),
        # By the names as they are configured: a policy refers to nothing.
        target_group_names=tuple(str(group.name_input) for group in (alb.target_group, shifted.second_group)),
    )
    call_role = HookRole(
        layer,
        "call_role",
        name=names.regional("release-call"),
        place=place,
        function_name=_hook_function(names, "test").function,
    )
    return NativeDeployment(
        shift=_native_shift(env),
        rules=ListenerRules(
            alternate_target_group_arn=shifted.second_group.arn,
            production_rule_arn=visitors.arn,
            test_rule_arn=tests.arn,
            role_arn=shift_role.arn,
        ),
        bake_minutes=env.deployment.bake_minutes,
        alarms=release_alarms(layer, env, alb=alb, infrastructure=infrastructure),
        # A service without a task is deployed as well, and nobody would answer its hook.
        hook=LifecycleHook(hook.called.arn, call_role.arn) if env.serves else None,
        ready=(shift_role.policy, call_role.policy),
    )


def release_alarms(
    layer: LayerStack,
    env: Environment,
    *,
    alb: InternalLoadBalancer,
    infrastructure: InfrastructureOutputs,
) -> tuple[str, ...]:
    """Build the alarms that take a release back, over all target groups; their names, none where they aren't wanted."""
    if not env.deployment.rollback_alarms:
        return ()
    alarms = MetricAlarms(
        layer,
        "release_alarms",
        name_prefix=layer.settings.names.resource("release"),
        topic_arn=infrastructure.alarm_topic_arn,
        alarms=rollback_alarms(alb_suffix=alb.arn_suffix, target_group_suffixes=alb.group_suffixes),
    )
    layer.watched += alarms.watched
    return alarms.names


def _hook(
    layer: LayerStack,
    env: Environment,
    *,
    alb: InternalLoadBalancer,
    infrastructure: InfrastructureOutputs,
    llm: LlmOutputs,
) -> ReleaseHook:
    names = layer.settings.names
    return ReleaseHook(
        layer,
        "release_hook",
        names=_hook_names(env, names),
        service=(names.resource("main"), names.resource("app")),
        question=HookQuestion(
            address=alb.dns_name,
            name=str(env.dns.domain),
            health_path=env.service.health_check_path,
            question=env.deployment.test_question,
            sources=env.search.enabled,
        ),
        vpc=HookVpc(infrastructure.vpc.vpc_id, infrastructure.vpc.private_subnets, infrastructure.alb_group_id),
        signing=Signer(llm.packages_bucket, llm.signing_profile, llm.signing_config_arn),
        surroundings=surroundings(
            env, layer.place, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        ),
    )


def _hook_names(env: Environment, names: Names) -> HookNames:
    """`release-test` asks the tasks; `release-hook` has it ask for CodeDeploy, where ECS calls the first by itself."""
    outer = _hook_function(names, "hook") if env.uses_code_deploy else None
    return HookNames(inner=_hook_function(names, "test"), outer=outer)


def _hook_function(names: Names, purpose: str) -> FunctionNames:
    name = f"release-{purpose}"
    return FunctionNames(names.regional(name), names.resource(name), names.path("release", purpose))


def _native_shift(env: Environment) -> NativeShift:
    deployment = env.deployment
    if deployment.strategy == "canary":
        return NativeShift("canary", deployment.canary_percent, deployment.canary_minutes)
    if deployment.strategy == "linear":
        return NativeShift("linear", deployment.linear_percent, deployment.linear_minutes)
    return NativeShift("blue_green")


def _shift(env: Environment) -> TrafficShift | None:
    deployment = env.deployment
    if deployment.strategy == "canary":
        return TrafficShift("canary", deployment.canary_percent, deployment.canary_minutes)
    if deployment.strategy == "linear":
        return TrafficShift("linear", deployment.linear_percent, deployment.linear_minutes)
    return None
