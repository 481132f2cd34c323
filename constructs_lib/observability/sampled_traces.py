"""Traces of one service in X-Ray: which share of its questions has one, and the group that finds them."""

from __future__ import annotations

from decimal import Decimal

from cdktf_cdktf_provider_aws.xray_group import XrayGroup, XrayGroupInsightsConfiguration
from cdktf_cdktf_provider_aws.xray_sampling_rule import XraySamplingRule
from constructs import Construct

# X-Ray goes by the first rule that fits, from the lowest number on, and by its own "Default" at 10000. This one fits
# one service alone, and comes before a rule of somebody else's for all services.
PRIORITY = 100
ANY = "*"


class SampledTraces(Construct):
    """The rule that a service's SDK asks X-Ray for, by a collector, and the group of its traces.

    `name` has at most 32 characters (CreateGroup, CreateSamplingRule), `service_name` 64: it is the service's
    OTEL_SERVICE_NAME. Without a reservoir no question has a trace beyond `percent`. Insights cost, and stay off.

    Another filter of a group counts for later traces alone ("Configuring groups", X-Ray developer guide).
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, service_name: str, percent: float) -> None:
        super().__init__(scope, id_)
        XraySamplingRule(
            self,
            "rule",
            rule_name=name,
            priority=PRIORITY,
            version=1,
            fixed_rate=float(Decimal(str(percent)) / 100),
            reservoir_size=0,
            service_name=service_name,
            service_type=ANY,
            host=ANY,
            http_method=ANY,
            url_path=ANY,
            resource_arn=ANY,
        )
        XrayGroup(
            self,
            "group",
            group_name=name,
            filter_expression=f'service("{service_name}")',
            insights_configuration=XrayGroupInsightsConfiguration(insights_enabled=False, notifications_enabled=False),
        )
