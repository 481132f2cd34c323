"""From what AWS has to the address that was meant for it: which orphan is which resource of the configuration.

Only what is certain is offered: one orphan and one address that have the same name. Two of the same name are what a
run leaves that was killed twice; which of them is needed a person has to say.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.layers import Synthesis

EC2 = {
    "vpc": "aws_vpc",
    "subnet": "aws_subnet",
    "security-group": "aws_security_group",
    "route-table": "aws_route_table",
    "internet-gateway": "aws_internet_gateway",
    "natgateway": "aws_nat_gateway",
    "network-acl": "aws_network_acl",
    "vpc-endpoint": "aws_vpc_endpoint",
    "vpc-flow-log": "aws_flow_log",
    "elastic-ip": "aws_eip",
}
#: Service and resource of an ARN -> type and what `terraform import` takes. What has no `name` here is told by its
#: tag `Name`, or by being the only one of its type.
SHAPES = tuple(
    (re.compile(pattern), kind, import_id)
    for pattern, kind, import_id in (
        *((rf"ec2:{part}/(?P<id>[\w-]+)", kind, "{id}") for part, kind in EC2.items()),
        (r"access-analyzer:analyzer/(?P<name>.+)", "aws_accessanalyzer_analyzer", "{name}"),
        (r"acm:certificate/.+", "aws_acm_certificate", "{arn}"),
        (r"bedrock:guardrail/(?P<id>\w+)", "aws_bedrock_guardrail", "{id},DRAFT"),
        (r"cloudfront:distribution/(?P<id>\w+)", "aws_cloudfront_distribution", "{id}"),
        (r"cloudfront:vpcorigin/(?P<id>\w+)", "aws_cloudfront_vpc_origin", "{id}"),
        (r"cloudtrail:trail/(?P<name>.+)", "aws_cloudtrail", "{arn}"),
        (r"cloudwatch:alarm:(?P<name>.+)", "aws_cloudwatch_metric_alarm", "{name}"),
        (r"dynamodb:table/(?P<name>[^/]+)", "aws_dynamodb_table", "{name}"),
        (r"ecr:repository/(?P<name>.+)", "aws_ecr_repository", "{name}"),
        (r"ecs:cluster/(?P<name>[^/]+)", "aws_ecs_cluster", "{name}"),
        (r"ecs:service/(?P<cluster>[^/]+)/(?P<name>[^/]+)", "aws_ecs_service", "{cluster}/{name}"),
        (r"elasticloadbalancing:listener/app/.+", "aws_lb_listener", "{arn}"),
        (r"elasticloadbalancing:loadbalancer/app/(?P<name>[^/]+)/\w+", "aws_lb", "{arn}"),
        (r"elasticloadbalancing:targetgroup/(?P<name>[^/]+)/\w+", "aws_lb_target_group", "{arn}"),
        (r"es:domain/(?P<name>[^/]+)", "aws_opensearch_domain", "{name}"),
        (r"events:rule/(?P<name>[^/]+)", "aws_cloudwatch_event_rule", "{name}"),
        (r"guardduty:detector/(?P<id>\w+)", "aws_guardduty_detector", "{id}"),
        (r"iam:role/(?P<name>[^/]+)", "aws_iam_role", "{name}"),
        (r"kms:key/(?P<id>[\w-]+)", "aws_kms_key", "{id}"),
        (r"lambda:function:(?P<name>[^:]+)", "aws_lambda_function", "{name}"),
        (r"logs:log-group:(?P<name>[^:]+)(:\*)?", "aws_cloudwatch_log_group", "{name}"),
        (r"route53:hostedzone/(?P<id>\w+)", "aws_route53_zone", "{id}"),
        (r"s3:(?P<name>[^/]+)", "aws_s3_bucket", "{name}"),
        (r"secretsmanager:secret:(?P<name>.+)-\w{6}", "aws_secretsmanager_secret", "{arn}"),
        (r"sns:(?P<name>[^:]+)", "aws_sns_topic", "{arn}"),
        (r"wafv2:global/webacl/(?P<name>[^/]+)/(?P<id>[\w-]+)", "aws_wafv2_web_acl", "{id}/{name}/CLOUDFRONT"),
    )
)
#: Where a block says its name, when it has no tag `Name`. A key has none, and is known by its description.
NAMES = ("name", "bucket", "alarm_name", "domain_name", "function_name", "analyzer_name", "description")


@dataclass(frozen=True)
class Orphan:
    """A resource with the environment's tags that no state knows. `name` is its tag `Name`, or a key's description."""

    arn: str
    name: str = ""


@dataclass(frozen=True)
class Import:
    """An orphan and where it belongs: what `terraform import ADDRESS ID` in a layer would do."""

    layer: str
    address: str
    id: str
    arn: str


@dataclass(frozen=True)
class _Kind:
    """What an ARN tells: the Terraform type, the import id, and the name if it stands in it."""

    type: str
    id: str
    name: str


@dataclass(frozen=True)
class _Gap:
    """A resource of the configuration that its layer's state doesn't know, with the names it may be found by."""

    layer: str
    address: str
    names: frozenset[str]

    @property
    def type(self) -> str:
        """The first half of its address."""
        return self.address.split(".")[0]


def offers(orphans: Collection[Orphan], synthesis: Synthesis, known: Mapping[str, Collection[str]]) -> list[Import]:
    """The imports that are certain. `known` are the addresses in each layer's state."""
    gaps = list(_gaps(synthesis, known))
    kinds = {orphan: kind for orphan in orphans if (kind := _kind(orphan.arn)) is not None}
    pairs = [
        (orphan, gap)
        for orphan, kind in kinds.items()
        for gap in gaps
        if gap.type == kind.type and _same(orphan, kind, gap, alone=_alone(kind.type, kinds.values(), gaps))
    ]
    by_orphan, by_gap = Counter(orphan for orphan, _ in pairs), Counter(gap for _, gap in pairs)
    return [
        Import(gap.layer, gap.address, kinds[orphan].id, orphan.arn)
        for orphan, gap in pairs
        if by_orphan[orphan] == by_gap[gap] == 1
    ]


def _same(orphan: Orphan, kind: _Kind, gap: _Gap, *, alone: bool) -> bool:
    names = {name for name in (orphan.name, kind.name) if name}
    return bool(names & gap.names) if names and gap.names else alone and not names


def _alone(type_: str, kinds: Collection[_Kind], gaps: Collection[_Gap]) -> bool:
    return [each.type for each in kinds].count(type_) == [each.type for each in gaps].count(type_) == 1


def _kind(arn: str) -> _Kind | None:
    _, _, service, _, _, resource = arn.split(":", 5)
    for pattern, type_, import_id in SHAPES:
        found = pattern.fullmatch(f"{service}:{resource}")
        if found:
            groups = found.groupdict()
            return _Kind(type_, import_id.format(arn=arn, **groups), groups.get("name") or "")
    return None


def _gaps(synthesis: Synthesis, known: Mapping[str, Collection[str]]) -> Iterator[_Gap]:
    for layer in synthesis.layers:
        for address in layer.resources:
            if address not in known.get(layer.name, ()):
                kind, _, name = address.partition(".")
                yield _Gap(layer.name, address, frozenset(_names(layer.config["resource"][kind][name])))


def _names(block: Mapping[str, Any]) -> Iterator[str]:
    """Names as far as the configuration says them: a reference is no name."""
    for name in (block.get("tags", {}).get("Name"), *(block.get(each) for each in NAMES)):
        if isinstance(name, str) and "${" not in name:
            yield name
