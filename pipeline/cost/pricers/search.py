"""OpenSearch domains."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from terraform_json.blocks import nested_block


def price_domain(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Instances by the hour, dedicated masters too, and the disk of each data node."""
    cluster, disk = nested_block(resource.body["cluster_config"]), nested_block(resource.body["ebs_options"])
    kind, nodes = cluster["instance_type"], cluster["instance_count"]
    yield context.hours(resource, f"{kind} nodes", f"opensearch.{kind}", nodes)
    if cluster.get("dedicated_master_enabled"):
        kind, masters = cluster["dedicated_master_type"], cluster["dedicated_master_count"]
        yield context.hours(resource, f"{kind} masters", f"opensearch.{kind}", masters)
    yield context.fixed(resource, "disk", f"opensearch.{disk['volume_type']}", disk["volume_size"] * nodes)


PRICERS: dict[str, Pricer] = {"aws_opensearch_domain": price_domain}
