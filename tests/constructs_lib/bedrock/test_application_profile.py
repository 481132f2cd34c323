"""An environment's own inference profile: what it copies, who may call it, and what still stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.place import Place
from constructs_lib.bedrock.access import BedrockModel, generation_anywhere, model_needs, model_statements
from constructs_lib.bedrock.application_profile import ApplicationProfile
from stacks.llm import LlmStack
from stacks.monitoring import MonitoringStack
from stacks.service import ServiceStack
from tests.stacks.upstream import INFRASTRUCTURE, LLM, SERVICE, alone, environment
from tests.support.synthesised import Template, template

PLACE = Place(account_id="111111111111", region="us-east-1", partition="aws")
LITE = "amazon.nova-lite-v1:0"
OWN = "arn:aws:bedrock:us-east-1:111111111111:application-inference-profile/own"
SOURCES = {
    LITE: f"arn:aws:bedrock:us-east-1::foundation-model/{LITE}",
    f"us.{LITE}": f"arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.{LITE}",
}


@pytest.mark.parametrize("model_id", SOURCES)
def test_it_copies_the_model_or_the_profile_that_answers(model_id: str) -> None:
    model = BedrockModel(model_id, profile=model_id != LITE)
    built = template(lambda stack: ApplicationProfile(stack, "own", name="site-dev-answers", model=model, place=PLACE))
    assert built.one("aws_bedrock_inference_profile")["name"] == "site-dev-answers"
    assert built.one("aws_bedrock_inference_profile")["model_source"] == [{"copy_from": SOURCES[model_id]}]


@pytest.mark.parametrize(("model_id", "regions"), [(LITE, ("us-east-1",)), (f"us.{LITE}", ("us-east-1", "us-west-2"))])
def test_a_role_may_call_it_and_its_model_through_it_alone(model_id: str, regions: tuple[str, ...]) -> None:
    model = BedrockModel(model_id, profile=model_id != LITE)
    given = model_statements("Generate", model, place=PLACE, destination_regions=regions, through_arn=OWN)
    profile, behind = given
    assert (profile.resources, profile.conditions) == ((OWN,), ())
    assert behind.resources == tuple(f"arn:aws:bedrock:{each}::foundation-model/{LITE}" for each in regions)
    assert behind.conditions == (("StringEquals", "bedrock:InferenceProfileArn", (OWN,)),)
    needs = model_needs("arn:of:role", model, place=PLACE, destination_regions=regions, through_arn=OWN)
    assert [each.resource for each in needs] == [OWN, *behind.resources]
    assert {each.context["bedrock:InferenceProfileArn"] for each in needs[1:]} == {OWN}


def test_nothing_leads_to_its_model_without_the_guardrail() -> None:
    anywhere = generation_anywhere(BedrockModel(f"us.{LITE}", profile=True), place=PLACE, through_arn=OWN)
    assert anywhere == (OWN, SOURCES[f"us.{LITE}"], f"arn:aws:bedrock:*::foundation-model/{LITE}")


WITH_PROFILE = replace(LLM, profile_arn=OWN, profile_id="own")


def llm(**bedrock: Any) -> Template:
    env = environment(bedrock=bedrock)
    return alone(lambda app: LlmStack(app, env, infrastructure=INFRASTRUCTURE))


def test_without_the_setting_there_is_none() -> None:
    assert "aws_bedrock_inference_profile" not in llm().types()


def test_the_denial_of_models_names_all_of_them() -> None:
    built = llm(application_profile=True)
    assert built.one("aws_bedrock_inference_profile")["name"] == "sitechat-dev-answers"
    documents = built.config["data"]["aws_iam_policy_document"]
    (denial,) = [body for name, body in documents.items() if name.startswith("denial_")]
    assert [(each["effect"], each["resources"]) for each in denial["statement"]] == [("Deny", ["*"])]


def test_tasks_are_told_its_arn() -> None:
    told = alone(
        lambda app: ServiceStack(
            app,
            environment(bedrock={"application_profile": True}),
            infrastructure=INFRASTRUCTURE,
            llm=WITH_PROFILE,
            certificate_arn=None,
        )
    )
    assert OWN in told.one("aws_ecs_task_definition")["container_definitions"]


def test_alarms_on_counts_add_both_names_and_slow_calls_have_one_each() -> None:
    env = environment(bedrock={"application_profile": True})
    built = alone(
        lambda app: MonitoringStack(app, env, infrastructure=INFRASTRUCTURE, llm=WITH_PROFILE, service=SERVICE)
    )
    names: dict[str, list[str]] = {}
    for body in built.all("aws_cloudwatch_metric_alarm").values():
        metrics = [each["metric"] for each in body.get("metric_query", []) if "metric" in each] or [body]
        found = [each["dimensions"]["ModelId"] for each in metrics if "ModelId" in each.get("dimensions", {})]
        if found:
            names[body["alarm_name"].partition("-svc-")[2]] = found
    both = [f"us.{LITE}", "own"]
    assert names == {
        "model-throttled": both,
        "model-errors": both,
        "model-refused": both,
        "model-slow": both[:1],
        "model-slow-profile": both[1:],
    }
