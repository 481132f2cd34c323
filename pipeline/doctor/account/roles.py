"""Service-linked roles that exist once per account and are therefore no part of an environment."""

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Finding

NAME = "service-linked role"
ECS = ("AWSServiceRoleForECS", "ecs.amazonaws.com")
OPENSEARCH = ("AWSServiceRoleForAmazonOpenSearchService", "opensearchservice.amazonaws.com")


def look(account: Account) -> Iterator[Finding]:
    """Without them the first cluster and the first domain in a VPC are refused."""
    for role, service in (ECS, OPENSEARCH) if account.env.search.enabled else (ECS,):
        if account.find("iam", "get_role", "NoSuchEntity", RoleName=role) is None:
            fix = f"Create it once: `aws iam create-service-linked-role --aws-service-name {service}`."
            yield Finding(NAME, "red", f"{role} is missing in account {account.env.account_id}", fix)
        else:
            yield Finding(NAME, "green", role)
