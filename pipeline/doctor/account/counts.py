"""Numbers of things against the quota of a new account, where AWS tells no quota, or tells it with the number."""

from __future__ import annotations

from collections.abc import Iterator

from config.place import GLOBAL_REGION
from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

# Resource type -> the call that lists all of an account, the list in its answer, and the quota of a new account
# ("Quotas" in the developer guide of CloudFront, "Quotas in AWS CloudTrail", 2026-11). All count in us-east-1 but
# trails, five a region.
LISTED = {
    "aws_cloudfront_cache_policy": ("list_cache_policies", "CachePolicyList.Items", 20),
    "aws_cloudfront_origin_request_policy": ("list_origin_request_policies", "OriginRequestPolicyList.Items", 20),
    "aws_cloudfront_response_headers_policy": ("list_response_headers_policies", "ResponseHeadersPolicyList.Items", 20),
}
VPC_ORIGINS, TRAILS = 25, 5
# Key of IAM's summary -> resource types that count there.
IAM = {"Roles": ("aws_iam_role", "aws_iam_service_linked_role")}


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether what the next apply creates fits beside what is there."""
    yield from _iam(account)
    yield from _cloudfront(account)
    new = len(list(account.unapplied.of_type("aws_cloudtrail")))
    if new:
        used = len(account.all("cloudtrail", "list_trails", "Trails"))
        yield compare_count("trails", used, new, TRAILS)


def compare_count(name: str, used: int, new: int, limit: int, *, told: bool = False) -> Diagnosis:
    """Red above a limit that AWS told; yellow above a new account's, which may have been raised."""
    detail = f"{new} more, {used} of {limit} used"
    if used + new <= limit:
        return Diagnosis(name, "green", detail)
    if told:
        return Diagnosis(name, "red", detail, "Delete what nothing needs, or ask for more in Service Quotas.")
    fix = "Delete what nothing needs, or ask for more; nothing to do where that was done."
    return Diagnosis(name, "yellow", f"{detail} by the quota of a new account", fix)


def _iam(account: Account) -> Iterator[Diagnosis]:
    for key, kinds in IAM.items():
        new = len(list(account.unapplied.of_type(*kinds)))
        if new:
            summary = account.ask("iam", "get_account_summary")["SummaryMap"]
            yield compare_count(f"IAM {key.lower()}", summary[key], new, summary[f"{key}Quota"], told=True)


def _cloudfront(account: Account) -> Iterator[Diagnosis]:
    import jmespath

    everywhere = account.at(GLOBAL_REGION)
    for kind, (operation, items, limit) in LISTED.items():
        new = len(list(account.unapplied.of_type(kind)))
        if new:
            answer = everywhere.ask("cloudfront", operation, Type="custom", MaxItems="100")
            used = len(jmespath.search(items, answer) or ())
            yield compare_count(
                f"CloudFront {kind.removeprefix('aws_cloudfront_').replace('_', ' ')}", used, new, limit
            )
    new = len(list(account.unapplied.of_type("aws_cloudfront_vpc_origin")))
    if new:
        answer = everywhere.ask("cloudfront", "list_vpc_origins", MaxItems="100")
        used = len(answer["VpcOriginList"].get("Items", ()))
        yield compare_count("CloudFront VPC origins", used, new, VPC_ORIGINS)
    new = len(list(account.unapplied.of_type("aws_cloudfront_distribution")))
    if new:
        used = len(everywhere.all("cloudfront", "list_distributions", "DistributionList.Items"))
        code = {"ServiceCode": "cloudfront", "QuotaCode": "L-24B04930"}
        limit = everywhere.ask("service-quotas", "get_service_quota", **code)["Quota"]["Value"]
        yield compare_count("CloudFront distributions", used, new, int(limit), told=True)
