from __future__ import annotations

import re
import tomllib
from datetime import date

import pytest

from policies.proof.authorization import known
from policies.rights import asked
from policies.rights.actions import actions_of
from tests.support.addresses import FOLDER as ADDRESSES
from tests.support.environments import NAMES, ROOT
from tests.support.shared import environment

_BINDING = re.compile(r"cdktf_cdktf_provider_aws\.(\w+)")
LISTED = {line.split()[1].split(".")[0] for path in ADDRESSES.glob("*.txt") for line in path.read_text().splitlines()}
ALL = asked.asked_by(asked.known_types())


def operations() -> set[str]:
    return {
        operation
        for path in (asked.RECORDED, asked.WRITTEN)
        for part in tomllib.loads(path.read_text()).values()
        for lines in part.values()
        for phase in ("reads", "changes")
        for operation in lines.get(phase, "").split()
    }


def test_every_type_of_every_environment_has_lines() -> None:
    assert LISTED - asked.known_types() == set()
    data = {
        f"data.{kind}"
        for name in NAMES
        for template in environment(name).values()
        for kind in template.config.get("data", {})
        if kind.startswith("aws_")
    }
    assert data - asked.known_types() == set()


def test_every_type_that_a_construct_can_build_has_lines() -> None:
    """Types that no checked-in environment has, such as subscriptions of mail addresses, count as well."""
    files = [path for folder in ("backend", "constructs_lib", "stacks") for path in (ROOT / folder).rglob("*.py")]
    modules = {name for path in files for name in _BINDING.findall(path.read_text())} - {"provider"}
    kinds = {name.replace("data_aws_", "data.aws_") if name.startswith("data_") else f"aws_{name}" for name in modules}
    assert len(kinds) > 80
    assert kinds - asked.known_types() - asked.known_types("bootstrap") == set()


def test_types_without_lines_are_refused_by_name() -> None:
    with pytest.raises(asked.UnknownTypeError, match="aws_quantum_ledger asks of AWS: run `make rights`"):
        asked.asked_by({"aws_vpc", "aws_quantum_ledger"})


def test_every_action_is_one_that_aws_lists() -> None:
    unknown = {operation: each for operation in operations() for each in actions_of(operation) if not known(each)}
    assert unknown == {}
    assert sorted(each for each in ALL.all if not known(each)) == []


def test_every_dependent_action_of_aws_is_granted_or_declined() -> None:
    bootstrap = asked.asked_by(asked.known_types("bootstrap"), "bootstrap")
    assert asked.undecided_dependents(ALL.all | bootstrap.all) == frozenset()


def test_what_is_documented_has_a_source_and_a_day_or_a_reason() -> None:
    for kind, entries in tomllib.loads(asked.DOCUMENTED.read_text()).items():
        for entry in entries:
            if kind == "declined":
                assert len(entry["reason"]) > 20
            else:
                assert len(entry["source"]) > 20
                assert isinstance(entry["read"], date)


def test_what_is_written_by_hand_has_a_source_and_a_day() -> None:
    for part in tomllib.loads(asked.WRITTEN.read_text()).values():
        for entry in part.values():
            assert len(entry["source"]) > 20
            assert isinstance(entry["read"], date)


def test_what_was_recorded_is_not_written_by_hand_as_well() -> None:
    recorded, written = (tomllib.loads(path.read_text()) for path in (asked.RECORDED, asked.WRITTEN))
    twice = {
        (part, kind, operation)
        for part, kinds in written.items()
        for kind, lines in kinds.items()
        for phase in ("reads", "changes")
        for operation in lines.get(phase, "").split()
        if operation in recorded.get(part, {}).get(kind, {}).get(phase, "").split()
    }
    assert twice == set()


def test_nothing_documented_is_for_what_nobody_asks() -> None:
    documented = tomllib.loads(asked.DOCUMENTED.read_text())
    everything = ALL.all | asked.asked_by(asked.known_types("bootstrap"), "bootstrap").all
    kinds = asked.known_types() | asked.known_types("bootstrap")
    for kind in ("dependent", "declined"):
        assert [each["with"] for each in documented[kind] if not set(each["with"]) & everything] == []
    assert [each["types"] for each in documented["key_use"] if set(each["types"]) - kinds] == []


@pytest.mark.parametrize(
    ("kind", "part", "action"),
    [
        ("aws_vpc", "reads", "ec2:DescribeVpcs"),
        ("aws_vpc", "changes", "ec2:DeleteVpc"),
        ("aws_lb", "changes", "ec2:GetSecurityGroupsForVpc"),
        ("aws_cloudwatch_log_delivery", "changes", "logs:UpdateDeliveryConfiguration"),
        ("aws_cloudwatch_log_delivery", "changes", "cloudfront:AllowVendedLogDeliveryForResource"),
        ("aws_iam_account_password_policy", "changes", "iam:UpdateAccountPasswordPolicy"),
        ("aws_budgets_budget", "reads", "budgets:ViewBudget"),
        ("aws_s3_bucket_lifecycle_configuration", "reads", "s3:GetLifecycleConfiguration"),
    ],
)
def test_what_a_type_asks_for(kind: str, part: str, action: str) -> None:
    found = asked.asked_by({kind})
    assert action in getattr(found, part)
    assert not found.reads & found.changes


def test_services_follow_from_the_types() -> None:
    assert asked.linked_services({"aws_lb", "aws_vpc"}) == ("elasticloadbalancing.amazonaws.com",)
    assert asked.key_services({"aws_ecr_repository", "aws_vpc"}) == ("ecr",)
