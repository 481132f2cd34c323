from __future__ import annotations

import pytest

from config import Environment, aws_data, parse
from tests.config.samples import ACCOUNT, build, problems


def test_defaults_follow_the_seams() -> None:
    env = build()
    assert (env.name, env.project, env.region) == ("test", "sitechat", "us-east-1")
    assert env.protection
    assert not env.auto_approve
    assert not env.emulated
    assert env.network.availability_zones == ("us-east-1a", "us-east-1b")
    assert (env.service.cpu, env.service.memory_mib) == (256, 512)
    assert (env.service.min_tasks, env.service.max_tasks) == (1, 4)
    assert (env.service.cpu_target_percent, env.service.memory_target_percent) == (70, 70)
    assert env.service.health_check_interval_seconds == 60
    assert env.logs.retention_days == 7
    assert env.search.instance_type == "t3.small.search"


@pytest.mark.parametrize("region", ["eu-west-1", "ap-southeast-2", "us-west-2"])
def test_zones_follow_the_region(region: str) -> None:
    found = parse(
        {"account_id": ACCOUNT, "region": region, "bedrock": {"model_id": "amazon.x-v1:0", "destination_regions": []}},
        name="test",
    )
    assert found.network.availability_zones == (f"{region}a", f"{region}b")


def test_zones_that_are_given_stay() -> None:
    env = build(network={"availability_zones": ["us-east-1c", "us-east-1d", "us-east-1f"]})
    assert env.network.availability_zones == ("us-east-1c", "us-east-1d", "us-east-1f")


def test_zones_follow_the_region_beside_other_network_settings() -> None:
    env = build(region="us-west-2", network={"egress": "endpoints"}, bedrock={"destination_regions": ["us-west-2"]})
    assert env.network.availability_zones == ("us-west-2a", "us-west-2b")
    assert env.network.egress == "endpoints"


def test_placeholder_account() -> None:
    assert parse({"account_id": "111111111111"}, name="dev").account_is_placeholder
    assert not build().account_is_placeholder


@pytest.mark.parametrize("account", ["12345678901", "1234567890123", "12345678901a", "\u0661" * 12, 123456789012])
def test_account_has_twelve_digits(account: object) -> None:
    assert set(problems(account_id=account)) == {"account_id"}


@pytest.mark.parametrize("word", ["a1", "abcdefghijklmnop"])
def test_project_length(word: str) -> None:
    assert build(project=word).project == word


@pytest.mark.parametrize("word", ["a", "abcdefghijklmnopq", "1a", "a-b", "A", "aws", "internal", "sthree", "state"])
def test_project_that_would_break_names(word: str) -> None:
    assert set(problems(project=word)) == {"project"}


def test_partition() -> None:
    assert build().partition == "aws"
    assert aws_data.partition("us-gov-west-1") == "aws-us-gov"
    assert aws_data.partition("cn-north-1") == "aws-cn"


def test_default_tags() -> None:
    env = build(tags={"Team": "web"})
    assert env.default_tags == {
        "Team": "web",
        "Project": "sitechat",
        "Environment": "test",
        "Deployment": "sitechat/test",
        "ManagedBy": "terraform",
    }


def test_names_and_state_backend_carry_the_environment() -> None:
    env = build(project="other")
    assert env.names.bucket("logs") == f"other-test-logs-{ACCOUNT}-us-east-1"
    assert env.state_backend.key("dns", "global") == "other/test/global/dns.tfstate"


def test_one_search_node_lives_in_one_zone() -> None:
    assert build(network={"workload_zones": 2}).search_zones == 1
    assert build(network={"workload_zones": 2}, search={"instance_count": 4}).search_zones == 2


def test_budget_mails_fall_back_to_alarm_mails() -> None:
    alarms = {"alarm_emails": ["a@example.com"]}
    assert build(monitoring=alarms).budget_emails == ("a@example.com",)
    assert build(monitoring=alarms, budget={"emails": ["b@example.com"]}).budget_emails == ("b@example.com",)


def test_equal_files_give_equal_environments() -> None:
    assert build(service={"cpu": 512, "memory_mib": 1024}) == build(service={"memory_mib": 1024, "cpu": 512})
    assert isinstance(build(), Environment)
