"""`sitechat ingest run` with executions of the emulated Step Functions and a ledger in the emulated DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest

from pipeline.cost.table import NoPriceError
from pipeline.errors import ExitCode, SitechatError
from pipeline.ingestion import price, runs
from pipeline.ingestion.runs import follow_run, refuse_running, start_run
from tests.pipeline.ingestion.conftest import Deployed
from tests.pipeline.operations.support import Run

COUNTS = {
    "listed": 3,
    "fetched": 2,
    "failed": 1,
    "pages": 2,
    "documents": 7,
    "index": "site-002",
    "moved": True,
    "vanished": 1,
}
DONE = {"Only": {"Type": "Pass", "Output": COUNTS, "End": True}}
LONG = {"Only": {"Type": "Wait", "Seconds": 600, "End": True}}


def failing(error: str, cause: str = "") -> dict[str, Any]:
    return {"Only": {"Type": "Fail", "Error": error, "Cause": cause}}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PAUSE_SECONDS", 0.05)


def inputs(deployed: Deployed) -> list[dict[str, str]]:
    client = deployed.account.client("stepfunctions")
    arn = deployed.found().machine_arn
    listed = client.list_executions(stateMachineArn=arn)["executions"]
    return [json.loads(client.describe_execution(executionArn=each["executionArn"])["input"]) for each in listed]


def test_it_starts_an_execution_a_source_and_tells_price_and_counts(deployed: Deployed, run: Run) -> None:
    deployed.machine(DONE)
    ran = run("ingest", "run", "--env", deployed.account.file, "--yes")
    assert ran.code == 0, ran.err
    assert sorted(each["source"] for each in inputs(deployed)) == ["docs", "shop"]
    assert {each["mode"] for each in inputs(deployed)} == {"all"}
    assert "at most" in ran.err
    assert "1,000 pages" in ran.err
    text = "docs: 3 pages listed, 2 fetched, 1 failed, 1 vanished; 7 passages in site-002, to which the index was moved"
    assert text in ran.out


@pytest.fixture
def unpriced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No region has a price table."""

    def nothing(region: str) -> None:
        raise NoPriceError(f"no price table of {region}")

    monkeypatch.setattr(price, "price_table", nothing)


@pytest.mark.usefixtures("unpriced")
def test_nothing_is_started_without_a_price_unless_a_figure_is_stated(deployed: Deployed, run: Run) -> None:
    deployed.machine(DONE)
    ran = run("ingest", "run", "--env", deployed.account.file, "--yes")
    assert ran.code == ExitCode.INCOMPLETE
    assert "no price table of" in ran.err
    assert "--stated-usd" in ran.err
    assert inputs(deployed) == []
    assert run("ingest", "run", "--env", deployed.account.file, "--yes", "--stated-usd", "2.50").code == 0
    assert len(inputs(deployed)) == 2


@pytest.mark.parametrize("figure", ["-1", "1e3", "nan", "2.505", "2,50", "a lot"])
def test_a_stated_figure_is_an_amount_of_money(deployed: Deployed, run: Run, figure: str) -> None:
    ran = run("ingest", "run", "--env", deployed.account.file, "--yes", f"--stated-usd={figure}")
    assert ran.code == ExitCode.USAGE
    assert "dollars and cents" in ran.err


def test_an_index_that_waits_for_other_sources_is_told(deployed: Deployed, run: Run) -> None:
    waits = {**COUNTS, "moved": False, "waiting": ["shop"]}
    deployed.machine({"Only": {"Type": "Pass", "Output": waits, "End": True}})
    ran = run("ingest", "run", "--env", deployed.account.file, "--source", "docs", "--yes")
    assert "the index moves to it once these have their passages of the new model: shop" in ran.out


def test_pages_that_stay_unseen_and_sources_that_were_removed_are_told(deployed: Deployed, run: Run) -> None:
    counts = {**COUNTS, "unseen": 4, "removed": {"old": 9}}
    deployed.machine({"Only": {"Type": "Pass", "Output": counts, "End": True}})
    ran = run("ingest", "run", "--env", deployed.account.file, "--source", "docs", "--yes")
    assert "4 pages weren't seen and stay for now: the list isn't complete" in ran.out
    assert "old isn't configured any more: its 9 pages have left the ledger and the index" in ran.out


def test_one_source_and_failed_pages_alone(deployed: Deployed, run: Run) -> None:
    deployed.machine(DONE)
    ran = run("ingest", "run", "--env", deployed.account.file, "--source", "shop", "--failed", "--yes", "--json")
    assert inputs(deployed) == [{"source": "shop", "mode": "failed"}]
    told = json.loads(ran.out)
    assert told["price"]["pages"] == deployed.env.ingestion.max_pages
    (only,) = told["runs"]
    assert (only["source"], only["status"], only["counts"]) == ("shop", "SUCCEEDED", COUNTS)


def test_pages_that_failed_in_this_run_are_told_by_code_with_what_to_do(deployed: Deployed) -> None:
    deployed.machine(DONE)
    ingestion = deployed.found()
    started = start_run(ingestion, "docs")
    deployed.known("a", "failed", "status_404", run=started.name)
    deployed.known("b", "failed", "status_404", run=started.name)
    deployed.known("c", "failed", "too_large", run=started.name)
    deployed.known("d", "failed", "too_large", run="earlier")
    deployed.known("e", "ok", run=started.name)
    ended = follow_run(ingestion, started, lambda text: None)
    assert [(each.cause.code, each.count) for each in ended.failures] == [("status_404", 2), ("too_large", 1)]
    assert ended.failures[0].addresses == ("https://docs.example.com/a", "https://docs.example.com/b")
    assert "max_page_kib" in ended.failures[1].cause.advice
    assert ended.code is ExitCode.OK


@pytest.mark.parametrize(
    ("error", "cause", "code", "told"),
    [
        ("TooManyFailures", '{"errorMessage": "9 of 9 pages failed"}', 6, "too_many_failures: more pages failed"),
        ("PageFailed", '{"errorMessage": "sitemap"}', 6, "sitemap: not a sitemap"),
        ("AlreadyRunning", '{"errorMessage": "docs is being ingested"}', 5, "already_running: another run"),
        ("KeyError", '{"errorMessage": "the text of a page"}', 6, "KeyError: an error that has no code"),
    ],
)
def test_a_run_that_fails_says_why_and_never_quotes(
    deployed: Deployed, run: Run, error: str, cause: str, code: int, told: str
) -> None:
    deployed.machine(failing(error, cause))
    ran = run("ingest", "run", "--env", deployed.account.file, "--source", "docs", "--yes")
    assert ran.code == code
    assert f"docs: failed, {told}" in ran.out
    assert "the text of a page" not in ran.out + ran.err


def test_the_other_sources_are_run_when_one_failed(deployed: Deployed, run: Run) -> None:
    condition = {"Condition": "{% $states.input.source = 'docs' %}", "Next": "Bad"}
    choice = {"Type": "Choice", "Choices": [condition], "Default": "Only"}
    deployed.machine({"First": choice, "Bad": {"Type": "Fail", "Error": "CheckFailed"}, **DONE}, "First")
    ran = run("ingest", "run", "--env", deployed.account.file, "--yes", "--json")
    assert ran.code == ExitCode.FAILED
    assert [each["status"] for each in json.loads(ran.out)["runs"]] == ["FAILED", "SUCCEEDED"]


def test_a_run_under_way_refuses_the_next_and_one_that_is_over_does_not(deployed: Deployed, run: Run) -> None:
    deployed.machine(LONG)
    ingestion = deployed.found()
    started = start_run(ingestion, "docs")
    deployed.page("#lock", run=started.name, execution=started.execution)
    ran = run("ingest", "run", "--env", deployed.account.file, "--source", "docs", "--yes")
    assert ran.code == ExitCode.REFUSED
    assert f"docs is being ingested already, by the run {started.name}" in ran.err
    assert len(inputs(deployed)) == 1
    deployed.account.client("stepfunctions").stop_execution(executionArn=started.execution)
    refuse_running(ingestion, ("docs", "shop"))


def test_progress_counts_pages_of_this_run_out_of_its_plan(deployed: Deployed) -> None:
    deployed.machine(LONG)
    ingestion = deployed.found()
    started = start_run(ingestion, "docs")
    deployed.known("c", "failed", "type", run="earlier")
    seen: list[str] = []
    steps: list[Callable[[], object]] = [
        lambda: deployed.write(f"runs/docs/{started.name}/todo.json", [{"page": "a"}, {"page": "b"}]),
        lambda: deployed.known("a", "failed", "type", run=started.name),
        lambda: deployed.known("b", "ok", run=started.name),
        lambda: deployed.account.client("stepfunctions").stop_execution(executionArn=started.execution),
    ]

    def report(text: str) -> None:
        seen.append(text)
        steps.pop(0)()

    ended = follow_run(ingestion, started, report)
    assert seen == [
        "looking for pages",
        "0 of 2 pages",
        "1 of 2 pages, 1 failed",
        "2 of 2 pages, 1 failed; loading the index",
    ]
    assert ended.status == "ABORTED"
    assert ended.cause is not None
    assert ended.cause.means == "somebody stopped it"


def test_ctrl_c_leaves_the_run_going_and_says_how_to_look_at_it(
    deployed: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.machine(LONG)

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.ingestion.runs.time.sleep", interrupt)
    ran = run("ingest", "run", "--env", deployed.account.file, "--yes")
    monkeypatch.undo()
    assert ran.code == ExitCode.INTERRUPTED
    assert "goes on without this command; not started: shop" in ran.err
    assert "sitechat ingest status" in ran.err
    client = deployed.account.client("stepfunctions")
    machine = client.list_state_machines()["stateMachines"]
    (arn,) = [each["stateMachineArn"] for each in machine if deployed.account.env in each["name"]]
    (execution,) = client.list_executions(stateMachineArn=arn)["executions"]
    assert execution["status"] == "RUNNING"


def test_a_run_that_cannot_be_followed_any_more_goes_on(deployed: Deployed, unused_port: int) -> None:
    deployed.machine(LONG)
    ingestion = deployed.found()
    started = start_run(ingestion, "docs")
    nobody = f"http://127.0.0.1:{unused_port}"
    away = replace(ingestion, states=boto3.client("stepfunctions", endpoint_url=nobody, region_name="us-east-1"))
    with pytest.raises(SitechatError, match="can't be followed any more") as caught:
        follow_run(away, started, lambda text: None)
    assert ingestion.is_under_way(started.execution)
    assert caught.value.code is ExitCode.FAILED
    assert "sitechat ingest status" in caught.value.hint


def test_a_network_that_is_away_for_a_moment_is_waited_for(
    deployed: Deployed, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.machine(DONE)
    ingestion = deployed.found()
    started = start_run(ingestion, "docs")
    nobody = f"http://127.0.0.1:{unused_port}"
    away = replace(ingestion, states=boto3.client("stepfunctions", endpoint_url=nobody, region_name="us-east-1"))

    def back(seconds: float) -> None:
        object.__setattr__(away, "states", ingestion.states)

    monkeypatch.setattr("pipeline.ingestion.runs.time.sleep", back)
    assert follow_run(away, started, lambda text: None).status == "SUCCEEDED"


def test_without_consent_nothing_starts(deployed: Deployed, run: Run) -> None:
    deployed.machine(DONE)
    assert run("ingest", "run", "--env", deployed.account.file, stdin=b"n\n").code == ExitCode.INTERRUPTED
    assert run("ingest", "run", "--env", deployed.account.file).code == ExitCode.REFUSED
    assert inputs(deployed) == []


def test_yes_is_refused_where_the_environment_does_not_allow_it(deployed: Deployed, run: Run) -> None:
    deployed.machine(DONE)
    text = deployed.account.file.read_text()
    deployed.account.file.write_text(text.replace("auto_approve = true", "auto_approve = false"))
    assert run("ingest", "run", "--env", deployed.account.file, "--yes").code == ExitCode.REFUSED
    assert inputs(deployed) == []


def test_before_the_layer_is_deployed_it_says_what_to_do(deployed: Deployed, run: Run) -> None:
    ran = run("ingest", "run", "--env", deployed.account.file, "--yes")
    assert ran.code == ExitCode.MISSING
    assert "sitechat deploy" in ran.err


def test_a_source_that_is_not_configured_is_a_wrong_command_line(deployed: Deployed, run: Run) -> None:
    ran = run("ingest", "run", "--env", deployed.account.file, "--source", "blog")
    assert ran.code == ExitCode.USAGE
    assert "There are: docs, shop." in ran.err


def test_an_environment_without_sources_is_told_where_they_are_named(deployed: Deployed, run: Run) -> None:
    deployed.account.file.write_text(deployed.account.file.read_text().partition("[[ingestion")[0])
    ran = run("ingest", "run", "--env", deployed.account.file)
    assert ran.code == ExitCode.USAGE
    assert "[[ingestion.sources]]" in ran.err
