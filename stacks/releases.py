"""What shifts visitors between the tasks of two releases: part of the layer service, for every strategy but rolling."""

from __future__ import annotations

from config import Environment
from config.names import Names
from constructs_lib.identity.function_role import FunctionNames
from constructs_lib.load_balancing.alb import InternalLoadBalancer, ShiftedListeners
from constructs_lib.observability.alarms import MetricAlarms
from constructs_lib.observability.catalogue import rollback_alarms
from constructs_lib.releases.access import ShiftedService
from constructs_lib.releases.group import ShiftedReleases, TargetGroupPair, TrafficShift
from constructs_lib.releases.hook import HookNames, HookQuestion, HookVpc, ReleaseHook
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
    name, hook_names = names.resource("app"), _hook_names(names)
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
            hook_function_name=hook_names.outer.function,
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
        alarms=_alarms(layer, alb, shifted, infrastructure) if env.deployment.rollback_alarms else (),
        # CodeDeploy tries the role when a release starts, and calls the function that a release names.
        after=(role.policy, *hook.ready),
    )


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
        names=_hook_names(names),
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


def _hook_names(names: Names) -> HookNames:
    """`release-hook` is the function that a release names, `release-test` the one that it has ask the tasks."""
    return HookNames(
        *(
            FunctionNames(names.regional(each), names.resource(each), names.path("release", each.partition("-")[2]))
            for each in ("release-hook", "release-test")
        )
    )


def _shift(env: Environment) -> TrafficShift | None:
    deployment = env.deployment
    if deployment.strategy == "canary":
        return TrafficShift("canary", deployment.canary_percent, deployment.canary_minutes)
    if deployment.strategy == "linear":
        return TrafficShift("linear", deployment.linear_percent, deployment.linear_minutes)
    return None


def _alarms(
    layer: LayerStack, alb: InternalLoadBalancer, shifted: ShiftedListeners, infrastructure: InfrastructureOutputs
) -> tuple[str, ...]:
    return MetricAlarms(
        layer,
        "release_alarms",
        name_prefix=layer.settings.names.resource("release"),
        topic_arn=infrastructure.alarm_topic_arn,
        alarms=rollback_alarms(
            alb_suffix=alb.arn_suffix,
            target_group_suffixes=(alb.target_group.arn_suffix, shifted.second_group.arn_suffix),
        ),
    ).names
