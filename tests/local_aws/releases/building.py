"""Builds the small service: network, load balancer with two listeners, distribution, deployment group, functions."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.images import StoredImage
from tools.bench.first_token.site import ALL_VIEWER, CACHING_DISABLED

NAME = "web"
PORT, TEST_PORT = 80, 8080
_GLOBAL = "us-east-1"
Client = Callable[..., Any]
# A hook that reports what its environment says, and nothing where that is empty.
HOOK = """
import os
import boto3

def handler(event, context):
    status = os.environ["RESULT"]
    if status:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )
"""


@dataclass(frozen=True)
class Built:
    """ARNs and names of what was built."""

    image: str
    role: str
    production: str
    test: str
    blue: str
    green: str
    subnets: tuple[str, ...]
    task_group: str


def build(client: Client, image: StoredImage) -> Built:
    """All but the service and what deploys it."""
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    )
    groups = [ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc) for name in ("balancer", "task")]
    balancer_group, task_group = (each["GroupId"] for each in groups)
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    cloudfront = next(each for each in lists if each["PrefixListName"].endswith(".cloudfront.origin-facing"))
    edge = {"PrefixListIds": [{"PrefixListId": cloudfront["PrefixListId"]}]}
    for group, port, peer in (
        (balancer_group, PORT, edge),
        (balancer_group, TEST_PORT, edge),
        (task_group, 8080, {"UserIdGroupPairs": [{"GroupId": balancer_group}]}),
    ):
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    balancer = elb.create_load_balancer(
        Name=NAME, Subnets=list(subnets), SecurityGroups=[balancer_group], Scheme="internal"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    blue, green = (_target_group(elb, vpc, name) for name in ("blue", "green"))
    production, test = (
        elb.create_listener(
            LoadBalancerArn=balancer,
            Port=port,
            Protocol="HTTP",
            DefaultActions=[{"Type": "forward", "TargetGroupArn": blue}],
        )["Listeners"][0]["ListenerArn"]
        for port in (PORT, TEST_PORT)
    )
    _distribution(client, balancer)
    name = _pushed(client("ecr"), image)
    return Built(name, _role(client("iam")), production, test, blue, green, subnets, task_group)


def serve(client: Client, built: Built, definition: str) -> None:
    """The service with one task, its deployment group, and the hooks `good`, `bad` and `silent`."""
    ecs, deploy = client("ecs"), client("codedeploy")
    ecs.create_cluster(clusterName=NAME)
    network = {"subnets": list(built.subnets), "securityGroups": [built.task_group]}
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=definition,
        desiredCount=1,
        launchType="FARGATE",
        deploymentController={"type": "CODE_DEPLOY"},
        loadBalancers=[{"targetGroupArn": built.blue, "containerName": "app", "containerPort": 8080}],
        networkConfiguration={"awsvpcConfiguration": network},
    )
    deploy.create_application(applicationName=NAME, computePlatform="ECS")
    deploy.create_deployment_group(
        applicationName=NAME,
        deploymentGroupName=NAME,
        serviceRoleArn=built.role,
        deploymentConfigName="CodeDeployDefault.ECSAllAtOnce",
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        ecsServices=[{"clusterName": NAME, "serviceName": NAME}],
        loadBalancerInfo={
            "targetGroupPairInfoList": [
                {
                    "targetGroups": [{"name": "blue"}, {"name": "green"}],
                    "prodTrafficRoute": {"listenerArns": [built.production]},
                    "testTrafficRoute": {"listenerArns": [built.test]},
                }
            ]
        },
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 2},
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
        },
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]},
    )
    for name, result in (("good", "Succeeded"), ("bad", "Failed"), ("silent", "")):
        function(client("lambda"), name, built.role, HOOK, RESULT=result)


def function(lambdas: Any, name: str, role: str, code: str, vpc: dict[str, Any] | None = None, **given: str) -> None:
    """A function of one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hook.py", code)
    lambdas.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="hook.handler",
        Timeout=30,
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": given},
        **({"VpcConfig": vpc} if vpc else {}),
    )


def register(ecs: Any, image: str, role: str, greeting: str) -> str:
    """A revision of the task definition whose tasks answer with a greeting."""
    variables = {"PORT": "8080", "SICK": "/nowhere", "GREETING": greeting}
    container = {
        "name": "app",
        "image": image,
        "stopTimeout": 5,
        "portMappings": [{"containerPort": 8080}],
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
    }
    told = ecs.register_task_definition(
        family=NAME,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=role,
        containerDefinitions=[container],
    )
    return str(told["taskDefinition"]["taskDefinitionArn"])


def _target_group(elb: Any, vpc: str, name: str) -> str:
    made = elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=8080,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=10,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
    elb.modify_target_group_attributes(TargetGroupArn=made, Attributes=[attribute])
    return str(made)


def _pushed(ecr: Any, image: StoredImage) -> str:
    uri = ecr.create_repository(repositoryName=NAME)["repository"]["repositoryUri"]
    ecr.put_image(repositoryName=NAME, imageManifest=image.manifest, imageTag="v1", imageDigest=image.digest)
    return f"{uri}@{image.digest}"


def _role(iam: Any) -> str:
    """A role that tasks, functions and CodeDeploy may take, and that may do everything."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    allowed = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=NAME, PolicyName="all", PolicyDocument=json.dumps(allowed))
    return str(role)


def _distribution(client: Client, balancer: str) -> None:
    """A distribution that asks the production listener, and the test listener for paths below /test."""
    cloudfront = client("cloudfront", _GLOBAL)
    origins = []
    for name, port in (("production", PORT), ("test", TEST_PORT)):
        settings = {"Name": name, "Arn": balancer, "HTTPPort": port, "HTTPSPort": 443}
        made = cloudfront.create_vpc_origin(VpcOriginEndpointConfig={**settings, "OriginProtocolPolicy": "http-only"})
        id_ = made["VpcOrigin"]["Id"]
        origin = {"VpcOriginId": id_, "OriginReadTimeout": 60, "OriginKeepaliveTimeout": 5}
        origins.append({"Id": name, "DomainName": f"{name}.internal", "VpcOriginConfig": origin})
    behaviour = {
        "ViewerProtocolPolicy": "https-only",
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER,
        "AllowedMethods": {
            "Quantity": 2,
            "Items": ["GET", "HEAD"],
            "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
        },
        "Compress": False,
    }
    cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": NAME,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 2, "Items": origins},
            "DefaultCacheBehavior": {**behaviour, "TargetOriginId": "production"},
            "CacheBehaviors": {
                "Quantity": 1,
                "Items": [{**behaviour, "TargetOriginId": "test", "PathPattern": "/test*"}],
            },
        }
    )
