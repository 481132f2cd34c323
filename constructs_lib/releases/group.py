"""The CodeDeploy application, its one group, and how fast it shifts visitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.codedeploy_app import CodedeployApp
from cdktf_cdktf_provider_aws.codedeploy_deployment_config import (
    CodedeployDeploymentConfig,
    CodedeployDeploymentConfigTrafficRoutingConfig,
    CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedCanary,
    CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedLinear,
)
from cdktf_cdktf_provider_aws.codedeploy_deployment_group import (
    CodedeployDeploymentGroup,
    CodedeployDeploymentGroupAlarmConfiguration,
    CodedeployDeploymentGroupAutoRollbackConfiguration,
    CodedeployDeploymentGroupBlueGreenDeploymentConfig,
    CodedeployDeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOption,
    CodedeployDeploymentGroupBlueGreenDeploymentConfigTerminateBlueInstancesOnDeploymentSuccess,
    CodedeployDeploymentGroupDeploymentStyle,
    CodedeployDeploymentGroupEcsService,
    CodedeployDeploymentGroupLoadBalancerInfo,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfo,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoProdTrafficRoute,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroup,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTestTrafficRoute,
)
from constructs import Construct

PLATFORM = "ECS"
ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"
# What takes a release back; an alarm only where there is one.
ROLLBACK_EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST")
ROLLBACK_ON_ALARM = "DEPLOYMENT_STOP_ON_ALARM"


@dataclass(frozen=True)
class TrafficShift:
    """How visitors move: `percent` of them first and the rest `minutes` later, or so many every so many minutes.

    Both are at least 1; percent is at most 99, and 2,880 minutes lie between first and last shift at most ("CodeDeploy
    quotas", its guide).
    """

    kind: Literal["canary", "linear"]
    percent: int
    minutes: int


@dataclass(frozen=True)
class TargetGroupPair:
    """Listeners that are shifted, for visitors and for tests, and the names of the groups they forward to."""

    listener_arn: str
    test_listener_arn: str
    target_group_names: tuple[str, str]


class ShiftedReleases(Construct):
    """An application and a group of CodeDeploy, both called `name`, for one ECS service.

    Without `shift` all visitors move at once. The old tasks stay `old_tasks_minutes`, 0 to 2,880, after the last shift
    and end together (BlueInstanceTerminationOption, CodeDeploy API reference). A release that fails, is stopped, or
    sets one of at most ten `alarms` off is taken back. What `after` lists has to exist before the first release.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        role_arn: str,
        service: tuple[str, str],
        pair: TargetGroupPair,
        old_tasks_minutes: int,
        shift: TrafficShift | None = None,
        alarms: Sequence[str] = (),
        after: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id_)
        cluster_name, service_name = service
        app = CodedeployApp(self, "app", name=name, compute_platform=PLATFORM)
        CodedeployDeploymentGroup(
            self,
            "group",
            app_name=app.name,
            deployment_group_name=name,
            service_role_arn=role_arn,
            deployment_config_name=self._config(name, shift) if shift else ALL_AT_ONCE,
            deployment_style=_two_sets_of_tasks(),
            ecs_service=CodedeployDeploymentGroupEcsService(cluster_name=cluster_name, service_name=service_name),
            load_balancer_info=_shifted(pair),
            blue_green_deployment_config=_ending(old_tasks_minutes),
            alarm_configuration=_watching(alarms) if alarms else None,
            auto_rollback_configuration=_taking_back(alarms),
            depends_on=list(after) or None,
        )

    def _config(self, name: str, shift: TrafficShift) -> str:
        """Another shift is another configuration: AWS changes none, and deletes none that a group uses."""
        config = CodedeployDeploymentConfig(
            self,
            "shift",
            deployment_config_name=f"{name}-{shift.kind}-{shift.percent}-{shift.minutes}",
            compute_platform=PLATFORM,
            traffic_routing_config=_routing(shift),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        return str(config.id)


def _routing(shift: TrafficShift) -> CodedeployDeploymentConfigTrafficRoutingConfig:
    if shift.kind == "canary":
        canary = CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedCanary(
            percentage=shift.percent, interval=shift.minutes
        )
        return CodedeployDeploymentConfigTrafficRoutingConfig(type="TimeBasedCanary", time_based_canary=canary)
    linear = CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedLinear(
        percentage=shift.percent, interval=shift.minutes
    )
    return CodedeployDeploymentConfigTrafficRoutingConfig(type="TimeBasedLinear", time_based_linear=linear)


def _shifted(pair: TargetGroupPair) -> CodedeployDeploymentGroupLoadBalancerInfo:
    return CodedeployDeploymentGroupLoadBalancerInfo(
        target_group_pair_info=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfo(
            prod_traffic_route=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoProdTrafficRoute(
                listener_arns=[pair.listener_arn]
            ),
            test_traffic_route=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTestTrafficRoute(
                listener_arns=[pair.test_listener_arn]
            ),
            target_group=[
                CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroup(name=name)
                for name in pair.target_group_names
            ],
        )
    )


def _ending(old_tasks_minutes: int) -> CodedeployDeploymentGroupBlueGreenDeploymentConfig:
    """Visitors move as soon as the new tasks were tried; nobody is waited for."""
    return CodedeployDeploymentGroupBlueGreenDeploymentConfig(
        deployment_ready_option=CodedeployDeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOption(
            action_on_timeout="CONTINUE_DEPLOYMENT"
        ),
        terminate_blue_instances_on_deployment_success=(
            CodedeployDeploymentGroupBlueGreenDeploymentConfigTerminateBlueInstancesOnDeploymentSuccess(
                action="TERMINATE", termination_wait_time_in_minutes=old_tasks_minutes
            )
        ),
    )


def _two_sets_of_tasks() -> CodedeployDeploymentGroupDeploymentStyle:
    """The one style that there is for ECS (DeploymentStyle, CodeDeploy API reference)."""
    return CodedeployDeploymentGroupDeploymentStyle(
        deployment_option="WITH_TRAFFIC_CONTROL", deployment_type="BLUE_GREEN"
    )


def _taking_back(alarms: Sequence[str]) -> CodedeployDeploymentGroupAutoRollbackConfiguration:
    """A release that fails or is stopped, and one during which an alarm goes off."""
    return CodedeployDeploymentGroupAutoRollbackConfiguration(
        enabled=True, events=[*ROLLBACK_EVENTS, *((ROLLBACK_ON_ALARM,) if alarms else ())]
    )


def _watching(alarms: Sequence[str]) -> CodedeployDeploymentGroupAlarmConfiguration:
    """A release whose alarms can't be read is stopped: nobody would know that it fails."""
    return CodedeployDeploymentGroupAlarmConfiguration(
        enabled=True, ignore_poll_alarm_failure=False, alarms=list(alarms)
    )
