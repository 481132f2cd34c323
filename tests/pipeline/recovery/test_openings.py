"""A group that a run had no time to close is closed before it is imported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.recovery.leftovers import Leftovers
from pipeline.recovery.matching import Import
from pipeline.recovery.openings import Opening, close_opening, find_openings
from pipeline.recovery.repair import _Work
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from tests.pipeline import samples
from tests.pipeline.recovery.conftest import Stored


def made(folder: Path, group: dict[str, Any], **rules: dict[str, Any]) -> Synthesis:
    resources = {"aws_security_group": {"web": group}, "aws_vpc_security_group_egress_rule": rules}
    return layers.read_synthesis(samples.write(folder, {"first": ({"resource": resources}, [])}), "local")


def new_group(stored: Stored, name: str) -> Import:
    """A group as AWS makes it: everything is let out."""
    group = stored.session.client("ec2").create_security_group(GroupName=name, Description="web")["GroupId"]
    return Import("first", "aws_security_group.web", group)


def egress(stored: Stored, group: Import) -> list[str]:
    filters = [{"Name": "group-id", "Values": [group.id]}]
    rules = stored.session.client("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    return [each["SecurityGroupRuleId"] for each in rules if each["IsEgress"]]


def test_what_aws_opens_is_found_and_closed(stored: Stored, tmp_path: Path) -> None:
    group = new_group(stored, "opened")
    synthesis = made(tmp_path / "web", {"name": "opened"}, out={"ip_protocol": "tcp", "cidr_ipv4": "10.0.0.0/8"})
    (opening,) = find_openings(stored.session, synthesis, [group])
    assert (opening.imported, list(opening.rules)) == (group, egress(stored, group))
    close_opening(stored.session, opening)
    assert egress(stored, group) == []
    assert not list(find_openings(stored.session, synthesis, [group]))


def test_a_rule_that_somebody_described_is_somebody_s(stored: Stored, tmp_path: Path) -> None:
    group = new_group(stored, "described")
    ec2 = stored.session.client("ec2")
    ec2.revoke_security_group_egress(GroupId=group.id, SecurityGroupRuleIds=egress(stored, group))
    to = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "for a day"}]}
    ec2.authorize_security_group_egress(GroupId=group.id, IpPermissions=[to])
    assert not list(find_openings(stored.session, made(tmp_path / "web", {"name": "described"}), [group]))


@pytest.mark.parametrize(
    ("group", "rules"),
    [
        ({"name": "left", "egress": [{"protocol": "-1"}]}, {}),
        ({"name": "left"}, {"out": {"ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"}}),
    ],
)
def test_where_everything_may_go_out_nothing_is_closed(
    tmp_path: Path, stored: Stored, group: dict[str, Any], rules: dict[str, Any]
) -> None:
    imported = new_group(stored, f"left{len(rules)}")
    assert not list(find_openings(stored.session, made(tmp_path / "web", group, **rules), [imported]))


def test_a_group_is_closed_before_it_is_imported(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Opened:
        def import_resource(self, address: str, import_id: str) -> None:
            done.append(f"import {import_id}")

    group = Import("first", "aws_security_group.web", "sg-1")
    opening = Opening(group, "us-east-1", ("sgr-1",))
    monkeypatch.setattr("pipeline.recovery.repair.close_opening", lambda session, each: done.append("close sg-1"))
    monkeypatch.setattr("pipeline.session.Session.opened", lambda session, layer: Opened())
    left = replace(Leftovers(), imports=(group,), openings=(opening,))
    work = _Work(stored.session, stored.synthesis, {}, left, set())
    assert work.proposal().closings == (opening,)
    work.run_imports([group])
    assert done == ["close sg-1", "import sg-1"]
