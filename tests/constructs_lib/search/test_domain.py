from __future__ import annotations

from typing import Any

import pytest
from constructs import Construct

from config.place import Place
from config.rules.search import MASTER_TYPE
from constructs_lib.search.access import DomainAccess, domain_statements
from constructs_lib.search.domain import Nodes, SearchDomain, VpcOptions
from constructs_lib.search.logs import DomainLogs
from tests.support.synthesised import Resource, template

DOMAIN = "arn:aws:es:us-east-1:111111111111:domain/sitechat-dev-search"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
STATEMENTS = domain_statements(DOMAIN, "site", administrator="arn:of:admin", readers=("arn:of:task",))


def _build(scope: Construct, **changes: Any) -> SearchDomain:
    logs = DomainLogs(
        scope,
        "logs",
        name_prefix="/sitechat/dev/search",
        policy_name="sitechat-dev-search-logs",
        domain_arn=DOMAIN,
        place=Place("111111111111", "us-east-1", "aws"),
        kms_key_arn=KEY,
        retention_days=30,
        audit_retention_days=365,
    )
    arguments: dict[str, Any] = {
        "name": "sitechat-dev-search",
        "engine_version": "OpenSearch_2.19",
        "nodes": Nodes(),
        "vpc": VpcOptions(("subnet-1",), "sg-1"),
        "kms_key_arn": KEY,
        "access": DomainAccess("arn:of:admin", STATEMENTS),
        "logs": logs,
    }
    return SearchDomain(scope, "search", **{**arguments, **changes})


def _domain(**changes: Any) -> Resource:
    return template(lambda scope: _build(scope, **changes)).one("aws_opensearch_domain")


@pytest.fixture(scope="module")
def default() -> Resource:
    return _domain()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("encrypt_at_rest", {"enabled": True, "kms_key_id": KEY}),
        ("node_to_node_encryption", {"enabled": True}),
        (
            "domain_endpoint_options",
            {"enforce_https": True, "tls_security_policy": "Policy-Min-TLS-1-2-PFS-2023-10"},
        ),
        (
            "advanced_security_options",
            {
                "enabled": True,
                "anonymous_auth_enabled": False,
                "internal_user_database_enabled": False,
                "master_user_options": {"master_user_arn": "arn:of:admin"},
            },
        ),
        ("vpc_options", {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}),
        ("auto_tune_options", {"desired_state": "DISABLED"}),
        (
            "ebs_options",
            {"ebs_enabled": True, "volume_type": "gp3", "volume_size": 10, "iops": 3000, "throughput": 125},
        ),
        ("software_update_options", {"auto_software_update_enabled": True}),
        ("off_peak_window_options", {"enabled": True}),
        ("timeouts", {"create": "90m", "update": "90m", "delete": "90m"}),
        ("lifecycle", {"prevent_destroy": True}),
    ],
)
def test_default(default: Resource, attribute: str, value: object) -> None:
    assert default[attribute] == value


def test_one_small_node_without_standby_by_default(default: Resource) -> None:
    assert default["cluster_config"] == {
        "instance_type": "t3.small.search",
        "instance_count": 1,
        "zone_awareness_enabled": False,
        "dedicated_master_enabled": False,
        "multi_az_with_standby_enabled": False,
    }


def test_all_four_logs_are_published(default: Resource) -> None:
    published = {one["log_type"]: one for one in default["log_publishing_options"]}
    assert set(published) == {"AUDIT_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS", "ES_APPLICATION_LOGS"}
    assert all(one["enabled"] for one in published.values())


def test_the_domain_waits_for_leave_to_log(default: Resource) -> None:
    (dependency,) = default["depends_on"]
    assert dependency.startswith("aws_cloudwatch_log_resource_policy.")


def test_nodes_spread_over_zones() -> None:
    cluster = _domain(vpc=VpcOptions(("subnet-1", "subnet-2"), "sg-1"), nodes=Nodes(instance_count=4))["cluster_config"]
    assert cluster["zone_awareness_enabled"] is True
    assert cluster["zone_awareness_config"] == {"availability_zone_count": 2}
    assert cluster["instance_count"] == 4


def test_dedicated_masters() -> None:
    cluster = _domain(nodes=Nodes(instance_type="r6g.large.search", dedicated_masters=3))["cluster_config"]
    assert cluster["dedicated_master_enabled"] is True
    assert (cluster["dedicated_master_count"], cluster["dedicated_master_type"]) == (
        3,
        MASTER_TYPE,
    )  # which the configuration looks up


def test_larger_types_tune_themselves() -> None:
    domain = _domain(nodes=Nodes(instance_type="r6g.large.search"))
    assert domain["auto_tune_options"] == {"desired_state": "ENABLED", "use_off_peak_window": True}


def test_protection_can_be_taken_off() -> None:
    assert "lifecycle" not in _domain(protected=False)


@pytest.mark.parametrize("subnets", [(), ("a", "b", "c", "d")])
def test_a_bad_number_of_zones_is_refused(subnets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"1 to 3 zones, with one subnet each; {len(subnets)} subnets were given"):
        _domain(vpc=VpcOptions(subnets, "sg-1"))


def test_an_uneven_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="3 data nodes don't spread evenly over 2 zones"):
        _domain(vpc=VpcOptions(("subnet-1", "subnet-2"), "sg-1"), nodes=Nodes(instance_count=3))


def test_the_endpoint_is_a_url() -> None:
    endpoints: list[str] = []
    template(lambda scope: endpoints.append(_build(scope).endpoint))
    assert endpoints[0].startswith("https://")
