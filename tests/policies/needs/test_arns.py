"""ARNs are worked out as AWS will give them, over layers, and what can't be known stays a reference."""

from __future__ import annotations

import pytest

from policies.needs.arns import Arns
from policies.proof.configuration import Configuration
from tests.policies.proof.configurations import configuration


@pytest.fixture(scope="module")
def arns() -> Arns:
    return Arns(configuration("prod"))


@pytest.mark.parametrize(
    ("kind", "attribute", "expected"),
    [
        ("aws_sns_topic", "arn", "arn:aws:sns:us-east-1:111111111111:sitechat-prod-alarms"),
        ("aws_iam_role", "arn", "arn:aws:iam::111111111111:role/sitechat-prod-us-east-1-execution"),
        (
            "aws_ecr_repository",
            "repository_url",
            "111111111111.dkr.ecr.us-east-1.amazonaws.com/sitechat-prod-app",
        ),
        ("aws_cloudtrail", "arn", "arn:aws:cloudtrail:us-east-1:111111111111:trail/sitechat-prod-trail"),
        ("aws_s3_bucket", "arn", "arn:aws:s3:::sitechat-prod-trail-111111111111-us-east-1"),
    ],
)
def test_an_attribute_that_aws_makes_up(arns: Arns, kind: str, attribute: str, expected: str) -> None:
    found = [arns.attribute(address, attribute) for address in configuration("prod").all(kind)]
    assert expected in found


def test_an_arn_leads_back_to_its_resource_and_to_what_holds_it(arns: Arns) -> None:
    (address,) = configuration("prod").all("aws_cloudtrail")
    assert arns.address("arn:aws:cloudtrail:us-east-1:111111111111:trail/sitechat-prod-trail") == address
    bucket = arns.address("arn:aws:s3:::sitechat-prod-trail-111111111111-us-east-1/AWSLogs/x")
    assert bucket is not None
    assert bucket.startswith("security/aws_s3_bucket.trail")
    assert arns.address("arn:aws:s3:::somebody-elses") is None


def test_what_is_looked_up_is_known_by_its_arn() -> None:
    layer = {
        "provider": {"aws": [{"region": "us-east-1", "allowed_account_ids": ["111111111111"]}]},
        "data": {"aws_opensearch_domain": {"there": {"domain_name": "site"}}},
    }
    found = Arns(Configuration({"llm": layer}))
    domain = "arn:aws:es:us-east-1:111111111111:domain/site"
    assert found.address(f"{domain}/index/_search") == "llm/data.aws_opensearch_domain.there"
    assert list(found.wholes(f"{domain}/index")) == [domain]


def test_two_keys_are_never_the_same(arns: Arns) -> None:
    keys = [arns.attribute(address, "arn") for address in configuration("prod").all("aws_kms_key")]
    assert len(set(keys)) == len(keys) == 2


def test_what_cannot_be_known_stays_a_reference(arns: Arns) -> None:
    text = "${data.aws_ec2_managed_prefix_list.infrastructure__x.id}"
    assert arns.concrete(text) == text


def test_partitions_follow_the_region() -> None:
    layer = {
        "provider": {"aws": [{"region": "cn-north-1", "allowed_account_ids": ["111111111111"]}]},
        "resource": {"aws_sns_topic": {"a": {"name": "alarms"}}},
    }
    found = Arns(Configuration({"one": layer}))
    assert found.attribute("one/aws_sns_topic.a", "arn") == "arn:aws-cn:sns:cn-north-1:111111111111:alarms"
