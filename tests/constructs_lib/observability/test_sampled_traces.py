from __future__ import annotations

import pytest

from constructs_lib.observability.sampled_traces import SampledTraces
from tests.support.synthesised import Template, template


def built(percent: float = 100) -> Template:
    return template(
        lambda scope: SampledTraces(scope, "traces", name="short", service_name="sitechat-dev-app", percent=percent)
    )


@pytest.mark.parametrize(("percent", "rate"), [(100, 1), (12.5, 0.125), (0.07, 0.0007), (0.01, 0.0001)])
def test_the_rule_has_the_share_of_questions_and_no_reservoir(percent: float, rate: float) -> None:
    rule = built(percent).one("aws_xray_sampling_rule")
    assert (rule["fixed_rate"], rule["reservoir_size"]) == (rate, 0)


def test_the_rule_fits_whatever_one_service_is_asked() -> None:
    rule = built().one("aws_xray_sampling_rule")
    assert (rule["rule_name"], rule["service_name"]) == ("short", "sitechat-dev-app")
    assert (rule["priority"], rule["version"]) == (100, 1)
    others = ("service_type", "host", "http_method", "url_path", "resource_arn")
    assert {rule[each] for each in others} == {"*"}


def test_the_group_is_of_the_service_and_without_insights() -> None:
    group = built().one("aws_xray_group")
    assert (group["group_name"], group["filter_expression"]) == ("short", 'service("sitechat-dev-app")')
    assert group["insights_configuration"] == {"insights_enabled": False, "notifications_enabled": False}
