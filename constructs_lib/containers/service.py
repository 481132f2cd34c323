"""The ECS service and its autoscaling."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceCapacityProviderStrategy,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from constructs import Construct

from constructs_lib.containers.task import CONTAINER


class WebService(Construct):
    """A load-balanced Fargate service with rolling deployments that roll back by themselves.

    Args:
        spot_percent: share of tasks on Fargate Spot, 0 to 100; the rest runs on demand.
        on_demand_base: tasks that always run on demand, whatever the share.
        desired_count: tasks at creation; afterwards autoscaling and releases own the number.
        ready: what has to exist before the first task can be registered (what forwards to it).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        cluster_arn: str,
        task_definition_arn: str,
        target_group_arn: str,
        container_port: int,
        subnets: Sequence[str],
        security_groups: Sequence[str],
        public_ip: bool,
        spot_percent: int = 100,
        on_demand_base: int = 0,
        desired_count: int = 0,
        execute_command: bool = False,
        ready: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.service = EcsService(
            self,
            "service",
            name=name,
            cluster=cluster_arn,
            task_definition=task_definition_arn,
            desired_count=desired_count,
            capacity_provider_strategy=_strategy(spot_percent, on_demand_base),
            # Or another share of Spot would replace the service, and nothing would answer until the new one does.
            force_new_deployment=True,
            platform_version="LATEST",
            enable_execute_command=execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            health_check_grace_period_seconds=60,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=list(subnets), security_groups=list(security_groups), assign_public_ip=public_ip
            ),
            load_balancer=[
                EcsServiceLoadBalancer(
                    container_name=CONTAINER, container_port=container_port, target_group_arn=target_group_arn
                )
            ],
            # Autoscaling owns the number of tasks; Terraform would reset it with every apply.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_count"]),
            # ECS refuses a target group that no listener uses yet.
            depends_on=list(ready),
        )
        self.name: str = self.service.name


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
        )
        metrics = {
            "cpu": ("ECSServiceAverageCPUUtilization", cpu_target_percent),
            "memory": ("ECSServiceAverageMemoryUtilization", memory_target_percent),
        }
        for id_, (metric, percent) in metrics.items():
            AppautoscalingPolicy(
                self,
                id_,
                name=f"{name}-{id_}",
                policy_type="TargetTrackingScaling",
                resource_id=target.resource_id,
                scalable_dimension=target.scalable_dimension,
                service_namespace=target.service_namespace,
                target_tracking_scaling_policy_configuration=_tracking(metric, percent),
            )


def _strategy(spot_percent: int, on_demand_base: int) -> list[EcsServiceCapacityProviderStrategy]:
    strategy = []
    if spot_percent < 100 or on_demand_base:
        strategy.append(
            EcsServiceCapacityProviderStrategy(
                capacity_provider="FARGATE", base=on_demand_base, weight=100 - spot_percent
            )
        )
    if spot_percent > 0:
        strategy.append(
            EcsServiceCapacityProviderStrategy(capacity_provider="FARGATE_SPOT", base=0, weight=spot_percent)
        )
    return strategy


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
