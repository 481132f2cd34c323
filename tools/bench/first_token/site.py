"""A small site on the emulated AWS: distribution, VPC origin, load balancer, one task of the reference application."""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import local_aws
from local_aws.endpoint import LOOPBACK
from local_aws.images import pack
from local_aws.traffic.world import World
from tools.bench.cases import REPO

APPLICATION = REPO / "examples" / "sitechat_app"
NAME = "bench"
CONTAINER_PORT = 8080
# Pace of the application's fake model, in seconds; both ways wait for it alike.
PACE = {"SITECHAT_LOCAL_FIRST_TOKEN_SECONDS": "0.02", "SITECHAT_LOCAL_TOKEN_SECONDS": "0.001"}
# Policies of AWS's own (CloudFront guide, "Use managed cache policies" and "Use managed origin request policies").
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
_READY_SECONDS = 60.0
# CloudFront and its firewall live there.
_GLOBAL = "us-east-1"
Client = Callable[..., Any]


class SiteError(Exception):
    """A site that didn't become ready; the message says what is missing."""


@dataclass(frozen=True)
class Site:
    """Ports of loopback at which the site answers: the data plane's, which speaks HTTP, and the task's, with TLS.

    `client` makes boto3 clients of the emulated AWS, by service and region.
    """

    plane_port: int
    task_port: int
    client: Client


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A site on an emulated AWS of its own, whose files are in `folder`, while the block lasts.

    Raises SiteError, or LocalAwsError where the emulators don't start.
    """
    endpoint = local_aws.start(folder, traffic=True)
    try:
        yield _deployed(endpoint, folder)
    finally:
        local_aws.stop(folder)


def _deployed(endpoint: local_aws.Endpoint, folder: Path) -> Site:
    client = World(endpoint.url, endpoint.account_id, endpoint.region).client
    network = _network(client("ec2"))
    balancer, targets = _balancer(client("elbv2"), network)
    image, role = _image(client("ecr"), folder), _execution_role(client("iam"))
    _service(client("ecs"), image, role, network, targets)
    _distribution(client, balancer)
    assert endpoint.traffic is not None
    return Site(endpoint.traffic.https, _task_port(endpoint.traffic.https, endpoint.traffic.control), client)


@dataclass(frozen=True)
class _Network:
    vpc: str
    subnets: list[str]
    balancer_group: str
    task_group: str


def _network(ec2: Any) -> _Network:
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    groups = [ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc) for name in ("balancer", "task")]
    balancer_group, task_group = (each["GroupId"] for each in groups)
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    cloudfront = next(each for each in lists if each["PrefixListName"].endswith(".cloudfront.origin-facing"))
    for group, port, peer in (
        (balancer_group, 80, {"PrefixListIds": [{"PrefixListId": cloudfront["PrefixListId"]}]}),
        (task_group, CONTAINER_PORT, {"UserIdGroupPairs": [{"GroupId": balancer_group}]}),
    ):
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return _Network(vpc, [each["SubnetId"] for each in subnets], balancer_group, task_group)


def _balancer(elb: Any, network: _Network) -> tuple[str, str]:
    """ARNs of a load balancer and of its target group, whose targets speak TLS."""
    balancer = elb.create_load_balancer(
        Name=NAME, Subnets=network.subnets, SecurityGroups=[network.balancer_group], Scheme="internal"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    targets = elb.create_target_group(
        Name=NAME,
        Protocol="HTTPS",
        Port=CONTAINER_PORT,
        VpcId=network.vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckProtocol="HTTPS",
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": targets}]
    elb.create_listener(LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=forward)
    return balancer, targets


def _image(ecr: Any, folder: Path) -> str:
    """The application's image, pushed as `sitechat image push --env local` does."""
    image = pack(APPLICATION, local_aws.images_folder(folder), Path(sys.executable))
    repository = ecr.create_repository(repositoryName=NAME)["repository"]["repositoryUri"]
    ecr.put_image(repositoryName=NAME, imageManifest=image.manifest, imageDigest=image.digest)
    return f"{repository}@{image.digest}"


def _execution_role(iam: Any) -> str:
    """ARN of a role that may pull images."""
    trust = _policy(Action="sts:AssumeRole", Principal={"Service": "ecs-tasks.amazonaws.com"})
    made = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    pull = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    iam.put_role_policy(RoleName=NAME, PolicyName="pull", PolicyDocument=_policy(Action=pull, Resource="*"))
    return str(made)


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _service(ecs: Any, image: str, role: str, network: _Network, targets: str) -> None:
    variables = {"SITECHAT_MODE": "local", "SITECHAT_TLS": "on", "PORT": str(CONTAINER_PORT), **PACE}
    container = {
        "name": NAME,
        "image": image,
        "portMappings": [{"containerPort": CONTAINER_PORT}],
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
    }
    definition = ecs.register_task_definition(
        family=NAME,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=role,
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_cluster(clusterName=NAME)
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=definition,
        desiredCount=1,
        launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": targets, "containerName": NAME, "containerPort": CONTAINER_PORT}],
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": network.subnets, "securityGroups": [network.task_group]}
        },
    )


def _distribution(client: Client, balancer: str) -> None:
    """A distribution that streams from the load balancer, behind a firewall with a rate rule."""
    cloudfront = client("cloudfront", _GLOBAL)
    origin = cloudfront.create_vpc_origin(
        VpcOriginEndpointConfig={
            "Name": NAME,
            "Arn": balancer,
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "http-only",
        }
    )["VpcOrigin"]["Id"]
    behaviour = {
        "TargetOriginId": NAME,
        "ViewerProtocolPolicy": "https-only",
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER,
        "AllowedMethods": {
            "Quantity": 7,
            "Items": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
            "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
        },
        "Compress": True,
    }
    config = {
        "CallerReference": NAME,
        "Comment": "",
        "Enabled": True,
        "WebACLId": _firewall(client("wafv2", _GLOBAL)),
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": NAME,
                    "DomainName": "balancer.internal",
                    "VpcOriginConfig": {"VpcOriginId": origin, "OriginReadTimeout": 60, "OriginKeepaliveTimeout": 5},
                }
            ],
        },
        "DefaultCacheBehavior": behaviour,
    }
    cloudfront.create_distribution(DistributionConfig=config)


def _firewall(waf: Any) -> str:
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": NAME}
    rate = {"RateBasedStatement": {"Limit": 100_000, "AggregateKeyType": "IP"}}
    rule = {"Name": "rate", "Priority": 0, "Statement": rate, "Action": {"Block": {}}, "VisibilityConfig": seen}
    made = waf.create_web_acl(
        Name=NAME, Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, Rules=[rule], VisibilityConfig=seen
    )
    return str(made["Summary"]["ARN"])


def _task_port(plane_port: int, control_port: int) -> int:
    """Port of the only task, once the way to it through the plane works as well."""
    until, status = time.monotonic() + _READY_SECONDS, 0
    while time.monotonic() < until:
        tasks = json.loads(_asked(control_port, "/tasks")[1])
        status = _asked(plane_port, "/health")[0]
        if tasks and status == 200:
            return int(tasks[0]["ports"][str(CONTAINER_PORT)])
        time.sleep(0.2)
    raise SiteError(f"the site isn't ready after {_READY_SECONDS:.0f} s: {len(tasks)} tasks, /health answers {status}")


def _asked(port: int, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
