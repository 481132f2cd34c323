"""Numbers of things against the quota of a new account, where AWS tells no quota, or tells it with the number."""

from __future__ import annotations

from collections.abc import Iterator

from config.place import GLOBAL_REGION
from pipeline.doctor.account.asking import Account, ask_each
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
# Web ACLs of CloudFront in an account ("AWS WAF quotas", its developer guide).
WEB_ACLS = 100


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether what the next apply creates fits beside what is there."""
    probes = {
        "IAM roles": _iam,
        "CloudFront policies": _policies,
        "CloudFront VPC origins": _origins,
        "web ACLs": _web_acls,
    }
    yield from ask_each(account, {**probes, "CloudFront distributions": _distributions, "trails": _trails})


def compare_count(name: str, used: int, new: int, limit: int, *, told: bool = False) -> Diagnosis:
    """Red above a limit that AWS told; yellow above a new account's, which may have been raised."""
    detail = f"{new} more, {used} of {limit} used"
    if used + new <= limit:
        return Diagnosis(name, "green", detail)
    if told:
        return Diagnosis(name, "red", detail, "Delete what nothing needs, or ask for more in Service Quotas.")
    fix = "Delete what nothing needs, or ask for more; nothing to do where that was done."
    return Diagnosis(name, "yellow", f"{detail} by the quota of a new account", fix)


def _new(account: Account, *kinds: str) -> int:
    return len(list(account.unapplied.of_type(*kinds)))


def _iam(account: Account) -> Iterator[Diagnosis]:
    new = _new(account, "aws_iam_role", "aws_iam_service_linked_role")
    if new:
        summary = account.ask("iam", "get_account_summary")["SummaryMap"]
        yield compare_count("IAM roles", summary["Roles"], new, summary["RolesQuota"], told=True)


def _policies(account: Account) -> Iterator[Diagnosis]:
    import jmespath

    for kind, (operation, items, limit) in LISTED.items():
        new = _new(account, kind)
        if new:
            answer = account.at(GLOBAL_REGION).ask("cloudfront", operation, Type="custom", MaxItems="100")
            name = f"CloudFront {kind.removeprefix('aws_cloudfront_').replace('_', ' ')}"
            yield compare_count(name, len(jmespath.search(items, answer) or ()), new, limit)


def _origins(account: Account) -> Iterator[Diagnosis]:
    new = _new(account, "aws_cloudfront_vpc_origin")
    if new:
        answer = account.at(GLOBAL_REGION).ask("cloudfront", "list_vpc_origins", MaxItems="100")
        used = len(answer["VpcOriginList"].get("Items", ()))
        yield compare_count("CloudFront VPC origins", used, new, VPC_ORIGINS)


def _web_acls(account: Account) -> Iterator[Diagnosis]:
    new = _new(account, "aws_wafv2_web_acl")
    if new:
        used = len(account.at(GLOBAL_REGION).ask("wafv2", "list_web_acls", Scope="CLOUDFRONT", Limit=100)["WebACLs"])
        yield compare_count("web ACLs", used, new, WEB_ACLS)


def _distributions(account: Account) -> Iterator[Diagnosis]:
    new = _new(account, "aws_cloudfront_distribution")
    if new:
        everywhere, code = account.at(GLOBAL_REGION), {"ServiceCode": "cloudfront", "QuotaCode": "L-24B04930"}
        used = len(everywhere.all("cloudfront", "list_distributions", "DistributionList.Items"))
        limit = int(everywhere.ask("service-quotas", "get_service_quota", **code)["Quota"]["Value"])
        yield compare_count("CloudFront distributions", used, new, limit, told=True)


def _trails(account: Account) -> Iterator[Diagnosis]:
    new = _new(account, "aws_cloudtrail")
    if new:
        yield compare_count("trails", len(account.all("cloudtrail", "list_trails", "Trails")), new, TRAILS)
