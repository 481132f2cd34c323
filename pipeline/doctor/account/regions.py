"""Regions that the organization closes: service control policies refuse every call in them, also to Bedrock."""

from __future__ import annotations

from collections.abc import Iterator

from config.place import GLOBAL_REGION
from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.finding import Diagnosis, Light

NAME = "regions"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether a harmless question is answered in every region that this environment uses.

    An inference profile sends a request to any of its regions, and fails where one of them is closed (Bedrock user
    guide, "Cross-region inference"). There a policy may except what profiles need, and still refuse the question.
    """
    env = account.env
    yield _ask(account, env.region, "ec2", "describe_availability_zones", "Open it, or set another region.")
    if env.region != GLOBAL_REGION and (env.edge.enabled or env.dns.domain):
        fix = "Open it to ACM, CloudFront, WAF and CloudWatch: the global layers live there."
        yield _ask(account, GLOBAL_REGION, "acm", "list_certificates", fix)
    profile = "Have bedrock:InvokeModel* excepted there, or set [bedrock] model_id to a profile without that region."
    for region in env.bedrock.destination_regions:
        if region != env.region:
            yield _ask(account, region, "bedrock", "list_inference_profiles", profile, closed="yellow")


def _ask(account: Account, region: str, service: str, operation: str, fix: str, *, closed: Light = "red") -> Diagnosis:
    """`closed` when the organization refuses the question; a role's own missing permission is yellow."""
    try:
        account.at(region).ask(service, operation)
    except UnansweredError as error:
        if error.organization:
            return Diagnosis(NAME, closed, f"{region} is closed to {service} by the organization", fix)
        return Diagnosis(NAME, "yellow", f"{region} could not be looked at: {error}", error.fix)
    return Diagnosis(NAME, "green", f"{region} is open to {service}")
