"""Untagged orphans are found by their configured name or parent, in the lists of an emulated account."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Endpoint, redirect_variables
from pipeline.recovery.import_ids import SHAPES
from pipeline.recovery.leftovers import unknown_orphans
from pipeline.recovery.looked import Looked
from pipeline.recovery.made_again import MADE_AGAIN
from pipeline.recovery.matching import Import, Orphan, Unsure
from pipeline.recovery.orphans_by_name import (
    FOUND_BY_PARENT,
    FOUND_PERHAPS,
    LISTED_BY_NAME,
    Named,
    find_orphans_by_name,
)
from pipeline.session import Session, terraform_variables
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from policies.vouched.types import read_vouched
from tests.pipeline import samples
from tests.support.addresses import FOLDER as ADDRESSES
from tests.support.environments import varied


@pytest.fixture
def session(endpoint: Endpoint, tmp_path: Path) -> Session:
    work = Work(tmp_path)
    variables = terraform_variables(redirect_variables(endpoint, dict(os.environ)), work)
    return Session(varied("local"), "local", work, variables, Path("terraform"))


# An archive without files.
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def synthesis(folder: Path, **resources: dict[str, Any]) -> Synthesis:
    return synthesis_in("us-east-1", folder, resources)


def synthesis_in(region: str, folder: Path, resources: dict[str, Any]) -> Synthesis:
    """One layer with these blocks by type and name."""
    backend = {"backend": {"s3": samples.backend("first")}}
    config = {"terraform": backend, "provider": {"aws": [{"region": region}]}, "resource": resources}
    return layers.read_synthesis(samples.write(folder, {"first": (config, [])}), "local")


def state(kind: str, **attributes: dict[str, Any]) -> dict[str, Any]:
    """A state with resources of one type: their attributes by name."""
    return {
        "resources": [
            {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": each}]}
            for name, each in attributes.items()
        ]
    }


def found(session: Session, made: Synthesis, *states: dict[str, Any]) -> list[Import]:
    merged = {"resources": [each for one in states for each in one["resources"]]}
    looked = Looked()
    named = find_orphans_by_name(session, made, {"first": merged}, {}, looked)
    assert looked.missing == []
    return list(named.imports)


def test_an_alias_is_found_by_its_name_in_the_region_of_its_layer(session: Session, tmp_path: Path) -> None:
    kms = session.client("kms", "eu-west-1")
    kms.create_alias(AliasName="alias/chat-west", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    block = {"aws_kms_alias": {"it": {"name": "alias/chat-west"}}}
    assert found(session, synthesis_in("us-east-1", tmp_path / "here", block)) == []
    west = synthesis_in("eu-west-1", tmp_path / "west", block)
    assert found(session, west) == [Import("first", "aws_kms_alias.it", "alias/chat-west")]
    assert find_orphans_by_name(session, west, {}, {"first": ("aws_kms_alias.it",)}, Looked()) == Named()
    assert find_orphans_by_name(session, west, {}, {}, Looked(), without=("first",)) == Named()


def test_a_budget_is_found_by_its_name(session: Session, tmp_path: Path) -> None:
    account = session.env.account_id
    limit = {"Amount": "10", "Unit": "USD"}
    budget = {"BudgetName": "chat-money", "BudgetLimit": limit, "TimeUnit": "MONTHLY", "BudgetType": "COST"}
    session.client("budgets").create_budget(AccountId=account, Budget=budget)
    made = synthesis(tmp_path, aws_budgets_budget={"it": {"name": "chat-money"}, "other": {"name": "chat-mone"}})
    assert found(session, made) == [Import("first", "aws_budgets_budget.it", f"{account}:chat-money")]


def test_policies_and_access_of_cloudfront_are_found_by_their_names(session: Session, tmp_path: Path) -> None:
    cloudfront = session.client("cloudfront")
    key = {"EnableAcceptEncodingGzip": True, "HeadersConfig": {"HeaderBehavior": "none"}}
    nothing = {"CookiesConfig": {"CookieBehavior": "none"}, "QueryStringsConfig": {"QueryStringBehavior": "none"}}
    ids = {
        "aws_cloudfront_cache_policy": cloudfront.create_cache_policy(
            CachePolicyConfig={
                "Name": "chat-it",
                "MinTTL": 0,
                "ParametersInCacheKeyAndForwardedToOrigin": key | nothing,
            }
        )["CachePolicy"]["Id"],
        "aws_cloudfront_origin_request_policy": cloudfront.create_origin_request_policy(
            OriginRequestPolicyConfig={"Name": "chat-it", "HeadersConfig": {"HeaderBehavior": "none"}, **nothing}
        )["OriginRequestPolicy"]["Id"],
        "aws_cloudfront_response_headers_policy": cloudfront.create_response_headers_policy(
            ResponseHeadersPolicyConfig={"Name": "chat-it"}
        )["ResponseHeadersPolicy"]["Id"],
        "aws_cloudfront_origin_access_control": cloudfront.create_origin_access_control(
            OriginAccessControlConfig={
                "Name": "chat-it",
                "SigningProtocol": "sigv4",
                "SigningBehavior": "always",
                "OriginAccessControlOriginType": "s3",
            }
        )["OriginAccessControl"]["Id"],
    }
    blocks = {kind: {"it": {"name": "chat-it"}, "other": {"name": "chat"}} for kind in ids}
    assert {(each.address, each.id) for each in found(session, synthesis_in("us-east-1", tmp_path, blocks))} == {
        (f"{kind}.it", import_id) for kind, import_id in ids.items()
    }


@pytest.fixture
def network(session: Session) -> dict[str, str]:
    """Ids of a VPC with a subnet, a route table and two groups."""
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    groups = {
        name: ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"]
        for name in ("front", "back")
    }
    return {"subnet": subnet, "table": table, "gateway": gateway, **groups}


def test_a_route_and_an_association_are_found_in_their_table(
    session: Session, tmp_path: Path, network: dict[str, str]
) -> None:
    ec2, table, subnet = session.client("ec2"), network["table"], network["subnet"]
    out = {"route_table_id": "${aws_route_table.it.id}", "destination_cidr_block": "0.0.0.0/0"}
    place = {"route_table_id": "${aws_route_table.it.id}", "subnet_id": "${aws_subnet.it.id}"}
    made = synthesis(tmp_path, aws_route={"out": out}, aws_route_table_association={"place": place})
    known = (state("aws_route_table", it={"id": table}), state("aws_subnet", it={"id": subnet}))
    assert found(session, made, *known) == []
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=network["gateway"])
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    assert found(session, made, *known) == [
        Import("first", "aws_route.out", f"{table}_0.0.0.0/0"),
        Import("first", "aws_route_table_association.place", f"{subnet}/{table}"),
    ]
    assert found(session, made) == [], "where a place isn't known, nothing is certain"


def test_a_rule_is_told_by_all_that_makes_it_a_rule(session: Session, tmp_path: Path, network: dict[str, str]) -> None:
    ec2 = session.client("ec2")
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    pairs = [{"GroupId": network["front"]}]
    made = ec2.authorize_security_group_ingress(
        GroupId=network["back"], IpPermissions=[permission | {"UserIdGroupPairs": pairs}]
    )["SecurityGroupRules"]
    rule = made[0]["SecurityGroupRuleId"]
    block = {
        "security_group_id": "${aws_security_group.back.id}",
        "referenced_security_group_id": "${aws_security_group.front.id}",
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
    }
    others = {
        "port": block | {"to_port": 444},
        "protocol": block | {"ip_protocol": "udp"},
        "owner": block | {"security_group_id": "${aws_security_group.front.id}"},
        "side": {**block, "referenced_security_group_id": "${aws_security_group.back.id}"},
        "unknown": {**block, "referenced_security_group_id": "${aws_security_group.gone.id}"},
    }
    known = state("aws_security_group", front={"id": network["front"]}, back={"id": network["back"]})
    folder = synthesis(
        tmp_path,
        aws_vpc_security_group_ingress_rule={"it": block, **others},
        aws_vpc_security_group_egress_rule={"it": block},
    )
    (only,) = found(session, folder, known)
    assert only == Import("first", "aws_vpc_security_group_ingress_rule.it", rule)
    tagged = Orphan(f"arn:aws:ec2:us-east-1:{session.env.account_id}:security-group-rule/{rule}")
    assert list(unknown_orphans([tagged], [], [only])) == [], "it has tags, too, and is told once"


def test_a_rule_for_everything_has_no_ports(session: Session, tmp_path: Path, network: dict[str, str]) -> None:
    ec2 = session.client("ec2")
    everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.7.0.0/16"}]}]
    ec2.authorize_security_group_egress(GroupId=network["front"], IpPermissions=everywhere)
    block = {
        "security_group_id": "${aws_security_group.front.id}",
        "cidr_ipv4": "10.7.0.0/16",
        "ip_protocol": "-1",
    }
    made = synthesis(tmp_path, aws_vpc_security_group_egress_rule={"it": block})
    (only,) = found(session, made, state("aws_security_group", front={"id": network["front"]}))
    assert only.id.startswith("sgr-")


def test_a_record_of_somebody_else_is_never_imported(session: Session, tmp_path: Path) -> None:
    route53 = session.client("route53")
    zone = route53.create_hosted_zone(Name="chat.example", CallerReference="one")["HostedZone"]["Id"].split("/")[-1]
    record = {"Name": "a.chat.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    block = {"zone_id": "${aws_route53_zone.it.zone_id}", "name": "a.chat.example", "type": "A"}
    ours = block | {"records": ["192.0.2.1"], "ttl": 60}
    others = {
        "type": ours | {"type": "AAAA"},
        "name": ours | {"name": "chat.example"},
        "value": ours | {"records": ["192.0.2.2"]},
        "alias": block | {"alias": {"name": "${aws_cloudfront_distribution.it.domain_name}"}},
    }
    made = synthesis(tmp_path, aws_route53_record={"it": ours, **others})
    known = state("aws_route53_zone", it={"zone_id": zone})
    site = state("aws_cloudfront_distribution", it={"domain_name": "d1.cloudfront.net"})
    assert found(session, made, known, site) == [Import("first", "aws_route53_record.it", f"{zone}_a.chat.example_A")]


def test_a_delivery_is_found_by_its_source_while_there_is_one(session: Session, tmp_path: Path) -> None:
    logs, s3 = session.client("logs"), session.client("s3")
    arns = []
    for name in ("chat-one", "chat-two"):
        s3.create_bucket(Bucket=name)
        place = {"destinationResourceArn": f"arn:aws:s3:::{name}"}
        made = logs.put_delivery_destination(name=name, deliveryDestinationConfiguration=place)
        arns.append(made["deliveryDestination"]["arn"])
    distribution = f"arn:aws:cloudfront::{session.env.account_id}:distribution/E1"
    logs.put_delivery_source(name="chat-edge", resourceArn=distribution, logType="ACCESS_LOGS")
    block = {"delivery_source_name": "${aws_cloudwatch_log_delivery_source.it.name}"}
    synthesised = synthesis(
        tmp_path,
        aws_cloudwatch_log_delivery={"it": block},
        aws_cloudwatch_log_delivery_source={"it": {"name": "chat-edge"}},
    )
    assert found(session, synthesised) == []
    first = logs.create_delivery(deliverySourceName="chat-edge", deliveryDestinationArn=arns[0])["delivery"]["id"]
    assert found(session, synthesised) == [Import("first", "aws_cloudwatch_log_delivery.it", first)]
    logs.create_delivery(deliverySourceName="chat-edge", deliveryDestinationArn=arns[1])
    assert found(session, synthesised) == []


@pytest.fixture
def balancer(session: Session, network: dict[str, str]) -> dict[str, str]:
    """ARNs of a load balancer with a target group, a listener and a rule."""
    ec2, elb = session.client("ec2"), session.client("elbv2")
    vpc = ec2.describe_subnets(SubnetIds=[network["subnet"]])["Subnets"][0]["VpcId"]
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"]
    made = elb.create_load_balancer(Name="chat-front", Subnets=[network["subnet"], other], Scheme="internal")
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="chat-tasks", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}]
    listener = elb.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=forward)
    where = listener["Listeners"][0]["ListenerArn"]
    paths = [{"Field": "path-pattern", "Values": ["/x"]}]
    rule = elb.create_rule(ListenerArn=where, Priority=7, Conditions=paths, Actions=forward)["Rules"][0]["RuleArn"]
    return {"lb": arn, "group": group["TargetGroups"][0]["TargetGroupArn"], "listener": where, "rule": rule}


def test_a_load_balancer_is_found_by_name_and_what_it_has_by_port_and_priority(
    session: Session, tmp_path: Path, balancer: dict[str, str]
) -> None:
    made = synthesis(
        tmp_path,
        aws_lb={"it": {"name": "chat-front"}, "other": {"name": "chat-fron"}},
        aws_lb_target_group={"it": {"name": "chat-tasks"}},
        aws_lb_listener={
            "it": {"load_balancer_arn": "${aws_lb.known.arn}", "port": 80},
            "other": {"load_balancer_arn": "${aws_lb.known.arn}", "port": 443},
        },
        aws_lb_listener_rule={
            "it": {"listener_arn": "${aws_lb_listener.known.arn}", "priority": 7},
            "other": {"listener_arn": "${aws_lb_listener.known.arn}", "priority": 8},
        },
    )
    known = (
        state("aws_lb", known={"arn": balancer["lb"]}),
        state("aws_lb_listener", known={"arn": balancer["listener"]}),
    )
    offered = found(session, made, *known)
    assert {each.address: each.id for each in offered} == {
        "aws_lb.it": balancer["lb"],
        "aws_lb_target_group.it": balancer["group"],
        "aws_lb_listener.it": balancer["listener"],
        "aws_lb_listener_rule.it": balancer["rule"],
    }
    assert list(unknown_orphans([Orphan(arn) for arn in balancer.values()], [], offered)) == [], "each is told once"


def test_below_a_parent_that_is_gone_nothing_is_found_and_that_is_an_answer(session: Session, tmp_path: Path) -> None:
    account = session.env.account_id
    gone = f"arn:aws:elasticloadbalancing:us-east-1:{account}:loadbalancer/app/gone/0123456789abcdef"
    made = synthesis(
        tmp_path,
        aws_lb_listener={"it": {"load_balancer_arn": gone, "port": 80}},
        aws_route={"it": {"route_table_id": "rtb-0123456789abcdef0", "destination_cidr_block": "0.0.0.0/0"}},
        aws_route53_record={"it": {"zone_id": "Z0GONE", "name": "a.example", "type": "A", "records": ["192.0.2.1"]}},
        aws_ecs_service={"it": {"cluster": "gone", "name": "gone"}},
    )
    assert found(session, made) == []


def test_an_alarm_and_a_service_are_found_and_the_tagged_one_is_the_same(session: Session, tmp_path: Path) -> None:
    cloudwatch, ecs = session.client("cloudwatch"), session.client("ecs")
    cloudwatch.put_metric_alarm(
        AlarmName="chat-hot", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1
    )
    ecs.create_cluster(clusterName="chat-main")
    task = ecs.register_task_definition(family="chat", containerDefinitions=[{"name": "app", "image": "x"}])
    arn = task["taskDefinition"]["taskDefinitionArn"]
    service = ecs.create_service(cluster="chat-main", serviceName="chat-app", taskDefinition=arn, desiredCount=0)
    made = synthesis(
        tmp_path,
        aws_cloudwatch_metric_alarm={"it": {"alarm_name": "chat-hot"}},
        aws_ecs_service={"it": {"cluster": "${aws_ecs_cluster.it.id}", "name": "chat-app"}},
    )
    place = f"us-east-1:{session.env.account_id}"
    cluster = state("aws_ecs_cluster", it={"id": f"arn:aws:ecs:{place}:cluster/chat-main"})
    offered = found(session, made, cluster)
    assert [each.id for each in offered] == ["chat-hot", "chat-main/chat-app"]
    tagged = [Orphan(f"arn:aws:cloudwatch:{place}:alarm:chat-hot"), Orphan(service["service"]["serviceArn"])]
    assert list(unknown_orphans(tagged, [], offered)) == []


def test_a_policy_is_found_by_its_name_and_who_may_call_a_function_in_the_functions_own(
    session: Session, tmp_path: Path
) -> None:
    statement = {"Effect": "Deny", "Action": "bedrock:InvokeModel", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = session.client("iam").create_policy(PolicyName="chat-model-stop", PolicyDocument=document)["Policy"]["Arn"]
    functions = session.client("lambda")
    functions.create_function(
        FunctionName="chat-stop",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{session.env.account_id}:role/chat-stop",
        Handler="a.handle",
        Code={"ZipFile": EMPTY_ZIP},
    )
    functions.add_permission(
        FunctionName="chat-stop", StatementId="Alarm", Action="lambda:InvokeFunction", Principal="a.amazonaws.com"
    )
    made = synthesis(
        tmp_path,
        aws_iam_policy={"it": {"name": "chat-model-stop"}, "other": {"name": "chat-model"}},
        aws_lambda_permission={
            "it": {"function_name": "chat-stop", "statement_id": "Alarm"},
            "other": {"function_name": "chat-stop", "statement_id": "Rule"},
            "gone": {"function_name": "chat-gone", "statement_id": "Alarm"},
        },
    )
    offered = {each.address: each.id for each in found(session, made)}
    assert offered == {"aws_iam_policy.it": policy, "aws_lambda_permission.it": "chat-stop/Alarm"}


def test_a_schedule_is_found_by_its_name_in_the_group_of_all(session: Session, tmp_path: Path) -> None:
    arn = f"arn:aws:lambda:us-east-1:{session.env.account_id}:function:chat"
    session.client("scheduler").create_schedule(
        Name="chat-quota",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": f"arn:aws:iam::{session.env.account_id}:role/chat"},
    )
    made = synthesis(tmp_path, aws_scheduler_schedule={"it": {"name": "chat-quota"}, "other": {"name": "chat-probe"}})
    assert {each.address: each.id for each in found(session, made)} == {
        "aws_scheduler_schedule.it": "default/chat-quota"
    }


def test_what_an_account_has_once_may_be_somebody_elses(session: Session, tmp_path: Path) -> None:
    made = session.client("iam").create_service_linked_role(AWSServiceName="es.amazonaws.com")
    block = {"aws_iam_service_linked_role": {"it": {"aws_service_name": "es.amazonaws.com"}}}
    named = find_orphans_by_name(session, synthesis(tmp_path, **block), {}, {}, Looked())
    assert named == Named((), (Unsure("first", "aws_iam_service_linked_role.it", (made["Role"]["Arn"],)),))


def test_what_gets_no_answer_is_named_and_hides_nothing(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kms = session.client("kms")
    kms.create_alias(AliasName="alias/chat-seen", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    made = synthesis(
        tmp_path,
        aws_budgets_budget={"it": {"name": "chat-money"}},
        aws_kms_alias={"it": {"name": "alias/chat-seen"}},
    )
    real = Session.client

    def client(self: Session, service: str, region: str | None = None, **settings: Any) -> Any:
        given = real(self, service, region, **settings)
        return Refusing("AccessDenied") if service == "budgets" else given

    monkeypatch.setattr(Session, "client", client)
    looked = Looked()
    named = find_orphans_by_name(session, made, {}, {}, looked)
    assert [each.id for each in named.imports] == ["alias/chat-seen"]
    (missing,) = looked.missing
    assert missing.what == "first: aws_budgets_budget.it"
    assert "AccessDenied" in missing.why


@pytest.mark.parametrize(("code", "missing"), [("InvalidAccessException", 0), ("AccessDeniedException", 1)])
def test_an_account_without_security_hub_is_an_answer(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, missing: int
) -> None:
    monkeypatch.setattr(Session, "client", lambda self, service, region=None, **settings: Refusing(code))
    looked = Looked()
    made = synthesis(tmp_path, aws_securityhub_account={"it": {}})
    assert find_orphans_by_name(session, made, {}, {}, looked) == Named()
    assert len(looked.missing) == missing


class Refusing:
    """A client whose every call is refused with an error code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def can_paginate(self, operation: str) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        def deny(**arguments: Any) -> Any:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, name)

        return deny


USED = {
    address.partition(".")[0]
    for path in ADDRESSES.glob("*.txt")
    for _, _, address in (line.partition(" ") for line in path.read_text().splitlines())
} | {kind for kind in read_vouched().resource if kind.startswith(("aws_codedeploy_", "aws_service_discovery_"))}


def test_every_kind_is_one_in_use() -> None:
    assert LISTED_BY_NAME.keys() | FOUND_BY_PARENT.keys() | FOUND_PERHAPS.keys() <= USED


def test_every_type_is_looked_for_or_can_be_made_again() -> None:
    looked_for = {kind for _, kind, _ in SHAPES} | LISTED_BY_NAME.keys() | FOUND_BY_PARENT.keys() | FOUND_PERHAPS.keys()
    assert looked_for.isdisjoint(MADE_AGAIN)
    assert USED - looked_for - MADE_AGAIN.keys() == set(), "give it a place: pipeline/recovery/README.md says where"
    assert MADE_AGAIN.keys() - USED == set()
