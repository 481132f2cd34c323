"""Limits of the emulation, with reasons. A test counts each table, so that they can only shrink.

docs/emulation.md is written from them: `python -m local_aws.document`.
"""

from __future__ import annotations

# Terraform resource types of dev and prod that can't be applied here.
UNCOVERED: dict[str, str] = {}

# "type.attribute" returned otherwise than by AWS; the reason says what to do.
FORGOTTEN: dict[str, str] = {
    "aws_bedrock_guardrail.description": "left out, the provider finds it unknown after apply: set it",
    "aws_bedrock_guardrail.sensitive_information_policy_config.regexes_config.description": "the same: set it",
    "aws_cloudfront_key_value_store.comment": "left out, it comes back as an empty text, an error: set it. "
    "Planned use: the second region",
    "aws_iam_service_linked_role.description": "left out, ministack invents one and each plan removes it: set it",
    "aws_lb.vpc_id": "names ministack's own VPC, because subnets are moto's: take the VPC's id from the VPC",
}

# Subjects that can be created here but don't act as in AWS.
UNPROVEN: dict[str, str] = {
    "requests": "no traffic moves: neither CloudFront, WAF nor the load balancer is in any request's way",
    "tasks": "a service counts its tasks as running; no container starts, and nothing scales",
    "images": "the registry keeps manifests and takes no layers, so `image push` ends with 3 and says so",
    "models": "nothing is generated or blocked: guardrails are kept, not asked",
    "search": "a domain keeps what its bootstrap function puts there, and answers 501 to documents and searches",
    "certificates": "issued at once, without a look at the validation record: a missing delegation isn't noticed",
    "permissions": "policies and signatures of code are never evaluated: what is proven, is on the synthesised files",
    "alarms": "those on metric math are never evaluated, and a budget never triggers",
    "releases": "CodeDeploy has applications and groups, but no deployments. "
    "Planned use: blue-green and canary delivery",
    "findings": "nobody watches: trails, detectors, recorders and the hub are settings without events",
}
