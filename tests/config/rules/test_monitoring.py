from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import OTHER_ACCOUNT, build, conflicts, problems

METRICS = {"application_metrics": True}


@pytest.mark.parametrize(
    ("monitoring", "edge", "why"),
    [
        (METRICS, {"enabled": False}, "without edge.enabled the site has no public address"),
        (METRICS, {"geo_allow": ["DE"]}, "in another country than edge.geo_allow has"),
        (METRICS, {"anonymous_addresses": "block"}, "shuts data centres out"),
        ({}, {}, "set monitoring.application_metrics = true"),
    ],
)
def test_a_probe_that_would_alarm_for_ever_is_refused(
    monitoring: dict[str, Any], edge: dict[str, Any], why: str
) -> None:
    assert "monitoring.probe_minutes" not in problems(monitoring=monitoring, edge=edge)
    told = problems(monitoring={**monitoring, "probe_minutes": 5}, edge=edge)["monitoring.probe_minutes"]
    assert told.startswith("0, because ")
    assert why in told


@pytest.mark.parametrize("minutes", [0, 1, 60])
def test_a_probe_with_metrics_is_none_or_as_often_as_said(minutes: int) -> None:
    assert problems(monitoring={**METRICS, "probe_minutes": minutes}) == {}


@pytest.mark.parametrize("minutes", [-1, 10, 61, 2.5, "5", None])
def test_its_interval_is_one_of_those_that_are_offered(minutes: Any) -> None:
    assert set(problems(monitoring={**METRICS, "probe_minutes": minutes})) == {"monitoring.probe_minutes"}


def test_a_days_cost_is_counted_by_the_application_at_a_known_price() -> None:
    spent = {"spent_usd_a_day": 5}
    assert not problems(monitoring={**METRICS, **spent})
    assert "set monitoring.application_metrics = true" in problems(monitoring=spent)["monitoring.spent_usd_a_day"]
    unknown = problems(monitoring={**METRICS, **spent}, bedrock={"model_id": "acme.new-v1", "destination_regions": []})
    assert "the price of acme.new-v1 isn't known" in unknown["monitoring.spent_usd_a_day"]


def test_it_may_not_ring_on_a_day_as_expected() -> None:
    # 2,000,000 chats of 3,000 tokens read and 400 written, at 0.06 and 0.24 USD a million, in 30.4 days.
    cost = {"chats_per_month": 2_000_000, "input_tokens_per_chat": 3000, "output_tokens_per_chat": 400}
    told = problems(monitoring={**METRICS, "spent_usd_a_day": 18.14}, cost=cost)
    assert told["monitoring.spent_usd_a_day"] == "at least 18.15, what [cost] expects on a day"
    assert not problems(monitoring={**METRICS, "spent_usd_a_day": 18.15}, cost=cost)


@pytest.mark.parametrize("usd", [0, 0.001, 100_001, "5", float("inf")])
def test_a_days_cost_is_an_amount_of_dollars(usd: Any) -> None:
    assert set(problems(monitoring={**METRICS, "spent_usd_a_day": usd})) == {"monitoring.spent_usd_a_day"}


@pytest.mark.parametrize("mode", ["own", "adopt"])
def test_spans_go_where_transaction_search_is_on(mode: str) -> None:
    told = problems(monitoring={"tracing": "otlp"})["monitoring.tracing"]
    assert "X-Ray refuses spans without Transaction Search" in told
    assert not problems(monitoring={"tracing": "otlp", "transaction_search": mode})
    assert not problems(monitoring={"tracing": "off", "transaction_search": mode})


@pytest.mark.parametrize("percent", [0, 0.001, 100.1, "10", None])
def test_a_share_of_questions_is_above_none_and_up_to_all(percent: Any) -> None:
    assert set(problems(monitoring={"traced_percent": percent})) == {"monitoring.traced_percent"}


IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.47.0@sha256:" + "0" * 64
SIDECAR: dict[str, Any] = {
    "monitoring": {"tracing": "sidecar", "collector_image": IMAGE},
    "service": {"cpu": 512, "memory_mib": 1024},
}


@pytest.mark.parametrize(
    ("changes", "key", "why"),
    [
        ({"monitoring": {"tracing": "sidecar"}}, "monitoring.collector_image", "because nothing else names it"),
        (
            {"monitoring": {**SIDECAR["monitoring"], "transaction_search": "adopt"}},
            "monitoring.tracing",
            "takes spans without a collector",
        ),
        ({"network": {"egress": "endpoints"}}, "monitoring.tracing", "no way to the public registry"),
        ({"service": {"cpu": 256, "memory_mib": 1024}}, "service.cpu", "at least 512"),
        ({"service": {"cpu": 256, "memory_mib": 512}}, "service.memory_mib", "at least 1024"),
        ({"emulator": {"enabled": True}}, "monitoring.tracing", "no image of a collector"),
        *(
            ({"service": {**SIDECAR["service"], "port": port}}, "service.port", "another port than 2000, 4318, 13133")
            for port in (2000, 4318, 13133)
        ),
        (
            {"monitoring": {"tracing": "off", "collector_image": IMAGE}},
            "monitoring.collector_image",
            'only tracing = "sidecar" has a collector',
        ),
    ],
)
def test_a_collector_is_refused_where_it_cannot_work(changes: dict[str, Any], key: str, why: str) -> None:
    assert problems(**SIDECAR) == {}
    assert why in problems(**{**SIDECAR, **changes})[key]


@pytest.mark.parametrize("image", ["aws-otel-collector", IMAGE.replace("public.ecr.aws", "docker.io"), IMAGE[:-72], ""])
def test_its_image_is_that_of_aws_by_a_digest(image: str) -> None:
    monitoring = {**SIDECAR["monitoring"], "collector_image": image}
    assert "monitoring.collector_image" in problems(**{**SIDECAR, "monitoring": monitoring})


SEARCHES: dict[str, Any] = {"monitoring": {"transaction_search": "own"}}


def test_transaction_search_has_one_owner_in_an_account_and_region() -> None:
    found = conflicts(SEARCHES, SEARCHES)
    assert set(found) == {"monitoring.transaction_search"}
    assert "environment staging owns it in this account and region" in found["monitoring.transaction_search"]


@pytest.mark.parametrize("mode", ["adopt", "off"])
def test_another_environment_adopts_transaction_search_or_does_without(mode: str) -> None:
    other = {"monitoring": {"transaction_search": mode}}
    assert not conflicts(SEARCHES, other)
    assert not conflicts(other, SEARCHES)


@pytest.mark.parametrize("place", [{"region": "us-west-2"}, {"account_id": OTHER_ACCOUNT}])
def test_transaction_search_is_switched_on_in_each_account_and_region(place: dict[str, Any]) -> None:
    assert not conflicts(SEARCHES, {**SEARCHES, **place})


@pytest.mark.parametrize("days", [0, 2, 31, -1, "30"])
def test_spans_are_kept_as_long_as_cloudwatch_logs_knows(days: Any) -> None:
    assert set(problems(monitoring={"spans_retention_days": days})) == {"monitoring.spans_retention_days"}
    assert not problems(monitoring={"spans_retention_days": 90, "transaction_search": "own"})


@pytest.mark.parametrize(("mode", "signs"), [("own", True), ("adopt", False), ("off", False)])
def test_its_owner_has_a_function_whose_code_is_signed(mode: str, signs: bool) -> None:
    env = build(search={"enabled": False}, ingestion={"sources": ()}, monitoring={"transaction_search": mode})
    assert env.signs_packages is signs


UNSIGNED: dict[str, Any] = {
    "region": "ca-west-1",
    "search": {"enabled": False},
    "ingestion": {"sources": ()},
    "bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": (), "guardrail": False},
    "network": {"availability_zones": ("ca-west-1a", "ca-west-1b")},
}


@pytest.mark.parametrize(("mode", "keys"), [("own", {"monitoring.transaction_search"}), ("adopt", set())])
def test_nobody_owns_it_where_no_code_is_signed(mode: str, keys: set[str]) -> None:
    assert set(problems(**UNSIGNED, monitoring={"transaction_search": mode})) == keys


@pytest.mark.parametrize(
    "name",
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        "OTEL_TRACES_SAMPLER",
    ],
)
def test_an_application_of_its_own_sends_spans_nowhere_else_and_no_messages(name: str) -> None:
    assert f"service.environment.{name}" in problems(service={"environment": {name: "true"}})


def test_it_may_say_what_else_a_distribution_of_opentelemetry_reads() -> None:
    taken = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_PYTHON_DISTRO": "aws_distro"}
    assert problems(service={"environment": taken}) == {}
    grpc = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    assert set(problems(service={"environment": grpc})) == {"service.environment.OTEL_EXPORTER_OTLP_PROTOCOL"}
