"""A DNS record is ours when it says what the configuration would write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.recovery.dns_records import is_configured_record
from pipeline.recovery.known_values import KnownValues
from pipeline.recovery.matching import UnknownResource
from pipeline.synth import layers
from tests.pipeline import samples

DISTRIBUTION = "${aws_cloudfront_distribution.site.domain_name}"
ALIAS = {"name": "chat.example.org", "type": "A", "alias": {"name": DISTRIBUTION, "zone_id": "Z2FDTNDATAQYW2"}}
PLAIN = {"name": "chat.example.org", "type": "A", "records": ["192.0.2.1", "192.0.2.2"], "ttl": 60}


def is_ours(
    folder: Path, body: dict[str, Any], record: dict[str, Any], domain: str | None = "d1.cloudfront.net"
) -> bool:
    config = {
        "terraform": {"backend": {"s3": samples.backend("first")}},
        "resource": {"aws_route53_record": {"it": body}},
    }
    synthesis = layers.read_synthesis(samples.write(folder, {"first": (config, [])}), "trial")
    site = {"mode": "managed", "type": "aws_cloudfront_distribution", "name": "site"}
    states = (
        {"first": {"resources": [{**site, "instances": [{"attributes": {"domain_name": domain}}]}]}} if domain else {}
    )
    unknown = UnknownResource(synthesis.layers[0], "aws_route53_record.it")
    return is_configured_record(KnownValues(synthesis, states), unknown, record)


def to(target: str, **other: Any) -> dict[str, Any]:
    return {"Name": "chat.example.org.", "Type": "A", "AliasTarget": {"DNSName": target}, **other}


@pytest.mark.parametrize(
    ("record", "ours"),
    [
        (to("d1.cloudfront.net."), True),
        (to("D1.cloudfront.net"), True),
        (to("d2.cloudfront.net."), False),
        (to("d1.cloudfront.net.", Type="AAAA"), False),
        (to("d1.cloudfront.net.", Name="other.example.org."), False),
        (to("d1.cloudfront.net.", SetIdentifier="green", Weight=1), False),
        ({"Name": "chat.example.org.", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.1"}]}, False),
    ],
    ids=("same", "same name", "another target", "another type", "another name", "one of several", "addresses"),
)
def test_an_alias_has_to_lead_to_the_distribution_of_the_state(
    tmp_path: Path, record: dict[str, Any], ours: bool
) -> None:
    assert is_ours(tmp_path, ALIAS, record) is ours


def test_without_a_known_distribution_no_alias_is_ours(tmp_path: Path) -> None:
    assert not is_ours(tmp_path, ALIAS, to("d1.cloudfront.net."), None)


@pytest.mark.parametrize(
    ("values", "ours"),
    [(["192.0.2.2", "192.0.2.1"], True), (["192.0.2.1"], False), (["192.0.2.1", "192.0.2.3"], False)],
)
def test_values_have_to_be_the_configured_ones(tmp_path: Path, values: list[str], ours: bool) -> None:
    record = {"Name": "chat.example.org.", "Type": "A", "ResourceRecords": [{"Value": each} for each in values]}
    assert is_ours(tmp_path, PLAIN, record) is ours


def test_a_record_without_values_in_the_configuration_is_never_ours(tmp_path: Path) -> None:
    record = {"Name": "chat.example.org.", "Type": "A", "ResourceRecords": []}
    assert not is_ours(tmp_path, {"name": "chat.example.org", "type": "A"}, record)
