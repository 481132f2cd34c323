"""What emulation can't show, with the reason. A test counts both tables, so that they can only shrink."""

from __future__ import annotations

# Terraform resource types that can't be applied here.
UNCOVERED: dict[str, str] = {
    "aws_lambda_invocation": "the search domain has no data plane that the invoked function could reach",
    "aws_synthetics_canary": "moto returns a timestamp the provider can't read, and ministack has no such service",
}

# "type.attribute" that doesn't come back as AWS would give it; the reason says what to do about it.
FORGOTTEN: dict[str, str] = {
    "aws_bedrock_guardrail.description": "left out, the provider finds it unknown after apply: set it",
    "aws_bedrock_guardrail.sensitive_information_policy_config.regexes_config.description": "the same: set it",
    "aws_cloudfront_key_value_store.comment": "left out, it comes back as an empty text, an error: set it",
    "aws_iam_service_linked_role.description": "left out, ministack invents one and each plan removes it: set it",
    "aws_lb.vpc_id": "names ministack's own VPC, because subnets are moto's: take the VPC's id from the VPC",
}
