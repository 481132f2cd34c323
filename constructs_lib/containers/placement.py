"""Where the tasks of a service run: subnets, security groups, capacity providers, platform version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cdktf import ITerraformDependable, TerraformOutput
from cdktf_cdktf_provider_aws.ecs_service import EcsServiceCapacityProviderStrategy, EcsServiceNetworkConfiguration
from constructs import Construct

# The output that `sitechat release` reads (pipeline/operations/releases/placement.py).
OUTPUT = "placement"


@dataclass(frozen=True)
class NetworkConfiguration:
    """Subnets and security groups of a service's tasks, and whether tasks get a public address."""

    subnets: Sequence[str]
    security_groups: Sequence[str]
    public_ip: bool


@dataclass(frozen=True)
class CapacityProviderStrategy:
    """Shares of Fargate Spot and on-demand capacity.

    `spot_percent` of the tasks, 0 to 100, run on Fargate Spot, the rest on demand. `on_demand_base` tasks always run on
    demand, whatever the share. `ready` has to exist before a service can name the providers: the cluster's list of
    them.
    """

    spot_percent: int = 100
    on_demand_base: int = 0
    ready: Sequence[ITerraformDependable] = ()

    def shares(self) -> tuple[tuple[str, int, int], ...]:
        """Provider, base and weight; one without a share is left out."""
        spot, base = self.spot_percent, self.on_demand_base
        on_demand = (("FARGATE", base, 100 - spot),) if spot < 100 or base else ()
        return (*on_demand, *((("FARGATE_SPOT", 0, spot),) if spot > 0 else ()))


@dataclass(frozen=True)
class Placement:
    """Network, capacity and Fargate platform of a service's tasks."""

    network: NetworkConfiguration
    capacity: CapacityProviderStrategy = field(default_factory=CapacityProviderStrategy)
    platform_version: str = "LATEST"

    def network_configuration(self) -> EcsServiceNetworkConfiguration:
        """The network, as the service takes it."""
        return EcsServiceNetworkConfiguration(
            subnets=list(self.network.subnets),
            security_groups=list(self.network.security_groups),
            assign_public_ip=self.network.public_ip,
        )

    def strategy(self) -> list[EcsServiceCapacityProviderStrategy]:
        """The capacity, as the service takes it."""
        return [
            EcsServiceCapacityProviderStrategy(capacity_provider=provider, base=base, weight=weight)
            for provider, base, weight in self.capacity.shares()
        ]

    def tell_releases(self, scope: Construct) -> None:
        """Output it in an AppSpec's words ("AppSpec 'resources' section for Amazon ECS deployments", CodeDeploy)."""
        told: dict[str, Any] = {
            "PlatformVersion": self.platform_version,
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": list(self.network.subnets),
                    "SecurityGroups": list(self.network.security_groups),
                    "AssignPublicIp": "ENABLED" if self.network.public_ip else "DISABLED",
                }
            },
            "CapacityProviderStrategy": [
                {"CapacityProvider": provider, "Base": base, "Weight": weight}
                for provider, base, weight in self.capacity.shares()
            ],
        }
        output = TerraformOutput(
            scope, OUTPUT, value=told, description="Where the next release puts the tasks of the service"
        )
        output.override_logical_id(OUTPUT)
