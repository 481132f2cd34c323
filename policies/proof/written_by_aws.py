"""Proof that the configuration says what AWS writes by itself.

Left out, it is a change in every plan after the first apply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from policies.proof.configuration import Configuration
from policies.proof.permissions import Permission, walk
from terraform_json.blocks import Body, listed, nested_block

# The agents that GuardDuty answers with, by feature, whether it is on or off, in the order of its answer (recorded
# answers of GetDetector, 2024-09 and 2025-12). Provider 5.100 keeps them as a list: another order is a change, too.
AGENTS = {
    "RUNTIME_MONITORING": ["EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"],
    "EKS_RUNTIME_MONITORING": ["EKS_ADDON_MANAGEMENT"],
}
# Values that a gp3 volume of OpenSearch has where none are asked for.
GP3 = {"iops": 3000, "throughput": 125}


@dataclass(frozen=True)
class Written:
    """Something that AWS writes: into which type of resource, by which source, and what of it a configuration lacks."""

    kind: str
    source: str
    lacks: Callable[[Configuration, Body], Iterator[str]]


def _agents(_: Configuration, body: Body) -> Iterator[str]:
    said = [each["name"] for each in listed(body.get("additional_configuration"))]
    if said != (agents := AGENTS.get(str(body["name"]), [])):
        yield f"GuardDuty answers with {', '.join(agents) or 'no agents'}, in this order"


def _volume(_: Configuration, body: Body) -> Iterator[str]:
    disk = nested_block(body.get("ebs_options"))
    if disk.get("volume_type") == "gp3" and (missing := [key for key in GP3 if disk.get(key) is None]):
        yield f"OpenSearch sets {', '.join(missing)} of the disk"


def _delivery(configuration: Configuration, body: Body) -> Iterator[str]:
    """The statement that CloudWatch Logs adds to the policy of a bucket that CloudFront's logs go to."""
    source = configuration.follow(body.get("delivery_source_name"))
    destination = configuration.follow(body.get("delivery_destination_arn"))
    if not source or not destination or "/aws_cloudfront_" not in str(_target(configuration, source, "resource_arn")):
        return
    place = nested_block(configuration.get(destination).get("delivery_destination_configuration"))
    bucket = configuration.follow(place.get("destination_resource_arn"))
    if not bucket or "/aws_s3_bucket." not in bucket:
        return
    wanted = _statement(configuration, bucket, source)
    if not any(_same(each, wanted) for each in _statements(configuration, bucket)):
        yield f"CloudWatch Logs adds AWSLogDeliveryWrite1 to the policy of {bucket}"


def _target(configuration: Configuration, address: str, attribute: str) -> str | None:
    return configuration.follow(configuration.get(address).get(attribute))


def _statement(configuration: Configuration, bucket: str, source: str) -> Mapping[str, object]:
    (account,) = configuration.account_ids
    name = configuration.get(bucket)["bucket"]
    region = configuration.region(source)
    return {
        "sid": "AWSLogDeliveryWrite1",
        "allows": True,
        "actions": ("s3:PutObject",),
        "resources": (f"s3:::{name}/AWSLogs/{account}/CloudFront/*",),
        "principals": (("Service", "delivery.logs.amazonaws.com"),),
        "conditions": sorted(
            (
                ("StringEquals", "aws:SourceAccount", (account,)),
                ("StringEquals", "s3:x-amz-acl", ("bucket-owner-full-control",)),
                (
                    "ArnLike",
                    "aws:SourceArn",
                    (f"logs:{region}:{account}:delivery-source:{_name(configuration, source)}",),
                ),
            )
        ),
    }


def _name(configuration: Configuration, source: str) -> str:
    return str(configuration.get(source)["name"])


def _statements(configuration: Configuration, bucket: str) -> Iterator[Permission]:
    """Statements of the bucket's policies, from a policy document or written as text."""
    policies = configuration.all("aws_s3_bucket_policy").items()
    ours = {address for address, body in policies if configuration.follow(body.get("bucket")) == bucket}
    return (each for each in walk(configuration).permissions if each.holder in ours)


def _same(statement: Permission, wanted: Mapping[str, object]) -> bool:
    """Whether a statement is the wanted one; ARNs are compared without "arn:<partition>:"."""
    return not statement.negated and wanted == {
        "sid": statement.sid,
        "allows": statement.allows,
        "actions": statement.actions,
        "resources": tuple(map(_bare, statement.resources)),
        "principals": statement.principals,
        "conditions": sorted(
            (test, variable, tuple(map(_bare, values))) for test, variable, values in statement.conditions
        ),
    }


def _bare(arn: str) -> str:
    return arn.split(":", 2)[2] if arn.startswith("arn:") else arn


WRITTEN = (
    Written(
        "aws_guardduty_detector_feature",
        "hashicorp/terraform-provider-aws#36695; DetectorFeatureConfigurationResult",
        _agents,
    ),
    Written(
        "aws_cloudwatch_log_delivery",
        "CloudWatch Logs guide, logs sent to Amazon S3",
        _delivery,
    ),
    Written("aws_opensearch_domain", "OpenSearch Service guide, gp3 volumes", _volume),
)


def unwritten(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """Address of a resource, and what AWS would write into it, or for it, that the configuration doesn't say."""
    for written in WRITTEN:
        for address, body in configuration.all(written.kind).items():
            yield from ((address, f"{lack} ({written.source})") for lack in written.lacks(configuration, body))
