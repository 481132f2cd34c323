"""Service Connect: the name under which other services of the namespace reach this one."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.ecs_service import (
    EcsServiceServiceConnectConfiguration,
    EcsServiceServiceConnectConfigurationLogConfiguration,
    EcsServiceServiceConnectConfigurationService,
    EcsServiceServiceConnectConfigurationServiceClientAlias,
    EcsServiceServiceConnectConfigurationServiceTimeout,
)
from cdktf_cdktf_provider_aws.service_discovery_http_namespace import ServiceDiscoveryHttpNamespace
from constructs import Construct

from constructs_lib.containers.task import PORT_NAME, LogConfiguration

# Prefix of the proxy's streams in the application's log group.
PROXY = "service-connect"
# perRequestTimeoutSeconds: 0 switches it off. Its default of 15 seconds ends every longer answer, streamed or not
# ("TimeoutConfiguration", ECS API reference; aws/containers-roadmap#1958).
NO_REQUEST_TIMEOUT = 0


class ServiceNamespace(Construct):
    """A Cloud Map namespace without DNS, for services that reach one another by Service Connect."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        self.namespace = ServiceDiscoveryHttpNamespace(
            self, "namespace", name=name, description="Services that reach one another by Service Connect"
        )
        self.arn: str = self.namespace.arn


@dataclass(frozen=True)
class Connected:
    """A service's place in a namespace: others call it as `dns_name`, on `port`, through the proxies of both.

    The proxy closes a connection on which nothing came for `idle_timeout_seconds`, and never a request that streams.
    Nothing is encrypted between proxies: that needs a private certificate authority.
    """

    namespace_arn: str
    dns_name: str
    port: int
    idle_timeout_seconds: int
    logs: LogConfiguration


def connect_configuration(connected: Connected) -> EcsServiceServiceConnectConfiguration:
    """What the service says of it to ECS."""
    return EcsServiceServiceConnectConfiguration(
        enabled=True,
        namespace=connected.namespace_arn,
        log_configuration=EcsServiceServiceConnectConfigurationLogConfiguration(
            log_driver="awslogs",
            options={
                "awslogs-group": connected.logs.log_group_name,
                "awslogs-region": connected.logs.region,
                "awslogs-stream-prefix": PROXY,
            },
        ),
        service=[
            EcsServiceServiceConnectConfigurationService(
                port_name=PORT_NAME,
                client_alias=EcsServiceServiceConnectConfigurationServiceClientAlias(
                    dns_name=connected.dns_name, port=connected.port
                ),
                timeout=EcsServiceServiceConnectConfigurationServiceTimeout(
                    idle_timeout_seconds=connected.idle_timeout_seconds,
                    per_request_timeout_seconds=NO_REQUEST_TIMEOUT,
                ),
            )
        ],
    )
