"""OpenSearch domains."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.table import NoPriceError
from terraform_json.blocks import nested_block

# Nodes whose data also lies in S3, which is charged by the month ("Managed storage", OpenSearch Service pricing).
_MANAGED_STORAGE = ("or1.", "or2.", "om2.", "oi2.", "ultrawarm")


def price_domain(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Instances by the hour, dedicated masters too, and the disk of each data node."""
    cluster, disk = nested_block(resource.body["cluster_config"]), nested_block(resource.body["ebs_options"])
    kind, nodes = str(cluster["instance_type"]), int(cluster["instance_count"])
    if nodes < 1:
        raise NoPriceError("a domain has one node at least")
    if kind.startswith(_MANAGED_STORAGE):
        raise NoPriceError(f"what {kind} keeps in managed storage is charged by the GB, which is not assumed anywhere")
    yield context.hours(resource, f"{kind} nodes", f"opensearch.{kind}", nodes)
    if cluster.get("dedicated_master_enabled"):
        kind, masters = cluster["dedicated_master_type"], int(cluster["dedicated_master_count"])
        yield context.hours(resource, f"{kind} masters", f"opensearch.{kind}", masters)
    yield context.fixed(resource, "disk", f"opensearch.{disk['volume_type']}", int(disk["volume_size"]) * nodes)


PRICERS: dict[str, Pricer] = {"aws_opensearch_domain": price_domain}
