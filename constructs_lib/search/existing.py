"""A domain that is there already."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.data_aws_opensearch_domain import DataAwsOpensearchDomain
from constructs import Construct


class ExistingDomain(Construct):
    """Looks up a domain by its name. Its size, network, policy, keys and logs are its owner's."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        self.name = name
        found = DataAwsOpensearchDomain(self, "domain", domain_name=name)
        self.endpoint: str = f"https://{found.endpoint}"
