"""The workflows layer alone, on plain strings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.options import embed_options, ledger_options, load_options
from ingestion.settings import CrawlSource, FilesSource, SitemapSource, load_fetch_settings
from stacks.workflows import WorkflowsStack
from tests.stacks.upstream import INFRASTRUCTURE, LLM, alone, environment
from tests.support.synthesised import Template

ACCOUNT = "111111111111"
SITEMAP = {"name": "site", "kind": "sitemap", "address": "https://www.example.com/sitemap.xml"}
CRAWL = {"name": "docs", "kind": "crawl", "start_addresses": ["https://docs.example.com/"], "depth": 1}
FILES = {
    "name": "files",
    "kind": "files",
    "bucket": "theirs",
    "prefix": "public/",
    "base_address": "https://www.example.com/files/",
}


def layer(*sources: dict[str, Any], **settings: Any) -> Template:
    env = environment(ingestion={"sources": list(sources or (SITEMAP,)), **settings})
    return alone(lambda app: WorkflowsStack(app, env, infrastructure=INFRASTRUCTURE, llm=LLM))


@pytest.fixture(scope="module")
def stack() -> Template:
    return layer()


def settings(stack: Template) -> dict[str, Any]:
    """What the functions are told, which is the same for all."""
    (text,) = {each["environment"]["variables"]["INGESTION"] for each in stack.all("aws_lambda_function").values()}
    found: dict[str, Any] = json.loads(text)
    return found


def test_names_follow_from_the_environment(stack: Template) -> None:
    assert stack.one("aws_s3_bucket")["bucket"] == f"sitechat-dev-pages-{ACCOUNT}-us-east-1"
    assert stack.one("aws_dynamodb_table")["name"] == "sitechat-dev-pages-ledger"
    assert stack.one("aws_sfn_state_machine")["name"] == "sitechat-dev-ingestion"
    names = {each["function_name"] for each in stack.all("aws_lambda_function").values()}
    assert names == {f"sitechat-dev-ingestion-{each}" for each in ("fetch", "embed", "ledger", "load")}


def test_the_loader_runs_in_the_domains_subnets_in_a_role_of_the_layer_before(stack: Template) -> None:
    load = stack.one("aws_lambda_function", "load/function")
    assert (load["role"], load["logging_config"]["log_group"]) == ("arn:of:loader", "/of/loader")
    assert load["vpc_config"]["subnet_ids"] == ["subnet-search"]
    assert len([each for each in stack.all("aws_lambda_function").values() if each.get("vpc_config")]) == 1


def test_code_is_signed_by_the_profile_of_the_layer_before(stack: Template) -> None:
    assert stack.one("aws_signer_signing_job")["profile_name"] == "profile"
    assert {each["code_signing_config_arn"] for each in stack.all("aws_lambda_function").values()} == {"arn:of:signing"}


def test_what_the_functions_are_told(stack: Template) -> None:
    assert settings(stack) == {
        "allowed_addresses": [],
        "bucket": f"sitechat-dev-pages-{ACCOUNT}-us-east-1",
        "endpoint": "https://search",
        "hosts": ["www.example.com"],
        "index": "site",
        "limits": {"pages": 500, "page_bytes": 2048 * 1024, "page_seconds": 20},
        "model_id": "amazon.titan-embed-text-v2:0",
        "sources": [
            {
                "name": "site",
                "kind": "sitemap",
                "address": "https://www.example.com/sitemap.xml",
                "hosts": ["www.example.com"],
                "keep_query": False,
            }
        ],
        "table": "sitechat-dev-pages-ledger",
        "tolerated_failures_percent": 10,
        "user_agent": "SiteChat/1.0",
    }


def test_every_kind_of_source_is_told_in_the_functions_words() -> None:
    stack = layer(CRAWL, FILES)
    crawl, files = settings(stack)["sources"]
    assert crawl == {
        "name": "docs",
        "kind": "crawl",
        "start": ["https://docs.example.com/"],
        "depth": 1,
        "hosts": ["docs.example.com"],
        "keep_query": False,
    }
    assert files == {
        "name": "files",
        "kind": "files",
        "bucket": "theirs",
        "prefix": "public/",
        "address": "https://www.example.com/files/",
    }
    assert "ReadFiles0" in stack.statements("fetch_role/role/access_document")


def test_passages_are_checked_where_that_is_asked_for(stack: Template) -> None:
    assert "guardrail" not in settings(stack)
    checked = layer(check_passages=True)
    assert settings(checked)["guardrail"] == {"id": "guardrail", "version": "1"}
    assert "ApplyGuardrail" in checked.statements("embed_role/role/access_document")


def test_a_page_in_quarantine_is_an_alarm_where_passages_are_checked() -> None:
    checked = layer(check_passages=True)
    alarm = checked.one("aws_cloudwatch_metric_alarm")
    assert (alarm["alarm_name"], alarm["namespace"]) == ("sitechat-dev-ingestion-quarantined", "sitechat-dev-ingestion")
    function = checked.one("aws_lambda_function", "ledger/function")
    assert checked.one("aws_cloudwatch_log_metric_filter")["log_group_name"] == function["logging_config"]["log_group"]


def test_pages_of_a_run_are_metrics_where_the_application_s_are(stack: Template) -> None:
    assert "metrics_namespace" not in settings(stack)
    env = environment(ingestion={"sources": [SITEMAP]}, monitoring={"application_metrics": True})
    told = alone(lambda app: WorkflowsStack(app, env, infrastructure=INFRASTRUCTURE, llm=LLM))
    assert settings(told)["metrics_namespace"] == "sitechat-dev-app"


def test_without_a_schedule_nothing_runs_by_itself_and_nothing_is_stale(stack: Template) -> None:
    assert "aws_scheduler_schedule" not in stack.types()
    assert "aws_cloudwatch_metric_alarm" not in stack.types()
    assert stack.one("aws_cloudwatch_event_rule")["name"] == "sitechat-dev-failed-ingestion"


def test_a_schedule_brings_an_alarm_a_source_on_a_stale_index() -> None:
    stack = layer(schedule="rate(1 day)", stale_after_hours=30)
    assert stack.one("aws_scheduler_schedule")["schedule_expression"] == "rate(1 day)"
    alarm = stack.one("aws_cloudwatch_metric_alarm")
    assert (alarm["alarm_name"], alarm["metric_name"]) == ("sitechat-dev-ingestion-stale-site", "site")
    function = stack.one("aws_lambda_function", "ledger/function")
    assert stack.one("aws_cloudwatch_log_metric_filter")["log_group_name"] == function["logging_config"]["log_group"]
    assert (alarm["evaluation_periods"], alarm["period"], alarm["treat_missing_data"]) == (30, 3600, "breaching")


@pytest.mark.parametrize("protection", [True, False])
def test_pages_and_ledger_are_protected_as_the_environment_is(protection: bool) -> None:
    env = environment(protection=protection, ingestion={"sources": [SITEMAP]})
    stack = alone(lambda app: WorkflowsStack(app, env, infrastructure=INFRASTRUCTURE, llm=LLM))
    for kind in ("aws_s3_bucket", "aws_dynamodb_table"):
        assert (stack.one(kind).get("lifecycle") == {"prevent_destroy": True}) is protection


def test_limits_reach_the_run() -> None:
    stack = layer(concurrency=3, tolerated_failures_percent=5, timeout_minutes=30)
    definition = json.loads(stack.one("aws_sfn_state_machine")["definition"])
    assert definition["TimeoutSeconds"] == 1800
    assert definition["States"]["Pages"]["MaxConcurrency"] == 3
    assert definition["States"]["ManyPages"]["ToleratedFailurePercentage"] == 5


@pytest.mark.parametrize("checked", [True, False])
def test_the_functions_read_what_they_are_told(checked: bool) -> None:
    stack = layer(SITEMAP, CRAWL, FILES, check_passages=checked, max_pages=7, tolerated_failures_percent=3)
    told = {"INGESTION": json.dumps(settings(stack))}
    fetching = load_fetch_settings(told)
    assert [type(each) for each in fetching.sources.values()] == [SitemapSource, CrawlSource, FilesSource]
    assert fetching.limits.pages == 7
    assert (embed_options(told).guardrail is not None) is checked
    ledger = ledger_options(told)
    assert (ledger.sources, ledger.tolerated_failures_percent) == (("site", "docs", "files"), 3)
    loading = load_options(told)
    assert (loading.index, loading.hosts) == ("site", frozenset({"www.example.com", "docs.example.com"}))
