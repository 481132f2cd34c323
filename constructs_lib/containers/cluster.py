"""The ECS cluster."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.ecs_cluster import (
    EcsCluster,
    EcsClusterConfiguration,
    EcsClusterConfigurationExecuteCommandConfiguration,
    EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration,
    EcsClusterSetting,
)
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import EcsClusterCapacityProviders
from constructs import Construct


class Cluster(Construct):
    """A Fargate and Fargate Spot cluster; sessions of ECS Exec are logged and encrypted.

    CPU, memory and the number of tasks are measured without `container_insights` too, which is charged by metric.
    A service whose strategy names the capacity providers waits for `capacity`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        kms_key_arn: str,
        exec_log_group_name: str,
        container_insights: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        # Set either way: without it the account's own default would decide.
        insights = EcsClusterSetting(name="containerInsights", value="enabled" if container_insights else "disabled")
        self.cluster = EcsCluster(
            self,
            "cluster",
            name=name,
            setting=[insights],
            configuration=EcsClusterConfiguration(
                execute_command_configuration=_logged_sessions(kms_key_arn, exec_log_group_name)
            ),
        )
        self.capacity = EcsClusterCapacityProviders(
            self,
            "capacity",
            cluster_name=self.cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
        )
        self.arn: str = self.cluster.arn
        self.name: str = self.cluster.name


def _logged_sessions(kms_key_arn: str, log_group_name: str) -> EcsClusterConfigurationExecuteCommandConfiguration:
    return EcsClusterConfigurationExecuteCommandConfiguration(
        kms_key_id=kms_key_arn,
        logging="OVERRIDE",
        log_configuration=EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration(
            cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=log_group_name
        ),
    )
