"""Resource policies of CloudWatch Logs: a region allows ten in total."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "log policies"
# CloudWatch Logs quotas: resource policies per region and account; it can't be raised.
LIMIT = 10


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether there is room for the policy that lets OpenSearch write its logs."""
    policies = account.all("logs", "describe_resource_policies", "resourcePolicies")
    names = {each.get("policyName", "") for each in policies}
    ours = any(name.startswith(account.env.names.resource("search")) for name in names)
    detail = f"{len(names)} of {LIMIT} in {account.env.region}"
    if not account.env.search.enabled or ours or len(names) < LIMIT:
        yield Diagnosis(NAME, "green", detail)
    else:
        fix = "Delete one that nothing needs: `aws logs describe-resource-policies`, `aws logs delete-resource-policy`."
        yield Diagnosis(NAME, "red", f"{detail}: none left for OpenSearch's logs", fix)
