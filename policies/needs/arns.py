"""ARNs and names as AWS will give them, worked out from the configuration: policies and needs are compared by these."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from policies.proof.configuration import Configuration
from terraform_json.references import INTERPOLATION

# Attributes that AWS makes up, by resource type. Placeholders are arguments of the resource, and partition, region,
# account and an `id` that stands for what AWS invents. Other attributes are arguments, or can't be known here.
_MADE: dict[tuple[str, str], str] = {
    ("aws_bedrock_guardrail", "guardrail_arn"): "arn:{partition}:bedrock:{region}:{account}:guardrail/{id}",
    ("aws_bedrock_guardrail", "guardrail_id"): "{id}",
    (
        "aws_bedrock_inference_profile",
        "arn",
    ): "arn:{partition}:bedrock:{region}:{account}:application-inference-profile/{id}",
    ("aws_bedrock_inference_profile", "id"): "{id}",
    ("aws_cloudfront_distribution", "arn"): "arn:{partition}:cloudfront::{account}:distribution/{id}",
    ("aws_cloudfront_distribution", "id"): "{id}",
    ("aws_cloudtrail", "arn"): "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}",
    ("aws_cloudwatch_event_rule", "arn"): "arn:{partition}:events:{region}:{account}:rule/{name}",
    ("aws_cloudwatch_log_delivery_source", "arn"): "arn:{partition}:logs:{region}:{account}:delivery-source:{name}",
    ("aws_cloudwatch_log_group", "arn"): "arn:{partition}:logs:{region}:{account}:log-group:{name}",
    ("aws_cloudwatch_metric_alarm", "arn"): "arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}",
    ("aws_dynamodb_table", "arn"): "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    ("aws_ecr_repository", "arn"): "arn:{partition}:ecr:{region}:{account}:repository/{name}",
    ("aws_ecr_repository", "repository_url"): "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
    ("aws_ecs_cluster", "arn"): "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    ("aws_ecs_service", "id"): "arn:{partition}:ecs:{region}:{account}:service/{id}/{name}",
    ("aws_iam_openid_connect_provider", "arn"): "arn:{partition}:iam::{account}:oidc-provider/{host}",
    ("aws_iam_policy", "arn"): "arn:{partition}:iam::{account}:policy/{name}",
    ("aws_iam_role", "arn"): "arn:{partition}:iam::{account}:role/{name}",
    ("aws_iam_role", "id"): "{name}",
    (
        "aws_iam_service_linked_role",
        "arn",
    ): "arn:{partition}:iam::{account}:role/aws-service-role/{aws_service_name}/{id}",
    ("aws_kms_key", "arn"): "arn:{partition}:kms:{region}:{account}:key/{id}",
    ("aws_kms_key", "key_id"): "{id}",
    ("aws_kms_key", "id"): "{id}",
    ("aws_lambda_function", "arn"): "arn:{partition}:lambda:{region}:{account}:function:{function_name}",
    ("aws_lb", "arn"): "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{id}",
    ("aws_opensearch_domain", "arn"): "arn:{partition}:es:{region}:{account}:domain/{domain_name}",
    ("aws_s3_bucket", "arn"): "arn:{partition}:s3:::{bucket}",
    ("aws_s3_bucket", "id"): "{bucket}",
    ("aws_secretsmanager_secret", "arn"): "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{id}",
    ("aws_secretsmanager_secret", "id"): "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{id}",
    ("aws_scheduler_schedule", "arn"): "arn:{partition}:scheduler:{region}:{account}:schedule/{group_name}/{name}",
    ("aws_sfn_state_machine", "arn"): "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
    ("aws_sfn_state_machine", "executions"): "arn:{partition}:states:{region}:{account}:execution:{name}",
    ("aws_sns_topic", "arn"): "arn:{partition}:sns:{region}:{account}:{name}",
    ("aws_sns_topic", "id"): "arn:{partition}:sns:{region}:{account}:{name}",
    ("aws_sqs_queue", "arn"): "arn:{partition}:sqs:{region}:{account}:{name}",
    ("aws_sqs_queue", "id"): "https://sqs.{region}.amazonaws.com/{account}/{name}",
    ("aws_sqs_queue", "url"): "https://sqs.{region}.amazonaws.com/{account}/{name}",
    ("aws_vpc", "id"): "vpc-{id}",
}
_REFERENCE = re.compile(r"(?P<data>data\.)?(?P<type>aws_\w+)\.(?P<name>[\w-]+)\.(?P<attribute>\w+)")
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


class Arns:
    """ARNs and names of one configuration.

    Attributes:
        account: id of the account that the providers are bound to.
        region: the region of most of its resources.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self.account = min(configuration.account_ids, default="")
        self.region = configuration.home_region
        self._known: dict[str, str] = {}
        self._addresses = {
            made: address
            for kind, attribute in _MADE
            if attribute in ("arn", "executions") or kind == "aws_bedrock_guardrail"
            # What is only looked up is here, too: a domain, a zone, a bucket that is there.
            for address in (*configuration.all(kind), *configuration.all(f"data.{kind}"))
            if (made := self.attribute(address, attribute)) is not None
        }

    def address(self, arn: str) -> str | None:
        """Address of the resource with an ARN, or of the one that holds it, as a bucket holds objects."""
        return next((self._addresses[each] for each in _holders(arn) if each in self._addresses), None)

    def wholes(self, arn: str) -> Iterator[str]:
        """ARNs of resources of the configuration that an ARN is, or is part of."""
        yield from (each for each in _holders(arn) if each in self._addresses)

    def concrete(self, text: str) -> str:
        """The text with every reference that can be worked out replaced; others stay as they are."""
        if "${" not in text:
            return text
        if (known := self._known.get(text)) is None:
            # A value that leads back to itself stays as it is.
            self._known[text] = text
            known = self._known[text] = INTERPOLATION.sub(self._replaced, text)
        return known

    def attribute(self, address: str, attribute: str) -> str | None:
        """Value of a resource's attribute; None where it can't be worked out."""
        body = self._configuration.get(address)
        kind = address.partition("/")[2].removeprefix("data.").split(".")[0]
        if template := _MADE.get((kind, attribute)):
            return template.format_map(_Values(self, address))
        value = body.get(attribute)
        return self.concrete(value) if isinstance(value, str) else None

    def place(self, address: str) -> tuple[str, str]:
        """Partition and region of a resource."""
        region = self._configuration.region(address)
        partition = next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")
        return partition, region

    def _replaced(self, match: re.Match[str]) -> str:
        reference = _REFERENCE.fullmatch(match.group(1).strip())
        if reference is None or reference["data"]:
            return match.group()
        address = self._configuration.follow(match.group())
        value = self.attribute(address, reference["attribute"]) if address else None
        return match.group() if value is None else value


class _Values(dict[str, str]):
    """Placeholders of one resource: its arguments, its place, and what AWS invents."""

    def __init__(self, arns: Arns, address: str) -> None:
        partition, region = arns.place(address)
        invented = hashlib.sha256(address.encode()).hexdigest()[:12]
        super().__init__(partition=partition, region=region, account=arns.account, id=invented)
        self._arns, self._address = arns, address

    def __missing__(self, name: str) -> str:
        if name == "host":
            return (self._arns.attribute(self._address, "url") or "").removeprefix("https://")
        value = self._arns.attribute(self._address, name)
        return f"<{name} of {self._address}>" if value is None else value


def _holders(arn: str) -> Iterator[str]:
    """The ARN, and what it is part of."""
    yield arn
    while len(arn) > 1 and (end := max(arn.rfind("/"), arn.rfind(":"))) > 0:
        arn = arn[:end]
        yield arn
