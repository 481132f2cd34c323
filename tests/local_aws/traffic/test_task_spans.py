"""A task that sends spans to the address in its definition: network, role and Transaction Search decide, as in AWS."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from local_aws import Endpoint, images_folder, start, stop
from local_aws.images import pack
from local_aws.traffic.world import World
from tests.support.transaction_search import switch_transaction_search

Make = Callable[[str], Any]
TRACE = "ab" * 16
NAME = "sends"
DOCKERFILE = 'FROM python:3.13-slim\nCOPY send.py /app/\nCMD ["python", "/app/send.py"]\n'
SENDS = f"""
import json, os, time, boto3, requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

url, credentials = os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], boto3.Session().get_credentials()
while True:
    now = time.time_ns()
    times = {{"startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1)}}
    span = {{"traceId": "{TRACE}", "spanId": "cd" * 8, "name": "said", "kind": 1, **times}}
    body = json.dumps({{"resourceSpans": [{{"scopeSpans": [{{"spans": [span]}}]}}]}})
    asked = AWSRequest("POST", url, data=body, headers={{"content-type": "application/json"}})
    SigV4Auth(credentials, "xray", "us-east-1").add_auth(asked)
    try:
        told = requests.post(url, data=body, headers=dict(asked.headers), timeout=1)
        print(told.status_code, told.text, flush=True)
    except requests.Timeout:
        print("no answer", flush=True)
    time.sleep(0.2)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sends")


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Endpoint]:
    yield start(folder, traffic=True)
    stop(folder)


@pytest.fixture
def make(run: Endpoint) -> Make:
    return World(run.url, run.account_id, run.region).client


def test_network_role_and_destination_decide_about_the_spans_of_a_task(
    make: Make, run: Endpoint, folder: Path, tmp_path: Path
) -> None:
    assert run.traffic is not None
    make("logs").create_log_group(logGroupName=NAME)
    vpc, network = _network(make)
    _started(make, _image(make, folder, tmp_path), network)
    said(make, "no answer")

    _led_to_the_internet(make, vpc)
    said(make, "403 ", "is not authorized to perform: xray:PutSpans")

    allowed = {"Statement": [{"Effect": "Allow", "Action": "xray:PutSpans", "Resource": "*"}]}
    make("iam").put_role_policy(RoleName=NAME, PolicyName="spans", PolicyDocument=json.dumps(allowed))
    said(make, "400 ", "Trace Segment Destination")

    switch_transaction_search(make, f"{run.region}:{run.account_id}")
    said(make, "200 {}")
    with urlopen(f"http://127.0.0.1:{run.traffic.control}/spans/{TRACE}") as answer:
        assert {each["name"] for each in json.load(answer)} == {"said"}
    with urlopen(f"http://127.0.0.1:{run.traffic.control}/tasks") as answer:
        assert [each["sends_spans"] for each in json.load(answer)] == [True]
    (first, *_) = make("logs").filter_log_events(logGroupName="aws/spans")["events"]
    assert json.loads(first["message"])["traceId"] == TRACE
    make("ecs").delete_service(cluster=NAME, service=NAME, force=True)


def said(make: Make, *words: str) -> None:
    """Wait until the task writes a line with all these words."""
    deadline = time.monotonic() + 60
    while True:
        lines = [each["message"] for each in make("logs").filter_log_events(logGroupName=NAME)["events"]]
        if any(all(word in line for word in words) for line in lines):
            return
        assert time.monotonic() < deadline, lines[-3:]
        time.sleep(0.1)


def _image(make: Make, folder: Path, context: Path) -> str:
    (context / "send.py").write_text(SENDS)
    (context / "Dockerfile").write_text(DOCKERFILE)
    packed = pack(context, images_folder(folder), Path(sys.executable))
    uri = make("ecr").create_repository(repositoryName=NAME)["repository"]["repositoryUri"]
    put = {"repositoryName": NAME, "imageManifest": packed.manifest, "imageTag": "v1", "imageDigest": packed.digest}
    make("ecr").put_image(**put)
    return f"{uri}@{packed.digest}"


def _network(make: Make) -> tuple[str, dict[str, Any]]:
    """A VPC without a way out, and the network of a task in it."""
    ec2 = make("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=NAME, Description=NAME, VpcId=vpc)["GroupId"]
    return vpc, {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": "ENABLED"}


def _led_to_the_internet(make: Make, vpc: str) -> None:
    ec2 = make("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def _started(make: Make, image: str, network: dict[str, Any]) -> None:
    iam, ecs = make("iam"), make("ecs")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    roles = {}
    for name in (NAME, "starts"):
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        roles[name] = made["Role"]["Arn"]
    iam.put_role_policy(RoleName="starts", PolicyName="all", PolicyDocument=json.dumps(everything))
    ecs.create_cluster(clusterName=NAME)
    endpoint = {"name": "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "value": "https://xray.us-east-1.amazonaws.com/v1/traces"}
    options = {"awslogs-group": NAME, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "app"}
    ecs.register_task_definition(
        family=NAME,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=roles["starts"],
        taskRoleArn=roles[NAME],
        containerDefinitions=[
            {
                "name": NAME,
                "image": image,
                "environment": [endpoint],
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=NAME,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
    )
