from __future__ import annotations

import json

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.observability.transaction_search import SCHEMA, TYPE, TransactionSearch
from tests.support.synthesised import Template, template

ACCOUNT = "111111111111"


def built(place: Place) -> Template:
    def build(scope: Construct) -> None:
        TransactionSearch(scope, "search", policy_name="sitechat-dev-spans", place=place)

    return template(build)


@pytest.fixture(scope="module")
def config() -> Template:
    return built(Place(ACCOUNT, "eu-central-1", "aws"))


def test_the_share_that_is_free_is_indexed(config: Template) -> None:
    switch = config.one("aws_cloudcontrolapi_resource")
    assert switch["type_name"] == TYPE == "AWS::XRay::TransactionSearchConfig"
    assert json.loads(switch["desired_state"]) == {"IndexingPercentage": 1}


def test_a_plan_has_the_schema_and_asks_nobody(config: Template) -> None:
    schema = json.loads(config.one("aws_cloudcontrolapi_resource")["schema"])
    assert schema == SCHEMA
    assert schema["typeName"] == TYPE
    assert schema["primaryIdentifier"] == schema["readOnlyProperties"] == ["/properties/AccountId"]


def test_it_is_switched_where_x_ray_may_write(config: Template) -> None:
    (policy,) = config.all("aws_cloudwatch_log_resource_policy")
    switch = config.one("aws_cloudcontrolapi_resource")
    assert switch["depends_on"] == [f"aws_cloudwatch_log_resource_policy.{policy}"]
    assert "lifecycle" not in switch
    assert config.one("aws_cloudwatch_log_resource_policy")["policy_name"] == "sitechat-dev-spans"


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_x_ray_writes_for_this_account_and_region_alone(region: str, partition: str) -> None:
    statements = built(Place(ACCOUNT, region, partition)).statements("policy_document")
    (statement,) = statements.values()
    logs = f"arn:{partition}:logs:{region}:{ACCOUNT}:log-group"
    assert statement["actions"] == ["logs:PutLogEvents"]
    assert statement["resources"] == [f"{logs}:aws/spans:*", f"{logs}:/aws/application-signals/data:*"]
    assert statement["principals"] == [{"identifiers": ["xray.amazonaws.com"], "type": "Service"}]
    assert statement["condition"] == [
        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT]},
        {"test": "ArnLike", "variable": "aws:SourceArn", "values": [f"arn:{partition}:xray:{region}:{ACCOUNT}:*"]},
    ]
