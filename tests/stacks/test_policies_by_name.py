"""Policies name what the configuration knows: a reference would hide them in a plan that changes what they refer to."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from config import load
from policies.needs.arns import Arns
from policies.proof.configuration import Configuration
from terraform_json.blocks import strings
from terraform_json.references import INTERPOLATION
from tests.support.environments import NAMES, varied
from tests.support.every_setting import drawn
from tests.support.shared import configurations, environment

Layers = Mapping[str, Mapping[str, Any]]

# Attributes that AWS makes up, read by policies of the layer that makes the resource: no configuration knows them.
MADE_BY_AWS = {
    "aws_bedrock_guardrail.guardrail_arn": "its id; the policy binds the task to this very guardrail",
    "aws_bedrock_inference_profile.arn": "its id; the role calls the model through this very profile",
    "aws_cloudfront_distribution.arn": "its id; the page's bucket lets in this distribution and no other",
    "aws_kms_key.arn": "its id; a policy on an alias' name is no policy on a key (KMS guide, aliases in policies)",
    "aws_secretsmanager_secret.arn": "six characters at its end",
}


# Log groups that nobody but AWS makes, for spans.
AWS_MAKES = {"aws/spans:*", "/aws/application-signals/data:*"}


def references(layers: Layers) -> dict[str, set[str]]:
    """Attributes "type.attribute" that policy documents read of resources of their own layer, by document."""
    configuration = Configuration(layers)
    found: dict[str, set[str]] = {}
    for address, body in configuration.all("data.aws_iam_policy_document").items():
        layer = address.partition("/")[0]
        for text in strings(body):
            for expression in INTERPOLATION.findall(text):
                target = configuration.follow(f"${{{expression}}}")
                if target and target.startswith(f"{layer}/") and "/data." not in target:
                    kind, attribute = target.partition("/")[2].partition(".")[0], expression.rpartition(".")[2]
                    found.setdefault(address, set()).add(f"{kind}.{attribute}")
    return found


def layers_of(templates: Mapping[str, Any]) -> Layers:
    return {name: template.config for name, template in templates.items()}


@cache
def judged() -> list[Layers]:
    """Every checked-in environment, two that are drawn, and one with a profile of its own."""
    others = configurations([*(drawn(seed) for seed in (2, 3)), varied("dev", bedrock__application_profile=True)])
    return [*(layers_of(environment(name)) for name in NAMES), *map(layers_of, others)]


@pytest.mark.parametrize("number", range(len(NAMES) + 3))
def test_policies_refer_to_nothing_that_the_configuration_knows(number: int) -> None:
    unknown = {document: read - MADE_BY_AWS.keys() for document, read in references(judged()[number]).items()}
    assert {document: read for document, read in unknown.items() if read} == {}


def test_each_exception_is_used_by_a_layer_of_an_environment() -> None:
    used = {each for layers in judged() for read in references(layers).values() for each in read}
    assert used == MADE_BY_AWS.keys()


def test_a_reference_to_what_has_a_name_is_found() -> None:
    layers = copy.deepcopy(layers_of(environment("dev")))
    documents = layers["infrastructure"]["data"]["aws_iam_policy_document"]
    (execution,) = [body for name, body in documents.items() if name.startswith("roles_execution_access")]
    (group,) = [name for name in layers["infrastructure"]["resource"]["aws_cloudwatch_log_group"] if "app" in name]
    execution["statement"][0]["resources"] = [f"${{aws_cloudwatch_log_group.{group}.arn}}:*"]
    assert any("aws_cloudwatch_log_group.arn" in read for read in references(layers).values())


@pytest.mark.parametrize("name", NAMES)
def test_names_in_policies_are_those_of_resources_that_are_built(name: str) -> None:
    """A log group that a policy names is there: a name that drifts from the resource's would let nobody write."""
    layers = layers_of(environment(name))
    configuration = Configuration(layers)
    arns, account = Arns(configuration), load(name).account_id
    named = {
        text
        for _, body in configuration.blocks()
        for text in strings(body)
        if text.startswith("arn:") and f":{account}:log-group:" in text and not text.endswith(":log-group:*")
    }
    assert len(named) > 5
    groups = {text.partition(":log-group:")[2] for text in named if arns.address(text) is None}
    assert groups == (AWS_MAKES if load(name).monitoring.transaction_search == "own" else set())
