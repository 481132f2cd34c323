"""The list of what ECS's own deployments have otherwise follows the settings."""

from __future__ import annotations

from typing import Any

import pytest

from config import parse
from tools.next.compare import ABSENT
from tools.next.native import SERVICE, configuration, expected

HOOK = {"release_hook_signed_source": {"key": "source/x-release-hook.zip"}}
JOB = {"release_hook_signed_job": {"destination": {"s3": {"prefix": "signed/x-release-hook-1-"}}}}
PRODUCT = {"service": {"resource": {"aws_s3_object": HOOK, "aws_signer_signing_job": JOB}}}
TRANSFORMER = {"input_paths": {"service": "$.resources[0]"}, "input_template": "{}"}
MONITORING = {
    "aws_cloudwatch_event_rule": {"failed_deployments_rule": {"event_pattern": "{}"}},
    "aws_cloudwatch_event_target": {"failed_deployments_topic": {"input_transformer": TRANSFORMER}},
}


def _listed(**deployment: Any) -> Any:
    env = parse(
        {
            "account_id": "111111111111",
            "dns": {"domain": "chat.example.com", "zone_name": "example.com"},
            "deployment": {"controller": "ecs", **deployment},
        },
        name="prod",
    )
    return expected(env, PRODUCT, rolling={"monitoring": {"resource": MONITORING}}), configuration(env)


@pytest.mark.parametrize(
    ("deployment", "steps"),
    [
        ({"strategy": "blue_green"}, {}),
        (
            {"strategy": "canary", "canary_percent": 5, "canary_minutes": 7},
            {"canary_configuration": {"canary_percent": 5, "canary_bake_time_in_minutes": "7"}},
        ),
        (
            {"strategy": "linear", "linear_percent": 25, "linear_minutes": 2},
            {"linear_configuration": {"step_percent": 25, "step_bake_time_in_minutes": "2"}},
        ),
    ],
)
def test_shares_and_waits_are_the_settings(deployment: dict[str, Any], steps: dict[str, Any]) -> None:
    listed, found = _listed(bake_minutes=30, **deployment)
    hook = found.pop("lifecycle_hook")
    assert found == {"strategy": deployment["strategy"].upper(), "bake_time_in_minutes": "30", **steps}
    assert [each["lifecycle_stages"] for each in hook] == [["POST_TEST_TRAFFIC_SHIFT"]]
    assert listed[f"{SERVICE}/deployment_configuration"] == (ABSENT, {**found, "lifecycle_hook": hook})


def test_nothing_of_codedeploy_is_left() -> None:
    for strategy in ("blue_green", "canary", "linear"):
        listed, _ = _listed(strategy=strategy)
        gone = {place for place, (_, after) in listed.items() if after is ABSENT}
        assert {place.rpartition("/")[2] for place in gone} >= {"aws_codedeploy_app", "aws_codedeploy_deployment_group"}
        config = "service/resource/aws_codedeploy_deployment_config"
        assert (config in gone) == (strategy != "blue_green")


def test_the_package_is_called_like_the_function_that_ecs_calls() -> None:
    listed, _ = _listed(strategy="canary")
    assert ("source/x-release-hook.zip", "source/x-release-test.zip") in listed.values()
