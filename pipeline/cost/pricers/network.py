"""Load balancer, NAT gateways, VPC endpoints and public addresses."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import HOURS, Line

# One LCU: 25 new connections a second, or 1 GB an hour (ALB pricing). The larger counts.
CONNECTIONS_PER_LCU_HOUR = 25 * 3600


def price_load_balancer(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Hours and capacity units (LCU); a public one has an address in every subnet."""
    yield context.hours(resource, "load balancer", "alb.hour")
    if resource.body.get("internal") is not True:
        subnets = len(resource.body["subnets"])
        yield context.hours(resource, "public IPv4 of the load balancer", "vpc.public_ipv4", subnets)
    units = max(context.assumed.requests / CONNECTIONS_PER_LCU_HOUR, context.assumed.transfer_out_gb)
    yield context.used(resource, "capacity units", "alb.lcu", context.usage(units))


def price_nat_gateway(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Hours, and an equal share of the traffic to AWS for each gateway."""
    share = context.assumed.aws_traffic_gb / len(context.of_type(resource.type))
    yield context.hours(resource, "NAT gateway", "vpc.nat_gateway")
    yield context.used(resource, "data through NAT", "vpc.nat_gateway.data", context.usage(share))


def price_address(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """A public IPv4 address, all month."""
    yield context.fixed(resource, "public IPv4", "vpc.public_ipv4", HOURS)


def price_endpoint(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Hours per zone, and an equal share of the traffic for each interface endpoint. Gateway endpoints are free."""
    if resource.body.get("vpc_endpoint_type", "Gateway") == "Gateway":
        return
    interfaces = [each for each in context.of_type(resource.type) if each.body["vpc_endpoint_type"] == "Interface"]
    zones = len(resource.body["subnet_ids"])
    yield context.hours(resource, f"interface endpoint in {zones} zones", "privatelink.endpoint", zones)
    share = context.assumed.aws_traffic_gb / len(interfaces)
    yield context.used(resource, "data through the endpoint", "privatelink.data", context.usage(share))


PRICERS: dict[str, Pricer] = {
    "aws_lb": price_load_balancer,
    "aws_nat_gateway": price_nat_gateway,
    "aws_eip": price_address,
    "aws_vpc_endpoint": price_endpoint,
}
