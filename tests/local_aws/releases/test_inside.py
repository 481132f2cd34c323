"""A hook that asks the test listener from inside the VPC, over TLS with the site's name, as a release does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.releases import building
from tests.local_aws.releases.conftest import NAME, Site, reached

pytestmark = pytest.mark.slow
CLOCK_FACTOR = "60"
DOMAIN, PORT = "chat.example.com", 8443
# Asks the load balancer under its own name, and takes a certificate for the site's alone.
INNER = """
import http.client, json, os, socket, ssl

def handler(event, context):
    try:
        plain = socket.create_connection((os.environ["BALANCER"], event.get("port", 8443)), timeout=10)
        name = event.get("name", "chat.example.com")
        connection = http.client.HTTPSConnection(name)
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=name)
        connection.request("GET", "/", headers={"Host": name})
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body)["variables"]["GREETING"] if answer.status == 200 else str(answer.status)
    except OSError as problem:
        return type(problem).__name__
"""
OUTER = """
import json, os, time
import boto3

def handler(event, context):
    said = ""
    for _ in range(100):
        told = boto3.client("lambda").invoke(FunctionName="inner", Payload=b"{}")
        said = json.load(told["Payload"])
        if said.startswith("g") and said != os.environ["OLD"]:  # the listener leads to the old tasks for some seconds
            break
        time.sleep(0.1)
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded" if said.startswith("g") and said != os.environ["OLD"] else "Failed",
    )
"""
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(site: Site) -> Ask:
    """Asks a function, after those in the VPC and the HTTPS listener were made."""
    ec2, elb, lambdas = site.client("ec2"), site.client("elbv2"), site.client("lambda")
    (balancer,) = elb.describe_load_balancers(Names=[NAME])["LoadBalancers"]
    certificate = site.client("acm").request_certificate(DomainName=DOMAIN)["CertificateArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Port=PORT,
        Protocol="HTTPS",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": site.built.blue}],
    )["Listeners"][0]["ListenerArn"]
    (subnet,) = ec2.describe_subnets(SubnetIds=[site.built.subnets[0]])["Subnets"]
    group = ec2.create_security_group(GroupName="inner", Description="inner", VpcId=subnet["VpcId"])["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=balancer["SecurityGroups"][0], IpPermissions=[rule])
    inside = {"SubnetIds": list(site.built.subnets), "SecurityGroupIds": [group]}
    strange = {"SubnetIds": list(site.built.subnets), "SecurityGroupIds": [site.built.task_group]}
    for name, vpc in (("inner", inside), ("strange", strange), ("outside", None)):
        building.function(lambdas, name, site.built.role, INNER, vpc, BALANCER=balancer["DNSName"])
    pair = site.client("codedeploy").get_deployment_group(applicationName=NAME, deploymentGroupName=NAME)[
        "deploymentGroupInfo"
    ]["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    tested = {**pair, "testTrafficRoute": {"listenerArns": [listener]}}
    site.group(loadBalancerInfo={"targetGroupPairInfoList": [tested]})

    def asked(function: str, **event: Any) -> Any:
        return json.load(lambdas.invoke(FunctionName=function, Payload=json.dumps(event).encode())["Payload"])

    return asked


def test_security_groups_the_listener_and_the_name_decide(ask: Ask, site: Site) -> None:
    # Groups and listener were made a moment ago.
    reached(lambda: ask("inner") == site.serving())
    assert ask("inner", name="another.example.com") == "SSLCertVerificationError"
    assert ask("inner", port=8444) == "TimeoutError"
    assert ask("strange") == "TimeoutError"
    assert ask("outside") == "TimeoutError"


def test_the_hook_sees_the_new_tasks_before_any_visitor(ask: Ask, site: Site) -> None:
    lambdas, old = site.client("lambda"), site.serving()
    building.function(lambdas, "outer", site.built.role, OUTER, OLD=old)
    definition, new = site.definition()
    deployment = site.deploy(definition, hooks={"AfterAllowTestTraffic": "outer"})
    told = site.ended(deployment)
    assert told["status"] == "Succeeded", told
    assert ask("inner") == new
