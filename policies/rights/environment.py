"""The deployer of one environment, worked out from its settings and its synthesised layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from config.switches import DENIAL, MODEL_BUDGET, SWITCHES
from policies.proof.configuration import Configuration, Layers
from policies.proof.permissions import walk
from policies.rights.bedrock import Switch
from policies.rights.deployer import Deployer
from policies.rights.places import EnvironmentArns
from policies.rights.releases import Released
from policies.rights.shells import Shells
from policies.rights.state import StateAccess
from terraform_json.blocks import data_sources, resources

if TYPE_CHECKING:
    from config import Environment

# Key prefix of published bundles in the state bucket.
_BUNDLES = "bundles"
# Folders beside the states of an environment (pipeline/bundle/entries.py, pipeline/operations/releases/records.py).
_HISTORY, _RELEASES = "history", "releases"


def deployer_of(env: Environment, layers: Layers) -> Deployer:
    """Whoever deploys these layers of the environment."""
    return Deployer(
        arns=arns_of(env),
        state=state_access(env),
        kinds=frozenset(_kinds(layers)),
        passed_to=tuple(sorted({*_trusted(layers)})),
        role_arns=(env.place.arn("iam", f"role/{env.project}-{env.name}-{env.region}-*", region=""),),
        boundary_arn=env.boundary_arn,
        shells=shells_of(env) if env.service.execute_command else None,
        switch=switch_of(env),
    )


def arns_of(env: Environment) -> EnvironmentArns:
    """ARNs of the environment's resources."""
    return EnvironmentArns(
        place=env.place,
        project=env.project,
        env=env.name,
        repository=env.image.repository or env.names.resource("app"),
        packages=env.names.bucket("packages"),
        domain=env.search.domain_name,
    )


def state_access(env: Environment) -> StateAccess:
    """States and bundles of the environment."""
    state = env.state_backend
    return StateAccess(
        place=replace(env.place, region=state.region),
        bucket=state.bucket,
        table=state.table,
        key_alias=state.key_alias,
        prefix=f"{env.project}/{env.name}/",
        bundles=f"{_BUNDLES}/{env.project}/{env.name}/",
        history=f"{env.project}/{env.name}/{_HISTORY}/",
        releases=f"{env.project}/{env.name}/{_RELEASES}/",
    )


def released_by(env: Environment) -> Released:
    """The environment's service, for whoever releases it."""
    names, state = env.names, state_access(env)
    return Released(
        place=env.place,
        cluster=names.resource("main"),
        service=names.resource("app"),
        task_roles=(names.regional("execution"), names.regional("task")),
        repository_arn=arns_of(env).repository_arn,
        hook_log_group=names.path("release", "hook" if env.uses_code_deploy else "test"),
        bucket=state.bucket,
        records=state.releases,
        shifted=env.uses_code_deploy,
        native=env.shifts_releases and not env.uses_code_deploy,
    )


def shells_of(env: Environment) -> Shells:
    """The environment's tasks, for a person who opens a shell in one."""
    return Shells(released_by(env), env.names.resource("alarms"), env.names.resource("main"))


def switch_of(env: Environment) -> Switch:
    """The switch of the environment's model."""
    names = env.names
    return Switch(
        place=env.place,
        bucket=names.bucket(SWITCHES),
        topic=names.resource("alarms"),
        key_alias=names.resource("main"),
        denial=names.regional(DENIAL),
        roles=env.model_roles,
        budget=names.resource(MODEL_BUDGET) if env.budget.stop != "off" else "",
    )


def _kinds(layers: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for config in layers.values():
        yield from (block.type for block in resources(config))
        yield from (f"data.{block.type}" for block in data_sources(config) if block.type.startswith("aws_"))


def _trusted(layers: Layers) -> Iterator[str]:
    """Services that may assume a role of the layers; AWS Config records with its service-linked role."""
    for each in walk(Configuration(layers)).permissions:
        if each.kind == "trust" and each.allows:
            yield from (name for kind, name in each.principals if kind == "Service")
    if any("aws_config_configuration_recorder" in config.get("resource", {}) for config in layers.values()):
        yield "config.amazonaws.com"
