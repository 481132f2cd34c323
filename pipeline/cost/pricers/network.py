"""Load balancer, NAT gateways, endpoints and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import HOURS, Line

# One LCU: 25 new connections a second, or 1 GB an hour (ALB pricing). The larger counts.
CONNECTIONS_PER_LCU_HOUR = 25 * 3600


def load_balancer(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    cost = context.env.cost
    yield context.hours(resource, "load balancer", "alb.hour")
    units = max(Decimal(cost.requests_per_month) / CONNECTIONS_PER_LCU_HOUR, Decimal(cost.transfer_out_gb))
    yield context.used(resource, "capacity units", "alb.lcu", context.usage(units))


def nat_gateway(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The data is spread over the gateways."""
    share = Decimal(context.env.cost.aws_traffic_gb) / len(context.of_type(resource.type))
    yield context.hours(resource, "NAT gateway", "vpc.nat_gateway")
    yield context.used(resource, "data through NAT", "vpc.nat_gateway.data", context.usage(share))


def address(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    yield context.fixed(resource, "public IPv4", "vpc.public_ipv4", HOURS)


def endpoint(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """A gateway endpoint is free; an interface endpoint costs by zone. Traffic is spread over the latter."""
    if resource.body.get("vpc_endpoint_type", "Gateway") == "Gateway":
        return
    interfaces = [each for each in context.of_type(resource.type) if each.body["vpc_endpoint_type"] == "Interface"]
    zones = len(resource.body["subnet_ids"])
    yield context.hours(resource, f"interface endpoint in {zones} zones", "privatelink.endpoint", zones)
    share = Decimal(context.env.cost.aws_traffic_gb) / len(interfaces)
    yield context.used(resource, "data through the endpoint", "privatelink.data", context.usage(share))


PRICERS: dict[str, Pricer] = {
    "aws_lb": load_balancer,
    "aws_nat_gateway": nat_gateway,
    "aws_eip": address,
    "aws_vpc_endpoint": endpoint,
}
