from __future__ import annotations

import pytest

from local_aws.routes import MOTO, CredentialScope, emulator_for, scope_of

SIGNED = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host"


def test_the_signed_scope_decides() -> None:
    headers = {"authorization": SIGNED.format("ecr"), "x-amz-target": "AWSWAF_20190729.ListWebACLs"}
    assert scope_of("/", headers) == CredentialScope("ecr", "eu-west-1")


def test_a_signature_for_several_regions_names_them_in_a_header() -> None:
    signed = "AWS4-ECDSA-P256-SHA256 Credential=123456789012/20260101/cloudfront-keyvaluestore/aws4_request"
    headers = {"authorization": signed, "x-amz-region-set": "us-east-1"}
    assert scope_of("/", headers) == CredentialScope("cloudfront-keyvaluestore", "us-east-1")


def test_a_presigned_address_carries_it_in_the_query() -> None:
    path = "/b/k?X-Amz-Credential=123456789012%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=60"
    assert scope_of(path, {}) == CredentialScope("s3", "us-east-1")


@pytest.mark.parametrize(
    ("headers", "service"),
    [
        ({"x-amz-target": "AWSWAF_20190729.ListWebACLs"}, "wafv2"),
        ({"host": "ecr.eu-west-1.amazonaws.com"}, "ecr"),
        ({"host": "127.0.0.1:4000"}, ""),
    ],
)
def test_unsigned_requests_fall_back(headers: dict[str, str], service: str) -> None:
    assert scope_of("/", headers).service == service


def test_every_exception_gives_its_reason() -> None:
    assert all(len(reason) > 10 for reason in MOTO.values())
    assert emulator_for("ecr") == "moto"
    assert emulator_for("s3") == emulator_for("") == "ministack"
