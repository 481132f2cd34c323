from __future__ import annotations

from functools import cache

import pytest

from constructs_lib.network.security_groups import RequestPathGroups
from tests.support.synthesised import Template, template

CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"


@cache
def _groups(*, internet: bool = True, listener_port: int = 443, search: bool = True) -> Template:
    return template(
        lambda scope: RequestPathGroups(
            scope,
            "groups",
            name="net",
            vpc_id="vpc-1",
            vpc_cidr="10.20.0.0/16",
            listener_port=listener_port,
            task_port=8080,
            region="us-east-1",
            internet=internet,
            search=search,
        )
    )


def _rules(groups: Template, direction: str) -> set[tuple[str, str, int, int]]:
    """(group, peer, from, to) of every rule; groups by their construct's name."""
    rules = set()
    for rule in groups.all(f"aws_vpc_security_group_{direction}_rule").values():
        peers = [rule[key] for key in ("referenced_security_group_id", "prefix_list_id", "cidr_ipv4") if key in rule]
        assert rule["ip_protocol"] == "tcp"
        (peer,) = peers
        rules.add((_short(rule["security_group_id"]), _short(peer), rule["from_port"], rule["to_port"]))
    return rules


def _short(reference: str) -> str:
    return next(
        (part for part in ("alb", "task", "search", "cloudfront", "s3") if f"groups_{part}_" in reference), reference
    )


def test_the_ways_in_are_those_of_the_request_path() -> None:
    assert _rules(_groups(), "ingress") == {
        ("alb", "cloudfront", 443, 443),
        ("task", "alb", 8080, 8080),
        ("search", "task", 443, 443),
    }


def test_the_ways_out_with_internet() -> None:
    assert _rules(_groups(), "egress") == {
        ("alb", "task", 8080, 8080),
        ("task", "search", 443, 443),
        ("task", "0.0.0.0/0", 443, 443),
    }


def test_without_internet_tasks_reach_the_vpc_and_the_layers_of_their_image() -> None:
    groups = _groups(internet=False)
    assert _rules(groups, "egress") == {
        ("alb", "task", 8080, 8080),
        ("task", "search", 443, 443),
        ("task", "10.20.0.0/16", 443, 443),
        ("task", "s3", 443, 443),
    }
    assert _rules(groups, "ingress") == _rules(_groups(), "ingress")


def test_prefix_lists_are_those_of_aws() -> None:
    lists = _groups(internet=False).config["data"]["aws_ec2_managed_prefix_list"].values()
    assert {each["name"] for each in lists} == {CLOUDFRONT, "com.amazonaws.us-east-1.s3"}


def test_cloudfront_alone_is_asked_for_with_internet() -> None:
    lists = _groups().config["data"]["aws_ec2_managed_prefix_list"].values()
    assert [each["name"] for each in lists] == [CLOUDFRONT]


def test_without_search_no_group_and_no_way_to_it() -> None:
    groups = _groups(search=False)
    assert {group["name"] for group in groups.all("aws_security_group").values()} == {"net-alb", "net-task"}
    assert _rules(groups, "egress") == _rules(_groups(), "egress") - {("task", "search", 443, 443)}


def test_the_listener_may_be_in_clear() -> None:
    assert ("alb", "cloudfront", 80, 80) in _rules(_groups(listener_port=80), "ingress")


@pytest.mark.parametrize("name", ["alb", "task", "search"])
def test_groups_hold_no_rules_of_their_own(name: str) -> None:
    """Rules inside a group would fight with the separate ones."""
    group = _groups().one("aws_security_group", f"groups/{name}")
    assert (group["name"], group["vpc_id"]) == (f"net-{name}", "vpc-1")
    assert "ingress" not in group
    assert "egress" not in group
