"""What runs, and where: the container as the contract and the environment's file have it, functions by their handlers.

Releases take subnets, groups and capacity from an output, so that has to say what the service says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from config import collector, traces
from config.model_prices import answer_prices
from config.rules.contract import OWN_VARIABLES
from config.sections.secrets import secret_variable
from policies.vouched.resolving import Outputs
from terraform_json.blocks import Config, listed, named

if TYPE_CHECKING:
    from config import Environment

_TASK = "aws_ecs_task_definition"
_FUNCTION = "aws_lambda_function"
_SERVICE = "aws_ecs_service"
# Handlers of our functions, each with the one variable that it reads.
_HANDLERS = {
    "bootstrap_lambda.handler.handle": "SEARCH_BOOTSTRAP",
    "hook_lambda.inner.handle": "RELEASE_TEST",
    "hook_lambda.outer.handle": "RELEASE_HOOK",
    "probe_lambda.handler.handle": "PROBE",
    "quota_lambda.handler.handle": "MODEL_QUOTA",
    "retention_lambda.handler.handle": "SPAN_RETENTION",
    "stop_lambda.handler.handle": "MODEL_STOP",
    **{f"ingestion.functions.{name}.handle": "INGESTION" for name in ("embed", "fetch", "ledger", "load")},
}
# Variables that the infrastructure gives a container; the site's name may be another one in service.environment.
VARIABLES = frozenset({*OWN_VARIABLES, "SITECHAT_SITE_NAME"})
# Keys of the container; those without a value here are judged one by one, or set by the environment.
_CONTAINER: dict[str, Any] = {
    "environment": None,
    "essential": True,
    "healthCheck": {
        "command": ["CMD", "python", "-m", "sitechat_app.healthcheck"],
        "interval": 30,
        "retries": 3,
        "startPeriod": 30,
        "timeout": 5,
    },
    "image": None,
    "linuxParameters": {"initProcessEnabled": True},
    "logConfiguration": None,
    "mountPoints": None,
    "name": "app",
    "portMappings": None,
    "readonlyRootFilesystem": True,
    "secrets": None,
    "stopTimeout": None,
    "user": "10001:10001",
}
# Roles by the argument that names them.
_ROLES = {"execution_role_arn": "roles_execution_role_", "task_role_arn": "roles_task_role_"}
_TO_DO = "see docs/application-contract.md, and synthesise again from the environment's file"


def unknown_containers(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Lines for what a task runs, or runs as, that neither the contract nor the environment's file says."""
    outputs = Outputs(layers)
    for layer, config in layers.items():
        for name, body in named(config.get("resource", {}).get(_TASK)):
            for wrong in (*_roles(layer, body, outputs), *_containers(layer, body, env, outputs)):
                yield f"{layer}/{_TASK}.{name}: {wrong}; {_TO_DO}"
        for name, body in named(config.get("resource", {}).get(_SERVICE)):
            if _misplaced(body, config):
                yield f"{layer}/{_SERVICE}.{name}: its output placement says another place; synthesise again"
        for name, body in named(config.get("resource", {}).get(_FUNCTION)):
            for wrong in _function(body):
                yield f"{layer}/{_FUNCTION}.{name}: {wrong}; synthesise again"


def _roles(layer: str, body: Mapping[str, Any], outputs: Outputs) -> Iterator[str]:
    for argument, name in _ROLES.items():
        found = outputs.address(layer, str(body.get(argument)), "arn")
        if not found.startswith(f"aws_iam_role.{name}"):
            yield f"{argument} is no reference to the role of that name"


def _misplaced(service: Mapping[str, Any], config: Config) -> bool:
    """Whether releases would put tasks elsewhere than the service says (constructs_lib/containers/placement.py)."""
    output = dict(named(config.get("output"))).get("placement")
    if not isinstance(output, Mapping):
        return False
    (network, *more) = listed(service.get("network_configuration")) or [{}]
    shares = listed(service.get("capacity_provider_strategy"))
    if more or not isinstance(network, Mapping) or not all(isinstance(each, Mapping) for each in shares):
        return True
    return bool(
        output.get("value")
        != {
            "PlatformVersion": service.get("platform_version"),
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": network.get("subnets"),
                    "SecurityGroups": network.get("security_groups"),
                    "AssignPublicIp": "ENABLED" if network.get("assign_public_ip") else "DISABLED",
                }
            },
            "CapacityProviderStrategy": [
                {
                    "CapacityProvider": each.get("capacity_provider"),
                    "Base": each.get("base"),
                    "Weight": each.get("weight"),
                }
                for each in shares
            ],
        }
    )


def _function(body: Mapping[str, Any]) -> Iterator[str]:
    variable = _HANDLERS.get(str(body.get("handler")))
    if variable is None:
        yield "its handler is none of our functions"
        return
    environment = body.get("environment")
    variables = environment.get("variables") if isinstance(environment, Mapping) else None
    if not isinstance(variables, Mapping) or variables.keys() != {variable}:
        yield f"its environment has other variables than {variable}"


def _containers(layer: str, body: Mapping[str, Any], env: Environment, outputs: Outputs) -> Iterator[str]:
    try:
        containers = json.loads(str(body.get("container_definitions")))
    except (ValueError, RecursionError):
        containers = None
    beside = _collector(env)
    if not isinstance(containers, list) or not containers or not isinstance(containers[0], dict):
        yield "container_definitions is no list of the one container as JSON text"
        return
    if len(containers) != 1 + len(beside):
        yield "container_definitions has other containers than the one, and the collector whose image the file names"
        return
    container: dict[str, Any] = containers[0]
    for found, expected in zip(containers[1:], beside, strict=True):
        yield from _differs(found, {**expected, "logConfiguration": _logs_beside(container, expected["name"])})
    for key in sorted(container.keys() | _CONTAINER.keys()):
        if key not in _CONTAINER:
            yield f"the container's {key} is of no contract"
        elif key not in container or _CONTAINER[key] not in (None, container[key]):
            yield f"the container's {key} is not what the contract says"
    yield from _image(layer, str(container.get("image")), env, outputs)
    yield from _variables(container, env)
    yield from _surroundings(container, body, env)


def _collector(env: Environment) -> tuple[dict[str, Any], ...]:
    """The collector beside the application as its file names it, without its log, or none."""
    if env.monitoring.collector_image is None:
        return ()
    variable = {"name": collector.VARIABLE, "value": collector.configuration(env.region)}
    return (
        {
            "name": collector.NAME,
            "image": env.monitoring.collector_image,
            "essential": False,
            "user": _CONTAINER["user"],
            "readonlyRootFilesystem": True,
            "linuxParameters": _CONTAINER["linuxParameters"],
            "memory": collector.COLLECTOR_MIB,
            "environment": [variable],
            "stopTimeout": env.service.stop_timeout_seconds,
            "healthCheck": {**_CONTAINER["healthCheck"], "command": ["CMD", "/healthcheck"]},
        },
    )


def _logs_beside(container: Mapping[str, Any], name: str) -> Any:
    """The log of a container beside another one: the same, in streams of its own."""
    logs = container.get("logConfiguration")
    if not isinstance(logs, Mapping) or not isinstance(logs.get("options"), Mapping):
        return None
    return {**logs, "options": {**logs["options"], "awslogs-stream-prefix": name}}


def _differs(found: Any, expected: Mapping[str, Any]) -> Iterator[str]:
    known = found if isinstance(found, Mapping) else {}
    for key in sorted(known.keys() | expected.keys()):
        if known.get(key) != expected.get(key):
            yield f"the collector's {key} is not what the environment's file says"


def _image(layer: str, image: str, env: Environment, outputs: Outputs) -> Iterator[str]:
    released = env.image.reference
    repository = outputs.address(layer, image.removesuffix(released), "repository_url")
    if not image.endswith(released) or not repository.startswith("aws_ecr_repository."):
        yield "the container's image is not the environment's repository with its image.tag or image.digest"


def _variables(container: Mapping[str, Any], env: Environment) -> Iterator[str]:
    traced = traces.tracing_variables(env)
    # By these the application counts what answers cost, for the alarm on a day's.
    counted = {"SITECHAT_METRICS_NAMESPACE": env.metrics_namespace, "SITECHAT_MODEL_PRICES": ""}
    if env.metrics_namespace:
        counted["SITECHAT_MODEL_PRICES"] = answer_prices(env)
    given = list(_pairs(container.get("environment"), "value"))
    for name in sorted({name for name, value in counted.items() if value} - {name for name, _ in given}):
        yield f"the container's variable {name} is missing, by which the application counts"
    for name in sorted(traced.keys() - {name for name, _ in given}):
        yield f"the container's variable {name} is missing, which the environment's monitoring.tracing asks for"
    for name, value in given:
        if name in env.service.environment:
            if value != env.service.environment[name]:
                yield f"the container's variable {name} differs from the environment's service.environment"
        elif name not in VARIABLES:
            yield f"the container's variable {name} is of neither the contract nor service.environment"
        elif name in counted and value != counted[name]:
            yield f"the container's variable {name} is not what the environment's metrics and model prices say"
        elif name in traces.NAMES and value != traced.get(name):
            yield f"the container's variable {name} is not what the environment's monitoring.tracing says"
    if {name for name, _ in _pairs(container.get("secrets"), "valueFrom")} != {
        secret_variable(name) for name in env.secrets.names
    }:
        yield "the container's secrets are not those of the environment's secrets.names"


def _surroundings(container: Mapping[str, Any], body: Mapping[str, Any], env: Environment) -> Iterator[str]:
    ports = [each.get("containerPort") for each in listed(container.get("portMappings")) if isinstance(each, dict)]
    if ports != [env.service.port]:
        yield "the container's portMappings are not the environment's service.port"
    if container.get("stopTimeout") != env.service.stop_timeout_seconds:
        yield "the container's stopTimeout is not the environment's service.stop_timeout_seconds"
    logs = container.get("logConfiguration")
    if not isinstance(logs, Mapping) or logs.get("logDriver") != "awslogs":
        yield "the container's logConfiguration is not that of CloudWatch Logs"
    volumes = [each.keys() for each in listed(body.get("volume")) if isinstance(each, Mapping)]
    if any(keys != {"name"} for keys in volumes):
        yield "a volume is more than an empty folder of the task"


def _pairs(items: Any, key: str) -> Iterator[tuple[str, Any]]:
    for item in listed(items):
        if isinstance(item, Mapping):
            yield str(item.get("name")), item.get(key)
