"""What a service that ECS deploys by itself has otherwise than the one that CodeDeploy deploys: every field of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config import Environment
from tools.next.compare import ABSENT, ANYTHING, Expected

SERVICE, RULES = "service/resource/aws_ecs_service/web_service", "service/resource/aws_lb_listener_rule"
SIGNED = "service/resource/aws_signer_signing_job/release_hook_signed_job"
TOLD = "monitoring/resource/aws_cloudwatch_event_target/failed_deployments_topic/input_transformer"
# What CodeDeploy alone needs, and leaves nothing of.
GONE = (
    "service////needs",
    "service////outputs/service/web",
    "service/data/aws_iam_policy_document/release_hook_outer_role_access_document",
    "service/data/aws_iam_policy_document/release_hook_outer_role_trust",
    "service/data/aws_iam_policy_document/release_role_access_document",
    "service/data/aws_iam_policy_document/release_role_trust",
    "service/output/placement",
    "service/resource/aws_cloudwatch_log_group/release_hook_outer_role_log_group",
    "service/resource/aws_codedeploy_app",
    "service/resource/aws_codedeploy_deployment_group",
    f"{SERVICE}/deployment_controller",
    "service/resource/aws_iam_role/release_hook_outer_role",
    "service/resource/aws_iam_role/release_role",
    "service/resource/aws_iam_role_policy/release_hook_outer_role_access",
    "service/resource/aws_iam_role_policy/release_role_access",
    "service/resource/aws_lambda_function/release_hook_outer",
)


def expected(env: Environment, product: Any, *, rolling: Any) -> Expected:
    """Differences from the same environment under CodeDeploy, whose synthesis is `product`.

    `rolling` is that of an environment whose failed releases are told by ECS as well.
    """
    gone = [*GONE, *(["service/resource/aws_codedeploy_deployment_config"] if _steps(env) else [])]
    package = product["service"]["resource"]["aws_s3_object"]["release_hook_signed_source"]["key"]
    job = product["service"]["resource"]["aws_signer_signing_job"]["release_hook_signed_job"]
    prefix = job["destination"]["s3"]["prefix"]
    return {
        **dict.fromkeys(gone, (ANYTHING, ABSENT)),
        "service////metadata/overrides/stack": (["terraform", "//"], ["terraform"]),
        **dict(_service(env)),
        **dict(_listeners()),
        **dict(_roles(env)),
        "service/resource/aws_s3_object/release_hook_signed_source/key": (package, _tests(package)),
        f"{SIGNED}/destination/s3/prefix": (prefix, _tests(prefix)),
        **dict(_told(rolling["monitoring"]["resource"])),
    }


def configuration(env: Environment) -> dict[str, Any]:
    """`deployment_configuration` of the service."""
    return {
        "strategy": env.deployment.strategy.upper(),
        "bake_time_in_minutes": str(env.deployment.bake_minutes),
        **_steps(env),
        "lifecycle_hook": [
            {
                "hook_target_arn": "${aws_lambda_function.release_hook_inner.arn}",
                "role_arn": "${aws_iam_role.call_role.arn}",
                "lifecycle_stages": ["POST_TEST_TRAFFIC_SHIFT"],
            }
        ],
    }


def _steps(env: Environment) -> dict[str, Any]:
    deployment = env.deployment
    if deployment.strategy == "canary":
        percent, minutes = deployment.canary_percent, str(deployment.canary_minutes)
        return {"canary_configuration": {"canary_percent": percent, "canary_bake_time_in_minutes": minutes}}
    if deployment.strategy == "linear":
        percent, minutes = deployment.linear_percent, str(deployment.linear_minutes)
        return {"linear_configuration": {"step_percent": percent, "step_bake_time_in_minutes": minutes}}
    return {}


def _service(env: Environment) -> Iterator[tuple[str, tuple[Any, Any]]]:
    rules = {
        "alternate_target_group_arn": "${aws_lb_target_group.load_balancer_second_target_group.arn}",
        "production_listener_rule": "${aws_lb_listener_rule.load_balancer_https_all.arn}",
        "test_listener_rule": "${aws_lb_listener_rule.load_balancer_tests_all.arn}",
        "role_arn": "${aws_iam_role.shift_role.arn}",
    }
    alarms = [f"${{aws_cloudwatch_metric_alarm.release_alarms_{each}.id}}" for each in ("errors", "unhealthy")]
    for argument, value in (
        ("deployment_configuration", configuration(env)),
        ("load_balancer/0/advanced_configuration", rules),
        ("alarms", {"alarm_names": alarms, "enable": True, "rollback": True}),
        ("deployment_circuit_breaker", {"enable": True, "rollback": True}),
        ("deployment_minimum_healthy_percent", 100),
        ("deployment_maximum_percent", 200),
        ("force_new_deployment", True),
    ):
        yield f"{SERVICE}/{argument}", (ABSENT, value)
    capacity = "aws_ecs_cluster_capacity_providers.cluster_capacity"
    listeners = ["aws_lb_listener.load_balancer_https", "aws_lb_listener.load_balancer_tests"]
    ruled = ["aws_lb_listener_rule.load_balancer_https_all", "aws_lb_listener_rule.load_balancer_tests_all"]
    roles = ["aws_iam_role_policy.shift_role_access", "aws_iam_role_policy.call_role_access"]
    yield f"{SERVICE}/depends_on", ([*listeners, capacity], [*ruled, capacity, *roles])
    yield f"{SERVICE}/lifecycle/ignore_changes", (ANYTHING, ["task_definition", "desired_count"])


def _listeners() -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Each has a rule that catches all, whose action is ECS's, and answers 503 beside it."""
    groups = {"https": "target_group", "tests": "second_target_group"}
    for name in groups:
        listener = f"service/resource/aws_lb_listener/load_balancer_{name}"
        answer = {"content_type": "text/plain", "status_code": "503"}
        yield f"{listener}/default_action/0/type", ("forward", "fixed-response")
        yield f"{listener}/default_action/0/fixed_response", (ABSENT, answer)
        yield f"{listener}/default_action/0/target_group_arn", (ANYTHING, ABSENT)
        yield f"{listener}/lifecycle", ({"ignore_changes": ["default_action"]}, ABSENT)
    rules = {
        f"load_balancer_{name}_all": {
            **_note(f"load_balancer/{name}_all", f"load_balancer_{name}_all"),
            "listener_arn": f"${{aws_lb_listener.load_balancer_{name}.arn}}",
            "priority": 1,
            "condition": [{"path_pattern": {"values": ["*"]}}],
            "action": [{"type": "forward", "target_group_arn": f"${{aws_lb_target_group.load_balancer_{group}.arn}}"}],
            "lifecycle": {"ignore_changes": ["action"]},
        }
        for name, group in groups.items()
    }
    yield RULES, (ABSENT, rules)


def _roles(env: Environment) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The roles in which ECS shifts visitors and calls the function."""
    names, place = env.names, env.place
    protocol = "-https" if env.service.tls_to_task else ""
    groups = [names.resource(f"{each}{protocol}", limit=32) for each in ("app", "app-2")]
    balancer, balancing = names.resource("alb", limit=32), "elasticloadbalancing"
    looks = [f"{balancing}:Describe{each}" for each in ("Listeners", "Rules", "TargetGroups", "TargetHealth")]
    registers = [f"{balancing}:DeregisterTargets", f"{balancing}:RegisterTargets"]
    shift = [
        ("LookUpLoadBalancer", looks, ["*"]),
        ("RegisterTasks", registers, [place.arn(balancing, f"targetgroup/{each}/*") for each in groups]),
        ("ShiftListeners", [f"{balancing}:ModifyListener"], [place.arn(balancing, f"listener/app/{balancer}/*")]),
        ("ShiftRules", [f"{balancing}:ModifyRule"], [place.arn(balancing, f"listener-rule/app/{balancer}/*")]),
    ]
    function = place.function_arn(names.resource("release-test"))
    call = [("TryNewTasks", ["lambda:InvokeFunction"], [function])]
    for role, purpose, description, statements in (
        ("shift_role", "release-shift", "Shifts visitors between the tasks of two releases", shift),
        ("call_role", "release-call", "Has the tasks of a new release asked", call),
    ):
        trust, document = f"{role}_trust", f"{role}_access_document"
        principal = {"type": "Service", "identifiers": ["ecs.amazonaws.com"]}
        assumed = {"sid": "Assume", "effect": "Allow", "actions": ["sts:AssumeRole"], "principals": [principal]}
        allowed = [
            {"sid": sid, "effect": "Allow", "actions": actions, "resources": resources}
            for sid, actions, resources in statements
        ]
        documents, resources_ = "service/data/aws_iam_policy_document", "service/resource"
        yield f"{documents}/{trust}", (ABSENT, {**_note(f"{role}/trust", trust), "statement": [assumed]})
        yield f"{documents}/{document}", (ABSENT, {**_note(f"{role}/access_document", document), "statement": allowed})
        body = {
            **_note(f"{role}/role", role),
            "name": names.regional(purpose),
            "description": description,
            "assume_role_policy": f"${{data.aws_iam_policy_document.{trust}.json}}",
        }
        yield f"{resources_}/aws_iam_role/{role}", (ABSENT, body)
        policy = {
            **_note(f"{role}/access", f"{role}_access"),
            "name": "access",
            "role": f"${{aws_iam_role.{role}.name}}",
            "policy": f"${{data.aws_iam_policy_document.{document}.json}}",
        }
        yield f"{resources_}/aws_iam_role_policy/{role}_access", (ABSENT, policy)


def _told(rolling: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Failed releases are told by ECS's events, as those of a rolling service are."""
    rule = rolling["aws_cloudwatch_event_rule"]["failed_deployments_rule"]
    transformer = rolling["aws_cloudwatch_event_target"]["failed_deployments_topic"]["input_transformer"]
    pattern = "monitoring/resource/aws_cloudwatch_event_rule/failed_deployments_rule/event_pattern"
    yield pattern, (ANYTHING, rule["event_pattern"])
    yield f"{TOLD}/input_paths/application", ("$.detail.application", ABSENT)
    yield f"{TOLD}/input_paths/service", (ABSENT, transformer["input_paths"]["service"])
    yield f"{TOLD}/input_template", (ANYTHING, transformer["input_template"])


def _note(path: str, id_: str) -> dict[str, Any]:
    return {"//": {"metadata": {"path": f"service/{path}", "uniqueId": id_}}}


def _tests(name: str) -> str:
    """A package is called like the function that a release calls."""
    return name.replace("-release-hook", "-release-test")
