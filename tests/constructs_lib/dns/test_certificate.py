from __future__ import annotations

import pytest
from cdktf import TerraformOutput
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from constructs_lib.dns.certificate import RegionalCertificates
from tests.support.synthesised import Template, template

DOMAIN = "chat.example.com"


@pytest.fixture(scope="module")
def one() -> Template:
    return template(
        lambda scope: RegionalCertificates(scope, "site", domain=DOMAIN, zone_id="Z1", providers={"us-east-1": None})
    )


@pytest.fixture(scope="module")
def two() -> Template:
    def build(scope: Construct) -> None:
        other = AwsProvider(scope, "other", region="eu-central-1", alias="eu_central_1")
        providers = {"us-east-1": None, "eu-central-1": other}
        certificates = RegionalCertificates(scope, "site", domain=DOMAIN, zone_id="Z1", providers=providers)
        for region, arn in certificates.arns.items():
            TerraformOutput(scope, region, value=arn)

    return template(build)


def test_a_certificate_is_validated_by_its_own_record(one: Template) -> None:
    certificate = one.one("aws_acm_certificate")
    assert (certificate["domain_name"], certificate["validation_method"]) == (DOMAIN, "DNS")
    assert certificate["key_algorithm"] == "EC_prime256v1"
    record = one.one("aws_route53_record")
    assert record["zone_id"] == "Z1"
    assert all("domain_validation_options" in str(record[key]) for key in ("name", "type", "records"))
    validation = one.one("aws_acm_certificate_validation")
    assert validation["certificate_arn"].startswith("${aws_acm_certificate.")
    assert validation["validation_record_fqdns"][0].startswith("${aws_route53_record.")


def test_a_new_certificate_comes_before_the_old_one_goes(one: Template) -> None:
    assert one.one("aws_acm_certificate")["lifecycle"] == {"create_before_destroy": True}
    assert one.one("aws_route53_record")["allow_overwrite"] is True


def test_the_wait_for_a_delegation_ends(one: Template) -> None:
    assert one.one("aws_acm_certificate_validation")["timeouts"] == {"create": "45m"}


def test_regions_share_one_record(two: Template) -> None:
    assert len(two.all("aws_acm_certificate")) == len(two.all("aws_acm_certificate_validation")) == 2
    assert len(two.all("aws_route53_record")) == 1


@pytest.mark.parametrize("type_", ["aws_acm_certificate", "aws_acm_certificate_validation"])
def test_each_lives_in_its_region(two: Template, type_: str) -> None:
    assert "provider" not in two.one(type_, "us_east_1")
    assert two.one(type_, "eu_central_1")["provider"] == "aws.eu_central_1"


def test_arns_are_those_of_validated_certificates(two: Template) -> None:
    for region in ("us-east-1", "eu-central-1"):
        assert two.config["output"][region]["value"].startswith("${aws_acm_certificate_validation.")
