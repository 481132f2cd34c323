"""The ECS service and its autoscaling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceAlarms,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceDeploymentController,
    EcsServiceLoadBalancer,
)
from constructs import Construct

from constructs_lib.containers.native import NativeDeployment, advanced_configuration, deployment_configuration
from constructs_lib.containers.placement import CapacityProviderStrategy, NetworkConfiguration, Placement
from constructs_lib.containers.service_connect import Connected, connect_configuration
from constructs_lib.containers.task import CONTAINER


@dataclass(frozen=True)
class RegisteredTarget:
    """Target group and port that a service registers its tasks with.

    `ready` has to exist before the first task can be registered: listeners and rules that forward to the group.
    """

    target_group_arn: str
    container_port: int
    ready: Sequence[ITerraformDependable] = ()


class WebService(Construct):
    """A load-balanced Fargate service with rolling deployments that roll back by themselves.

    With `shifted` CodeDeploy deploys instead: it owns the target group, and takes no setting of a rolling deployment.
    Another controller replaces the service ("aws_ecs_service", provider 5.100). Where its tasks run is then an output,
    which releases read: AWS takes it with a deployment alone. With `native` ECS shifts visitors by itself; the bindings
    have to be of version 6 of the provider (NativeMissingError where they are older).

    `rollback_alarms` are names of alarms that take a rolling deployment back. They, `desired_count` and
    `task_definition_arn` are those at creation; afterwards autoscaling owns the count and releases (`sitechat release`)
    the others. While it is `parked`, no task runs and the number is Terraform's.
    `connected` gives it a name in a namespace, which CodeDeploy doesn't do ("Service Connect", ECS developer guide).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        cluster_arn: str,
        task_definition_arn: str,
        target: RegisteredTarget,
        network: NetworkConfiguration,
        capacity: CapacityProviderStrategy | None = None,
        desired_count: int = 0,
        parked: bool = False,
        shifted: bool = False,
        native: NativeDeployment | None = None,
        rollback_alarms: Sequence[str] = (),
        execute_command: bool = False,
        connected: Connected | None = None,
    ) -> None:
        super().__init__(scope, id_)
        placement = Placement(network, capacity or CapacityProviderStrategy())
        self.service = EcsService(
            self,
            "service",
            name=name,
            cluster=cluster_arn,
            task_definition=task_definition_arn,
            desired_count=desired_count,
            capacity_provider_strategy=placement.strategy(),
            # Without it another share of Spot replaces the service, and nothing answers until the new one does.
            force_new_deployment=None if shifted else True,
            platform_version=placement.platform_version,
            enable_execute_command=execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            health_check_grace_period_seconds=60,
            deployment_controller=EcsServiceDeploymentController(type="CODE_DEPLOY") if shifted else None,
            deployment_minimum_healthy_percent=None if shifted else 100,
            deployment_maximum_percent=None if shifted else 200,
            deployment_circuit_breaker=(
                None if shifted else EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True)
            ),
            network_configuration=placement.network_configuration(),
            load_balancer=[_load_balancer(target, native)],
            service_connect_configuration=connect_configuration(connected) if connected else None,
            lifecycle=_owned_at_run_time(_of_releases(shifted=shifted, native=native), parked=parked),
            # ECS refuses a target group that no listener uses yet, and a provider that the cluster doesn't have yet.
            depends_on=[*target.ready, *placement.capacity.ready, *(native.ready if native else ())],
            alarms=_alarms(native.alarms if native else rollback_alarms),
            **_shifted_by_ecs(native),
        )
        self.name: str = self.service.name
        if shifted:
            placement.tell_releases(self)


class ServiceScaling(Construct):
    """Keeps average CPU and memory of a service near their targets by adding and removing tasks.

    Percent targets lie in 1 to 100. Scaling in waits longer than scaling out, so that streamed answers aren't cut.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        cluster_name: str,
        service_name: str,
        min_tasks: int = 1,
        max_tasks: int = 4,
        cpu_target_percent: int = 70,
        memory_target_percent: int = 70,
    ) -> None:
        super().__init__(scope, id_)
        target = AppautoscalingTarget(
            self,
            "target",
            min_capacity=min_tasks,
            max_capacity=max_tasks,
            resource_id=f"service/{cluster_name}/{service_name}",
            scalable_dimension="ecs:service:DesiredCount",
            service_namespace="ecs",
            # A release that CodeDeploy carries out suspends scaling in and scheduled actions, and resumes them.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["suspended_state"]),
        )
        self._track("cpu", f"{name}-cpu", target, _tracking("ECSServiceAverageCPUUtilization", cpu_target_percent))
        memory = _tracking("ECSServiceAverageMemoryUtilization", memory_target_percent)
        self._track("memory", f"{name}-memory", target, memory)

    def _track(
        self,
        id_: str,
        name: str,
        target: AppautoscalingTarget,
        tracking: AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    ) -> None:
        AppautoscalingPolicy(
            self,
            id_,
            name=name,
            policy_type="TargetTrackingScaling",
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            service_namespace=target.service_namespace,
            target_tracking_scaling_policy_configuration=tracking,
        )


# What AWS changes under CodeDeploy with a deployment alone, and refuses of others (UpdateService, ECS API reference;
# terraform-provider-aws#12703): Terraform would fail at it, or replace the service.
OF_A_DEPLOYMENT = (
    "task_definition",
    "load_balancer",
    "network_configuration",
    "capacity_provider_strategy",
    "platform_version",
)


# A release may go without its alarms, and the next one has them again. And the provider can't take alarms away: it
# sends no empty list (resourceServiceUpdate, expandAlarms, provider 5.100), and ECS keeps what an update leaves out.
OF_A_ROLLING_RELEASE = ("task_definition", "alarms")


def _of_releases(*, shifted: bool, native: NativeDeployment | None) -> tuple[str, ...]:
    if shifted:
        return OF_A_DEPLOYMENT
    return ("task_definition",) if native else OF_A_ROLLING_RELEASE


def _owned_at_run_time(of_releases: Sequence[str], *, parked: bool) -> TerraformResourceLifecycle:
    """What Terraform would reset with every apply: what releases and autoscaling own.

    The task definition is the first one only; a release starts from Terraform's newest and says what runs. Parking
    means to set the number of tasks.
    """
    return TerraformResourceLifecycle(ignore_changes=[*of_releases, *(() if parked else ("desired_count",))])


def _load_balancer(target: RegisteredTarget, native: NativeDeployment | None) -> EcsServiceLoadBalancer:
    more: dict[str, Any] = {"advanced_configuration": advanced_configuration(native.rules)} if native else {}
    return EcsServiceLoadBalancer(
        container_name=CONTAINER, container_port=target.container_port, target_group_arn=target.target_group_arn, **more
    )


def _shifted_by_ecs(native: NativeDeployment | None) -> dict[str, Any]:
    """Argument of a native deployment; older bindings don't know it, not even as None."""
    if native is None:
        return {}
    return {"deployment_configuration": deployment_configuration(native)}


def _alarms(names: Sequence[str]) -> EcsServiceAlarms | None:
    return EcsServiceAlarms(alarm_names=list(names), enable=True, rollback=True) if names else None


def _tracking(metric: str, percent: int) -> AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration:
    return AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration(
        predefined_metric_specification=(
            AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification(
                predefined_metric_type=metric
            )
        ),
        target_value=percent,
        scale_in_cooldown=300,
        scale_out_cooldown=60,
    )
