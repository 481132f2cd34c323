"""The tagging API: ministack's lacks what moto has, log groups, secrets and web ACLs; those are asked for and added."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Item, Shim, tag_pairs, tags_from_pairs

# An ARN and its tags.
Tagged = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class _Asking:
    """Requests to other services on behalf of the client that called the tagging API."""

    request: Request
    forward: Forward

    def json(self, service: str, operation: str, body: Mapping[str, Any]) -> Item:
        """The answer of a service of the JSON protocol; `operation` with the prefix of its target."""
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": operation}
        return dict(json.loads(self._ask(service, json.dumps(body).encode(), headers).body))

    def query(self, service: str, form: Mapping[str, str]) -> ElementTree.Element:
        """The answer of a service of the query protocol."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return ElementTree.fromstring(self._ask(service, urlencode(form).encode(), headers).body)

    def _ask(self, service: str, body: bytes, headers: Mapping[str, str]) -> Response:
        kept = {name: self.request.headers[name] for name in ("authorization", "host") if name in self.request.headers}
        # The emulators read the service from the scope of the signature, which they don't check.
        signed = {name: value.replace("/tagging/", f"/{service}/") for name, value in kept.items()}
        sent = {**signed, **headers, "content-length": str(len(body))}
        return self.forward(replace(self.request, service=service, path="/", headers=sent, body=body))


class TaggedResources(Shim):
    """Adds networks, log groups, repositories, secrets and web ACLs to the last page of a search by tags alone."""

    service = "tagging"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if request.operation != "GetResources" or request.json().get("ResourceTypeFilters"):
            return None
        given = forward(request)
        body = json.loads(given.body) if given.status < 300 else {}
        if given.status >= 300 or body.get("PaginationToken"):
            return given
        found = body.setdefault("ResourceTagMappingList", [])
        known = {each["ResourceARN"] for each in found}
        asking = _Asking(request, forward)
        for arn, tags in (tagged for source in SOURCES for tagged in source(asking)):
            if arn not in known and _fits(tags, request.json().get("TagFilters") or []):
                found.append({"ResourceARN": arn, "Tags": tag_pairs(tags)})
        return replace(given, body=json.dumps(body).encode())


def _fits(tags: Mapping[str, str], filters: list[Item]) -> bool:
    return all(tags.get(each["Key"]) in (each.get("Values") or [tags.get(each["Key"], "")]) for each in filters)


# Resource types of EC2 in moto's words, and in those of ARNs.
RENAMED = {"flow-logs": "vpc-flow-log"}


def _network(asking: _Asking) -> Iterator[Tagged]:
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    answer = asking.query("ec2", {"Action": "DescribeTags", "Version": "2016-11-15"})
    for item in answer.iterfind(".//{*}item"):
        kind, name, key, value = (
            item.findtext(f"{{*}}{tag}", "") for tag in ("resourceType", "resourceId", "key", "value")
        )
        found[kind, name][key] = value
    for (kind, name), tags in found.items():
        yield f"arn:aws:ec2:{asking.request.region}:{ACCOUNT_ID}:{RENAMED.get(kind, kind)}/{name}", tags


def _log_groups(asking: _Asking) -> Iterator[Tagged]:
    for group in asking.json("logs", "Logs_20140328.DescribeLogGroups", {})["logGroups"]:
        arn = group["arn"].removesuffix(":*")
        yield arn, asking.json("logs", "Logs_20140328.ListTagsForResource", {"resourceArn": arn}).get("tags") or {}


def _repositories(asking: _Asking) -> Iterator[Tagged]:
    prefix = "AmazonEC2ContainerRegistry_V20150921"
    for each in asking.json("ecr", f"{prefix}.DescribeRepositories", {})["repositories"]:
        arn = each["repositoryArn"]
        tags = asking.json("ecr", f"{prefix}.ListTagsForResource", {"resourceArn": arn}).get("tags")
        yield arn, tags_from_pairs(tags)


def _secrets(asking: _Asking) -> Iterator[Tagged]:
    for each in asking.json("secretsmanager", "secretsmanager.ListSecrets", {})["SecretList"]:
        yield each["ARN"], tags_from_pairs(each.get("Tags"))


def _web_acls(asking: _Asking) -> Iterator[Tagged]:
    for each in asking.json("wafv2", "AWSWAF_20190729.ListWebACLs", {"Scope": "CLOUDFRONT"})["WebACLs"]:
        tags = asking.json("wafv2", "AWSWAF_20190729.ListTagsForResource", {"ResourceARN": each["ARN"]})
        yield each["ARN"], tags_from_pairs(tags.get("TagInfoForResource", {}).get("TagList"))


SOURCES: tuple[Callable[[_Asking], Iterator[Tagged]], ...] = (_network, _log_groups, _repositories, _secrets, _web_acls)
