from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

import pytest

from config import Environment
from stacks.infrastructure import InfrastructureOutputs, InfrastructureStack
from tests.stacks.upstream import alone, environment
from tests.support.synthesised import Template

EXISTING = {
    "vpc_id": "vpc-0123456789abcdef0",
    "cidr": "10.9.0.0/16",
    "public_subnet_ids": [f"subnet-{index:017x}" for index in (1, 2)],
    "private_subnet_ids": [f"subnet-{index:017x}" for index in (3, 4)],
}
EGRESS = ("public_ip", "nat_gateway", "nat_per_az", "endpoints")


def _stack(env: Environment) -> tuple[Template, InfrastructureOutputs]:
    stacks: list[InfrastructureStack] = []
    layer = alone(lambda app: stacks.append(InfrastructureStack(app, env)))
    return layer, stacks[0].outputs


@cache
def _new(egress: str = "public_ip", workload_zones: int = 1) -> Template:
    return _stack(environment(network={"egress": egress, "workload_zones": workload_zones}))[0]


@cache
def _existing(egress: str = "public_ip") -> tuple[Template, InfrastructureOutputs]:
    return _stack(environment(network={**EXISTING, "egress": egress}))


@cache
def _protected(protection: bool) -> Template:
    return _stack(environment(protection=protection))[0]


@cache
def _with(section: str, **values: Any) -> Template:
    return _stack(environment(**{section: values}))[0]


@pytest.mark.parametrize(
    ("egress", "nat_gateways", "interface_endpoints"),
    [("public_ip", 0, 0), ("nat_gateway", 1, 0), ("nat_per_az", 2, 0), ("endpoints", 0, 5)],
)
def test_each_way_out_builds_what_it_costs(egress: str, nat_gateways: int, interface_endpoints: int) -> None:
    layer = _new(egress, workload_zones=2)
    assert len(layer.all("aws_nat_gateway")) == nat_gateways
    kinds = [endpoint["vpc_endpoint_type"] for endpoint in layer.all("aws_vpc_endpoint").values()]
    assert sorted(kinds) == ["Gateway", *["Interface"] * interface_endpoints]


def test_private_tasks_reach_everything_they_call() -> None:
    services = {endpoint["service_name"] for endpoint in _new("endpoints").all("aws_vpc_endpoint").values()}
    assert services == {
        f"com.amazonaws.us-east-1.{name}"
        for name in ("s3", "bedrock-runtime", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
    }


@pytest.mark.parametrize(
    ("egress", "block"),
    [("public_ip", "0.0.0.0/0"), ("nat_gateway", "0.0.0.0/0"), ("endpoints", "10.20.0.0/16")],
)
def test_tasks_reach_no_further_than_their_way_out(egress: str, block: str) -> None:
    rule = _new(egress).one("aws_vpc_security_group_egress_rule", "groups/task_out")
    assert rule["cidr_ipv4"] == block


def test_endpoints_lie_where_the_tasks_are_and_let_them_in() -> None:
    layer, outputs = _stack(environment(network={"egress": "endpoints"}))
    interfaces = [each for each in layer.all("aws_vpc_endpoint").values() if each["vpc_endpoint_type"] == "Interface"]
    assert {len(each["subnet_ids"]) for each in interfaces} == {len(outputs.vpc.task_subnets)} == {1}
    (task,) = (name for name in layer.all("aws_security_group") if name.startswith("groups_task"))
    rule = layer.one("aws_vpc_security_group_ingress_rule", "from_client_0")
    assert rule["referenced_security_group_id"] == f"${{aws_security_group.{task}.id}}"


TOLD = {"security": {"trail": "adopt"}, "monitoring": {"alarm_emails": ["oncall@example.com"]}}


def test_a_shell_needs_its_channel_and_the_key_of_its_session() -> None:
    env = environment(network={"egress": "endpoints"}, service={"execute_command": True}, **TOLD)
    services = {each["service_name"] for each in _stack(env)[0].all("aws_vpc_endpoint").values()}
    without = {each["service_name"] for each in _new("endpoints").all("aws_vpc_endpoint").values()}
    assert services - without == {"com.amazonaws.us-east-1.kms", "com.amazonaws.us-east-1.ssmmessages"}


@pytest.mark.parametrize("egress", EGRESS)
def test_images_come_through_the_free_endpoint_from_every_subnet(egress: str) -> None:
    gateway = next(
        each for each in _new(egress).all("aws_vpc_endpoint").values() if each["vpc_endpoint_type"] == "Gateway"
    )
    assert len(gateway["route_table_ids"]) == len(_new(egress).all("aws_route_table")) == 3


@pytest.mark.parametrize("egress", EGRESS)
def test_both_kinds_of_subnets_have_a_fence(egress: str) -> None:
    acls = _new(egress).all("aws_network_acl").values()
    assert sorted(len(acl["subnet_ids"]) for acl in acls) == [2, 2]


@pytest.mark.parametrize("egress", EGRESS)
@pytest.mark.parametrize("zones", [1, 2])
def test_tasks_have_public_subnets_only_with_public_addresses(egress: str, zones: int) -> None:
    _, outputs = _stack(environment(network={"egress": egress, "workload_zones": zones}))
    kind = "public" if egress == "public_ip" else "private"
    assert len(outputs.vpc.task_subnets) == zones
    assert len(outputs.vpc.private_subnets) == 2
    if kind == "private":
        assert outputs.vpc.task_subnets == outputs.vpc.private_subnets[:zones]
    else:
        assert not set(outputs.vpc.task_subnets) & set(outputs.vpc.private_subnets)


@pytest.mark.parametrize(("nodes", "zones"), [(1, 1), (2, 2)])
def test_search_spans_as_many_subnets_as_it_has_nodes_for(nodes: int, zones: int) -> None:
    _, outputs = _stack(environment(network={"workload_zones": 2}, search={"instance_count": nodes}))
    assert outputs.vpc.search_subnets == outputs.vpc.private_subnets[:zones]


def test_an_existing_vpc_is_left_as_it_is() -> None:
    layer, outputs = _existing()
    touched = {"aws_vpc", "aws_subnet", "aws_route_table", "aws_network_acl", "aws_default_security_group",
               "aws_internet_gateway", "aws_nat_gateway"}  # fmt: skip
    assert not touched & layer.types()
    assert outputs.vpc.vpc_id == EXISTING["vpc_id"]
    assert outputs.vpc.task_subnets == tuple(EXISTING["public_subnet_ids"][:1])
    assert outputs.vpc.private_subnets == tuple(EXISTING["private_subnet_ids"])
    assert {group["vpc_id"] for group in layer.all("aws_security_group").values()} == {EXISTING["vpc_id"]}


@pytest.mark.parametrize("egress", ["nat_gateway", "nat_per_az", "endpoints"])
def test_tasks_in_an_existing_vpc_are_private_without_public_addresses(egress: str) -> None:
    layer, outputs = _existing(egress)
    assert outputs.vpc.task_subnets == tuple(EXISTING["private_subnet_ids"][:1])
    assert len(layer.all("aws_vpc_endpoint")) == (5 if egress == "endpoints" else 0)


@pytest.mark.parametrize(("dns", "port"), [({}, 80), ({"domain": "chat.example.com", "zone_name": "example.com"}, 443)])
def test_cloudfront_knocks_at_the_listener(dns: dict[str, str], port: int) -> None:
    rule = _with("dns", **dns).one("aws_vpc_security_group_ingress_rule", "cloudfront_to_alb")
    assert (rule["from_port"], rule["to_port"]) == (port, port)


def test_no_address_block_may_come_in() -> None:
    for egress in EGRESS:
        for rule in _new(egress).all("aws_vpc_security_group_ingress_rule").values():
            assert "cidr_ipv4" not in rule
            assert "cidr_ipv6" not in rule


def test_logs_of_both_kinds_are_kept_a_week() -> None:
    groups = {group["name"]: group for group in _new().all("aws_cloudwatch_log_group").values()}
    assert set(groups) == {"/sitechat/dev/app", "/sitechat/dev/exec"}
    assert {group["retention_in_days"] for group in groups.values()} == {7}
    assert all(group["kms_key_id"].startswith("${aws_kms_key.") for group in groups.values())


def test_secrets_are_built_by_name() -> None:
    layer = _with("secrets", names=("session-key", "api-token"), recovery_window_days=14)
    secrets = layer.all("aws_secretsmanager_secret").values()
    assert {secret["name"] for secret in secrets} == {"sitechat/dev/session-key", "sitechat/dev/api-token"}
    assert {secret["recovery_window_in_days"] for secret in secrets} == {14}
    assert len(layer.statements("execution/access_document")["ReadSecrets"]["resources"]) == 2


@pytest.mark.parametrize(("execute_command", "policies"), [(False, 0), (True, 1)])
def test_the_task_role_may_open_a_shell_where_asked(execute_command: bool, policies: int) -> None:
    layer, _ = _stack(environment(service={"execute_command": execute_command}, **TOLD))
    found = [each for each in layer.all("aws_iam_role_policy").values() if "roles_task_" in each["role"]]
    assert len([each for each in found if each["name"] == "access"]) == policies


def test_the_task_role_reads_the_switch_of_the_model_and_nothing_else_of_s3() -> None:
    layer, _ = _stack(environment())
    bucket = "arn:aws:s3:::sitechat-dev-switches-111111111111-us-east-1"
    found = layer.statements("model_switch/switch_access_document")
    assert {sid: (each["actions"], each["resources"]) for sid, each in found.items() if sid != "DecryptSwitch"} == {
        "ReadSwitch": (["s3:GetObject"], [f"{bucket}/model/paused.json"]),
        "FindSwitch": (["s3:ListBucket"], [bucket]),
    }
    conditions = {each["variable"]: each["values"] for each in found["DecryptSwitch"]["condition"]}
    assert conditions["kms:EncryptionContext:aws:s3:arn"] == [bucket]
    assert not layer.all("aws_s3_object"), "the object is no resource: an apply would take a pause away, or bring it"
    through = layer.statements("gateway_endpoint/s3_policy")
    for sid in ("ReadSwitch", "FindSwitch"):
        assert through[sid]["resources"] == found[sid]["resources"]
        assert through[sid]["condition"][0]["values"] == ["arn:aws:iam::111111111111:role/sitechat-dev-us-east-1-task"]


def test_roles_carry_the_region() -> None:
    layer, _ = _stack(environment("eu-central-1"))
    names = {role["name"] for role in layer.all("aws_iam_role").values()}
    assert names == {"sitechat-dev-eu-central-1-execution", "sitechat-dev-eu-central-1-task"}


def test_the_repository_may_have_another_name() -> None:
    assert _new().one("aws_ecr_repository")["name"] == "sitechat-dev-app"
    assert _with("image", repository="team/chat").one("aws_ecr_repository")["name"] == "team/chat"


def test_alarms_reach_people() -> None:
    layer = _with("monitoring", alarm_emails=("oncall@example.com",))
    assert layer.one("aws_sns_topic_subscription")["endpoint"] == "oncall@example.com"
    statement = layer.statements("alarms/policy_document")["ServicesOfThisAccount"]
    assert "budgets.amazonaws.com" in statement["principals"][0]["identifiers"]


def test_rules_reach_the_topic_of_alarms_under_the_key_of_the_region() -> None:
    rules = _new().statements("alarms/policy_document")["Rules"]
    assert rules["principals"] == [{"type": "Service", "identifiers": ["events.amazonaws.com"]}]
    key = _with("security", own_key=True).statements("key/policy")["TopicsOfThisAccount"]
    assert key["principals"] == [{"type": "Service", "identifiers": ["events.amazonaws.com"]}]


def test_access_logs_are_kept_as_long_as_the_audit() -> None:
    layer = _with("logs", audit_retention_days=400)
    every = layer.all("aws_s3_bucket_lifecycle_configuration").items()
    rules = [each["rule"][0] for name, each in every if name.startswith("log_buckets")]
    assert [rule["expiration"] for rule in rules] == [[{"days": 400}]] * 2


@pytest.mark.parametrize(("protection", "days"), [(True, 30), (False, 7)])
def test_protection_of_the_key(protection: bool, days: int) -> None:
    key = _protected(protection).one("aws_kms_key")
    assert key["deletion_window_in_days"] == days
    assert ("lifecycle" in key) is protection


@pytest.mark.parametrize("type_", ["aws_secretsmanager_secret", "aws_s3_bucket", "aws_ecr_repository"])
@pytest.mark.parametrize("protection", [True, False])
def test_protection_of_what_holds_data(type_: str, protection: bool) -> None:
    bodies = _protected(protection).all(type_).values()
    assert bodies
    assert {"lifecycle" in body for body in bodies} == {protection}


@pytest.mark.parametrize(
    ("region", "edge", "allowed"),
    [("us-east-1", True, True), ("us-east-1", False, False), ("eu-central-1", True, False)],
)
def test_the_key_serves_cloudfront_where_it_is_the_edges_too(region: str, edge: bool, allowed: bool) -> None:
    layer, _ = _stack(environment(region, edge={"enabled": edge}))
    assert ("DistributionsOfThisAccount" in layer.statements("key/policy")) is allowed


def test_topic_secrets_and_images_are_under_the_key() -> None:
    (key,) = _new().all("aws_kms_key")
    arn = f"${{aws_kms_key.{key}.arn}}"
    assert _new().one("aws_sns_topic")["kms_master_key_id"] == arn
    assert _new().one("aws_secretsmanager_secret")["kms_key_id"] == arn
    (encryption,) = _new().one("aws_ecr_repository")["encryption_configuration"]
    assert encryption["kms_key"] == arn


def test_outputs_are_complete_without_search() -> None:
    layer, outputs = _stack(environment(search={"enabled": False}))
    empty = [name for name, value in asdict(outputs).items() if value == ""]
    assert empty == ["search_group_id"]
    assert not [group for group in layer.all("aws_security_group").values() if group["name"].endswith("search")]


def test_outputs_are_complete() -> None:
    _, outputs = _stack(environment())
    assert all(asdict(outputs).values())
