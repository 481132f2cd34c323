"""The VPC of the infrastructure layer: a new one, or the existing one that the configuration names."""

from __future__ import annotations

from dataclasses import dataclass

from config import Environment
from constructs_lib.identity.policy import Statement
from constructs_lib.network.acl import SubnetAcl
from constructs_lib.network.addresses import divide
from constructs_lib.network.endpoints import GatewayEndpoint
from constructs_lib.network.vpc import VpcNetwork
from constructs_lib.workflows.access import load_endpoint_statement
from stacks.base import LayerStack
from stacks.functions import ingestion_function, ingestion_places, model_switch


@dataclass(frozen=True)
class VpcOutputs:
    """Ids of a VPC and of the subnets that tasks, the load balancer (`private_subnets`) and the search domain use."""

    vpc_id: str
    task_subnets: tuple[str, ...]
    private_subnets: tuple[str, ...]
    search_subnets: tuple[str, ...]


def existing_vpc(env: Environment) -> VpcOutputs:
    """The VPC and subnets of `[network]`."""
    return _outputs(env, str(env.network.vpc_id), env.network.public_subnet_ids, env.network.private_subnet_ids)


def new_vpc(layer: LayerStack, env: Environment, *, listener_port: int) -> VpcOutputs:
    """Build a VPC with network ACLs and the gateway endpoint for S3; `listener_port` is the load balancer's."""
    name, config = layer.settings.names.resource("net"), env.network
    network = VpcNetwork(
        layer,
        "network",
        name=name,
        cidr=config.cidr,
        zones=divide(config.cidr, config.availability_zones),
        workload_zones=config.workload_zones,
        egress=config.egress,
    )
    for tier, subnets in (("public", network.public_subnets), ("private", network.private_subnets)):
        SubnetAcl(
            layer,
            f"{tier}_acl",
            name=f"{name}-{tier}",
            vpc_id=network.vpc_id,
            vpc_cidr=config.cidr,
            subnets=subnets,
            low_answers=config.egress.startswith("nat") if tier == "public" else bool(env.ingestion.sources),
            listener_port=listener_port if tier == "private" else None,
        )
    GatewayEndpoint(
        layer,
        "gateway_endpoint",
        name=name,
        vpc_id=network.vpc_id,
        place=layer.place,
        route_tables=(network.public_table.id, *network.private_route_tables),
        statements=(*_reading_the_switch(layer), *(_loading(layer) if env.ingestion.sources else ())),
    )
    return _outputs(env, network.vpc_id, network.public_subnets, network.private_subnets)


def _reading_the_switch(layer: LayerStack) -> tuple[Statement, ...]:
    """The tasks' way to the switch of the model."""
    names, place = layer.settings.names, layer.place
    return model_switch(names, place).endpoint_statements(place.role_arn(names.regional("task")))


def _loading(layer: LayerStack) -> tuple[Statement, ...]:
    """The loader's way to its bucket, both by name: they are built on top of this layer."""
    names, place = layer.settings.names, layer.place
    role = place.role_arn(ingestion_function(names, "load").role)
    return (load_endpoint_statement(ingestion_places(names, place, key_arn=""), role),)


def _outputs(env: Environment, vpc_id: str, public: tuple[str, ...], private: tuple[str, ...]) -> VpcOutputs:
    tasks = public if env.network.egress == "public_ip" else private
    return VpcOutputs(
        vpc_id=vpc_id,
        task_subnets=tasks[: env.network.workload_zones],
        private_subnets=private,
        search_subnets=private[: env.search_zones],
    )
