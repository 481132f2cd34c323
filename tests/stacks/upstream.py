"""What the layers before would publish, as plain strings, and a layer built on it alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from cdktf import App

from config import Environment, parse
from stacks.edge import EdgeOutputs, SiteName
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs
from stacks.service import ServiceOutputs
from stacks.vpc import VpcOutputs
from tests.support.synthesised import Template, synthesise

ACCOUNT = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"

VPC = VpcOutputs("vpc-1", ("subnet-task",), ("subnet-1", "subnet-2"), ("subnet-search",))
# Every output holds its own name, except where a form or a value is asserted.
INFRASTRUCTURE = replace(
    InfrastructureOutputs(**{field.name: field.name for field in fields(InfrastructureOutputs)}),  # type: ignore[arg-type]
    vpc=VPC,
    key_arn=KEY,
    alarm_topic_arn=TOPIC,
    secret_arns=("arn:of:session-key",),
)
LLM = LlmOutputs(
    search_endpoint="https://search",
    search_domain_name="search",
    guardrail_id="guardrail",
    guardrail_version="1",
    guardrail_arn="arn:of:guardrail",
    profile_arn="",
    profile_id="",
    packages_bucket="packages",
    signing_profile="profile",
    signing_config_arn="arn:of:signing",
    loader_role_arn="arn:of:loader",
    loader_log_group="/of/loader",
)
NO_LLM = LlmOutputs(**dict.fromkeys((field.name for field in fields(LlmOutputs)), ""))
SERVICE = ServiceOutputs(
    "arn:of:alb", "internal-alb.elb.amazonaws.com", "app/alb/1", "targetgroup/app/2", "", "main", "app"
)
EDGE = EdgeOutputs("E1", "d1.cloudfront.net", "web-acl", "arn:of:edge-key")
SITE = SiteName("chat.example.com", "Z1", "arn:of:viewer-certificate")


def environment(region: str = "us-east-1", /, **tables: Any) -> Environment:
    """An environment called dev with these tables, checked like a file; far from home with a model of the region."""
    models = (
        {} if region == "us-east-1" else {"bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": []}}
    )
    data = {"account_id": ACCOUNT, "region": region, **models, **tables}
    return parse(data, name="dev")


def alone(build: Callable[[App], object]) -> Template:
    """The only layer that `build` adds to an app."""
    (layer,) = synthesise(build).values()
    return layer


def regions(layer: Template) -> dict[str, str]:
    """Regions by provider alias; the layer's own is ""."""
    return {provider.get("alias", ""): provider["region"] for provider in layer.config["provider"]["aws"]}
