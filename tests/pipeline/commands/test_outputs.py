"""`outputs` shows names and ARNs from the states alone; `--raw` prints one of them, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config import load
from pipeline.errors import ExitCode
from tests.pipeline.operations.support import Account, Ran, Run


def _resource(kind: str, construct: str, **attributes: str) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": construct, "instances": [{"attributes": attributes}]}


SERVICE = [_resource("aws_ecs_cluster", "cluster_1", name="sitechat-trial-main")]
INFRASTRUCTURE = [
    _resource("aws_cloudwatch_log_group", "app_logs_group_1", name="/sitechat/trial/app"),
    _resource("aws_cloudwatch_log_group", "exec_logs_group_1", name="/sitechat/trial/exec"),
]
LLM = [_resource("aws_cloudwatch_log_group", "bootstrap_role_log_group_1", name="/sitechat/trial/search/bootstrap")]


@pytest.fixture
def deployed(account: Account) -> Account:
    """An environment of which three layers have a state."""
    backend = load(account.file).state_backend
    s3 = account.client("s3")
    s3.create_bucket(Bucket=backend.bucket)
    for layer, resources in (("service", SERVICE), ("infrastructure", INFRASTRUCTURE), ("llm", LLM)):
        outputs = {"placement": {"value": {"PlatformVersion": "LATEST"}}} if layer == "service" else {}
        state = {"version": 4, "lineage": "a", "serial": 1, "resources": resources, "outputs": outputs}
        s3.put_object(Bucket=backend.bucket, Key=backend.key(layer, "us-east-1"), Body=json.dumps(state).encode())
    return account


@pytest.fixture
def show(deployed: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    def nothing_is_synthesised(*arguments: object, **settings: object) -> None:
        raise AssertionError("outputs synthesises")

    monkeypatch.setattr("pipeline.synth.run.synthesise", nothing_is_synthesised)

    def show_it(*arguments: str) -> Ran:
        return run("outputs", "--env", deployed.file, *arguments)

    return show_it


def test_what_is_deployed_is_shown_by_layer(show: Any) -> None:
    ran = show()
    assert ran.code == ExitCode.OK
    assert "service.cluster = sitechat-trial-main" in ran.out
    assert "infrastructure.app_log_group = /sitechat/trial/app" in ran.out


def test_raw_prints_the_value_alone(show: Any) -> None:
    for name in ("cluster", "service.cluster"):
        assert show("--raw", name).out == "sitechat-trial-main\n"
    assert show("--raw", "placement").out == '{"PlatformVersion": "LATEST"}\n'


def test_a_list_is_one_item_a_line_over_all_layers(show: Any) -> None:
    assert show("--raw", "log_groups").out.split() == [
        "/sitechat/trial/app",
        "/sitechat/trial/exec",
        "/sitechat/trial/search/bootstrap",
    ]
    assert show("--raw", "llm.log_groups").out.split() == ["/sitechat/trial/search/bootstrap"]


def test_an_unknown_name_is_refused_with_those_there_are(show: Any) -> None:
    ran = show("--raw", "nothing")
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "service.cluster" in ran.err


def test_json_has_all_of_it(show: Any) -> None:
    found = json.loads(show("--json").out)["outputs"]
    assert found["service"] == {"cluster": "sitechat-trial-main", "placement": {"PlatformVersion": "LATEST"}}
    assert list(found) == ["infrastructure", "llm", "service"]
    assert show("--json", "--raw", "cluster").code == ExitCode.USAGE


def test_one_layer_is_shown_and_an_unknown_one_refused(show: Any) -> None:
    assert "infrastructure" not in show("--layer", "service").out
    ran = show("--layer", "lunch")
    assert ran.code == ExitCode.USAGE
    assert "infrastructure" in ran.err


def test_where_nothing_is_deployed_the_way_there_is_told(account: Account, run: Run) -> None:
    account.client("s3").create_bucket(Bucket=load(account.file).state_backend.bucket)
    ran = run("outputs", "--env", account.file)
    assert ran.code == ExitCode.OK
    assert f"sitechat deploy --env {account.file}" in ran.err.replace("\n", "")
