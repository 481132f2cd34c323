"""The OpenSearch domain for real: begun before the first end-to-end test, looked at after the last."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config import load
from pipeline.errors import ExitCode
from tests.e2e.checkout import changes, resource_types
from tests.e2e.search_domain import APPLIED, ENV, RUN, Background, Deployed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def deployed(search_domain: Background | None) -> Deployed:
    assert search_domain is not None
    return search_domain.result()


@pytest.fixture(scope="module")
def domain(deployed: Deployed) -> dict[str, Any]:
    opensearch = deployed.checkout.client("opensearch")
    (name,) = (each["DomainName"] for each in opensearch.list_domain_names()["DomainNames"])
    found: dict[str, Any] = opensearch.describe_domain(DomainName=name)["DomainStatus"]
    return found


def test_only_the_run_inside_the_domain_is_left(deployed: Deployed) -> None:
    """The emulated domain has no data plane: the function runs, says so, and the apply ends with its message."""
    assert deployed.applied.status == ExitCode.FAILED, deployed.applied.output
    assert RUN in deployed.applied.output
    assert deployed.planned_again.status == ExitCode.OK, deployed.planned_again.output
    plans = deployed.checkout.plans(ENV, deployed.planned_again.json["bundle"])
    left = {address.partition(".")[0]: acts for plan in plans.values() for address, acts in changes(plan).items()}
    assert left == {RUN: ["create"]}


def test_every_other_type_was_applied(deployed: Deployed) -> None:
    assert resource_types(deployed.checkout.states(deployed.file)["llm"]) >= APPLIED


def test_the_domain_is_encrypted_everywhere(deployed: Deployed, domain: dict[str, Any]) -> None:
    kms = deployed.checkout.client("kms")
    key = kms.describe_key(KeyId=domain["EncryptionAtRestOptions"]["KmsKeyId"])["KeyMetadata"]
    assert domain["EncryptionAtRestOptions"]["Enabled"] is True
    assert key["KeyState"] == "Enabled"
    assert domain["NodeToNodeEncryptionOptions"] == {"Enabled": True}
    endpoint = domain["DomainEndpointOptions"]
    assert endpoint["EnforceHTTPS"] is True
    assert endpoint["TLSSecurityPolicy"] == "Policy-Min-TLS-1-2-PFS-2023-10"


def test_only_iam_roles_have_access(domain: dict[str, Any]) -> None:
    security = domain["AdvancedSecurityOptions"]
    assert security["Enabled"] is True
    assert security["InternalUserDatabaseEnabled"] is False
    statements = json.loads(domain["AccessPolicies"])["Statement"]
    principals = {arn for each in statements for arn in _listed(each["Principal"]["AWS"])}
    assert principals
    assert all(":role/sitechat-dev-" in arn for arn in principals)


def test_the_domain_lives_in_the_private_subnets_of_the_network(deployed: Deployed, domain: dict[str, Any]) -> None:
    ec2 = deployed.checkout.client("ec2")
    subnets = ec2.describe_subnets(SubnetIds=domain["VPCOptions"]["SubnetIds"])["Subnets"]
    assert len(subnets) == load(ENV).network.workload_zones
    assert [subnet["MapPublicIpOnLaunch"] for subnet in subnets] == [False] * len(subnets)
    (group,) = ec2.describe_security_groups(GroupIds=domain["VPCOptions"]["SecurityGroupIds"])["SecurityGroups"]
    assert group["VpcId"] == subnets[0]["VpcId"]
    assert all(not rule.get("IpRanges") for rule in group["IpPermissions"]), "only groups get in, no addresses"


def test_the_domain_is_what_the_environment_says(domain: dict[str, Any]) -> None:
    search = load(ENV).search
    assert domain["EngineVersion"] == search.engine_version
    assert domain["ClusterConfig"]["InstanceType"] == search.instance_type
    assert domain["ClusterConfig"]["InstanceCount"] == search.instance_count
    assert domain["EBSOptions"]["VolumeSize"] == search.volume_gib
    assert {name for name, option in domain["LogPublishingOptions"].items() if option["Enabled"]} >= {
        "AUDIT_LOGS",
        "INDEX_SLOW_LOGS",
        "SEARCH_SLOW_LOGS",
    }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
