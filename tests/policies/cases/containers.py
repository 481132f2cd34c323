"""Cases of the rules about tasks, images and functions."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.cases.rule_cases import Body, RuleCases


def task(**changes: Any) -> Body:
    container = {"name": "app", "image": "app:1", "user": "10001:10001", "readonlyRootFilesystem": True} | changes
    return {"network_mode": "awsvpc", "container_definitions": json.dumps([container])}


def sessions(**changes: Any) -> Body:
    logs = {"cloud_watch_encryption_enabled": True, "cloud_watch_log_group_name": "exec"}
    found = {"kms_key_id": "${aws_kms_key.main.arn}", "logging": "OVERRIDE", "log_configuration": logs} | changes
    return {"configuration": {"execute_command_configuration": found}}


def tried(route: dict[str, Any] | None) -> dict[str, Any]:
    """A deployment group with this route for tests."""
    pair = {"prod_traffic_route": {"listener_arns": ["arn:of:visitors"]}, "test_traffic_route": route}
    pairs = {name: given for name, given in pair.items() if given is not None}
    return {"deployment_group_name": "app", "load_balancer_info": {"target_group_pair_info": pairs}}


def shifted(**rollback: Any) -> Body:
    """A deployment group of CodeDeploy with this automatic rollback."""
    return {"deployment_group_name": "app", "auto_rollback_configuration": {"enabled": True, **rollback}}


CASES = (
    RuleCases(
        rule="ecs_privileged",
        resource_type="aws_ecs_task_definition",
        compliant={
            "minimal": task(),
            "not privileged": task(privileged=False),
            "capabilities dropped": task(linuxParameters={"capabilities": {"drop": ["ALL"]}}),
        },
        non_compliant={
            "privileged": task(privileged=True),
            "capability added": task(linuxParameters={"capabilities": {"add": ["SYS_ADMIN"]}}),
            "host device": task(linuxParameters={"devices": [{"hostPath": "/dev/mem"}]}),
        },
    ),
    RuleCases(
        rule="ecs_host_namespaces",
        resource_type="aws_ecs_task_definition",
        compliant={
            "awsvpc": task(),
        },
        non_compliant={
            "host process namespace": task() | {"pid_mode": "host"},
            "host IPC namespace": task() | {"ipc_mode": "host"},
            "host network": task() | {"network_mode": "host"},
        },
    ),
    RuleCases(
        rule="secret_in_environment",
        resource_type="aws_ecs_task_definition",
        compliant={
            "names of no secrets": task(
                environment=[{"name": "SESSION_SECRET_ARN", "value": "arn"}, {"name": "MAX_TOKENS", "value": "9"}]
            ),
            "secret by reference": task(secrets=[{"name": "DB_PASSWORD", "valueFrom": "arn"}]),
        },
        non_compliant={
            "password": task(environment=[{"name": "DB_PASSWORD", "value": "x"}]),
            "token after another variable": task(
                environment=[{"name": "A", "value": "b"}, {"name": "GITHUB_TOKEN", "value": "x"}]
            ),
            "short names": task(environment=[{"name": "DB_PWD", "value": "x"}]),
        },
    ),
    RuleCases(
        rule="secret_in_environment",
        resource_type="aws_lambda_function",
        compliant={
            "names of no secrets": {"environment": [{"variables": {"PASSAGES": "x", "SECRET_ARN": "arn"}}]},
            "no variables": {},
        },
        non_compliant={
            "password": {"environment": [{"variables": {"A": "b", "DB_PASSWORD": "x"}}]},
            "data source name": {"environment": [{"variables": {"DB_DSN": "x"}}]},
        },
    ),
    RuleCases(
        rule="ecr_customer_key",
        resource_type="aws_ecr_repository",
        compliant={
            "customer key": {
                "encryption_configuration": [{"encryption_type": "KMS", "kms_key": "${aws_kms_key.main.arn}"}]
            },
        },
        non_compliant={
            "no encryption": {},
            "KMS without key": {"encryption_configuration": [{"encryption_type": "KMS"}]},
        },
    ),
    RuleCases(
        rule="deployment_rollback",
        resource_type="aws_ecs_service",
        compliant={
            "circuit breaker with rollback": {"deployment_circuit_breaker": {"enable": True, "rollback": True}},
            "CodeDeploy": {"deployment_controller": {"type": "CODE_DEPLOY"}},
        },
        non_compliant={
            "no circuit breaker": {},
            "no rollback": {"deployment_circuit_breaker": {"enable": True, "rollback": False}},
        },
    ),
    RuleCases(
        rule="deployment_rollback",
        resource_type="aws_codedeploy_deployment_group",
        compliant={
            "a failure is rolled back": shifted(events=["DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_FAILURE"]),
        },
        non_compliant={
            "no rollback": {"deployment_group_name": "app"},
            "switched off": shifted(enabled=False, events=["DEPLOYMENT_FAILURE"]),
            "no event": shifted(),
            "another event alone": shifted(events=["DEPLOYMENT_STOP_ON_ALARM"]),
        },
    ),
    RuleCases(
        rule="deployment_alarms",
        resource_type="aws_ecs_service",
        compliant={
            "none": {"name": "app"},
            "taking back": {"name": "app", "alarms": {"alarm_names": ["a"], "enable": True, "rollback": True}},
        },
        non_compliant={
            "only failing": {"name": "app", "alarms": {"alarm_names": ["a"], "enable": True, "rollback": False}},
            "switched off": {"name": "app", "alarms": {"alarm_names": ["a"], "enable": False, "rollback": True}},
        },
    ),
    RuleCases(
        rule="release_tests",
        resource_type="aws_codedeploy_deployment_group",
        compliant={
            "a listener for tests": tried({"listener_arns": ["arn:of:listener"]}),
        },
        non_compliant={
            "no load balancer": {"deployment_group_name": "app"},
            "visitors at once": tried(None),
            "an empty list": tried({"listener_arns": []}),
        },
    ),
    RuleCases(
        rule="ecs_user",
        resource_type="aws_ecs_task_definition",
        compliant={
            "user by number": task(),
        },
        non_compliant={
            "root": task(user="root"),
            "user 0": task(user="0:0"),
            "no user": task(user=None),
        },
    ),
    RuleCases(
        rule="ecs_exec_session",
        resource_type="aws_ecs_cluster",
        compliant={
            "encrypted and logged": sessions(),
        },
        non_compliant={
            "no key": sessions(kms_key_id=None),
            "logging off": sessions(logging="NONE"),
            "no log group": sessions(log_configuration={}),
            "no settings": {},
        },
    ),
    RuleCases(
        rule="ecs_service_groups",
        resource_type="aws_ecs_service",
        compliant={
            "groups": {"network_configuration": {"security_groups": ["sg-1"]}},
        },
        non_compliant={
            "no network": {},
            "no groups": {"network_configuration": {"subnets": ["subnet-1"]}},
            "empty list": {"network_configuration": {"security_groups": []}},
        },
    ),
    RuleCases(
        rule="ecs_platform_version",
        resource_type="aws_ecs_service",
        compliant={
            "default": {},
            "LATEST": {"platform_version": "LATEST"},
        },
        non_compliant={
            "old version": {"platform_version": "1.3.0"},
        },
    ),
    RuleCases(
        rule="ecs_fault_injection",
        resource_type="aws_ecs_task_definition",
        compliant={
            "default": task(),
            "off": task() | {"enable_fault_injection": False},
        },
        non_compliant={
            "on": task() | {"enable_fault_injection": True},
        },
    ),
    RuleCases(
        rule="ecs_log_configuration",
        resource_type="aws_ecs_task_definition",
        compliant={
            "log driver": task(logConfiguration={"logDriver": "awslogs"}),
        },
        non_compliant={
            "no log configuration": task(),
            "empty log configuration": task(logConfiguration={}),
        },
    ),
    RuleCases(
        rule="lambda_log_group",
        resource_type="aws_lambda_function",
        compliant={
            "log group": {"logging_config": {"log_format": "JSON", "log_group": "app"}},
        },
        non_compliant={
            "no settings": {},
            "no log group": {"logging_config": {"log_format": "JSON"}},
        },
    ),
    RuleCases(
        rule="signed_code",
        resource_type="aws_lambda_code_signing_config",
        compliant={
            "enforced": {"policies": {"untrusted_artifact_on_deployment": "Enforce"}},
        },
        non_compliant={
            "no policies": {},
            "default": {"policies": {}},
            "warns only": {"policies": {"untrusted_artifact_on_deployment": "Warn"}},
        },
    ),
    RuleCases(
        rule="lambda_runtime",
        resource_type="aws_lambda_function",
        compliant={
            "supported Python": {"runtime": "python3.13"},
            "container image": {"package_type": "Image"},
        },
        non_compliant={
            "ended Python": {"runtime": "python3.8"},
            "ended Node.js": {"runtime": "nodejs18.x"},
        },
    ),
)
