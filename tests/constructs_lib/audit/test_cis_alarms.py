from __future__ import annotations

import pytest

from constructs_lib.audit.cis import WATCHES
from constructs_lib.audit.cis_alarms import CisAlarms
from tests.support.synthesised import Template, template

TOPIC = "arn:aws:sns:eu-central-1:123456789012:security"


@pytest.fixture(scope="module")
def stack() -> Template:
    return template(lambda scope: CisAlarms(scope, "cis", name_prefix="cis", log_group_name="/trail", topic_arn=TOPIC))


def test_each_alarm_reads_the_metric_its_filter_writes(stack: Template) -> None:
    filters = stack.all("aws_cloudwatch_log_metric_filter").values()
    alarms = stack.all("aws_cloudwatch_metric_alarm").values()
    written = {(one["metric_transformation"]["namespace"], one["metric_transformation"]["name"]) for one in filters}
    read = {(one["namespace"], one["metric_name"]) for one in alarms}
    assert written == read
    assert len(read) == len(WATCHES)
    assert {one["log_group_name"] for one in filters} == {"/trail"}


def test_one_match_is_enough_and_silence_is_well(stack: Template) -> None:
    for alarm in stack.all("aws_cloudwatch_metric_alarm").values():
        assert (alarm["statistic"], alarm["threshold"], alarm["period"]) == ("Sum", 1, 300)
        assert alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["treat_missing_data"] == "notBreaching"
        assert alarm["alarm_actions"] == [TOPIC]


def test_an_alarm_says_which_recommendation_it_is(stack: Template) -> None:
    alarm = stack.one("aws_cloudwatch_metric_alarm", "root_use")
    said = "CIS 4.3: The root user acted. Severity: ticket. Runbook: docs/runbooks/account-change.md"
    assert alarm["alarm_description"] == said
    assert alarm["alarm_name"] == "cis-root-use"
