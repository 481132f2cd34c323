"""Every resource type of dev and prod is applied in some test, or listed with the reason why it can't be emulated."""

from __future__ import annotations

import pytest

from local_aws import UNCOVERED
from tests.e2e import search_domain
from tests.e2e.checkout import changes, resource_types
from tests.e2e.production import ENV, Lived
from tests.support.addresses import FOLDER as ADDRESSES

pytestmark = pytest.mark.slow

REAL = ("dev", "prod")
# What `make demo` applies is this environment's list, and its own test holds it to that.
DEMO = "local"


def _listed(env: str) -> set[tuple[str, str]]:
    """Layer and type of every resource in the checked-in list of an environment."""
    lines = (ADDRESSES / f"{env}.txt").read_text().splitlines()
    return {(layer, address.partition(".")[0]) for layer, _, address in (line.partition(" ") for line in lines)}


def _types(env: str) -> set[str]:
    return {type_ for _, type_ in _listed(env)}


def test_production_has_every_layer_and_type_but_those_of_its_domain(lived: Lived) -> None:
    applied = {(layer, type_) for layer, state in lived.states.items() for type_ in resource_types(state)}
    missing = _listed(ENV) - applied
    assert missing == {("llm", type_) for type_ in search_domain.APPLIED}
    assert applied <= _listed(ENV)


def test_every_type_is_applied_somewhere_or_listed_with_a_reason(lived: Lived) -> None:
    """Compares exactly: a type that some test applies must leave the list."""
    here = {type_ for state in lived.states.values() for type_ in resource_types(state)}
    applied = here | search_domain.APPLIED | _types(DEMO)
    real = {type_ for env in REAL for type_ in _types(env)}
    assert real - applied == set(UNCOVERED)


def test_the_second_plan_is_empty(lived: Lived) -> None:
    assert set(lived.planned_again) == set(lived.states)
    assert {layer: changes(plan) for layer, plan in lived.planned_again.items() if changes(plan)} == {}


def test_destroy_leaves_nothing(lived: Lived) -> None:
    assert set(lived.left) == set(lived.states)
    assert {layer: resource_types(state) for layer, state in lived.left.items() if resource_types(state)} == {}
    client = lived.checkout.client
    assert [each["VpcId"] for each in client("ec2").describe_vpcs()["Vpcs"] if not each["IsDefault"]] == []
    assert client("ec2").describe_addresses()["Addresses"] == []
    gateways = client("ec2").describe_nat_gateways()["NatGateways"]
    assert [each["NatGatewayId"] for each in gateways if each["State"] != "deleted"] == []
    assert client("route53").list_hosted_zones()["HostedZones"] == []
    assert client("acm").list_certificates()["CertificateSummaryList"] == []
    assert client("cloudtrail").describe_trails()["trailList"] == []
    assert client("guardduty").list_detectors()["DetectorIds"] == []
    assert client("config").describe_configuration_recorders()["ConfigurationRecorders"] == []
    # AWS makes the group of spans, and Terraform has no resource for it.
    groups = {each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]}
    assert groups <= {"aws/spans"}
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("secretsmanager").list_secrets()["SecretList"] == []
    assert client("ecr").describe_repositories()["repositories"] == []
    assert [role["RoleName"] for role in client("iam").list_roles()["Roles"] if "sitechat" in role["RoleName"]] == []
