from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from config import Environment
from stacks.certificates import CertificateOutputs
from stacks.edge import EdgeOutputs
from stacks.llm import LlmOutputs
from stacks.monitoring import MonitoringStack
from tests.stacks.upstream import EDGE, INFRASTRUCTURE, KEY, LLM, NO_LLM, SERVICE, TOPIC, alone, environment, regions
from tests.support.synthesised import Template

EMAILS = {"alarm_emails": ["oncall@example.com"]}


def _stack(env: Environment, *, llm: LlmOutputs = LLM, edge: EdgeOutputs | None = EDGE) -> Template:
    return alone(
        lambda app: MonitoringStack(app, env, infrastructure=INFRASTRUCTURE, llm=llm, service=SERVICE, edge=edge)
    )


@cache
def _home() -> Template:
    return _stack(environment(monitoring=EMAILS))


@cache
def _far() -> Template:
    return _stack(environment("eu-central-1", monitoring=EMAILS))


def _alarms(layer: Template) -> dict[str, Any]:
    return {alarm["alarm_name"]: alarm for alarm in layer.all("aws_cloudwatch_metric_alarm").values()}


def _bodies(layer: Template) -> str:
    return "".join(board["dashboard_body"] for board in layer.all("aws_cloudwatch_dashboard").values())


def _titles(layer: Template) -> list[str]:
    boards = layer.all("aws_cloudwatch_dashboard").values()
    widgets = [widget for board in boards for widget in json.loads(board["dashboard_body"])["widgets"]]
    return [widget["properties"]["title"] for widget in widgets if widget["type"] == "metric"]


def test_every_part_is_watched() -> None:
    namespaces = {alarm["namespace"] for alarm in _alarms(_home()).values() if "namespace" in alarm}
    assert namespaces == {"AWS/ECS", "AWS/ApplicationELB", "AWS/ES", "AWS/Bedrock", "AWS/CloudFront", "AWS/WAFV2"}


def test_cpu_and_memory_alarm_where_the_environment_says() -> None:
    layer = _stack(environment(monitoring={"cpu_alarm_percent": 50, "memory_alarm_percent": 60}))
    assert _alarms(layer)["sitechat-dev-svc-cpu"]["threshold"] == 50
    assert _alarms(layer)["sitechat-dev-svc-memory"]["threshold"] == 60


def test_every_alarm_tells_the_topic_of_its_region() -> None:
    assert {tuple(alarm["alarm_actions"]) for alarm in _alarms(_home()).values()} == {(TOPIC,)}
    assert "aws_sns_topic" not in _home().types()


def test_far_from_cloudfront_its_alarms_have_their_own_topic() -> None:
    assert regions(_far()) == {"": "eu-central-1", "global": "us-east-1"}
    for name, alarm in _alarms(_far()).items():
        if name.startswith("sitechat-dev-edge-"):
            assert alarm["provider"] == "aws.global"
            assert alarm["alarm_actions"] == [f"${{aws_sns_topic.{next(iter(_far().all('aws_sns_topic')))}.arn}}"]
        else:
            assert "provider" not in alarm
            assert alarm["alarm_actions"] == [TOPIC]


def test_the_far_topic_is_under_the_far_key_and_reaches_people() -> None:
    topic = _far().one("aws_sns_topic")
    assert (topic["provider"], topic["kms_master_key_id"]) == ("aws.global", "arn:of:edge-key")
    subscription = _far().one("aws_sns_topic_subscription")
    assert (subscription["provider"], subscription["endpoint"]) == ("aws.global", "oncall@example.com")


def test_without_an_edge_nothing_is_asked_of_it() -> None:
    layer = _stack(environment(edge={"enabled": False}), edge=None)
    assert not [name for name in _alarms(layer) if "edge" in name]
    assert not [title for title in _titles(layer) if re.search("Firewall|edge|visitors", title)]


def test_without_search_nothing_is_asked_of_it() -> None:
    layer = _stack(environment(search={"enabled": False}), llm=NO_LLM)
    assert not [name for name in _alarms(layer) if "search" in name]
    assert not [title for title in _titles(layer) if "OpenSearch" in title]


@pytest.mark.parametrize(
    ("tag", "parked", "expected"), [("v1", False, True), ("v1", True, False), (None, False, False)]
)
def test_a_site_without_tasks_is_an_alarm_once_it_has_an_image(tag: str | None, parked: bool, expected: bool) -> None:
    layer = _stack(environment(image={"tag": tag}, service={"parked": parked}))
    assert ("sitechat-dev-svc-no-targets" in _alarms(layer)) is expected


def test_alarms_of_what_is_parked_tell_nobody() -> None:
    awake, parked = (_alarms(_stack(environment(service={"parked": each}))) for each in (False, True))
    assert not [name for name, alarm in awake.items() if "actions_enabled" in alarm]
    asleep = {name for name, alarm in parked.items() if alarm.get("actions_enabled") is False}
    assert {name for name in parked if re.search("search|waf|rules-failed", name)} == parked.keys() - asleep


def test_the_dashboards_show_every_part() -> None:
    boards = _home().all("aws_cloudwatch_dashboard").values()
    assert {board["dashboard_name"] for board in boards} == {
        "sitechat-dev-us-east-1-site",
        "sitechat-dev-us-east-1-model",
    }
    titles = _titles(_home())
    expected = (
        "Requests of visitors",
        "Answers of the application",
        "Tasks",
        "OpenSearch load, %",
        "Calls of the model",
    )
    assert set(expected) < set(titles)
    assert any("charges" in title for title in titles)


def test_what_only_the_application_counts_is_drawn_where_it_counts() -> None:
    counted = {"Questions by how they ended", "Answers, USD an hour", "Interventions of the guardrail, an hour"}
    assert not counted & set(_titles(_home()))
    assert counted < set(_titles(_stack(environment(monitoring={"application_metrics": True}))))


def test_a_month_of_an_objective_is_drawn_since_no_alarm_looks_back_so_far() -> None:
    layer = _stack(environment(monitoring=OBJECTIVES))
    body = json.loads(layer.one("aws_cloudwatch_dashboard", "site_dashboard/dashboard")["dashboard_body"])
    found = [each["properties"] for each in body["widgets"] if "in 30 days" in each["properties"].get("title", "")]
    assert [(each["start"], each["annotations"]["horizontal"][0]["value"]) for each in found] == [("-P30D", 100)] * 2
    (bad, every, line) = found[0]["metrics"]
    assert (bad[-1]["period"], every[-1]["stat"], bad[-1]["visible"]) == (86_400, "SampleCount", False)
    assert line[0]["expression"] == "10000 * RUNNING_SUM(FILL(l0bad, 0)) / (SUM(l0every) * 0.5)"


@pytest.mark.parametrize(
    ("stop", "said"), [("off", "Nothing stops"), ("pause", "is paused at"), ("deny", "is paused and denied at")]
)
def test_the_dashboard_says_what_stops_the_model(stop: str, said: str) -> None:
    bedrock = {"stop": stop, "stop_at_tokens": 70_000}
    body = _bodies(_stack(environment(bedrock=bedrock, monitoring={"application_metrics": True})))
    assert said in body
    assert ("70,000 tokens" in body) is (stop != "off")
    assert "sitechat bedrock pause --env dev" in body


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"monthly_usd": 1250, "notify_percent": [50, 90]}, "1,250 USD a month, mails at 50 %, 90 %"),
        ({"enabled": False}, "No budget of AWS watches"),
        (
            {"stop": "manual", "model_usd": 1200, "emails": ["a@example.com"]},
            "At 1,200 USD a month of Bedrock in the whole account a person is asked whether to deny models here.",
        ),
        (
            {"stop": "automatic", "model_usd": 90},
            "At 90 USD a month of Bedrock in the whole account models are denied here by itself.",
        ),
    ],
)
def test_the_dashboard_says_the_budget(budget: dict[str, Any], said: str) -> None:
    assert said in _bodies(_stack(environment(budget=budget)))


@pytest.mark.parametrize("managed", [True, False])
def test_anonymous_addresses_are_drawn_where_they_are_known(managed: bool) -> None:
    layer = _stack(environment(edge={"waf_managed_rules": managed}))
    assert any("VPNs" in title for title in _titles(layer)) is managed


def test_the_dashboards_can_be_left_out() -> None:
    assert "aws_cloudwatch_dashboard" not in _stack(environment(monitoring={"dashboard": False})).types()


def test_flow_logs_of_the_vpc_are_kept_under_the_key() -> None:
    assert _home().one("aws_flow_log")["vpc_id"] == "vpc-1"
    group = _home().one("aws_cloudwatch_log_group")
    assert (group["name"], group["retention_in_days"], group["kms_key_id"]) == ("/sitechat/dev/flow-logs", 14, KEY)


def test_flow_logs_can_be_left_out() -> None:
    layer = _stack(environment(network={"flow_logs": False}))
    assert not {"aws_flow_log", "aws_iam_role", "aws_cloudwatch_log_group"} & layer.types()


def test_the_budget_counts_this_environment() -> None:
    budget = _stack(environment(monitoring=EMAILS, budget={"monthly_usd": 250})).one("aws_budgets_budget")
    assert budget["limit_amount"] == "250.0"
    assert budget["cost_filter"][0]["values"] == ["user:Deployment$sitechat/dev"]
    for notification in budget["notification"]:
        assert notification["subscriber_email_addresses"] == ["oncall@example.com"]
        assert notification["subscriber_sns_topic_arns"] == [TOPIC]


def test_models_are_stopped_by_a_budget_of_their_own_since_their_calls_carry_no_tag() -> None:
    claude = "Claude Sonnet 4.5 (Amazon Bedrock Edition)"
    budget = {"stop": "manual", "model_usd": 90, "model_services": [claude], "emails": ["money@example.com"]}
    layer = _stack(environment(monitoring=EMAILS, budget=budget))
    models = layer.one("aws_budgets_budget", "model_budget/budget")
    assert (models["name"], models["limit_amount"]) == ("sitechat-dev-models", "90.0")
    assert models["cost_filter"] == [{"name": "Service", "values": ["Amazon Bedrock", claude]}]
    action = layer.one("aws_budgets_budget_action")
    address = next(key for key, each in layer.all("aws_budgets_budget").items() if each == models)
    assert action["budget_name"] == f"${{aws_budgets_budget.{address}.name}}"
    assert action["subscriber"] == [
        {"address": TOPIC, "subscription_type": "SNS"},
        {"address": "money@example.com", "subscription_type": "EMAIL"},
    ]
    assert {len(each["subscriber_email_addresses"]) for each in models["notification"]} == {1}


def test_without_a_stop_there_is_one_budget() -> None:
    assert len(_stack(environment(monitoring=EMAILS)).all("aws_budgets_budget")) == 1


def test_the_budget_counts_no_other_project_with_an_environment_of_the_same_name() -> None:
    layer = _stack(environment(project="other"))
    (tag,) = layer.one("aws_budgets_budget")["cost_filter"][0]["values"]
    key, _, value = tag.removeprefix("user:").partition("$")
    assert layer.config["provider"]["aws"][0]["default_tags"][0]["tags"][key] == value == "other/dev"


def test_a_failed_release_reaches_the_topic_of_alarms() -> None:
    rule = _home().one("aws_cloudwatch_event_rule", "failed_deployments/rule")
    arn = "arn:aws:ecs:us-east-1:111111111111:service/main/app"
    assert json.loads(rule["event_pattern"])["resources"] == [arn]
    assert _home().one("aws_cloudwatch_event_target", "failed_deployments/topic")["arn"] == TOPIC


def test_events_that_reach_no_topic_are_heard_of_by_another_way() -> None:
    assert _home().one("aws_cloudwatch_event_target", "health/topic")["arn"] == TOPIC
    first, second, _ = _home().one("aws_cloudwatch_metric_alarm", "alarms/rules_failed")["metric_query"]
    rules = {f"${{aws_cloudwatch_event_rule.{name}.name}}" for name in _home().all("aws_cloudwatch_event_rule")}
    assert {each["metric"]["dimensions"]["RuleName"] for each in (first, second)} == rules


@pytest.mark.parametrize(
    ("region", "watched"),
    [
        ("us-east-1", {"sitechat-dev-svc-certificate": "arn:regional"}),
        (
            "eu-central-1",
            {"sitechat-dev-svc-certificate": "arn:regional", "sitechat-dev-edge-certificate": "arn:viewer"},
        ),
    ],
)
def test_each_certificate_is_watched_once_in_its_region(region: str, watched: dict[str, str]) -> None:
    certificates = CertificateOutputs(viewer="arn:viewer", regional="arn:regional")
    layer = alone(
        lambda app: MonitoringStack(
            app,
            environment(region, monitoring=EMAILS),
            infrastructure=INFRASTRUCTURE,
            llm=LLM,
            service=SERVICE,
            edge=EDGE,
            certificates=certificates,
        )
    )
    found = {name: each for name, each in _alarms(layer).items() if name.endswith("certificate")}
    assert {name: each["dimensions"]["CertificateArn"] for name, each in found.items()} == watched
    assert {each.get("provider") for name, each in found.items() if "edge" in name} <= {"aws.global"}


def test_where_codedeploy_releases_both_groups_are_watched_and_its_failures_heard() -> None:
    dns = {"domain": "chat.example.com", "zone_name": "example.com"}
    service = replace(SERVICE, second_target_group_suffix="targetgroup/app-2/3")
    env = environment(dns=dns, deployment={"strategy": "canary"}, image={"tag": "v1"})
    layer = alone(
        lambda app: MonitoringStack(app, env, infrastructure=INFRASTRUCTURE, llm=LLM, service=service, edge=EDGE)
    )
    pattern = json.loads(layer.one("aws_cloudwatch_event_rule", "failed_deployments/rule")["event_pattern"])
    assert pattern["detail"]["application"] == ["sitechat-dev-app"]
    for name in ("no_targets", "target_5xx", "unhealthy_targets"):
        first, second, _ = layer.one("aws_cloudwatch_metric_alarm", f"alarms/{name}")["metric_query"]
        groups = [each["metric"]["dimensions"]["TargetGroup"] for each in (first, second)]
        assert groups == ["targetgroup/app/2", "targetgroup/app-2/3"]
    board = _bodies(layer)
    assert "targetgroup/app/2" in board
    assert "targetgroup/app-2/3" in board


def test_the_budget_can_be_left_out() -> None:
    assert "aws_budgets_budget" not in _stack(environment(budget={"enabled": False})).types()


@pytest.mark.parametrize(("gib", "mib"), [(10, 2560), (40, 10240)])
def test_the_disk_alarm_follows_the_volume(gib: int, mib: int) -> None:
    layer = _stack(environment(search={"volume_gib": gib}))
    assert _alarms(layer)["sitechat-dev-svc-search-storage"]["threshold"] == mib


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_the_provider_of_what_an_edge_had_stays_when_there_is_none(region: str) -> None:
    """Terraform destroys resources by the provider that made them; without it no plan can be made."""
    layer = _stack(environment(region, edge={"enabled": False}), edge=None)
    assert [each.get("alias") for each in layer.config["provider"]["aws"]] == [None, "global"]
    assert "edge" not in json.dumps(layer.config["resource"]["aws_cloudwatch_metric_alarm"])


OBJECTIVES = {"application_metrics": True, "availability_percent": 99.5, "first_token_percent": 95}


def test_objectives_are_watched_where_they_are_set() -> None:
    layer = _stack(environment(monitoring=OBJECTIVES))
    composite = layer.all("aws_cloudwatch_composite_alarm").values()
    assert {alarm["alarm_name"] for alarm in composite} == {
        "sitechat-dev-slo-availability",
        "sitechat-dev-slo-first-token",
    }
    assert {tuple(alarm["alarm_actions"]) for alarm in composite} == {(TOPIC,)}
    windows = [alarm for name, alarm in _alarms(layer).items() if "-slo-" in name]
    assert len(windows) == 8
    namespaces = {
        each["metric"]["namespace"] for alarm in windows for each in alarm["metric_query"] if "metric" in each
    }
    assert namespaces == {"sitechat-dev-app"}


def test_without_an_objective_nothing_of_it_is_built() -> None:
    assert "aws_cloudwatch_composite_alarm" not in _home().types()
    assert not [name for name in _alarms(_home()) if "-slo-" in name]


def test_objectives_of_what_is_parked_tell_nobody() -> None:
    layer = _stack(environment(monitoring=OBJECTIVES, service={"parked": True}))
    assert {each["actions_enabled"] for each in layer.all("aws_cloudwatch_composite_alarm").values()} == {False}
