"""Whoever may make something may take it back, and whoever tags may untag."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from policies.rights import asked, undone

# Operations that set and take away tags; the first kind does both.
_BOTH = re.compile(r":(ChangeTags|Put\w+Tagging$)")
_TAG = re.compile(r":(AddTags|CreateTags|Tag)")
_UNTAG = re.compile(r":(DeleteTags|RemoveTags|Untag)")


def changes(kind: str) -> list[str]:
    return asked._lines("layers")[kind]["changes"].split()


def tagged() -> list[str]:
    """Types that the environment's default tags reach: those whose binding has `tags_all`."""
    spec = find_spec("cdktf_cdktf_provider_aws")
    assert spec
    assert spec.submodule_search_locations
    bindings = Path(spec.submodule_search_locations[0])
    kinds = sorted(kind for kind in asked.known_types() if not kind.startswith("data."))
    return [
        each
        for each in kinds
        if "tags_all" in (bindings / each.removeprefix("aws_") / "__init__.py").read_text("utf-8")
    ]


def test_what_a_type_makes_it_takes_back() -> None:
    left = {kind: sorted(undone.not_taken_back(changes(kind))) for kind in asked.known_types()}
    assert {kind: found for kind, found in left.items() if found} == {}


@pytest.mark.parametrize(
    ("operations", "left"),
    [
        (("ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl"), {"ec2:CreateNetworkAclEntry"}),
        (("ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAclEntry"), set()),
        (("ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints"), set()),
        (("ec2:AttachInternetGateway",), {"ec2:AttachInternetGateway"}),
        (("ec2:AllocateAddress", "ec2:DisassociateAddress"), {"ec2:AllocateAddress"}),
        (("events:PutTargets",), {"events:PutTargets"}),
        (("events:PutTargets", "events:RemoveTargets"), set()),
        (("kms:EnableKeyRotation", "kms:UpdateAlias", "kms:DescribeKey"), set()),
        (("rds:RebootDBInstance",), {"rds:RebootDBInstance"}),
    ],
)
def test_an_operation_needs_its_inverse_or_a_reason(operations: tuple[str, ...], left: set[str]) -> None:
    assert undone.not_taken_back(operations) == left


def test_no_entry_is_about_what_nobody_asks() -> None:
    everything = {operation for kind in asked.known_types() for operation in changes(kind)}
    assert undone.entries() - everything == set()


@pytest.mark.parametrize("kind", tagged())
def test_what_carries_tags_can_be_tagged_and_untagged(kind: str) -> None:
    asks = sorted(asked.asked_by({kind}).changes)
    both = any(_BOTH.search(each) for each in asks)
    assert both or any(_TAG.search(each) for each in asks)
    assert both or any(_UNTAG.search(each) for each in asks)
