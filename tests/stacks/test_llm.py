"""The llm layer alone, on plain strings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cdktf import App

from config import Environment
from policies.checks.guardrail_sensitive_information import check
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs, LlmStack
from stacks.vpc import VpcOutputs
from tests.stacks.upstream import NO_LLM
from tests.support.environments import varied
from tests.support.synthesised import Template, synthesise

ACCOUNT = "111111111111"
TASK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/task"
DOMAIN = f"arn:aws:es:us-east-1:{ACCOUNT}:domain/sitechat-dev-search"


def _infrastructure(**changes: Any) -> InfrastructureOutputs:
    outputs: dict[str, Any] = {
        "vpc": VpcOutputs("vpc-1", ("subnet-task",), ("subnet-task", "subnet-2"), ("subnet-search",)),
        "alb_group_id": "sg-alb",
        "task_group_id": "sg-task",
        "search_group_id": "sg-search",
        "key_arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1",
        "alb_logs_bucket": "alb-logs",
        "repository_url": "registry/site",
        "execution_role_arn": f"arn:aws:iam::{ACCOUNT}:role/execution",
        "task_role_arn": TASK_ROLE,
        "task_role_name": "task",
        "secret_arns": (),
        "app_log_group": "/app",
        "exec_log_group": "/exec",
        "alarm_topic_arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms",
    }
    return InfrastructureOutputs(**{**outputs, **changes})


def _llm(env: Environment, **changes: Any) -> tuple[Template, LlmOutputs]:
    outputs = []

    def add(app: App) -> None:
        outputs.append(LlmStack(app, env, infrastructure=_infrastructure(**changes)).outputs)

    return synthesise(add)["llm"], outputs[0]


@pytest.fixture(scope="module")
def dev() -> tuple[Template, LlmOutputs]:
    return _llm(varied("dev"))


@pytest.fixture(scope="module")
def stack(dev: tuple[Template, LlmOutputs]) -> Template:
    return dev[0]


@pytest.fixture(scope="module")
def bare() -> tuple[Template, LlmOutputs]:
    return _llm(varied("dev", search__enabled=False, bedrock__guardrail=False, ingestion__sources=()))


def test_everything_dev_asks_for_is_built_and_no_more(stack: Template) -> None:
    assert stack.types() == {
        "aws_bedrock_guardrail",
        "aws_bedrock_guardrail_version",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_log_resource_policy",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_lambda_code_signing_config",
        "aws_lambda_function",
        "aws_lambda_invocation",
        "aws_opensearch_domain",
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_logging",
        "aws_s3_bucket_notification",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_s3_object",
        "aws_security_group",
        "aws_signer_signing_job",
        "aws_signer_signing_profile",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }


def test_the_outputs_are_references(dev: tuple[Template, LlmOutputs]) -> None:
    outputs = dev[1]
    assert outputs.search_endpoint.startswith("https://")
    assert all((outputs.search_domain_name, outputs.guardrail_id, outputs.guardrail_version, outputs.guardrail_arn))


def test_the_domain_lies_in_the_search_subnets(stack: Template) -> None:
    domain = stack.one("aws_opensearch_domain")
    assert domain["domain_name"] == "sitechat-dev-search"
    assert domain["vpc_options"] == {"subnet_ids": ["subnet-search"], "security_group_ids": ["sg-search"]}
    assert domain["encrypt_at_rest"]["kms_key_id"].endswith(":key/1")


def test_the_function_that_finishes_the_domain_is_its_administrator(stack: Template) -> None:
    options = stack.one("aws_opensearch_domain")["advanced_security_options"]["master_user_options"]
    assert options["master_user_arn"] == stack.one("aws_lambda_function")["role"]
    assert stack.one("aws_lambda_function")["vpc_config"]["subnet_ids"] == ["subnet-search"]


def test_the_functions_code_lies_and_is_signed_under_names_of_the_environment(stack: Template) -> None:
    assert stack.one("aws_s3_bucket")["bucket"] == f"sitechat-dev-packages-{ACCOUNT}-us-east-1"
    assert stack.one("aws_s3_bucket_logging")["target_bucket"] == f"sitechat-dev-access-logs-{ACCOUNT}-us-east-1"
    assert stack.one("aws_signer_signing_profile")["name_prefix"] == "sitechat_dev_"
    (rule,) = stack.one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"]["kms_master_key_id"].endswith(":key/1")


@pytest.mark.parametrize("protection", [True, False])
def test_packages_are_protected_as_the_environment_is(protection: bool) -> None:
    bucket = _llm(varied("dev", protection=protection))[0].one("aws_s3_bucket")
    assert bucket["force_destroy"] is not protection


def test_the_task_role_searches_the_loader_writes_and_nobody_else_comes_in(stack: Template) -> None:
    policy = stack.statements("search/access")
    assert set(policy) == {"Administrator", "Readers", "Writers"}
    (writer,) = [each for each in stack.all("aws_iam_role") if each.startswith("loader_role_")]
    named = f"arn:aws:iam::111111111111:role/{stack.all('aws_iam_role')[writer]['name']}"
    assert policy["Writers"]["principals"] == [{"type": "AWS", "identifiers": [named]}]
    # OpenSearch refuses a policy that names a role which doesn't exist.
    assert f"aws_iam_role.{writer}" in stack.one("aws_opensearch_domain")["depends_on"]
    assert policy["Readers"]["principals"] == [{"type": "AWS", "identifiers": [TASK_ROLE]}]
    own = stack.statements("llm/search_access_document")["SearchIndex"]
    assert own["resources"] == policy["Readers"]["resources"] == [f"{DOMAIN}/site/*"]


def test_the_index_has_a_reader_a_writer_and_no_copy_on_one_node(stack: Template) -> None:
    content = _content(stack)
    loader = _loader(stack)
    assert (content["index"], content["readers"], content["writers"]) == ("site", [TASK_ROLE], [loader])
    assert content["replicas"] == 0


def test_the_index_has_a_copy_on_more_nodes() -> None:
    vpc = VpcOutputs("vpc-1", ("a", "b"), ("a", "b"), ("a", "b"))
    stack, _ = _llm(varied("dev", search__instance_count=2, network__workload_zones=2), vpc=vpc)
    assert _content(stack)["replicas"] == 1
    assert stack.one("aws_opensearch_domain")["cluster_config"]["zone_awareness_enabled"] is True


def test_the_role_is_granted_what_the_application_calls(stack: Template) -> None:
    statements = stack.statements("model_access_document")
    regions = ("us-east-1", "us-east-2", "us-west-2")
    assert statements["GenerateModel"]["resources"] == [
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0" for region in regions
    ]
    assert statements["Embed"]["resources"] == [
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"
    ]
    assert {policy["role"] for policy in stack.all("aws_iam_role_policy").values()} >= {"task"}


def test_plain_models_need_no_profile() -> None:
    env = varied("dev", bedrock__model_id="amazon.nova-lite-v1:0", bedrock__destination_regions=())
    statements = _llm(env)[0].statements("model_access_document")
    assert "GenerateProfile" not in statements
    assert statements["Generate"]["resources"] == ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"]


def test_what_is_blocked_reaches_the_guardrail() -> None:
    topics = ({"name": "Advice", "definition": "Legal advice.", "examples": ("May I sue?",)},)
    env = varied("dev", bedrock__blocked_topics=topics, bedrock__blocked_words=("foo",))
    guardrail = _llm(env)[0].one("aws_bedrock_guardrail")
    assert guardrail["topic_policy_config"][0]["topics_config"][0]["name"] == "Advice"
    assert guardrail["word_policy_config"][0]["words_config"] == [{"text": "foo"}]


def test_what_is_off_leaves_nothing(bare: tuple[Template, LlmOutputs]) -> None:
    stack, outputs = bare
    assert stack.types() == {"aws_iam_policy", "aws_iam_role_policy"}
    assert set(stack.statements("model_access_document")) == {"GenerateProfile", "GenerateModel", "Embed"}
    assert outputs == NO_LLM


@pytest.mark.parametrize("mode", ["adopt", "off"])
def test_model_calls_are_logged_by_their_owner_alone(mode: str) -> None:
    stack, _ = _llm(varied("dev", bedrock__invocation_logging=mode))
    assert "aws_bedrock_model_invocation_logging_configuration" not in stack.types()


def test_the_owner_logs_model_calls_as_long_as_the_audit() -> None:
    stack, _ = _llm(varied("dev", bedrock__invocation_logging="own", bedrock__invocation_log_retention_days=400))
    group = stack.one("aws_cloudwatch_log_group", "invocations/log/group")
    assert (group["name"], group["retention_in_days"]) == ("/sitechat/dev/bedrock/invocations", 400)
    assert "aws_bedrock_model_invocation_logging_configuration" in stack.types()


@pytest.mark.parametrize("protection", [True, False])
def test_protection_holds_the_domain_and_the_audit_log(protection: bool) -> None:
    stack, _ = _llm(varied("dev", protection=protection))
    for body in (stack.one("aws_opensearch_domain"), stack.one("aws_cloudwatch_log_group", "audit/group")):
        assert (body.get("lifecycle") == {"prevent_destroy": True}) is protection


def _loader(stack: Template) -> str:
    """Reference to the ARN of the loader's role."""
    (name,) = [each for each in stack.all("aws_iam_role") if each.startswith("loader_role_")]
    return f"${{aws_iam_role.{name}.arn}}"


def _content(stack: Template) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(stack.one("aws_lambda_invocation")["triggers"]["content"])
    return content


def test_what_the_site_publishes_is_not_masked() -> None:
    layer, _ = _llm(varied("dev", bedrock__published_personal_data=("EMAIL", "PHONE")))
    (policy,) = layer.one("aws_bedrock_guardrail")["sensitive_information_policy_config"]
    actions = {each["type"]: each["action"] for each in policy["pii_entities_config"]}
    assert {kind: actions[kind] for kind in ("EMAIL", "NAME", "PHONE")} == {
        "EMAIL": "NONE",
        "NAME": "ANONYMIZE",
        "PHONE": "NONE",
    }
    assert not check.broken({"sensitive_information_policy_config": [policy]})


@pytest.fixture(scope="module")
def existing() -> tuple[Template, LlmOutputs]:
    searched = {"search__enabled": True, "search__domain": "existing", "search__domain_name": "local-search"}
    return _llm(varied("local", **searched))


def test_an_existing_domain_is_read_and_finished_but_not_built(existing: tuple[Template, LlmOutputs]) -> None:
    stack, outputs = existing
    assert "aws_opensearch_domain" not in stack.types()
    assert "aws_cloudwatch_log_resource_policy" not in stack.types()
    (body,) = stack.config["data"]["aws_opensearch_domain"].values()
    assert body["domain_name"] == outputs.search_domain_name == "local-search"
    wanted = json.loads(
        stack.one("aws_lambda_function", "/search_bootstrap/function")["environment"]["variables"]["SEARCH_BOOTSTRAP"]
    )
    assert "data.aws_opensearch_domain." in wanted["endpoint"]


def test_the_loader_writes_versions_and_the_alias_and_reads_its_prefixes(stack: Template) -> None:
    own = stack.statements("loader_role/role/access_document")
    assert own["WriteIndex"]["resources"] == [f"{DOMAIN}/site", f"{DOMAIN}/site-*", f"{DOMAIN}/_aliases"]
    bucket = f"arn:aws:s3:::sitechat-dev-pages-{ACCOUNT}-us-east-1"
    assert own["ReadPages"]["resources"] == [f"{bucket}/passages/*", f"{bucket}/runs/*"]
    assert not [sid for sid, each in own.items() if "s3:PutObject" in each["actions"]]


def test_without_sources_nobody_writes_the_index() -> None:
    stack, outputs = _llm(varied("dev", ingestion__sources=()))
    assert _content(stack)["writers"] == []
    assert "Writers" not in stack.statements("search/access")
    assert (outputs.loader_role_arn, outputs.loader_log_group) == ("", "")
    assert outputs.packages_bucket


def test_roles_reach_the_existing_domain_by_their_own_policies(existing: tuple[Template, LlmOutputs]) -> None:
    documents = json.dumps(existing[0].config["data"]["aws_iam_policy_document"])
    arn = "domain/local-search"
    assert f"{arn}/site/*" in documents
    assert f"{arn}/*" in documents


def test_models_can_be_denied_everywhere_and_no_layer_does_it(stack: Template) -> None:
    policy = stack.one("aws_iam_policy")
    assert policy["name"] == "sitechat-dev-us-east-1-model-stop"
    calls = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    denied = {"sid": "NoModel", "effect": "Deny", "actions": calls, "resources": ["*"]}
    assert stack.statements("denial/document") == {"NoModel": denied}
    assert stack.all("aws_iam_role_policy_attachment") == {}
