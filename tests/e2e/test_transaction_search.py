"""Transaction Search by Cloud Control, with the real provider: switched on, changed, found off, and off again.

A service's sampling rule and group go the same way, in the same runs.

Real Terraform on the emulated AWS, which refuses as AWS does: without the policy, and where it is on already.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from config.place import Place
from constructs_lib.observability.sampled_traces import SampledTraces
from constructs_lib.observability.transaction_search import TransactionSearch
from local_aws import Endpoint, redirect_variables, start, stop
from local_aws.endpoint import ACCOUNT_ID
from pipeline.session import terraform_variables
from pipeline.terraform.failures import SEARCHED_ALREADY, UNWRITTEN_SPANS, explain_failure
from pipeline.terraform.tools import find_terraform
from pipeline.work import Work
from tests.e2e.checkout import changes
from tests.e2e.offline import Offline
from tests.support.synthesised import template

pytestmark = pytest.mark.slow

REGION = "us-east-1"
SWITCH, POLICY = "aws_cloudcontrolapi_resource", "aws_cloudwatch_log_resource_policy"
RULE, GROUP = "aws_xray_sampling_rule", "aws_xray_group"
NAME, SERVICE = "spans-of-terraform", "chat-of-terraform"


@dataclass
class Life:
    """Plans, and what X-Ray says, by step."""

    folder: Path
    terraform: Offline
    endpoint: Endpoint
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, tuple[str, float]] = field(default_factory=dict)
    traced: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint.url,
            region_name=REGION,
            aws_access_key_id=ACCOUNT_ID,
            aws_secret_access_key="emulated",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def write(self, *, percent: int = 1, policy: bool = True, traced: float | None = None) -> None:
        """Write the configuration that the constructs make; with another percentage, without policy, without traces."""

        def build(scope: Any) -> None:
            TransactionSearch(scope, "search", policy_name=NAME, place=Place(ACCOUNT_ID, REGION, "aws"))
            if traced is not None:
                SampledTraces(scope, "traces", name=SERVICE, service_name=SERVICE, percent=traced)

        found = template(build).config
        del found["terraform"]["backend"]  # cdktf's own would keep the state in the checkout
        found["provider"]["aws"][0].update(max_retries=2)
        (switch,) = found["resource"][SWITCH].values()
        switch["desired_state"] = json.dumps({"IndexingPercentage": percent})
        if not policy:
            del found["resource"][POLICY], switch["depends_on"]
        (self.folder / "cdk.tf.json").write_text(json.dumps(found))

    def run(self, *arguments: str) -> str:
        done = self.terraform.run(self.folder, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def plan(self, step: str) -> None:
        self.run("plan", "-input=false", "-out=plan")
        self.plans[step] = json.loads(self.run("show", "-json", "plan"))

    def apply(self, step: str) -> None:
        self.plan(step)
        self.run("apply", "-input=false", "plan")
        self.look(step)

    def fail(self, step: str) -> None:
        """Apply what AWS refuses."""
        done = self.terraform.run(self.folder, "apply", "-auto-approve", "-input=false")
        assert done.returncode == 1, done.stdout
        self.failed[step] = done.stdout + done.stderr
        self.look(step)

    def look(self, step: str) -> None:
        xray = self.client("xray")
        (rule,) = xray.get_indexing_rules()["IndexingRules"]
        percent = rule["Rule"]["Probabilistic"]["DesiredSamplingPercentage"]
        self.seen[step] = (xray.get_trace_segment_destination()["Destination"], percent)
        rules = [each["SamplingRule"] for each in xray.get_sampling_rules()["SamplingRuleRecords"]]
        self.traced[step] = [
            *((each["ServiceName"], each["FixedRate"]) for each in rules),
            *((each["GroupName"], each["FilterExpression"]) for each in xray.get_groups()["Groups"]),
        ]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Refused without the policy, switched on, found off, changed, destroyed, and then somebody else's."""
    root = tmp_path_factory.mktemp("transaction-search")
    endpoint = start(root / "local")
    variables = terraform_variables(redirect_variables(endpoint, dict(os.environ)), Work(root))
    life = Life(root, Offline(root, find_terraform(), variables), endpoint)
    try:
        life.write(policy=False)
        life.run("init", "-input=false")
        life.fail("without policy")
        life.write(traced=100)
        life.apply("on")
        life.plan("again")
        switched = life.client("xray").update_trace_segment_destination
        switched(Destination="XRay")
        life.plan("found off")
        switched(Destination="CloudWatchLogs")
        life.write(percent=5, traced=12.5)
        life.apply("changed")
        life.run("apply", "-destroy", "-auto-approve", "-input=false")
        life.look("destroyed")
        life.write(percent=5)
        policy = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})
        life.client("logs").put_resource_policy(policyName="theirs", policyDocument=policy)
        switched(Destination="CloudWatchLogs")
        life.fail("theirs")
        yield life
    finally:
        stop(root / "local")


def acts(life: Life, step: str) -> dict[str, list[str]]:
    return {address.partition(".")[0]: actions for address, actions in changes(life.plans[step]).items()}


def test_it_is_switched_on_with_the_share_that_is_free(life: Life) -> None:
    assert acts(life, "on") == {each: ["create"] for each in (POLICY, SWITCH, RULE, GROUP)}
    assert life.seen["on"] == ("CloudWatchLogs", 1.0)


def test_a_second_plan_is_empty(life: Life) -> None:
    assert changes(life.plans["again"]) == {}


def test_another_share_changes_it_in_place(life: Life) -> None:
    assert acts(life, "changed") == {SWITCH: ["update"], RULE: ["update"]}
    assert life.seen["changed"] == ("CloudWatchLogs", 5.0)


def test_switched_off_by_somebody_it_is_to_be_switched_on_again(life: Life) -> None:
    assert acts(life, "found off") == {SWITCH: ["create"]}


def test_destroying_it_sends_spans_to_x_ray_again(life: Life) -> None:
    assert life.seen["destroyed"] == ("XRay", 1.0)


def test_a_sampling_rule_and_a_group_are_made_changed_in_place_and_destroyed(life: Life) -> None:
    group = (SERVICE, f'service("{SERVICE}")')
    assert life.traced["without policy"] == []
    assert life.traced["on"] == [(SERVICE, 1.0), group]
    assert life.traced["changed"] == [(SERVICE, 0.125), group]
    assert life.traced["destroyed"] == []


def explained(life: Life, step: str) -> str:
    """The first line of what people are told."""
    error = explain_failure(life.failed[step], env="dev", layer="monitoring", directory=str(life.folder))
    return error.message.splitlines()[0].removesuffix(":")


def test_without_the_policy_it_is_refused_and_said_why(life: Life) -> None:
    assert life.seen["without policy"] == ("XRay", 1.0)
    assert explained(life, "without policy") == UNWRITTEN_SPANS.message


def test_what_somebody_else_switched_on_is_refused_and_left_alone(life: Life) -> None:
    assert explained(life, "theirs") == SEARCHED_ALREADY.message.format(env="dev")
    assert life.seen["theirs"] == ("CloudWatchLogs", 1.0)
    state = json.loads((life.folder / "terraform.tfstate").read_text())
    assert [each["type"] for each in state["resources"] if each["mode"] == "managed"] == [POLICY]
