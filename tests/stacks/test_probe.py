from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.monitoring import MonitoringStack
from tests.stacks.upstream import EDGE, INFRASTRUCTURE, LLM, SERVICE, alone, environment
from tests.support.synthesised import Template

PROBED = {"application_metrics": True, "probe_minutes": 5}
IMAGE = {"digest": f"sha256:{'0' * 64}"}
DOMAIN = {"domain": "chat.example.com", "zone_name": "example.com"}


def _stack(**tables: Any) -> Template:
    env = environment(**{"monitoring": PROBED, **tables})
    return alone(
        lambda app: MonitoringStack(app, env, infrastructure=INFRASTRUCTURE, llm=LLM, service=SERVICE, edge=EDGE)
    )


def _told(layer: Template) -> dict[str, Any]:
    (function,) = (
        each for each in layer.all("aws_lambda_function").values() if each["function_name"] == "sitechat-dev-probe"
    )
    found: dict[str, Any] = json.loads(function["environment"]["variables"]["PROBE"])
    return found


@pytest.mark.parametrize(("dns", "host"), [({}, EDGE.domain_name), (DOMAIN, "chat.example.com")])
def test_it_asks_where_visitors_do(dns: dict[str, str], host: str) -> None:
    told = _told(_stack(dns=dns))
    assert (told["host"], told["namespace"]) == (host, "sitechat-dev-app")


def test_it_asks_the_environments_question() -> None:
    assert _told(_stack(deployment={"test_question": "Who are you?"}))["question"] == "Who are you?"


@pytest.mark.parametrize(
    ("tables", "asks"),
    [({}, False), ({"image": IMAGE}, True), ({"image": IMAGE, "service": {"parked": True}}, False)],
)
def test_it_asks_and_alarms_where_somebody_would_answer(tables: dict[str, Any], asks: bool) -> None:
    layer = _stack(**tables)
    assert layer.one("aws_scheduler_schedule")["state"] == ("ENABLED" if asks else "DISABLED")
    names = {each["alarm_name"] for each in layer.all("aws_cloudwatch_metric_alarm").values()}
    assert ("sitechat-dev-svc-probe" in names) is asks


def test_its_interval_is_that_of_its_alarm() -> None:
    layer = _stack(image=IMAGE, monitoring={**PROBED, "probe_minutes": 30})
    (alarm,) = (
        each
        for each in layer.all("aws_cloudwatch_metric_alarm").values()
        if each["alarm_name"] == "sitechat-dev-svc-probe"
    )
    assert (alarm["period"], alarm["evaluation_periods"], alarm["datapoints_to_alarm"]) == (1_800, 3, 2)
    assert layer.one("aws_scheduler_schedule")["schedule_expression"] == "rate(30 minutes)"
