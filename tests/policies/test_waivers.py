"""A reason that rests on a setting has it in `only_if`, so that it ends with the setting's value."""

from __future__ import annotations

import re

import pytest

from pipeline.scan.conditions import read_condition
from pipeline.scan.waiver_file import read_waivers
from pipeline.work import repo_root

# Words of a reason, and the setting that makes them true.
FACTS = {
    r"T3 nodes": "search.instance_type = t3.*",
    r"dedicated masters": "not search.dedicated_masters",
    r"without a domain|cloudfront\.net": "not dns.domain",
    r"DNSSEC|DNS query": "dns.domain",
    r"without a guardrail": "not bedrock.guardrail",
    r"public addresses": "network.egress = public_ip",
    r"endpoint policy": "network.egress = endpoints",
    r"nothing is protected": "not protection",
    r"can't speak TLS": "not service.tls_to_task",
    r"CloudFront's region": "not region = us-east-1",
    r"every country": "not edge.geo_allow",
    r"preload": "not edge.hsts_preload",
    r"37 metrics": "not service.container_insights",
    r"loopback": "ingestion.allowed_addresses",
    r"the domain that is there": "search.domain = existing",
    r"v2 delivery": "edge.access_logs",
    r"not to record requests": "not edge.access_logs",
    r"not to record its traffic": "not network.flow_logs",
    r"without AWS's managed": "not edge.waf_managed_rules",
}
WAIVERS, PROBLEMS = read_waivers(repo_root() / "policies" / "waivers.toml")


def test_the_file_is_well_formed() -> None:
    assert PROBLEMS == []


@pytest.mark.parametrize("words", FACTS)
def test_a_reason_that_rests_on_a_setting_ends_with_it(words: str) -> None:
    resting = [each for each in WAIVERS if re.search(words, each.reason)]
    (fact,) = read_condition(FACTS[words])
    assert resting
    for each in resting:
        assert fact in read_condition(each.only_if), f"{each.check} {each.address}"


def test_how_long_logs_are_kept_is_compared_with_a_year() -> None:
    short = [each for each in WAIVERS if each.check == "CKV_AWS_338"]
    assert len(short) > 10
    for each in short:
        assert re.search(r"retention_days < 365", each.only_if), each.address


def test_only_what_every_environment_has_is_accepted_without_a_setting() -> None:
    assert {each.address.partition("/")[0] for each in WAIVERS if not each.only_if} == {"infrastructure"}
