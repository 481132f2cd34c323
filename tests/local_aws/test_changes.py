"""Requests that may have changed what is deployed are counted, and no others."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint
from local_aws.changes import Changes
from local_aws.messages import Request
from local_aws.traffic.world import World


def count(endpoint: Endpoint) -> int | None:
    return asyncio.run(World(endpoint.url, endpoint.account_id, endpoint.region).changes())


def test_what_changes_something_is_counted(endpoint: Endpoint, client: Callable[..., Any]) -> None:
    before = count(endpoint)
    assert before is not None
    client("ec2").create_vpc(CidrBlock="10.77.0.0/16")
    client("cloudfront").create_key_value_store(Name="counted")
    assert count(endpoint) == before + 2


def test_what_reads_is_not(endpoint: Endpoint, client: Callable[..., Any]) -> None:
    before = count(endpoint)
    client("ec2").describe_vpcs()
    client("cloudfront").list_distributions()
    client("wafv2").list_web_acls(Scope="CLOUDFRONT")
    client("logs").create_log_group(logGroupName="/not/counted")
    assert count(endpoint) == before


@pytest.mark.parametrize(
    ("method", "service", "target", "counted"),
    [
        ("POST", "wafv2", "AWSWAF_20190729.UpdateWebACL", True),
        ("POST", "wafv2", "AWSWAF_20190729.GetWebACL", False),
        ("POST", "dynamodb", "DynamoDB_20120810.MadeUpOperation", True),
        ("PUT", "cloudfront-keyvaluestore", "", True),
        ("DELETE", "", "", True),
        ("HEAD", "", "", False),
        ("POST", "monitoring", "GraniteServiceVersion20100801.PutMetricData", False),
    ],
)
def test_what_is_not_known_to_read_is_counted(method: str, service: str, target: str, counted: bool) -> None:
    changes = Changes()
    changes.note(Request(method, "/", {"x-amz-target": target}, service, "us-east-1"))
    assert changes.count == int(counted)


def test_where_nobody_counts_nothing_is_known(tmp_path: Path) -> None:
    assert asyncio.run(World("http://127.0.0.1:9", "123456789012", "us-east-1").changes()) is None


def test_a_refused_request_is_counted_too(endpoint: Endpoint, client: Callable[..., Any]) -> None:
    before = count(endpoint)
    with pytest.raises(Exception, match="NotFound"):
        client("ec2").delete_vpc(VpcId="vpc-00000000")
    assert count(endpoint) == (before or 0) + 1


def test_the_count_is_plain_json(endpoint: Endpoint) -> None:
    with urllib.request.urlopen(f"{endpoint.url}/_local_aws/changes") as answer:
        assert set(json.load(answer)) == {"changes"}
