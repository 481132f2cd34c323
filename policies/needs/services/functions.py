"""What Lambda does in the role of each function, outside the function's own code."""

from __future__ import annotations

from collections.abc import Iterator

from policies.needs.deployed import Deployed
from policies.needs.need import Need
from policies.needs.services.roles import EXAMPLE, assumed


def functions(deployed: Deployed) -> Iterator[Need]:
    """Lambda takes on the role, attaches the function to its VPC, reads its environment, logs, and reports failures."""
    for address, body in deployed.each("aws_lambda_function"):
        role, function = deployed.value(body, "role"), deployed.arn(address)
        partition, region, account = deployed.place(address)
        yield assumed("lambda.amazonaws.com", role, deployed.source(function))
        # In logs and in the function's own calls Lambda says which function it is; elsewhere it doesn't.
        code = {"lambda:SourceFunctionArn": function}
        group = deployed.value(body, "logging_config", "log_group") or f"/aws/lambda/{function.rpartition(':')[2]}"
        log = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:2026/11/28/[$LATEST]{EXAMPLE}"
        yield Need(role, ("logs:CreateLogStream", "logs:PutLogEvents"), log, "lambda-logs", code)
        if body.get("vpc_config"):
            yield from _attached(role, f"arn:{partition}:ec2:{region}:{account}")
        if key := deployed.value(body, "kms_key_arn"):
            context = {
                "kms:ViaService": f"lambda.{region}.amazonaws.com",
                "kms:EncryptionContext:aws:lambda:FunctionArn": function,
            }
            yield Need(role, ("kms:Decrypt",), key, "lambda-environment", context)
        if target := deployed.value(body, "dead_letter_config", "target_arn"):
            action = "sqs:SendMessage" if ":sqs:" in target else "sns:Publish"
            yield Need(role, (action,), target, "lambda-dead-letters")


def _attached(role: str, ec2: str) -> Iterator[Need]:
    interface = f"{ec2}:network-interface/eni-{EXAMPLE}"
    made = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface")
    addresses = ("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses")
    yield Need(role, (*made, *addresses), interface, "lambda-in-vpc")
    for kind in ("subnet/subnet", "security-group/sg"):
        yield Need(role, ("ec2:CreateNetworkInterface",), f"{ec2}:{kind}-{EXAMPLE}", "lambda-in-vpc")
    yield Need(role, ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"), "*", "lambda-in-vpc")


RULES = (functions,)
