"""Service-linked roles, which exist once per account and so belong to no environment."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "service-linked role"
ECS = ("AWSServiceRoleForECS", "ecs.amazonaws.com")
OPENSEARCH = ("AWSServiceRoleForAmazonOpenSearchService", "opensearchservice.amazonaws.com")


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the roles exist; without them AWS refuses the first ECS cluster and OpenSearch domain in a VPC."""
    for role, service in (ECS, OPENSEARCH) if account.env.search.builds_domain else (ECS,):
        if account.find("iam", "get_role", "NoSuchEntity", RoleName=role) is None:
            fix = f"Create it once: `aws iam create-service-linked-role --aws-service-name {service}`."
            yield Diagnosis(NAME, "red", f"{role} is missing in account {account.env.account_id}", fix)
        else:
            yield Diagnosis(NAME, "green", role)
