"""Services that write to log groups without a role, and CloudWatch Logs' own use of the groups' keys."""

from __future__ import annotations

from collections.abc import Iterator

from policies.needs.deployed import Deployed
from policies.needs.need import Need, service
from policies.needs.services.roles import EXAMPLE
from terraform_json.blocks import listed


def domains(deployed: Deployed) -> Iterator[Need]:
    """OpenSearch writes each of its logs."""
    for address, body in deployed.each("aws_opensearch_domain"):
        for option in listed(body.get("log_publishing_options")):
            group = deployed.value(option, "cloudwatch_log_group_arn").removesuffix(":*")
            actions = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLogEventsBatch")
            source = deployed.source(deployed.arn(address))
            stream = f"{group}:log-stream:{EXAMPLE}"
            yield Need(service("es.amazonaws.com"), actions, stream, "domain-logs", source)


def spans(deployed: Deployed) -> Iterator[Need]:
    """X-Ray writes spans, and those of Application Signals apart, where Transaction Search is on."""
    for address, body in deployed.each("aws_cloudcontrolapi_resource"):
        if body.get("type_name") != "AWS::XRay::TransactionSearchConfig":
            continue
        partition, region, account = deployed.place(address)
        source = deployed.source(f"arn:{partition}:xray:{region}:{account}:{EXAMPLE}")
        for group in ("aws/spans", "/aws/application-signals/data"):
            stream = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:{EXAMPLE}"
            yield Need(service("xray.amazonaws.com"), ("logs:PutLogEvents",), stream, "spans", source)


def encrypted_groups(deployed: Deployed) -> Iterator[Need]:
    """CloudWatch Logs uses the key of a group with the group's ARN as encryption context."""
    for address, body in deployed.each("aws_cloudwatch_log_group"):
        if key := deployed.key_arn(deployed.value(body, "kms_key_id")):
            region = deployed.place(address)[1]
            actions = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey")
            context = {"kms:EncryptionContext:aws:logs:arn": deployed.arn(address)}
            who = service(f"logs.{region}.amazonaws.com")
            yield Need(who, tuple(f"kms:{each}" for each in actions), key, "log-group-key", context)


RULES = (domains, spans, encrypted_groups)
