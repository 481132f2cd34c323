"""One deployment from start to end: the demo, its states, a reviewed change, refusals, and destroy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.demo.site import garden_port
from pipeline.errors import ExitCode
from tests.e2e.checkout import Checkout, Done, changes, checkout
from tests.e2e.environment_files import as_toml
from tests.e2e.rights import requests, requests_outside
from tests.e2e.site import Site
from tests.e2e.terraform_log import Calls, TerraformLog, log_terraform
from tests.support.addresses import FOLDER as ADDRESSES
from tests.support.markers import Marker

pytestmark = pytest.mark.slow
ENV = "local"
LAYER = "monitoring"
STATE = load(ENV).state_backend
SECRET = "session-key"
# CPU per cent that sets off the alarm of the changed environment; the default is higher.
LOWERED = 71
# Terraform of the bootstrap: set up, create the bucket, move the state into it, create the rest.
PROCESSES_OF_BACKEND = 8


@dataclass
class Deployment:
    """Deployment of the demo. The tests of this module share it and run in order."""

    checkout: Checkout
    demo: Done
    marker: Marker
    """The value of the secret, from the beginning to the end."""
    terraform: TerraformLog
    calls_of_demo: Calls
    calls_of_plan: Calls = field(default_factory=dict)

    @cached_property
    def changed(self) -> tuple[Path, str]:
        """Environment file with one changed value, and the bundle planned from it, of all layers."""
        with self.terraform.counted() as self.calls_of_plan:
            return self._change()

    def _change(self) -> tuple[Path, str]:
        file = self.checkout.root / "changed" / f"{ENV}.toml"
        file.parent.mkdir()
        settings = tomllib.loads((self.checkout.root / "environments" / f"{ENV}.toml").read_text())
        settings["monitoring"]["cpu_alarm_percent"] = LOWERED
        file.write_text(as_toml(settings))
        done = self.checkout.sitechat("plan", "--env", str(file), "--json")
        assert done.status == ExitCode.OK, done.output
        return file, done.json["bundle"]

    def apply(self, bundle: str, env_file: Path) -> Done:
        return self.checkout.sitechat("apply", bundle, "--env", str(env_file), "--json")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with checkout(tmp_path_factory.mktemp("deployment") / "sitechat") as made:
        log = log_terraform(made)
        yield Deployment(made, made.demo(), Marker.new(), log, log.calls())


def _addresses(state: dict[str, Any]) -> set[str]:
    return {f"{each['type']}.{each['name']}" for each in state["resources"] if each["mode"] == "managed"}


def _reviewed() -> set[tuple[str, str]]:
    """Layer and address of every resource in the checked-in list."""
    lines = (ADDRESSES / f"{ENV}.txt").read_text().splitlines()
    return {(layer, address) for layer, _, address in (line.partition(" ") for line in lines)}


def test_the_demo_ends_with_an_empty_second_plan(deployment: Deployment) -> None:
    assert deployment.demo.status == ExitCode.OK, deployment.demo.output
    closing = next(line for line in deployment.demo.stdout.splitlines() if line.startswith("demo:"))
    reviewed = _reviewed()
    assert closing.startswith(
        f"demo: {len({layer for layer, _ in reviewed})} layers, {len(reviewed)} resources applied, "
        "0 changes on re-plan, "
    )
    assert "sitechat local down" in deployment.demo.stdout


def test_the_report_shows_every_resource(deployment: Deployment) -> None:
    page = deployment.checkout.work.report(ENV) / "index.html"
    assert f"report: {page}" in deployment.demo.stdout
    html = page.read_text()
    assert [address for _, address in sorted(_reviewed()) if address not in html] == []
    assert "<script src" not in html
    assert "<link" not in html


def test_the_printed_address_answers_from_an_ingested_page(deployment: Deployment) -> None:
    site = Site(deployment.checkout, deployment.checkout.root / "environments" / f"{ENV}.toml")
    address = f"http://127.0.0.1:{site.ports.https}"
    assert f"Ask it in a browser:     {address}\n" in deployment.demo.stdout
    found = site.ask("Are dogs allowed in the garden?")
    assert found.names[0] == "token"
    assert found.names[-2:] == ["sources", "done"]
    assert "Dogs are welcome" in found.text
    port = garden_port(load(str(site.file)))
    pages = [each["url"] for each in found.of("sources")["sources"]]
    assert f"http://127.0.0.1:{port}/dogs.html" in pages


def test_the_garden_that_is_served_is_told_by_hand_too(deployment: Deployment) -> None:
    """Runs the command that docs/emulation.md shows; the demo's own process serves the pages on."""
    command = (sys.executable, "-m", "pipeline.demo.site")
    done = deployment.checkout.run(command, seconds=60)
    port = garden_port(load(str(deployment.checkout.root / "environments" / f"{ENV}.toml")))
    assert (done.status, done.stdout) == (0, f"http://127.0.0.1:{port}\n"), done.output


def test_the_second_ingestion_embeds_nothing(deployment: Deployment) -> None:
    """Vectors are written where they are made, so those of the first run stay as they were."""
    vectors = {"Bucket": load(ENV).names.bucket("pages"), "Prefix": "passages/"}
    s3 = deployment.checkout.client("s3")
    before = {each["Key"]: each["LastModified"] for each in s3.list_objects_v2(**vectors)["Contents"]}
    done = deployment.checkout.sitechat("ingest", "run", "--env", ENV, "--yes", "--json")
    assert done.status == ExitCode.OK, done.output
    (run,) = done.json["runs"]
    assert (run["counts"]["failed"], run["counts"]["vanished"], run["counts"]["moved"]) == (0, 0, False)
    assert run["counts"]["pages"] == len(list((deployment.checkout.root / "examples" / "garden").glob("*.html")))
    assert {each["Key"]: each["LastModified"] for each in s3.list_objects_v2(**vectors)["Contents"]} == before
    status = deployment.checkout.sitechat("ingest", "status", "--env", ENV, "--json")
    assert status.status == ExitCode.OK, status.output


def test_every_layers_state_is_in_the_bucket(deployment: Deployment) -> None:
    states = deployment.checkout.states(ENV)
    assert {(layer, address) for layer, state in states.items() for address in _addresses(state)} == _reviewed()


def test_the_bucket_keeps_versions_and_the_table_remembers_every_state(deployment: Deployment) -> None:
    s3, table = deployment.checkout.client("s3"), deployment.checkout.client("dynamodb")
    assert s3.get_bucket_versioning(Bucket=STATE.bucket)["Status"] == "Enabled"
    keys = {each["Key"] for each in s3.list_objects_v2(Bucket=STATE.bucket)["Contents"]}
    assert not [key for key in keys if key.endswith(".tflock")], "a lock file was left"
    ids = {item["LockID"]["S"] for item in table.scan(TableName=STATE.table)["Items"]}
    layers = {key for key in keys if key.startswith(f"sitechat/{ENV}/") and key.endswith(".tfstate")}
    assert ids == {f"{STATE.bucket}/{key}-md5" for key in layers}, "every state has its digest, and no lock was left"


def test_a_secret_is_set_and_its_value_stays_with_aws(deployment: Deployment) -> None:
    """Sets a marker as the secret's value; the last test but one searches everything that is left for it."""
    checkout, value = deployment.checkout, deployment.marker.value
    done = checkout.sitechat("secret", "set", SECRET, "--env", ENV, piped=f"{value}\n")
    assert done.status == ExitCode.OK, done.output
    stored = checkout.client("secretsmanager").get_secret_value(SecretId=load(ENV).names.secret(SECRET))
    assert stored["SecretString"] == value


@pytest.mark.parametrize(
    ("arguments", "piped", "status"),
    [
        (("set", SECRET, "{value}"), "", ExitCode.USAGE),
        (("set", "no-such-key"), "{value}", ExitCode.USAGE),
        (("set", SECRET), "{value}\0", ExitCode.USAGE),
        (("set", SECRET), "{value}" * 2000, ExitCode.USAGE),
        (("generate", SECRET), "{value}", ExitCode.REFUSED),
        (("status",), "{value}", ExitCode.OK),
    ],
    ids=["argument", "no such secret", "NUL", "too long", "has a value", "status"],
)
def test_no_answer_repeats_the_value(
    deployment: Deployment, arguments: tuple[str, ...], piped: str, status: ExitCode
) -> None:
    marker = deployment.marker
    given = [each.format(value=marker.value) for each in arguments]
    done = deployment.checkout.sitechat("secret", *given, "--env", ENV, piped=piped.format(value=marker.value))
    assert done.status == status, done.output
    assert marker.found_in("output", done.output.encode()) == []


def test_bootstrap_again_changes_nothing(deployment: Deployment) -> None:
    done = deployment.checkout.sitechat("bootstrap", "--env", ENV, "--json")
    assert done.status == ExitCode.OK, done.output
    assert done.json == {"bucket": STATE.bucket, "created": False, "changes": 0}


def test_bootstrap_from_another_clone_changes_nothing(
    deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Bootstraps a clone that knows only the endpoint of the emulated AWS, as another machine knows the account."""
    clone = Checkout.copy(tmp_path_factory.mktemp("clone") / "sitechat")
    clone.work.local.symlink_to(deployment.checkout.work.local)
    done = clone.sitechat("bootstrap", "--env", ENV, "--json")
    assert done.status == ExitCode.OK, done.output
    assert done.json == {"bucket": STATE.bucket, "created": False, "changes": 0}


def test_one_changed_value_shows_as_exactly_that(deployment: Deployment) -> None:
    _, bundle = deployment.changed
    plans = deployment.checkout.plans(ENV, bundle)
    assert set(plans) == {layer for layer, _ in _reviewed()}
    changed = {(layer, address): acts for layer, plan in plans.items() for address, acts in changes(plan).items()}
    assert list(changed.values()) == [["update"], ["update"]], changed
    (dashboard, (layer, address)) = sorted(changed)
    assert dashboard[1].startswith("aws_cloudwatch_dashboard."), "it draws the alarm's threshold"
    assert (dashboard[0], layer) == (LAYER, LAYER)
    change = next(each["change"] for each in plans[layer]["resource_changes"] if each["address"] == address)
    before, after = change["before"], change["after"]
    differing = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
    assert differing == {"threshold": (load(ENV).monitoring.cpu_alarm_percent, LOWERED)}
    assert not change["after_unknown"].get("threshold")


def test_a_deployment_starts_terraform_only_for_what_it_alone_can_do(deployment: Deployment) -> None:
    """Counts the demo: states come from S3, and a plan is shown only when it holds changes.

    Each layer is planned twice, before it is applied and at the end; all but the first are previewed once.
    """
    calls, layers = deployment.calls_of_demo, {layer for layer, _ in _reviewed()}
    previews = {f"{name}.preview" for name in layers - {"infrastructure"}}
    expected = {name: {"init": 1, "plan": 2, "show": 1, "apply": 1} for name in layers}
    expected |= {name: {"init": 1, "plan": 1, "show": 1} for name in previews}
    assert {name: dict(calls[name]) for name in expected} == expected
    of_backend = sum((found for name, found in calls.items() if name not in expected), Counter())
    assert of_backend.total() <= PROCESSES_OF_BACKEND, dict(of_backend)


def test_a_plan_starts_terraform_once_a_layer_and_shows_what_changes(deployment: Deployment) -> None:
    assert deployment.changed
    expected = {layer: {"plan": 1} for layer, _ in _reviewed()}
    expected[LAYER] = {"plan": 1, "show": 1}
    assert {name: dict(found) for name, found in deployment.calls_of_plan.items()} == expected


def test_changed_plans_the_changed_layer_alone(deployment: Deployment) -> None:
    file, _ = deployment.changed
    with deployment.terraform.counted() as calls:
        done = deployment.checkout.sitechat("plan", "--changed", "--env", str(file), "--json")
    assert done.status == ExitCode.OK, done.output
    assert done.json["only"] == [LAYER]
    assert [each["change"] for each in done.json["layers"]] == [2], "the alarm, and the dashboard that draws it"
    assert f"{LAYER}: its files changed" in done.stderr
    assert "Changes made to them in AWS don't show" in done.stderr
    assert {name: dict(found) for name, found in calls.items()} == {LAYER: {"plan": 1, "show": 1}}


def test_changed_without_a_change_plans_nothing(deployment: Deployment) -> None:
    with deployment.terraform.counted() as calls:
        done = deployment.checkout.sitechat("plan", "--changed", "--env", ENV, "--json")
    assert done.status == ExitCode.OK, done.output
    assert (done.json["layers"], done.json["only"], done.json["changes"]) == ([], [], False)
    assert calls == {}
    again = deployment.checkout.sitechat("apply", "latest", "--env", ENV, "--json")
    assert sum(again.json["applied"].values()) == 0, "an older bundle is not the latest any more"


@pytest.mark.parametrize("altered", [f"{LAYER}/tfplan", f"synth/stacks/{LAYER}/cdk.tf.json", "manifest.json"])
def test_an_altered_bundle_is_refused(deployment: Deployment, altered: str) -> None:
    file, bundle = deployment.changed
    path = deployment.checkout.run_work.bundles(ENV) / bundle / altered
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b'"local"', b'"other"', 1) if altered == "manifest.json" else kept + b" ")
    try:
        done = deployment.apply(bundle, file)
    finally:
        path.write_bytes(kept)
    assert done.status == ExitCode.REFUSED, done.output
    assert "altered" in done.output
    if altered != "manifest.json":
        assert altered in done.output


def test_a_bundle_of_another_environment_is_refused(deployment: Deployment) -> None:
    file, bundle = deployment.changed
    other = file.with_name("other.toml")
    shutil.copy(file, other)
    bundles = deployment.checkout.run_work.bundles
    shutil.copytree(bundles(ENV) / bundle, bundles("other") / bundle)
    done = deployment.apply(bundle, other)
    assert done.status == ExitCode.REFUSED, done.output
    assert ENV in done.output


def test_a_held_lock_ends_the_command_and_is_named(deployment: Deployment) -> None:
    file, bundle = deployment.changed
    dynamodb = deployment.checkout.client("dynamodb")
    key = f"{STATE.bucket}/{STATE.key(LAYER, load(ENV).region)}"
    lock = {"ID": "7b1a62cc-93a1-4ce0-a4a0-4e0b9a6a4d01", "Operation": "OperationTypeApply", "Who": "oncall@elsewhere"}
    item = {"LockID": {"S": key}, "Info": {"S": json.dumps(lock | {"Created": "2026-01-01T00:00:00Z", "Path": key})}}
    dynamodb.put_item(TableName=STATE.table, Item=item)
    try:
        done = deployment.apply(bundle, file)
    finally:
        dynamodb.delete_item(TableName=STATE.table, Key={"LockID": {"S": key}})
    assert done.status == ExitCode.LOCKED, done.output
    assert lock["ID"] in done.output
    holder = f"{lock['Who']} (apply) since 2026-01-01 00:00:00 UTC"
    assert f"{LAYER}: its state is locked by {holder}; waiting for it" in done.stderr
    assert f"sitechat recover --env {file} --unlock {lock['ID']}" in done.output


def test_what_was_reviewed_is_applied_once(deployment: Deployment) -> None:
    file, bundle = deployment.changed
    done = deployment.apply(bundle, file)
    assert done.status == ExitCode.OK, done.output
    assert {name: count for name, count in done.json["applied"].items() if count} == {LAYER: 2}
    alarms = deployment.checkout.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert LOWERED in {alarm["Threshold"] for alarm in alarms}

    again = deployment.apply(bundle, file)
    assert again.status == ExitCode.REFUSED, again.output


@pytest.mark.parametrize("command", ["outputs", "drift", "recover", "report", "doctor", "cost"])
def test_looking_at_it_says_nothing_of_the_secret(deployment: Deployment, command: str) -> None:
    file, _ = deployment.changed
    done = deployment.checkout.sitechat(command, "--env", str(file))
    # Other tests check their output; doctor exits 3 where the emulated account lacks something.
    assert done.status in (ExitCode.OK, ExitCode.INCOMPLETE, ExitCode.CHANGES, ExitCode.MISSING), done.output
    assert deployment.marker.found_in("output", done.output.encode()) == []


def test_destroy_leaves_nothing(deployment: Deployment) -> None:
    done = deployment.checkout.sitechat("destroy", "--env", ENV, "--yes", "--json")
    assert done.status == ExitCode.OK, done.output
    assert sum(done.json["destroyed"].values()) == len(_reviewed())
    assert {layer: _addresses(state) for layer, state in deployment.checkout.states(ENV).items()} == {
        layer: set() for layer, _ in _reviewed()
    }
    client = deployment.checkout.client
    assert [each["VpcId"] for each in client("ec2").describe_vpcs()["Vpcs"] if not each["IsDefault"]] == []
    assert {each["Name"] for each in client("s3").list_buckets()["Buckets"]} == {
        STATE.bucket,
        STATE.bucket.replace("-state-", "-state-logs-"),
    }
    assert client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert client("ecs").list_clusters()["clusterArns"] == []
    assert client("cloudfront").list_distributions()["DistributionList"].get("Items", []) == []
    # AWS makes the group of spans, and Terraform has no resource for it.
    assert {each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]} <= {"aws/spans"}
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert [role["RoleName"] for role in client("iam").list_roles()["Roles"] if "sitechat" in role["RoleName"]] == []


def test_nothing_was_asked_outside_the_printed_rights(deployment: Deployment) -> None:
    """Holds every request of the provider, from first plan to last deletion, to what `sitechat rights` prints."""
    assert requests_outside(deployment.checkout, ENV) == {"plan": (), "apply": ()}
    asked = {each.operation for each in requests(deployment.checkout)}
    assert {"CreateVpc", "DescribeVpcs", "DeleteVpc"} <= asked
    assert not {"CreateVpc", "DeleteVpc"} & {each.operation for each in requests(deployment.checkout, "plan")}


def test_the_secret_left_no_trace(deployment: Deployment) -> None:
    """Searches states with their old versions, plans, files, reports, logs and the output of every command."""
    checkout, marker, s3 = deployment.checkout, deployment.marker, deployment.checkout.client("s3")
    gone = checkout.sitechat("secret", "set", SECRET, "--env", ENV, piped=marker.value)
    assert gone.status == ExitCode.MISSING, gone.output
    versions = [
        (each["Key"], each["VersionId"])
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=STATE.bucket)
        for each in page.get("Versions", ())
    ]
    assert len({key for key, _ in versions}) >= len({layer for layer, _ in _reviewed()})
    found = marker.found_below(checkout.root)
    for key, version in versions:
        found += marker.found_in(key, s3.get_object(Bucket=STATE.bucket, Key=key, VersionId=version)["Body"].read())
    for number, text in enumerate(checkout.said):
        found += marker.found_in(f"command {number}", text.encode())
    assert found == []


def test_no_process_outlives_local_down(deployment: Deployment) -> None:
    pids = deployment.checkout.endpoint.pids
    assert len(pids) == 4, "supervisor, moto, data plane, ministack"
    done = deployment.checkout.sitechat("local", "down")
    assert done.status == ExitCode.OK, done.output
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    alive = {int(pid) for pid, stat in map(str.split, listed.splitlines()) if not stat.startswith("Z")}
    assert alive & set(pids) == set()
    assert deployment.checkout.sitechat("local", "status").status == ExitCode.MISSING
