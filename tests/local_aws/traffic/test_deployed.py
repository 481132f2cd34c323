"""What is deployed, read from the real emulators: a VPC, a load balancer, and changes of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from local_aws import Endpoint
from local_aws.traffic.balancer import Balancers
from local_aws.traffic.balancer.deployed import group_arns
from local_aws.traffic.balancer.reading import read_deployed
from local_aws.traffic.hops import HopError
from local_aws.traffic.network import Network, Source, vpc_origin
from local_aws.traffic.world import World
from tests.support.balancing import EveryTarget, FixedWire, SetClock, read, request

ORIGIN = vpc_origin("vo_1")


Anew = Callable[[], World]


@pytest.fixture(scope="module")
def anew(endpoint: Endpoint) -> Anew:
    """A world without memory of what was there a moment ago."""
    return lambda: World(endpoint.url, endpoint.account_id, "us-east-1")


class Site:
    """A load balancer in one subnet and an interface in another, made by the API."""

    def __init__(self, world: World, name: str) -> None:
        self.ec2, self.elb = world.client("ec2"), world.client("elbv2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.7.{index}.0/24", AvailabilityZone="us-east-1a")[
                "Subnet"
            ]["SubnetId"]
            for index in range(2)
        ]
        self.alb_group, self.task_group = self._group(f"{name}-alb"), self._group(f"{name}-task")
        lists = self.ec2.describe_managed_prefix_lists()["PrefixLists"]
        cloudfront = next(
            each["PrefixListId"] for each in lists if each["PrefixListName"].endswith(".cloudfront.origin-facing")
        )
        self._open(self.alb_group, 80, PrefixListIds=[{"PrefixListId": cloudfront}])
        self._open(self.task_group, 8080, UserIdGroupPairs=[{"GroupId": self.alb_group}])
        self.interface = self.ec2.create_network_interface(
            SubnetId=self.subnets[1], PrivateIpAddress="10.7.1.10", Groups=[self.task_group]
        )["NetworkInterface"]["NetworkInterfaceId"]
        self.balancer = self.elb.create_load_balancer(
            Name=name, Subnets=[self.subnets[0]], SecurityGroups=[self.alb_group], Scheme="internal"
        )["LoadBalancers"][0]["LoadBalancerArn"]
        self.targets = self.elb.create_target_group(
            Name=name, Protocol="HTTPS", Port=443, VpcId=self.vpc, TargetType="ip", HealthCheckPath="/health"
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=self.targets, Targets=[{"Id": "10.7.1.10", "Port": 8080}])
        self.listener = self.elb.create_listener(
            LoadBalancerArn=self.balancer,
            Port=80,
            Protocol="HTTP",
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}],
        )["Listeners"][0]["ListenerArn"]

    def _group(self, name: str) -> str:
        made: str = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        return made

    def _open(self, group: str, port: int, **peer: Any) -> None:
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])

    def close(self, group: str) -> None:
        """Revoke all inbound rules of a group."""
        filters = [{"Name": "group-id", "Values": [group]}]
        rules = self.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        inbound = [each["SecurityGroupRuleId"] for each in rules if not each["IsEgress"]]
        self.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=inbound)


def test_requests_go_by_what_the_emulators_hold(anew: Anew) -> None:
    site = Site(anew(), "web")

    async def run() -> None:
        wire, network = FixedWire(), Network(anew())
        balancers = Balancers(anew(), network, EveryTarget(), SetClock(), wire)
        await balancers.tick()
        await balancers.checked()
        health = balancers.health(site.targets) or []
        assert [(str(each.target), each.state) for each in health] == [("10.7.1.10:8080", "healthy")]
        answer = await balancers.answer(site.balancer, 80, request("/a"), ORIGIN)
        assert (answer.status, await read(answer)) == (200, b"hello")
        assert (wire.calls[-1].address, wire.calls[-1].tls) == (("10.7.1.10", 8080), True)

        site.close(site.task_group)
        node = Source("load-balancer", site.subnets[0], groups=(site.alb_group,), name="web")
        task = await network.interface("10.7.1.10")
        assert task is not None
        verdict = await Network(anew()).verdict(node, task, 8080)
        assert not verdict.allowed
        assert f"{site.task_group} (web-task) has no inbound rule for tcp 8080" in verdict.decided

        site.close(site.alb_group)
        changed = Balancers(anew(), Network(anew()), EveryTarget(), SetClock(), wire)
        with pytest.raises(HopError) as dropped:
            await changed.answer(site.balancer, 80, request("/a"), ORIGIN)
        assert dropped.value.kind == "timeout"

    asyncio.run(run())


def test_an_acl_that_was_put_before_a_subnet_decides(anew: Anew) -> None:
    site = Site(anew(), "fenced")

    async def run() -> None:
        node = Source("load-balancer", site.subnets[0], groups=(site.alb_group,), name="fenced")
        task = Source("interface", site.subnets[1], "10.7.1.10", (site.task_group,), "task")
        network = Network(anew())
        assert (await network.verdict(node, task, 8080)).allowed
        acl = site.ec2.create_network_acl(VpcId=site.vpc)["NetworkAcl"]["NetworkAclId"]
        found = site.ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [site.subnets[1]]}]
        )["NetworkAcls"][0]
        before = next(each for each in found["Associations"] if each["SubnetId"] == site.subnets[1])
        site.ec2.replace_network_acl_association(AssociationId=before["NetworkAclAssociationId"], NetworkAclId=acl)
        async with asyncio.timeout(20):
            while (verdict := await network.verdict(node, task, 8080)).allowed:
                await asyncio.sleep(0.1)
        assert f"network ACL {acl} of {site.subnets[1]}: no entry allows tcp 8080 inbound" in verdict.decided

    asyncio.run(run())


def test_rules_attributes_and_settings_are_read_as_they_were_set(anew: Anew) -> None:
    site = Site(anew(), "settings")
    site.elb.create_rule(
        ListenerArn=site.listener,
        Priority=5,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/old/*"]}}],
        Actions=[
            {"Type": "redirect", "RedirectConfig": {"Path": "/new", "Protocol": "HTTPS", "StatusCode": "HTTP_302"}}
        ],
    )
    shares = [{"TargetGroupArn": site.targets, "Weight": 0}, {"TargetGroupArn": "other", "Weight": 5}]
    weighted = {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}
    site.elb.modify_listener(ListenerArn=site.listener, DefaultActions=[weighted])
    site.elb.modify_target_group(
        TargetGroupArn=site.targets, HealthCheckIntervalSeconds=7, Matcher={"HttpCode": "200-299,404"}
    )
    site.elb.modify_load_balancer_attributes(
        LoadBalancerArn=site.balancer, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "77"}]
    )
    deployed = read_deployed(site.elb)
    balancer, group = deployed.balancers[site.balancer], deployed.groups[site.targets]
    assert balancer.idle_seconds == 77
    assert balancer.subnets == (site.subnets[0],)
    (listener,) = balancer.listeners
    assert [rule.priority for rule in listener.rules] == [5, 0]
    assert group_arns(listener.rules[1].actions[0]) == ((site.targets, 0), ("other", 5))
    assert group.balancers == (site.balancer,)
    assert (group.check.interval_seconds, group.check.codes) == (7, ((200, 299), (404, 404)))
