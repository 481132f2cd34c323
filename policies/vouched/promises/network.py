"""Promises of the VPC: subnets, routes and the ways out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policies.vouched.promises.parts import DOCUMENT
from policies.vouched.promises.promise import Promise, of, promise

if TYPE_CHECKING:
    from config import Environment

_SERVICES = ("bedrock_runtime", "ecr_api", "ecr_dkr", "logs", "secretsmanager")
_SHELL_SERVICES = ("kms", "ssmmessages")
_TRACE_SERVICES = ("xray",)
# Setting with which the application sends spans.
TRACED = 'monitoring.tracing = "otlp"'


def network(env: Environment) -> Iterator[Promise]:
    """A VPC, unless one exists, and the endpoints through which tasks without the internet call AWS."""
    if env.network.vpc_id is None:
        yield from _vpc(env)
    if env.network.egress == "endpoints":
        yield promise('network.egress = "endpoints"', _endpoints(_SERVICES))
        if env.service.execute_command:
            yield promise("service.execute_command = true", _endpoints(_SHELL_SERVICES))
        if env.traces:
            yield promise(TRACED, _endpoints(_TRACE_SERVICES))


def _endpoints(services: tuple[str, ...]) -> tuple[str, ...]:
    return of("aws_vpc_endpoint", *(f"interface_endpoints_{service}" for service in services))


def _vpc(env: Environment) -> Iterator[Promise]:
    yield promise(
        "no network.vpc_id",
        of("aws_vpc", "network_vpc"),
        of("aws_default_security_group", "network_default_group"),
        of("aws_internet_gateway", "network_internet_gateway"),
        of("aws_network_acl", "private_acl", "public_acl"),
        of("aws_route_table", "network_public_table"),
        of("aws_route", "network_public_default"),
        of("aws_vpc_endpoint", "gateway_endpoint_s3"),
        of(DOCUMENT, "gateway_endpoint_s3_policy"),
    )
    zones = range(len(env.network.availability_zones))
    for zone in zones:
        yield promise(
            "network.availability_zones",
            of("aws_subnet", f"network_public_{zone}", f"network_private_{zone}"),
            of("aws_route_table", f"network_private_table_{zone}"),
            of("aws_route_table_association", f"network_public_{zone}_routes", f"network_private_{zone}_routes"),
        )
    gateways = {"nat_gateway": 1, "nat_per_az": env.network.workload_zones}.get(env.network.egress, 0)
    for number in range(gateways):
        yield promise(
            f'network.egress = "{env.network.egress}"',
            of("aws_eip", f"network_nat_address_{number}"),
            of("aws_nat_gateway", f"network_nat_{number}"),
        )
    if gateways:
        routes = (f"network_private_default_{zone}" for zone in zones)
        yield promise(f'network.egress = "{env.network.egress}"', of("aws_route", *routes))
