from __future__ import annotations

import pytest

from config.place import Place
from constructs_lib.bedrock.access import (
    EMBED,
    BedrockModel,
    generation_anywhere,
    guardrail_condition,
    guardrail_statements,
    model_needs,
    model_statements,
)

PLACE = Place(account_id="111111111111", region="us-east-1", partition="aws")
PROFILE = "arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.amazon.nova-lite-v1:0"
REGIONS = ("us-east-1", "us-east-2", "us-west-2")
CONDITION = ("StringLike", "bedrock:GuardrailIdentifier", ("arn:of:guardrail:*",))


def test_a_model_on_demand_is_granted_in_its_region() -> None:
    model = BedrockModel("amazon.titan-embed-text-v2:0")
    (statement,) = model_statements("Embed", model, place=PLACE, actions=EMBED)
    assert statement.resources == ("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0",)
    assert statement.actions == ("bedrock:InvokeModel",)
    assert statement.conditions == ()


def test_a_model_is_generated_with_in_streams_alone() -> None:
    (statement,) = model_statements("Generate", BedrockModel("amazon.nova-lite-v1:0"), place=PLACE)
    assert statement.actions == ("bedrock:InvokeModelWithResponseStream",)


def test_a_role_says_what_it_asks_for_of_a_profile_and_its_models() -> None:
    model = BedrockModel("us.amazon.nova-lite-v1:0", profile=True)
    needs = model_needs(
        "arn:of:role", model, place=PLACE, destination_regions=REGIONS, guardrail_arn="arn:of:guardrail"
    )
    assert [need.resource for need in needs] == [
        PROFILE,
        *(f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0" for region in REGIONS),
    ]
    assert {need.context["bedrock:GuardrailIdentifier"] for need in needs} == {"arn:of:guardrail:1"}


def test_a_denial_reaches_every_region() -> None:
    anywhere = "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"
    assert generation_anywhere(BedrockModel("amazon.nova-lite-v1:0"), place=PLACE) == (anywhere,)
    assert generation_anywhere(BedrockModel("us.amazon.nova-lite-v1:0", profile=True), place=PLACE) == (
        PROFILE,
        anywhere,
    )


def test_a_profile_is_granted_with_its_model_in_every_destination() -> None:
    profile, model = model_statements(
        "Generate", BedrockModel("us.amazon.nova-lite-v1:0", profile=True), place=PLACE, destination_regions=REGIONS
    )
    assert profile.resources == (PROFILE,)
    assert model.resources == tuple(
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0" for region in REGIONS
    )


def test_the_model_behind_a_profile_is_reached_through_it_only() -> None:
    profile, model = model_statements(
        "Generate",
        BedrockModel("us.amazon.nova-lite-v1:0", profile=True),
        place=PLACE,
        destination_regions=REGIONS,
        conditions=(CONDITION,),
    )
    assert profile.conditions == (CONDITION,)
    assert model.conditions == (CONDITION, ("StringEquals", "bedrock:InferenceProfileArn", (PROFILE,)))


def test_a_global_profile_also_ends_outside_every_region() -> None:
    _, model = model_statements(
        "Generate",
        BedrockModel("global.amazon.nova-2-lite-v1:0", profile=True),
        place=PLACE,
        destination_regions=REGIONS[:1],
    )
    assert model.resources == (
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0",
        "arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0",
    )


def test_other_partitions_have_their_own_arns() -> None:
    place = Place(account_id="111111111111", region="us-gov-west-1", partition="aws-us-gov")
    (statement,) = model_statements("Embed", BedrockModel("amazon.titan-embed-text-v2:0"), place=place)
    assert statement.resources == (
        "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.titan-embed-text-v2:0",
    )


def test_the_draft_of_a_guardrail_does_not_count() -> None:
    assert guardrail_condition("arn:of:guardrail") == CONDITION


@pytest.mark.parametrize(
    ("sid", "action"), [("ApplyGuardrail", "bedrock:ApplyGuardrail"), ("ReadGuardrail", "kms:Decrypt")]
)
def test_using_a_guardrail_needs_its_key_too(sid: str, action: str) -> None:
    statements = {
        statement.sid: statement for statement in guardrail_statements("arn:of:guardrail", kms_key_arn="arn:of:key")
    }
    assert statements[sid].actions == (action,)
    assert "*" not in statements[sid].resources


def test_the_role_itself_decrypts_nothing() -> None:
    _, read = guardrail_statements("arn:of:guardrail", kms_key_arn="arn:of:key")
    assert read.conditions == (("Bool", "aws:ViaAWSService", ("true",)),)
