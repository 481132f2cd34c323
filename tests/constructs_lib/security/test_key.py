from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from config.place import Place
from constructs_lib.security.key import CustomerKey, account_publishers, log_delivery, log_groups, one_log_group
from tests.support.synthesised import Template, template

LOGS = "arn:aws:logs:eu-west-1:111111111111:*"
PLACE = Place("111111111111", "eu-west-1", "aws")
PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")
SERVICES = (log_groups(PLACE), account_publishers(PUBLISHERS, PLACE.account_id), log_delivery(PLACE))


@cache
def _key(**changes: Any) -> Template:
    arguments = {
        "alias": "sitechat-dev-main",
        "description": "Everything",
        "place": PLACE,
    }
    return template(lambda scope: CustomerKey(scope, "key", **{**arguments, **changes}))


@pytest.fixture(scope="module")
def policy() -> Mapping[str, Mapping[str, Any]]:
    key = template(
        lambda scope: CustomerKey(scope, "key", alias="main", description="All", place=PLACE, statements=SERVICES)
    )
    return key.statements("key/policy")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("enable_key_rotation", True),
        ("multi_region", True),
        ("deletion_window_in_days", 30),
        ("lifecycle", {"prevent_destroy": True}),
        ("description", "Everything"),
    ],
)
def test_default(attribute: str, value: object) -> None:
    assert _key().one("aws_kms_key")[attribute] == value


def test_the_policy_is_the_keys() -> None:
    assert _key().one("aws_kms_key")["policy"].startswith("${data.aws_iam_policy_document.")


def test_the_alias_leads_to_the_key() -> None:
    alias = _key().one("aws_kms_alias")
    assert alias["name"] == "alias/sitechat-dev-main"
    assert alias["target_key_id"].startswith("${aws_kms_key.")


def test_a_key_can_stay_in_its_region() -> None:
    assert _key(multi_region=False).one("aws_kms_key")["multi_region"] is False


def test_protection_can_be_taken_off() -> None:
    assert "lifecycle" not in _key(protected=False).one("aws_kms_key")


@pytest.mark.parametrize(
    ("protected", "chosen", "days"), [(True, None, 30), (False, None, 7), (True, 14, 14), (False, 30, 30)]
)
def test_an_unprotected_key_goes_soonest_unless_a_window_is_chosen(
    protected: bool, chosen: int | None, days: int
) -> None:
    key = _key(protected=protected, deletion_window_days=chosen).one("aws_kms_key")
    assert key["deletion_window_in_days"] == days


def test_the_account_administers_and_nobody_is_a_wildcard(policy: Mapping[str, Mapping[str, Any]]) -> None:
    assert policy["AccountAdministers"]["principals"] == [
        {"type": "AWS", "identifiers": ["arn:aws:iam::111111111111:root"]}
    ]
    identifiers = [name for each in policy.values() for who in each["principals"] for name in who["identifiers"]]
    assert not [name for name in identifiers if "*" in name]
    assert [sid for sid, each in policy.items() if "kms:*" in each["actions"]] == ["AccountAdministers"]


def test_every_service_acts_for_this_account(policy: Mapping[str, Mapping[str, Any]]) -> None:
    services = {sid: each for sid, each in policy.items() if sid != "AccountAdministers"}
    assert set(services) == {"LogGroupsOfThisAccount", "PublishersOfThisAccount", "LogDeliveryOfThisAccount"}
    for sid, statement in services.items():
        assert {who["type"] for who in statement["principals"]} == {"Service"}
        values = [value for condition in statement["condition"] for value in condition["values"]]
        assert values, sid
        assert all("111111111111" in value for value in values), sid


def test_log_groups_use_it_in_their_own_context(policy: Mapping[str, Mapping[str, Any]]) -> None:
    statement = policy["LogGroupsOfThisAccount"]
    assert statement["principals"][0]["identifiers"] == ["logs.eu-west-1.amazonaws.com"]
    assert statement["condition"] == [
        {"test": "ArnLike", "variable": "kms:EncryptionContext:aws:logs:arn", "values": [LOGS]}
    ]


def test_no_statement_under_an_encryption_context_describes_the_key(policy: Mapping[str, Mapping[str, Any]]) -> None:
    assert "kms:DescribeKey" not in policy["LogGroupsOfThisAccount"]["actions"]
    assert "kms:DescribeKey" not in one_log_group("/a/b", PLACE).actions


def test_one_log_group_is_bound_by_its_arn() -> None:
    group = one_log_group("/a/b", PLACE)
    assert group.principals == {"Service": ("logs.eu-west-1.amazonaws.com",)}
    assert group.conditions == (
        (
            "ArnEquals",
            "kms:EncryptionContext:aws:logs:arn",
            ("arn:aws:logs:eu-west-1:111111111111:log-group:/a/b",),
        ),
    )


def test_publishers_reach_encrypted_topics(policy: Mapping[str, Mapping[str, Any]]) -> None:
    statement = policy["PublishersOfThisAccount"]
    assert set(statement["principals"][0]["identifiers"]) == {
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
    }
    assert set(statement["actions"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert statement["condition"][0]["variable"] == "aws:SourceAccount"


def test_deliveries_come_from_this_accounts_logs(policy: Mapping[str, Mapping[str, Any]]) -> None:
    statement = policy["LogDeliveryOfThisAccount"]
    assert statement["principals"][0]["identifiers"] == ["delivery.logs.amazonaws.com"]
    assert {each["variable"] for each in statement["condition"]} == {"aws:SourceAccount", "aws:SourceArn"}


def test_without_statements_no_service_may_use_it() -> None:
    assert set(_key().statements("key/policy")) == {"AccountAdministers"}


def test_it_says_that_the_account_must_be_able_to_change_the_policy() -> None:
    (needs,) = _key().config["//"]["needs"].values()
    assert [(each["who"], each["actions"]) for each in needs] == [
        ("arn:aws:iam::111111111111:root", ["kms:PutKeyPolicy"])
    ]
