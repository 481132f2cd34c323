"""Whether a connection is made, and what is told where it isn't."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from local_aws.traffic.network import INTERNET, Source, vpc_origin
from local_aws.traffic.vpc.judging import judge
from local_aws.traffic.vpc.parts import Acl, AclEntry, Group, GroupRule, Route, Vpcs
from tests.support.balancing import VPC, WORLD, entries, subnet, vpcs

ALB = Source("load-balancer", "alb", groups=("sg-alb",), name="web")
TASK = Source("task", "task", "10.0.1.1", ("sg-task",), "task 1", public=True)
ORIGIN = vpc_origin("vo_1")
EPHEMERAL = ((1024, 3388), (3390, 65535))


def with_rule(group: str, rule: GroupRule | None, **more: Any) -> Vpcs:
    """The VPC with the rules of one group replaced."""
    groups = vpcs().groups
    return vpcs(groups={**groups, group: replace(groups[group], rules=(rule,) if rule else ())}, **more)


def with_acl(where: str, *of_acl: AclEntry) -> Vpcs:
    subnets = vpcs().subnets
    return vpcs(subnets={**subnets, where: replace(subnets[where], acl=Acl("acl-2", of_acl))})


def test_what_is_open_on_the_way_is_named() -> None:
    assert judge(vpcs(), ORIGIN, ALB, 80).allowed
    verdict = judge(vpcs(), ALB, TASK, 8080)
    assert verdict.allowed
    assert verdict.decided == ("sgr-2 of sg-alb, rtb-alb local, acl-1 out by 100, acl-1 in by 100, sgr-3 of sg-task")


@pytest.mark.parametrize(
    ("group", "rule", "ends", "told"),
    [
        (
            "sg-alb",
            None,
            (ORIGIN, ALB, 80),
            "sg-alb (alb) has no inbound rule for tcp 80 from vo_1: neither CloudFront's",
        ),
        ("sg-alb", None, (ALB, TASK, 8080), "sg-alb (alb) has no outbound rule for tcp 8080 to task 1, sg-task (task)"),
        ("sg-task", None, (ALB, TASK, 8080), "sg-task (task) has no inbound rule for tcp 8080 from web, sg-alb (alb)"),
        ("sg-task", GroupRule("r", False, 8081, 9000, "sg-alb"), (ALB, TASK, 8080), "has no inbound rule for tcp 8080"),
        ("sg-task", GroupRule("r", True, 0, 65535, "sg-alb"), (ALB, TASK, 8080), "has no inbound rule for tcp 8080"),
        ("sg-task", GroupRule("r", False, 8080, 8080, "10.0.2.0/24"), (ALB, TASK, 8080), "has no inbound rule"),
    ],
)
def test_a_missing_group_rule(group: str, rule: GroupRule | None, ends: tuple[Source, Source, int], told: str) -> None:
    verdict = judge(with_rule(group, rule), *ends)
    assert not verdict.allowed
    assert told in verdict.decided


@pytest.mark.parametrize("peer", ["10.0.0.0/24", "0.0.0.0/0"])
def test_a_rule_for_addresses_admits_who_is_there(peer: str) -> None:
    rule = GroupRule("r", False, 8080, 8080, peer)
    assert judge(with_rule("sg-task", rule), ALB, TASK, 8080).allowed


def test_cloudfront_is_admitted_by_its_list_its_group_or_the_world() -> None:
    named = Group("sg-cf", "CloudFront-VPCOrigins-Service-SG", "vpc-1")
    groups = {**vpcs().groups, "sg-cf": named, "sg-x": replace(named, id="sg-x", name="other")}

    def admitted(peer: str) -> bool:
        rules = (GroupRule("r", False, 80, 80, peer),)
        return judge(vpcs(groups={**groups, "sg-alb": replace(groups["sg-alb"], rules=rules)}), ORIGIN, ALB, 80).allowed

    assert admitted("sg-cf")
    assert admitted("0.0.0.0/0")
    assert not admitted("sg-x")
    # Whether packets carry addresses of the VPC isn't documented, so a rule for these isn't enough.
    assert not admitted("10.0.0.0/16")


ALLOW_IN = (200, False, VPC, 0, 65535)
ALLOW_OUT = (200, True, VPC, 0, 65535)


@pytest.mark.parametrize(
    ("where", "of_acl", "told"),
    [
        ("task", entries(ALLOW_OUT), "acl-2 of task: no entry allows tcp 8080 inbound from 10.0.0.0/24"),
        ("task", entries(ALLOW_IN), "acl-2 of task: no entry allows tcp 1024-3388, 3390-65535 outbound to 10.0.0.0/24"),
        (
            "task",
            entries(ALLOW_IN, (200, True, VPC, 32768, 65535)),
            "acl-2 of task: no entry allows tcp 1024-3388, 3390-32767 outbound to 10.0.0.0/24",
        ),
        ("alb", entries(ALLOW_IN), "acl-2 of alb: no entry allows tcp 8080 outbound to 10.0.1.1/32"),
        (
            "alb",
            entries(ALLOW_OUT, (200, False, VPC, 1024, 60000)),
            "acl-2 of alb: no entry allows tcp 60001-65535 inbound from 10.0.1.1/32",
        ),
        (
            "task",
            (AclEntry(100, False, False, VPC, 8000, 9000), *entries(ALLOW_IN, ALLOW_OUT)),
            "acl-2 of task: entry 100 denies tcp 8080 inbound from 10.0.0.0/24",
        ),
    ],
)
def test_an_acl_has_no_memory_so_requests_and_answers_both_need_entries(
    where: str, of_acl: tuple[AclEntry, ...], told: str
) -> None:
    verdict = judge(with_acl(where, *of_acl), ALB, TASK, 8080)
    assert not verdict.allowed
    assert told in verdict.decided


def test_the_lower_number_decides_and_remote_desktop_may_stay_closed() -> None:
    late = AclEntry(300, False, False, VPC, 0, 65535)
    assert judge(with_acl("task", *entries(ALLOW_IN, ALLOW_OUT), late), ALB, TASK, 8080).allowed
    answers = entries(ALLOW_IN, *((200 + index, True, VPC, *ports) for index, ports in enumerate(EPHEMERAL)))
    assert judge(with_acl("task", *answers), ALB, TASK, 8080).allowed


def test_within_a_subnet_no_acl_is_met() -> None:
    beside = replace(TASK, subnet="alb", ip="10.0.0.7")
    assert judge(with_acl("alb"), ALB, beside, 8080).allowed


def test_acls_have_to_admit_both_the_vpcs_and_cloudfronts_addresses_for_a_vpc_origin() -> None:
    inside = entries((1, False, VPC, 0, 65535), (2, True, VPC, 0, 65535))
    verdict = judge(with_acl("alb", *inside), ORIGIN, ALB, 80)
    assert "acl-2 of alb: no entry allows tcp 80 inbound from 130.176.0.0/18" in verdict.decided
    outside = entries(*((10 + index, True, WORLD, *ports) for index, ports in enumerate(EPHEMERAL)))
    assert judge(with_acl("alb", *inside, *entries((3, False, WORLD, 80, 80)), *outside), ORIGIN, ALB, 80).allowed


def test_an_address_outside_its_subnet_counts_as_the_whole_subnet() -> None:
    emulated = replace(TASK, ip="172.17.0.2")
    assert judge(with_acl("task", *entries(ALLOW_IN, ALLOW_OUT)), ALB, emulated, 8080).allowed


def test_an_end_that_is_not_known_is_refused() -> None:
    verdict = judge(vpcs(), ALB, replace(TASK, subnet="subnet-x"), 8080)
    assert verdict.decided == "task 1 is in no known subnet (subnet-x)"
    assert "has no outbound rule" in judge(vpcs(), ALB, replace(TASK, groups=()), 8080).decided
    verdict = judge(vpcs(), ORIGIN, replace(ALB, groups=("sg-x",)), 80)
    assert verdict.decided == "web has no known security group (sg-x)"


def out(*routes: Route, **more: Any) -> Vpcs:
    """The VPC with routes for the tasks, which may open HTTPS connections to anywhere."""
    subnets = {**vpcs().subnets, "task": subnet("task", "10.0.1.0/24", routes=routes)}
    rule = GroupRule("sgr-9", True, 443, 443, "0.0.0.0/0")
    return with_rule("sg-task", rule, subnets={**subnets, **more.pop("subnets", {})}, **more)


def test_a_task_needs_a_route_to_the_internet() -> None:
    gateway = Route("0.0.0.0/0", "igw-1")
    assert judge(out(gateway), TASK, INTERNET, 443).allowed
    assert "has no route to the internet" in judge(out(), TASK, INTERNET, 443).decided
    hidden = replace(TASK, public=False)
    assert "igw-1, but task 1 has no public address" in judge(out(gateway), hidden, INTERNET, 443).decided
    assert "isn't known here" in judge(out(Route("0.0.0.0/0", "tgw-1")), TASK, INTERNET, 443).decided
    assert "no outbound rule for tcp 80" in judge(out(gateway), TASK, INTERNET, 80).decided


def test_a_nat_gateway_needs_a_way_out_itself() -> None:
    hidden, route = replace(TASK, public=False), Route("0.0.0.0/0", "nat-1")
    edge = subnet("edge", "10.0.9.0/24", routes=(Route("0.0.0.0/0", "igw-1"),))
    there = {"nat_gateways": {"nat-1": "edge"}}
    assert judge(out(route, subnets={"edge": edge}, **there), hidden, INTERNET, 443).allowed
    closed = out(route, subnets={"edge": subnet("edge", "10.0.9.0/24")}, **there)
    assert "rtb-edge of edge, where nat-1 is, has no internet gateway" in judge(closed, hidden, INTERNET, 443).decided
    assert "nat-1, which is not there" in judge(out(route), hidden, INTERNET, 443).decided


def test_the_internet_reaches_nothing_without_a_public_address() -> None:
    rule = GroupRule("r", False, 80, 80, "0.0.0.0/0")
    assert "has no route" in judge(with_rule("sg-alb", rule), INTERNET, ALB, 80).decided
    gateway = subnet("alb", "10.0.0.0/24", routes=(Route("0.0.0.0/0", "igw-1"),))
    open_to_all = with_rule("sg-alb", rule, subnets={**vpcs().subnets, "alb": gateway})
    assert "no public address" in judge(open_to_all, INTERNET, ALB, 80).decided
    assert judge(open_to_all, INTERNET, replace(ALB, public=True), 80).allowed


def test_another_vpc_has_no_route() -> None:
    other = replace(subnet("task", "10.9.1.0/24"), vpc="vpc-2")
    verdict = judge(vpcs(subnets={**vpcs().subnets, "task": other}), ALB, TASK, 8080)
    assert "rtb-alb of alb has no route to task, which is in vpc-2" in verdict.decided


def test_a_range_that_is_only_partly_admitted_is_not() -> None:
    half = entries((1, False, IPv4Network("10.0.0.0/25"), 0, 65535), ALLOW_OUT)
    assert (
        "no entry allows tcp 8080 inbound from 10.0.0.0/24" in judge(with_acl("task", *half), ALB, TASK, 8080).decided
    )
