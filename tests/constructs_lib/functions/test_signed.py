from __future__ import annotations

from pathlib import Path

import pytest
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunctionVpcConfig
from constructs import Construct

import passages
from config.place import Place
from constructs_lib.functions.schedule import CallerRole, Calls, call_at_intervals
from constructs_lib.functions.signed import FunctionNetwork, Runs, sign_sources, signed_function
from constructs_lib.identity.function_role import RunsAs
from tests.constructs_lib.security.test_code_signing import KEY, signing
from tests.support.synthesised import Template, template

PLACE = Place("111111111111", "us-east-1", "aws")
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
NETWORK = FunctionNetwork(LambdaFunctionVpcConfig(subnet_ids=["subnet-1"], security_group_ids=["sg-1"]))


def _built(network: FunctionNetwork | None = None, *, enabled: bool = True) -> Template:
    def build(scope: Construct) -> None:
        function = signed_function(
            scope,
            "function",
            runs_as=RunsAs("clean", PLACE.role_arn("clean"), "/app/clean", TOPIC),
            runs=Runs("passages.text.clean", "Cleans up", 60, memory_mib=128),
            code=sign_sources(
                scope, signing=signing(scope).signer, name="clean", sources=(Path(passages.__path__[0]),)
            ),
            variables={"WHAT": "all"},
            kms_key_arn=KEY,
            network=network,
        )
        call_at_intervals(
            scope,
            function=function,
            calls=Calls("rate(1 day)", age_seconds=3600, attempts=3, enabled=enabled),
            role=CallerRole("r-clean-schedule", "Has it cleaned up daily"),
            place=PLACE,
            kms_key_arn=KEY,
        )

    return template(build)


@pytest.fixture(scope="module")
def config() -> Template:
    return _built()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("architectures", ["arm64"]),
        ("runtime", "python3.13"),
        ("memory_size", 128),
        ("timeout", 60),
        ("kms_key_arn", KEY),
        ("environment", {"variables": {"WHAT": "all"}}),
        ("dead_letter_config", {"target_arn": TOPIC}),
        ("logging_config", {"log_format": "JSON", "log_group": "/app/clean"}),
        ("tracing_config", {"mode": "PassThrough"}),
    ],
)
def test_a_function(config: Template, attribute: str, value: object) -> None:
    assert config.one("aws_lambda_function")[attribute] == value


def test_it_runs_what_was_signed_and_outside_the_vpc(config: Template) -> None:
    function = config.one("aws_lambda_function")
    assert "code_signing_config_arn" in function
    assert function["s3_key"].startswith("${aws_signer_signing_job.")
    assert {"vpc_config", "timeouts"}.isdisjoint(function)


def test_one_in_a_vpc_is_given_time_to_go() -> None:
    function = _built(NETWORK).one("aws_lambda_function")
    assert function["vpc_config"] == {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    assert function["timeouts"] == {"delete": "45m"}


def test_a_schedule_calls_it_once_its_role_may(config: Template) -> None:
    schedule = config.one("aws_scheduler_schedule")
    assert (schedule["name"], schedule["schedule_expression"], schedule["state"]) == ("clean", "rate(1 day)", "ENABLED")
    assert schedule["target"]["retry_policy"] == {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 3}
    (policy,) = config.all("aws_iam_role_policy")
    assert schedule["depends_on"] == [f"aws_iam_role_policy.{policy}"]


def test_a_schedule_can_be_built_that_calls_nothing() -> None:
    assert _built(enabled=False).one("aws_scheduler_schedule")["state"] == "DISABLED"
