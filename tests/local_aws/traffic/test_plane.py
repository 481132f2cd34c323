"""The plane as a process: its clock, an alarm by it, and a service that grows with its work."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from local_aws import Endpoint, LocalAwsError, images_folder, start, stop
from local_aws.images import pack
from local_aws.traffic.clock import FACTOR_VARIABLE
from local_aws.traffic.doors.traces import NO_DESTINATION
from local_aws.traffic.world import FRESH_SECONDS, World
from tests.support.transaction_search import switch_transaction_search

Make = Callable[[str], Any]
ALARM = {
    "AlarmName": "errors",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1.0,
    # For so many seconds the value is seen, however seldom somebody looks.
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 1,
    "TreatMissingData": "notBreaching",
}
WORK = "while True: pass\n"
DOCKERFILE = 'FROM python:3.13-slim\nCOPY work.py /app/\nCMD ["python", "/app/work.py"]\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plane")


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Endpoint]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FACTOR_VARIABLE, "60")
        endpoint = start(folder, traffic=True)
    yield endpoint
    stop(folder)


@pytest.fixture
def make(run: Endpoint) -> Make:
    return World(run.url, run.account_id, run.region).client


def test_the_clock_runs_as_asked_and_an_alarm_goes_by_it(run: Endpoint, make: Make) -> None:
    assert run.traffic is not None
    assert run.clock_factor == 60
    with urlopen(f"http://127.0.0.1:{run.traffic.control}/health") as answer:
        assert json.load(answer)["clock_factor"] == 60
    watch = make("cloudwatch")
    stat = {"Metric": {"Namespace": "Chat", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    doubled = {"Id": "b", "Expression": "2 * FILL(a, 0)", "ReturnData": True}
    watch.put_metric_alarm(**ALARM, Metrics=[{"Id": "a", "MetricStat": stat, "ReturnData": False}, doubled])

    def alarm() -> dict[str, Any]:
        return dict(watch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0])

    reached(lambda: alarm()["StateValue"] == "OK")
    watch.put_metric_data(Namespace="Chat", MetricData=[{"MetricName": "Errors", "Value": 1.0}])
    reached(lambda: alarm()["StateValue"] == "ALARM")
    assert "[2.0 (" in alarm()["StateReason"]
    reached(lambda: alarm()["StateValue"] == "OK")
    assert json.loads(alarm()["StateReasonData"])["emulatedClockFactor"] == 60


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the CPU of a task is read from /proc")
def test_spans_are_led_to_the_plane_and_taken_once_transaction_search_is_on(run: Endpoint, make: Make) -> None:
    assert run.traffic is not None
    scope = f"{run.account_id}/20260101/{run.region}/xray/aws4_request"
    headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}", "content-type": "application/json"}
    now, trace = time.time_ns(), "ab" * 16
    times = {"startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 5)}
    span = {"traceId": trace, "spanId": "cd" * 8, "name": "asked", "kind": 2, **times}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    answers = {}
    for path in ("/v1/traces", "/v1/logs"):
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(f"{run.url}{path}", body, headers))
        answers[path] = (refused.value.code, json.loads(refused.value.read())["message"])
    assert answers["/v1/traces"] == (400, NO_DESTINATION)
    assert answers["/v1/logs"][0] == 501

    switch_transaction_search(make, f"{run.region}:{run.account_id}")
    time.sleep(FRESH_SECONDS)
    with urlopen(Request(f"{run.url}/v1/traces", body, headers)) as answer:
        assert json.load(answer) == {}
    with urlopen(f"http://127.0.0.1:{run.traffic.control}/spans/{trace}") as answer:
        kept = json.load(answer)
    assert [(each["name"], each["kind"], each["durationNano"]) for each in kept] == [("asked", "SERVER", 5)]
    (line,) = make("logs").filter_log_events(logGroupName="aws/spans")["events"]
    assert (json.loads(line["message"]), line["logStreamName"]) == (kept[0], "default")
    with urlopen(f"http://127.0.0.1:{run.traffic.control}/spans/{'a' * 32}") as answer:
        assert json.load(answer) == []
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"http://127.0.0.1:{run.traffic.control}/spans/a")


def test_a_service_grows_with_the_work_of_its_tasks(make: Make, folder: Path, tmp_path: Path) -> None:
    ecs, scaling = make("ecs"), make("application-autoscaling")
    _service(make, _image(make, folder, tmp_path))
    named = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    target = {**named, "ResourceId": "service/grows/work"}
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
            "TargetValue": 20,
        },
    )

    def running() -> int:
        return int(ecs.describe_services(cluster="grows", services=["work"])["services"][0]["runningCount"])

    reached(lambda: running() == 2)
    ecs.delete_service(cluster="grows", service="work", force=True)


def _image(make: Make, folder: Path, context: Path) -> str:
    """An image that does nothing but work, by its digest."""
    (context / "work.py").write_text(WORK)
    (context / "Dockerfile").write_text(DOCKERFILE)
    packed = pack(context, images_folder(folder), Path(sys.executable))
    ecr = make("ecr")
    uri = ecr.create_repository(repositoryName="work")["repository"]["repositoryUri"]
    ecr.put_image(repositoryName="work", imageManifest=packed.manifest, imageTag="v1", imageDigest=packed.digest)
    return f"{uri}@{packed.digest}"


def _service(make: Make, image: str) -> None:
    iam, ec2, ecs = make("iam"), make("ec2"), make("ecs")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    role = iam.create_role(RoleName="work", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    allowed = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="work", PolicyName="all", PolicyDocument=json.dumps(allowed))
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    ecs.create_cluster(clusterName="grows")
    ecs.register_task_definition(
        family="work",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=role,
        containerDefinitions=[{"name": "work", "image": image}],
    )
    ecs.create_service(
        cluster="grows",
        serviceName="work",
        taskDefinition="work",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )


def reached(holds: Callable[[], bool]) -> None:
    """Wait until something holds; a minute of the clock is a second."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_clock_that_cannot_be_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FACTOR_VARIABLE, "0")
    with pytest.raises(LocalAwsError, match=FACTOR_VARIABLE):
        start(tmp_path, traffic=True)
    assert list(tmp_path.iterdir()) == []
