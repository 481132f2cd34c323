"""Which API operation a recorded request is: by name, or by method and path in the models of botocore."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# Services that are signed for under another name than boto3 gives them; S3 Control is told by its paths.
_BY_SIGNATURE = {
    "elasticloadbalancing": "elbv2",
    "es": "opensearch",
    "monitoring": "cloudwatch",
    "access-analyzer": "accessanalyzer",
    "cloudcontrolapi": "cloudcontrol",
    "tagging": "resourcegroupstaggingapi",
}
_S3_CONTROL = "/v20180820/"
# Operations that only a header tells from another one; the provider doesn't copy.
_COPIES = frozenset(("CopyObject", "UploadPartCopy"))
# Versions of a model whose dates stand in its paths: the provider may use an older one.
_DATE = re.compile(r"^/\d{4}-\d\d-\d\d/")


@dataclass(frozen=True)
class Route:
    """An operation's place: method, pattern of the path, and the query that it has to have."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]
    literal: int

    def takes(self, method: str, path: str, query: Mapping[str, str]) -> bool:
        """Whether a request is of this operation."""
        given = all(key in query and value in ("", query[key]) for key, value in self.query.items())
        return method == self.method and given and self.path.fullmatch(path) is not None


def operation_of(service: str, operation: str) -> str:
    """ "service:Operation" as boto3 names them, of a request as the gateway recorded it.

    `service` is what the request was signed for. Raises LookupError when no operation fits.
    """
    if " " not in operation:
        return f"{_BY_SIGNATURE.get(service, service)}:{operation}"
    method, _, rest = operation.partition(" ")
    parts = urlsplit(rest)
    client = (
        "s3control" if service == "s3" and parts.path.startswith(_S3_CONTROL) else _BY_SIGNATURE.get(service, service)
    )
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    path = _DATE.sub("/", parts.path)
    fitting = [route for route in _routes(client) if route.takes(method, path, query)]
    if not fitting:
        raise LookupError(f"{client} has no operation for {method} {parts.path}")
    # Some SDKs name the operation in the query, which tells S3's deletion of an object from that of an upload.
    named = query.get("x-id")
    best = max(fitting, key=lambda route: (route.operation == named, len(route.query), route.literal))
    return f"{client}:{best.operation}"


def service_called(service_id: str) -> str:
    """boto3's name of a service that the provider's SDK calls `service_id`, such as "Elastic Load Balancing v2".

    Raises LookupError for one that isn't among those whose models are read.
    """
    try:
        return _ids()[service_id.lower()]
    except KeyError:
        raise LookupError(f"{service_id}: add the service to _USED in tools/rights/operations.py") from None


@cache
def _routes(client: str) -> tuple[Route, ...]:
    return tuple(_read_routes(client))


def _read_routes(client: str) -> Iterator[Route]:
    for name, operation in _model(client)["operations"].items():
        if name in _COPIES or operation.get("deprecated"):
            continue
        http = operation["http"]
        path, _, query = str(http["requestUri"]).partition("?")
        path = _DATE.sub("/", path).rstrip("/") or "/"
        yield Route(
            name.removesuffix("2020_05_31"),
            http["method"],
            re.compile(_pattern(path) + "/?"),
            dict(parse_qsl(query, keep_blank_values=True)),
            len(re.sub(r"\{[^}]*\}", "", path)),
        )


def _pattern(path: str) -> str:
    parts = re.split(r"(\{[^}]*\})", path)
    return "".join(
        (".+" if part.endswith("+}") else "[^/]+") if part.startswith("{") else re.escape(part) for part in parts
    )


@cache
def _model(client: str) -> dict[str, Any]:
    import botocore.session

    found: dict[str, Any] = (
        botocore.session.get_session().get_component("data_loader").load_service_model(client, "service-2")
    )
    return found


@cache
def _ids() -> dict[str, str]:
    import botocore.session

    loader = botocore.session.get_session().get_component("data_loader")
    return {
        str(_model(client)["metadata"].get("serviceId", client)).lower(): client
        for client in loader.list_available_services("service-2")
        if client in _USED
    }


# Services whose models are read for their ids: reading all of them takes half a minute.
_USED = frozenset(
    (
        "accessanalyzer",
        "acm",
        "application-autoscaling",
        "bedrock",
        "budgets",
        "cloudfront",
        "cloudtrail",
        "cloudwatch",
        "codedeploy",
        "config",
        "dynamodb",
        "ec2",
        "ecr",
        "ecs",
        "elbv2",
        "events",
        "guardduty",
        "iam",
        "inspector2",
        "kms",
        "lambda",
        "logs",
        "opensearch",
        "route53",
        "s3",
        "s3control",
        "scheduler",
        "secretsmanager",
        "securityhub",
        "signer",
        "sns",
        "sqs",
        "stepfunctions",
        "sts",
        "wafv2",
    )
)
