"""The edge reads what was created through the emulators' own APIs."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from local_aws import Endpoint
from local_aws.traffic.edge import Edge
from local_aws.traffic.world import World
from tests.local_aws.traffic.edge.fakes import FakeOrigins, Got, made, says

Make = Callable[..., Any]
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CODE = b"""
import cf from 'cloudfront';
async function handler(event) {
    event.request.uri = '/' + await cf.kvs().get('page');
    return event.request;
}
"""


def visible(name: str) -> dict[str, Any]:
    return {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": name}


def web_acl(client: Make) -> str:
    """A web ACL that blocks one address."""
    waf = client("wafv2")
    addresses = waf.create_ip_set(Name="bad", Scope="CLOUDFRONT", IPAddressVersion="IPV4", Addresses=["192.0.2.7/32"])[
        "Summary"
    ]["ARN"]
    rule = {
        "Name": "bad",
        "Priority": 0,
        "Action": {"Block": {}},
        "Statement": {"IPSetReferenceStatement": {"ARN": addresses}},
        "VisibilityConfig": visible("bad"),
    }
    created = waf.create_web_acl(
        Name="edge", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, Rules=[rule], VisibilityConfig=visible("edge")
    )
    return str(created["Summary"]["ARN"])


def function(client: Make, endpoint: Endpoint) -> str:
    """A published function that reads a store."""
    cloudfront = client("cloudfront")
    store = cloudfront.create_key_value_store(Name="pages")["KeyValueStore"]["ARN"]
    put(endpoint, store, "page", "kept.html")
    config = {
        "Comment": "",
        "Runtime": "cloudfront-js-2.0",
        "KeyValueStoreAssociations": {"Quantity": 1, "Items": [{"KeyValueStoreARN": store}]},
    }
    created = cloudfront.create_function(Name="pages", FunctionConfig=config, FunctionCode=CODE)
    published = cloudfront.publish_function(Name="pages", IfMatch=created["ETag"])
    return str(published["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])


def put(endpoint: Endpoint, store: str, key: str, value: str) -> None:
    """A value in a store; boto3 signs for that API with a compiled library only."""
    scope = f"{endpoint.account_id}/20260101/us-east-1/cloudfront-keyvaluestore/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    url = f"{endpoint.url}/key-value-stores/{quote(store, safe='')}"
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        etag = answer.headers["ETag"]
    body = json.dumps({"Value": value}).encode()
    more = {"If-Match": etag, "Content-Type": "application/json"}
    urllib.request.urlopen(
        urllib.request.Request(f"{url}/keys/{key}", data=body, headers=headers | more, method="PUT")
    ).close()


def distribution(client: Make, acl: str, function_arn: str) -> str:
    """A distribution in front of a bucket; its domain name."""
    bucket = {
        "Id": "bucket",
        "DomainName": "site.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    config = {
        "CallerReference": "what was created decides",
        "Comment": "",
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Origins": {"Quantity": 1, "Items": [bucket]},
        "WebACLId": acl,
        "DefaultCacheBehavior": {
            "TargetOriginId": "bucket",
            "ViewerProtocolPolicy": "https-only",
            "CachePolicyId": CACHING_OPTIMIZED,
            "FunctionAssociations": {
                "Quantity": 1,
                "Items": [{"FunctionARN": function_arn, "EventType": "viewer-request"}],
            },
        },
    }
    created = client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]
    return str(created["DomainName"])


def test_what_was_created_decides(endpoint: Endpoint, client: Make) -> None:
    name = distribution(client, web_acl(client), function(client, endpoint))
    origins = FakeOrigins(says("no service"), says("from the bucket"))

    async def scenario() -> list[Got]:
        edge = Edge(World(endpoint.url, endpoint.account_id, "us-east-1"), origins)
        got = []
        for more in ({}, {}, {"client": "192.0.2.7"}, {"scheme": "http"}):
            ask = made("GET", "/", host=name, **more)  # type: ignore[arg-type]
            answer = await edge.answer(ask)
            got.append(Got(answer.status, answer.headers, b"".join([each async for each in answer.body]), ask.road))
        await edge.close()
        return got

    first, second, blocked, plain = asyncio.run(scenario())
    assert (first.status, first.body) == (200, b"from the bucket"), first.steps()
    assert [(each["bucket"], each["key"]) for each in origins.asked] == [("site", "kept.html")]
    assert second.header("x-cache") == "Hit from cloudfront"
    assert (blocked.status, plain.status) == (403, 403)
    assert "web ACL edge: rule bad blocks" in blocked.steps()
