"""Resource policies of CloudWatch Logs: a region allows ten in total."""

from __future__ import annotations

from collections.abc import Iterator

from config.place import GLOBAL_REGION
from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "log policies"
# CloudWatch Logs quotas: resource policies per region and account; it can't be raised.
LIMIT = 10
# Policies that AWS adds itself when logs are switched on, one for all of an account and region (CloudWatch Logs user
# guide, "Logging that requires additional permissions"; WAF developer guide, "Sending logs to CloudWatch Logs").
BY_AWS = ("AWSWAF-LOGS", "AWSLogDeliveryWrite")


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether there is room for the policies that let OpenSearch, X-Ray and WAF write their logs."""
    env = account.env
    wanted: dict[str, dict[str, tuple[str, ...]]] = {env.region: {}}
    if env.search.builds_domain:
        wanted[env.region]["OpenSearch's logs"] = (env.names.resource("search"),)
    if env.monitoring.transaction_search == "own":
        wanted[env.region]["spans"] = (env.names.resource("spans"),)
    if env.edge.enabled:
        wanted.setdefault(GLOBAL_REGION, {})["WAF's logs"] = BY_AWS
    for region, policies in wanted.items():
        yield _region(account.at(region), region, policies)


def _region(account: Account, region: str, wanted: dict[str, tuple[str, ...]]) -> Diagnosis:
    """`wanted` are the beginnings of names that would do for each kind of logs."""
    listed = account.all("logs", "describe_resource_policies", "resourcePolicies")
    names = {each.get("policyName", "") for each in listed}
    new = [purpose for purpose, beginnings in wanted.items() if not any(name.startswith(beginnings) for name in names)]
    detail = f"{len(names)} of {LIMIT} in {region}"
    if len(names) + len(new) <= LIMIT:
        return Diagnosis(NAME, "green", detail)
    fix = "Delete one that nothing needs: `aws logs describe-resource-policies`, `aws logs delete-resource-policy`."
    return Diagnosis(NAME, "red", f"{detail}: none left for {' and '.join(new)}", fix)
