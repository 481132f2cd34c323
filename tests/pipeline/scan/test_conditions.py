"""A condition of a waiver names settings alone, and compares them with what they can be."""

from __future__ import annotations

import pytest

from config import load
from pipeline.scan.conditions import ConditionError, holds, named_settings, read_condition


@pytest.mark.parametrize(
    ("condition", "holds_in_dev"),
    [
        ("", True),
        ("dns.domain", False),
        ("not dns.domain", True),
        ("network.egress = public_ip", True),
        ("not network.egress = public_ip", False),
        ("network.egress = endpoints", False),
        ("edge.access_logs and not dns.domain", True),
        ("edge.access_logs and dns.domain", False),
        ("dns.domain and not edge.access_logs", False),
        ("logs.retention_days < 365", True),
        ("not logs.retention_days < 365", False),
        ("logs.retention_days < 7", False),
        ("search.instance_type = t3.*", True),
        ("search.instance_type = m6g.*", False),
        ("search.dedicated_masters", False),
        ("search.dedicated_masters = 0", True),
        ("ingestion.sources and not edge.geo_allow", True),
        ("protection", True),
        ("account_id = 111111111111", True),
    ],
)
def test_a_condition_holds_by_the_settings_it_names(condition: str, holds_in_dev: bool) -> None:
    assert holds(condition, load("dev")) is holds_in_dev


@pytest.mark.parametrize(
    "condition",
    [
        " ",
        "dns.domian",
        "network",  # a section
        "name",  # environments are named by `environments`
        "name = dev",
        "emulated",  # derived
        "search.builds_domain",
        "names.short",
        "model_fields",
        "edge.model_config",
        "edge.__class__",
        "edge._secret",
        "network.cidr.is_global",
        "network.cidr()",
        "dns.domain.upper",
        "region",  # has a value always
        "network.egress",
        "network.availability_zones",
        "service.memory_mib",
        "dns.domain and",
        "and dns.domain",
        " and ",
        "dns.domain and ",
        "dns.domain  and edge.enabled",
        "dns.domain AND edge.enabled",
        "dns.domain or edge.enabled",
        "not not dns.domain",
        "not",
        "not ",
        "Edge.enabled",
        "\u0435dge.enabled",  # a Cyrillic letter
        "edge.enabled\n",
        "dns.domain and not dns.domain",  # never holds
        "edge.enabled and edge.enabled",
        "network.egress =",
        "network.egress = ",
        "network.egress = moon",
        "network.egress == public_ip",
        "network.egress != public_ip",
        "network.egress < 3",
        "network.egress = public_*",
        "edge.enabled = true",
        "edge.enabled = True",
        "secrets.names = session-key",
        "search.dedicated_masters = 4",
        "search.dedicated_masters = three",
        "logs.retention_days < 366",
        "logs.retention_days < 0x10",
        "logs.retention_days < -1",
        "logs.retention_days < \u0663\u0666\u0665",  # digits of another script
        "logs.retention_days < 9" + "9" * 5000,
        "search.instance_type = *",
        "search.instance_type = t9.*",
        "search.instance_type = t3.*.search",
        "dns.domain = Chat.example.com",
    ],
)
def test_anything_else_is_refused(condition: str) -> None:
    with pytest.raises(ConditionError):
        read_condition(condition)


def test_a_text_names_the_settings_in_it() -> None:
    text = "kept by choice (logs.retention_days), e.g. a week; see edge.geo_allow, cloudfront.net and edge.nothing"
    assert named_settings(text) == {"logs.retention_days", "edge.geo_allow"}
