"""Model calls are named, guarded, limited and watched; the application may do nothing else."""

from __future__ import annotations

import json
from functools import cache

import pytest

from config import Environment
from policies.proof.configuration import Configuration
from policies.proof.permissions import Permission, walk
from terraform_json.blocks import Body, nested_block, strings
from tests.policies.proof.configurations import ALL, configuration, settings
from tests.support.environments import varied
from tests.support.synthesised import layers

OWN_PROFILE = "the profile of its own"
GUARDED = [name for name in ALL if settings(name).bedrock.guardrail]
TOPIC = {"name": "Legal advice", "definition": "Opinions on a reader's legal case.", "examples": ("May I sue?",)}


@cache
def choosy() -> Configuration:
    """Configuration with blocked topics and words, an on-demand model, and the log of model calls."""
    env = varied(
        "prod",
        bedrock__model_id="amazon.nova-lite-v1:0",
        bedrock__destination_regions=(),
        bedrock__application_profile=False,
        bedrock__invocation_logging="own",
        bedrock__invocation_log_retention_days=731,
        bedrock__blocked_topics=(TOPIC,),
        bedrock__blocked_words=("acme gossip",),
    )
    return Configuration({name: template.config for name, template in layers(env).items()})


def guardrail(found: Configuration) -> Body:
    (only,) = found.all("aws_bedrock_guardrail").values()
    return only


def pii(found: Configuration) -> dict[str, str]:
    config = nested_block(guardrail(found)["sensitive_information_policy_config"])
    return {each["type"]: each["action"] for each in config["pii_entities_config"]}


@pytest.mark.parametrize("name", GUARDED)
def test_prompt_attacks_are_stopped_at_the_door(name: str) -> None:
    filters = nested_block(guardrail(configuration(name))["content_policy_config"])["filters_config"]
    (attack,) = [each for each in filters if each["type"] == "PROMPT_ATTACK"]
    assert (attack["input_strength"], attack["output_strength"]) == ("HIGH", "NONE")


@pytest.mark.parametrize("name", GUARDED)
def test_harmful_content_is_filtered_in_answers_too(name: str) -> None:
    filters = nested_block(guardrail(configuration(name))["content_policy_config"])["filters_config"]
    strengths = {each["type"]: each["output_strength"] for each in filters if each["type"] != "PROMPT_ATTACK"}
    assert set(strengths) == {"HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"}
    assert set(strengths.values()) <= {"MEDIUM", "HIGH"}


@pytest.mark.parametrize("name", GUARDED)
def test_credentials_block_and_people_are_masked(name: str) -> None:
    actions = pii(configuration(name))
    blocked = {kind for kind, action in actions.items() if action == "BLOCK"}
    assert blocked >= {"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "PASSWORD", "CREDIT_DEBIT_CARD_NUMBER"}
    assert {actions[kind] for kind in ("EMAIL", "NAME", "PHONE")} == {"ANONYMIZE"}


@pytest.mark.parametrize("name", GUARDED)
def test_ungrounded_answers_are_withheld(name: str) -> None:
    config = nested_block(guardrail(configuration(name))["contextual_grounding_policy_config"])["filters_config"]
    thresholds = {each["type"]: each["threshold"] for each in config}
    assert thresholds.keys() == {"GROUNDING", "RELEVANCE"}
    assert all(0.5 <= threshold <= 0.99 for threshold in thresholds.values())


@pytest.mark.parametrize("name", GUARDED)
def test_the_guardrail_is_under_our_key_and_published(name: str) -> None:
    found = configuration(name)
    assert "/aws_kms_key." in str(found.follow(guardrail(found)["kms_key_arn"]))
    (version,) = found.all("aws_bedrock_guardrail_version").values()
    assert "/aws_bedrock_guardrail." in str(found.follow(version["guardrail_arn"]))


def test_topics_and_words_come_from_the_configuration() -> None:
    found = guardrail(choosy())
    (topic,) = nested_block(found["topic_policy_config"])["topics_config"]
    assert topic == {**TOPIC, "examples": list(TOPIC["examples"]), "type": "DENY"}
    words = nested_block(found["word_policy_config"])
    assert words["words_config"] == [{"text": "acme gossip"}]
    assert words["managed_word_lists_config"] == [{"type": "PROFANITY"}]


def invocations(found: Configuration) -> list[Permission]:
    return [
        each
        for each in walk(found).permissions
        if each.allows and any(action.startswith("bedrock:InvokeModel") for action in each.actions)
    ]


def expected_models(env: Environment) -> set[str]:
    """ARNs of the configured models: the profile, and its model in each region where a request may end.

    What AWS makes up of a profile of the environment's own stands in the template as a reference.
    """
    bedrock, here = env.bedrock, f"arn:{env.partition}:bedrock"
    embedding = f"{here}:{env.region}::foundation-model/{bedrock.embedding_model_id}"
    if not bedrock.destination_regions:
        return {embedding, f"{here}:{env.region}::foundation-model/{bedrock.model_id}"}
    model = bedrock.model_id.partition(".")[2]
    profile = f"{here}:{env.region}:{env.account_id}:inference-profile/{bedrock.model_id}"
    if bedrock.application_profile:
        profile = OWN_PROFILE
    return {embedding, profile, *(f"{here}:{place}::foundation-model/{model}" for place in bedrock.destination_regions)}


@pytest.mark.parametrize("name", ALL)
def test_only_the_configured_models_may_be_called(name: str) -> None:
    found = configuration(name)
    named = {resource for each in invocations(found) for resource in each.resources}
    own = {f"/{each.rpartition('/')[2]}" for each in found.all("aws_bedrock_inference_profile")}
    called = {OWN_PROFILE if str(found.follow(each)).endswith(tuple(own)) else each for each in named}
    assert called == expected_models(settings(name))


def test_a_model_on_demand_is_allowed_at_home_only() -> None:
    called = {resource for each in invocations(choosy()) for resource in each.resources}
    assert called == {
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0",
    }


@pytest.mark.parametrize("name", ALL)
def test_the_application_can_ask_search_and_nothing_else(name: str) -> None:
    """Excessive agency: these actions are all that a model could make the application do."""
    found, env = configuration(name), settings(name)
    (task,) = [each for each in found.all("aws_iam_role") if ".roles_task_" in each]
    policies = {
        address for address, body in found.all("aws_iam_role_policy").items() if found.follow(body["role"]) == task
    }
    actions = {
        action for each in walk(found).permissions if each.allows and each.holder in policies for action in each.actions
    }
    # The switch that pauses it: one object, in a bucket that holds nothing else, and its key.
    expected = {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}
    expected |= {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
    if env.bedrock.guardrail:
        expected |= {"bedrock:ApplyGuardrail", "kms:Decrypt"}
    if env.search.enabled:
        expected |= {"es:ESHttpPost"}
    if env.monitoring.tracing == "otlp":
        # Names, counts and fixed words (tests/examples/sitechat_app/test_tracing.py).
        expected |= {"xray:PutSpans"}
    if env.service.execute_command:
        expected |= {
            *(f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")),
            *(
                f"logs:{name}"
                for name in ("CreateLogStream", "DescribeLogGroups", "DescribeLogStreams", "PutLogEvents")
            ),
            "kms:Decrypt",
        }
    assert actions == expected


def test_model_calls_are_logged_under_a_key_of_their_own_and_kept() -> None:
    found = choosy()
    (logging,) = found.all("aws_bedrock_model_invocation_logging_configuration").values()
    config = nested_block(logging["logging_config"])
    assert (config["text_data_delivery_enabled"], config["embedding_data_delivery_enabled"]) == (True, False)
    group = found.get(str(found.follow(nested_block(config["cloudwatch_config"])["log_group_name"])))
    key = str(found.follow(group["kms_key_id"]))
    assert "/aws_kms_key." in key
    users = [address for _, address, body in found.everything() if key in found.mentioned(json.dumps(body))]
    assert {each.partition(".")[0] for each in users} == {"llm/aws_cloudwatch_log_group", "llm/aws_kms_alias"}
    assert group["retention_in_days"] == 731


@pytest.mark.parametrize("name", ALL)
def test_spending_is_bounded_and_watched(name: str) -> None:
    """Unbounded consumption: requests an address, tasks, money, and throttled calls."""
    found, env = configuration(name), settings(name)
    for firewall in found.all("aws_wafv2_web_acl").values():
        limits = [nested_block(each["statement"]).get("rate_based_statement") for each in firewall["rule"]]
        assert [nested_block(each)["limit"] for each in limits if each] == [env.edge.rate_limit_per_5_minutes]
    assert len(found.all("aws_wafv2_web_acl")) == env.edge.enabled
    (target,) = found.all("aws_appautoscaling_target").values()
    assert target["max_capacity"] == env.service.max_tasks
    budgets = [float(body["limit_amount"]) for body in found.all("aws_budgets_budget").values()]
    models = [env.budget.model_usd] if env.budget.model_usd is not None else []
    assert sorted(budgets) == sorted([env.budget.monthly_usd, *models] if env.budget.enabled else [])
    alarms = found.all("aws_cloudwatch_metric_alarm").values()
    assert any("InvocationThrottles" in strings(body) for body in alarms)
