"""The tagging API: ministack's lacks what moto has and several services of its own, and names what is deleted."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote
from xml.etree import ElementTree

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response
from local_aws.shims.asking import Asking
from local_aws.shims.base import Forward, Item, Shim, Tagged, tag_pairs, tags_from_pairs
from local_aws.shims.guardrails import as_aws_names


class TaggedResources(Shim):
    """Leaves out of a search by tags alone what is deleted, and adds what is lacking to its last page.

    `others` are the shims whose resources have tags.
    """

    service = "tagging"

    def __init__(self, others: Collection[Shim] = ()) -> None:
        super().__init__()
        self._others = tuple(others)

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if request.operation != "GetResources" or request.json().get("ResourceTypeFilters"):
            return None
        given = forward(request)
        body = json.loads(given.body) if given.status < 300 else {}
        if given.status >= 300:
            return given
        asking = Asking(request, forward)
        found = [each for each in body.get("ResourceTagMappingList", []) if _exists(asking, each["ResourceARN"])]
        if not body.get("PaginationToken"):
            known = {each["ResourceARN"] for each in found}
            filters = request.json().get("TagFilters") or []
            for arn, tags in self._lacking(asking):
                if arn not in known and _fits(tags, filters):
                    known.add(arn)
                    found.append({"ResourceARN": arn, "Tags": tag_pairs(tags)})
        return replace(given, body=json.dumps({**body, "ResourceTagMappingList": found}).encode())

    def _lacking(self, asking: Asking) -> Iterator[Tagged]:
        for source in SOURCES:
            yield from source(asking)
        for shim in self._others:
            yield from (each for each in shim.tagged() if each[0].split(":")[3] == asking.request.region)


def _fits(tags: Mapping[str, str], filters: list[Item]) -> bool:
    return all(tags.get(each["Key"]) in (each.get("Values") or [tags.get(each["Key"], "")]) for each in filters)


_ECS_SERVICE = re.compile(r"arn:aws:ecs:[^:]+:\d+:service/(?P<cluster>[^/]+)/(?P<name>[^/]+)")
_CLOUDFRONT = re.compile(r"arn:aws:cloudfront::\d+:(?P<kind>distribution|vpcorigin)/(?P<id>\w+)")
_PATHS = {"distribution": "distribution", "vpcorigin": "vpc-origin"}


def _exists(asking: Asking, arn: str) -> bool:
    """Whether what ministack's list names is still there: it keeps the tags of deleted services and distributions."""
    if match := _ECS_SERVICE.fullmatch(arn):
        body = {"cluster": match["cluster"], "services": [match["name"]]}
        found = asking.json("ecs", "AmazonEC2ContainerServiceV20141113.DescribeServices", body).get("services") or []
        return any(each["status"] != "INACTIVE" for each in found)
    if match := _CLOUDFRONT.fullmatch(arn):
        return asking.get("cloudfront", f"/2020-05-31/{_PATHS[match['kind']]}/{match['id']}").status < 300
    return True


# Resource types of EC2 in moto's words, and in those of ARNs.
RENAMED = {"flow-logs": "vpc-flow-log", "nat-gateway": "natgateway", "vpc-elastic-ip": "elastic-ip"}
# What describes the resources of a type, in the words of ARNs: moto keeps the tags of what is deleted.
DESCRIBED_BY = {
    "elastic-ip": "DescribeAddresses",
    "internet-gateway": "DescribeInternetGateways",
    "natgateway": "DescribeNatGateways",
    "network-acl": "DescribeNetworkAcls",
    "network-interface": "DescribeNetworkInterfaces",
    "route-table": "DescribeRouteTables",
    "security-group": "DescribeSecurityGroups",
    "security-group-rule": "DescribeSecurityGroupRules",
    "subnet": "DescribeSubnets",
    "vpc": "DescribeVpcs",
    "vpc-endpoint": "DescribeVpcEndpoints",
    "vpc-flow-log": "DescribeFlowLogs",
}


def _network(asking: Asking) -> Iterator[Tagged]:
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for item in asking.ec2("DescribeTags").iterfind(".//{*}item"):
        kind, name, key, value = (
            item.findtext(f"{{*}}{tag}", "") for tag in ("resourceType", "resourceId", "key", "value")
        )
        found[RENAMED.get(kind, kind), name][key] = value
    present = {kind: _described(asking, kind) for kind in {kind for kind, _ in found} & DESCRIBED_BY.keys()}
    for (kind, name), tags in found.items():
        if kind not in present or name in present[kind]:
            yield f"arn:aws:ec2:{asking.request.region}:{ACCOUNT_ID}:{kind}/{name}", tags


def _described(asking: Asking, kind: str) -> set[str]:
    """Ids of what exists of a type of EC2, among all others that its description names."""
    found: set[str] = set()
    for item in asking.ec2(DESCRIBED_BY[kind]).iterfind("./*/{*}item"):
        if item.findtext("{*}state") != "deleted":  # NAT gateways are described for an hour after
            found.update(str(each.text) for each in item)
    return found


def _log_groups(asking: Asking) -> Iterator[Tagged]:
    for group in asking.json("logs", "Logs_20140328.DescribeLogGroups", {})["logGroups"]:
        arn = group["arn"].removesuffix(":*")
        yield arn, asking.json("logs", "Logs_20140328.ListTagsForResource", {"resourceArn": arn}).get("tags") or {}


def _repositories(asking: Asking) -> Iterator[Tagged]:
    prefix = "AmazonEC2ContainerRegistry_V20150921"
    for each in asking.json("ecr", f"{prefix}.DescribeRepositories", {})["repositories"]:
        arn = each["repositoryArn"]
        tags = asking.json("ecr", f"{prefix}.ListTagsForResource", {"resourceArn": arn}).get("tags")
        yield arn, tags_from_pairs(tags)


def _secrets(asking: Asking) -> Iterator[Tagged]:
    for each in asking.json("secretsmanager", "secretsmanager.ListSecrets", {})["SecretList"]:
        yield each["ARN"], tags_from_pairs(each.get("Tags"))


def _web_acls(asking: Asking) -> Iterator[Tagged]:
    for each in asking.json("wafv2", "AWSWAF_20190729.ListWebACLs", {"Scope": "CLOUDFRONT"})["WebACLs"]:
        tags = asking.json("wafv2", "AWSWAF_20190729.ListTagsForResource", {"ResourceARN": each["ARN"]})
        yield each["ARN"], tags_from_pairs(tags.get("TagInfoForResource", {}).get("TagList"))


# Descriptions of load balancing, and the element with the ARN of what they describe.
_BALANCING = {
    "DescribeLoadBalancers": "LoadBalancerArn",
    "DescribeTargetGroups": "TargetGroupArn",
    "DescribeListeners": "ListenerArn",
    "DescribeRules": "RuleArn",
}


def _load_balancing(asking: Asking) -> Iterator[Tagged]:
    for action, name in _BALANCING.items():
        described = asking.balancing(action).iterfind("./*/*/{*}member")
        arns = [each.findtext(f"{{*}}{name}", "") for each in described]
        asked = {f"ResourceArns.member.{place}": arn for place, arn in enumerate(arns, 1)}
        answer = asking.balancing("DescribeTags", asked) if asked else ElementTree.Element("none")
        for each in answer.iterfind("./*/*/{*}member"):
            pairs = each.iterfind("./{*}Tags/{*}member")
            tags = {pair.findtext("{*}Key", ""): pair.findtext("{*}Value", "") for pair in pairs}
            if tags:
                yield each.findtext("{*}ResourceArn", ""), tags


def _alarms(asking: Asking) -> Iterator[Tagged]:
    prefix, token = "GraniteServiceVersion20100801", ""
    while True:
        asked = {"NextToken": token} if token else {}
        found = asking.json("monitoring", f"{prefix}.DescribeAlarms", asked)
        for each in found["MetricAlarms"]:
            arn = each["AlarmArn"]
            tags = asking.json("monitoring", f"{prefix}.ListTagsForResource", {"ResourceARN": arn}).get("Tags")
            yield arn, tags_from_pairs(tags)
        token = found.get("NextToken") or ""
        if not token:
            return


def _state_machines(asking: Asking) -> Iterator[Tagged]:
    for each in asking.json("states", "AWSStepFunctions.ListStateMachines", {})["stateMachines"]:
        arn = each["stateMachineArn"]
        tags = asking.json("states", "AWSStepFunctions.ListTagsForResource", {"resourceArn": arn}).get("tags")
        yield arn, _small(tags)


def _certificates(asking: Asking) -> Iterator[Tagged]:
    for each in asking.json("acm", "CertificateManager.ListCertificates", {})["CertificateSummaryList"]:
        arn = each["CertificateArn"]
        tags = asking.json("acm", "CertificateManager.ListTagsForCertificate", {"CertificateArn": arn}).get("Tags")
        yield arn, tags_from_pairs(tags)


def _search_domains(asking: Asking) -> Iterator[Tagged]:
    listed = json.loads(asking.get("es", "/2021-01-01/domain").body)
    for each in listed.get("DomainNames", []):
        arn = f"arn:aws:es:{asking.request.region}:{ACCOUNT_ID}:domain/{each['DomainName']}"
        given = asking.get("es", f"/2021-01-01/tags/?arn={quote(arn)}")
        yield arn, tags_from_pairs(json.loads(given.body).get("TagList"))


def _guardrails(asking: Asking) -> Iterator[Tagged]:
    for each in json.loads(asking.get("bedrock", "/guardrails").body)["guardrails"]:
        given = asking.post("bedrock", "/listTagsForResource", {"resourceARN": each["arn"]})
        yield as_aws_names(each["arn"]), _small(json.loads(given.body).get("tags"))


def _profiles(asking: Asking) -> Iterator[Tagged]:
    for each in json.loads(asking.get("bedrock", "/inference-profiles?typeEquals=APPLICATION").body)[
        "inferenceProfileSummaries"
    ]:
        arn = each["inferenceProfileArn"]
        yield arn, _small(json.loads(asking.post("bedrock", "/listTagsForResource", {"resourceARN": arn}).body)["tags"])


def _small(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """Tags from a list of key and value, as some services write them."""
    return {tag["key"]: tag["value"] for tag in tags or []}


SOURCES: tuple[Callable[[Asking], Iterator[Tagged]], ...] = (
    _network,
    _log_groups,
    _repositories,
    _secrets,
    _web_acls,
    _load_balancing,
    _alarms,
    _state_machines,
    _certificates,
    _search_domains,
    _guardrails,
    _profiles,
)
