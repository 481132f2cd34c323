from __future__ import annotations

from functools import cache

from stacks.certificates import CertificateOutputs, CertificatesStack
from tests.stacks.upstream import alone, environment, regions
from tests.support.synthesised import Template

DOMAIN = "chat.example.com"


@cache
def _stack(region: str) -> tuple[Template, CertificateOutputs]:
    env = environment(region, dns={"domain": DOMAIN, "zone_name": "example.com"})
    stacks: list[CertificatesStack] = []
    layer = alone(lambda app: stacks.append(CertificatesStack(app, env, domain=DOMAIN, zone_id="Z1")))
    return layer, stacks[0].outputs


def test_one_certificate_serves_both_where_cloudfront_reads() -> None:
    layer, outputs = _stack("us-east-1")
    assert len(layer.all("aws_acm_certificate")) == 1
    assert regions(layer) == {"": "us-east-1"}
    assert outputs.viewer == outputs.regional


def test_a_region_elsewhere_has_a_certificate_of_its_own() -> None:
    layer, outputs = _stack("eu-central-1")
    assert regions(layer) == {"": "us-east-1", "eu_central_1": "eu-central-1"}
    assert {each.get("provider") for each in layer.all("aws_acm_certificate").values()} == {None, "aws.eu_central_1"}
    assert outputs.viewer != outputs.regional


def test_one_record_validates_both() -> None:
    layer, _ = _stack("eu-central-1")
    record = layer.one("aws_route53_record")
    assert record["zone_id"] == "Z1"
    assert len(layer.all("aws_acm_certificate_validation")) == 2


def test_every_provider_refuses_other_accounts() -> None:
    providers = _stack("eu-central-1")[0].config["provider"]["aws"]
    assert len(providers) == 2
    assert {tuple(each["allowed_account_ids"]) for each in providers} == {("111111111111",)}
    assert all("ManagedBy" in each["default_tags"][0]["tags"] for each in providers)
