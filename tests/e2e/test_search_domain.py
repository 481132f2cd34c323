"""OpenSearch domain, deployed as users do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from config import load
from local_aws.endpoint import SEARCH_DOMAIN
from tests.e2e.checkout import changes, checkout, resource_types
from tests.e2e.search_domain import APPLIED, ENV, Deployed, deploy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with checkout(tmp_path_factory.mktemp("domain") / "sitechat") as made:
        yield deploy(made)


@pytest.fixture(scope="module")
def domain(deployed: Deployed) -> dict[str, Any]:
    opensearch = deployed.checkout.client("opensearch")
    names = {each["DomainName"] for each in opensearch.list_domain_names()["DomainNames"]}
    (name,) = names - {SEARCH_DOMAIN}
    found: dict[str, Any] = opensearch.describe_domain(DomainName=name)["DomainStatus"]
    return found


def test_the_second_plan_is_empty(deployed: Deployed) -> None:
    plans = deployed.checkout.plans(ENV, deployed.planned_again.json["bundle"])
    assert set(plans) == {"llm"}
    assert changes(plans["llm"]) == {}


def test_the_types_that_only_this_deployment_has_were_applied(deployed: Deployed) -> None:
    assert resource_types(deployed.checkout.states(deployed.file)["llm"]) >= APPLIED


def test_the_function_finished_the_domain(deployed: Deployed) -> None:
    """Ran once, inside the apply, and reported everything as missing."""
    resources = deployed.checkout.states(deployed.file)["llm"]["resources"]
    (run,) = (each for each in resources if each["type"] == "aws_lambda_invocation")
    answer = json.loads(run["instances"][0]["attributes"]["result"])
    index = load(ENV).search.index
    kinds = {f"roles/{index}_reader", f"rolesmapping/{index}_reader", "audit", "template", "index"}
    assert set(answer["changed"]) >= kinds


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
