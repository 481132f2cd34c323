"""Recovery of an environment whose three states lost all resources, and drift after changes by hand.

`recover` finds everything again and nothing is made twice. More is lost than a killed apply can lose, so that every
type is included that AWS refuses to create a second time. `drift` reports changes by people, not those of autoscaling.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.errors import ExitCode
from pipeline.recovery.orphans_by_name import FOUND_BY_PARENT, LISTED_BY_NAME
from pipeline.terraform.tools import find_terraform
from tests.e2e.checkout import Checkout, Done, resource_types
from tests.e2e.deployed_site import ENV
from tests.e2e.site import Site

pytestmark = pytest.mark.slow
# Layers whose states are emptied; they hold those types.
FORGETFUL = ("infrastructure", "edge", "monitoring")
LASTING = (
    "aws_cloudfront_distribution",
    "aws_kms_key",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
    "aws_security_group",
    "aws_vpc",
    "aws_vpc_security_group_ingress_rule",
)
# Arguments of put_metric_alarm besides the threshold.
ALARM_KEYS = (
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "Dimensions",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "ComparisonOperator",
    "TreatMissingData",
    "Metrics",
)


# The provider has no import for it, and AWS none of a second one: pipeline/terraform/failures.py says what to do then.
NEVER_IMPORTED = {"aws_cloudcontrolapi_resource"}


@dataclass(frozen=True)
class Forgotten:
    """States before the loss, and results of the commands that restored them; `env` says which environment it is."""

    checkout: Checkout
    env: tuple[str, str]
    before: dict[str, dict[str, Any]]
    listed: Done
    repaired: Done
    deployed: Done


@pytest.fixture(scope="module")
def forgotten(shifting_site: Site) -> Forgotten:
    """The site of test_canary.py, whose releases are over."""
    made, env = shifting_site.checkout, ("--env", str(shifting_site.file))
    before = made.states(env[1])
    for layer in FORGETFUL:
        _forget(made, layer, before[layer])
    listed = made.sitechat("recover", *env, "--json")
    repaired = made.sitechat("recover", *env, "--repair", "--yes", "--json")
    return Forgotten(made, env, before, listed, repaired, made.sitechat("deploy", *env, "--yes"))


def _forget(made: Checkout, layer: str, state: dict[str, Any]) -> None:
    """Run `terraform state rm`: the resources stay, the state no longer has them."""
    folder = made.run_work.terraform(ENV) / layer
    forgotten = sorted(each for each in _addresses(state) if each.partition(".")[0] not in NEVER_IMPORTED)
    command = (str(find_terraform()), f"-chdir={folder}", "state", "rm", *forgotten)
    subprocess.run(command, check=True, capture_output=True, env=made.stock_variables())


def _addresses(state: dict[str, Any]) -> set[str]:
    return {f"{each['type']}.{each['name']}" for each in state["resources"] if each["mode"] == "managed"}


def test_what_is_forgotten_is_listed(forgotten: Forgotten) -> None:
    assert forgotten.listed.status == ExitCode.CHANGES, forgotten.listed.output
    assert forgotten.listed.json["orphans"]
    assert forgotten.listed.json["untagged"]


def test_recover_brings_it_back_until_nothing_is_left(forgotten: Forgotten) -> None:
    assert forgotten.repaired.status == ExitCode.OK, forgotten.repaired.output
    told = forgotten.repaired.json
    assert (told["orphans"], told["untagged"], told["locks"]) == ([], [], [])


def test_every_kind_without_tags_was_imported(forgotten: Forgotten) -> None:
    deployed = {kind for layer in FORGETFUL for kind in resource_types(forgotten.before[layer])}
    imported = {each["address"].partition(".")[0] for each in forgotten.repaired.json["imported"]}
    assert deployed & (LISTED_BY_NAME.keys() | FOUND_BY_PARENT.keys()) <= imported


def test_the_next_deployment_makes_nothing_twice(forgotten: Forgotten) -> None:
    assert forgotten.deployed.status == ExitCode.OK, forgotten.deployed.output
    after = forgotten.checkout.states(forgotten.env[1])
    assert {name: _addresses(state) for name, state in after.items()} == {
        name: _addresses(state) for name, state in forgotten.before.items()
    }
    assert {name: _ids(state) for name, state in after.items()} == {
        name: _ids(state) for name, state in forgotten.before.items()
    }


def test_recover_finds_nothing_any_more(forgotten: Forgotten) -> None:
    done = forgotten.checkout.sitechat("recover", *forgotten.env)
    assert done.status == ExitCode.OK, done.output


@dataclass(frozen=True)
class Changed:
    """Changes by hand, and the results of drift before and after they were reverted."""

    alarm: str
    rule: str
    tasks: int
    seen: Done
    set_back: Done
    seen_again: Done


@pytest.fixture(scope="module")
def changed(forgotten: Forgotten) -> Changed:
    """Raise an alarm's threshold, delete a security group rule, and let a service run a task more."""
    made, env = forgotten.checkout, forgotten.env
    states = made.states(env[1])
    address, alarm = next(_attributes(states["monitoring"], "aws_cloudwatch_metric_alarm"))
    cloudwatch = made.client("cloudwatch")
    (known,) = cloudwatch.describe_alarms(AlarmNames=[alarm["alarm_name"]])["MetricAlarms"]
    kept = {key: known[key] for key in ALARM_KEYS if key in known}
    cloudwatch.put_metric_alarm(**kept, Threshold=known["Threshold"] + 1)
    rule, ingress = next(_attributes(states["infrastructure"], "aws_vpc_security_group_ingress_rule"))
    made.client("ec2").revoke_security_group_ingress(
        GroupId=ingress["security_group_id"], SecurityGroupRuleIds=[ingress["security_group_rule_id"]]
    )
    _, service = next(_attributes(states["service"], "aws_ecs_service"))
    tasks = int(service["desired_count"]) + 1
    _keep_from_scaling_in(made)
    made.client("ecs").update_service(cluster=service["cluster"], service=service["name"], desiredCount=tasks)
    seen = made.sitechat("drift", *env, "--json")
    set_back = made.sitechat("deploy", *env, "--yes")
    return Changed(address, rule, tasks, seen, set_back, made.sitechat("drift", *env, "--json"))


def _keep_from_scaling_in(made: Checkout) -> None:
    """Suspend scaling in, as releases do: nobody asks this site, and within a minute it would run fewer tasks again."""
    scaling = made.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    named = {key: target[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    scaling.register_scalable_target(**named, SuspendedState={"DynamicScalingInSuspended": True})


def test_what_people_changed_is_drift_and_what_runs_is_not(changed: Changed) -> None:
    assert changed.seen.status == ExitCode.CHANGES, changed.seen.output
    told = changed.seen.json["differences"]
    assert {(each["layer"], each["address"], each["attribute"]) for each in told if each["kind"] == "drift"} == {
        ("monitoring", changed.alarm, "threshold"),
        ("infrastructure", changed.rule, ""),
    }
    owned = [each for each in told if each["kind"] == "runtime-owned"]
    (tasks,) = [each for each in owned if each["attribute"] == "desired_count"]
    assert (tasks["found"], tasks["owner"]) == (str(changed.tasks), "autoscaling")
    assert "releases" in {each["owner"] for each in owned if each["attribute"].startswith("suspended_state")}
    assert all(each["owner"] for each in owned), "what the site's releases moved has its owner too"


def test_a_deployment_sets_back_what_people_changed_and_nothing_else(changed: Changed) -> None:
    assert changed.set_back.status == ExitCode.OK, changed.set_back.output
    assert changed.seen_again.status == ExitCode.OK, changed.seen_again.output
    assert not [each for each in changed.seen_again.json["differences"] if each["kind"] == "drift"]


def _attributes(state: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and attributes of each managed resource of a type."""
    for each in state["resources"]:
        if (each["mode"], each["type"]) == ("managed", kind):
            yield f"{kind}.{each['name']}", each["instances"][0]["attributes"]


def _ids(state: dict[str, Any]) -> dict[str, str]:
    """Ids of resources that must not be replaced, by address."""
    return {address: made["id"] for kind in LASTING for address, made in _attributes(state, kind)}
