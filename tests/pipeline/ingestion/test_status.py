"""`sitechat ingest status` and `rollback`: executions, a ledger, and a stand-in for the loading function."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError
from pipeline.ingestion import versions
from pipeline.ingestion.runs import follow_run, start_run
from pipeline.session import Session
from tests.pipeline.ingestion.conftest import Deployed, answering
from tests.pipeline.operations.support import Ran, Run

VERSIONS = {"alias": "site", "index": "site-003", "before": "site-002"}
BACK = {"alias": "site", "index": "site-002", "before": "site-003", "moved": True}
BY_SOURCE = {
    "First": {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.source = 'docs' %}", "Next": "Good"}],
        "Default": "Bad",
    },
    "Good": {"Type": "Pass", "End": True},
    "Bad": {"Type": "Fail", "Error": "PageFailed", "Cause": '{"errorMessage": "sitemap"}'},
}


def succeeded(deployed: Deployed, source: str, hours: float) -> None:
    deployed.page("#summary", source=source, succeeded=(now() - timedelta(hours=hours)).isoformat(), index="site-003")


@pytest.fixture
def living(deployed: Deployed) -> Deployed:
    """Two sources of which one succeeded three hours ago, and a loading function."""
    deployed.machine(BY_SOURCE, "First")
    deployed.function("load", answering({"versions": VERSIONS, "rollback": BACK}))
    succeeded(deployed, "docs", 3)
    succeeded(deployed, "shop", 3)
    return deployed


def status(deployed: Deployed, run: Run) -> tuple[int, dict[str, Any]]:
    ran = run("ingest", "status", "--env", deployed.account.file, "--json")
    told = json.loads(ran.out)
    return ran.code, {each["source"]: each for each in told["sources"]} | {"index": told["index"]}


def test_it_tells_runs_age_pages_failures_and_versions(living: Deployed, run: Run) -> None:
    ingestion = living.found()
    started = [start_run(ingestion, "docs", failed_alone=each) for each in (False, True)]
    for each in started:
        follow_run(ingestion, each, lambda text: None)
    living.known("a", "ok")
    living.known("b", "failed", "tls")
    living.known("c", "failed", "tls")
    code, found = status(living, run)
    docs = found["docs"]
    assert (docs["age_hours"], docs["stale"], docs["pages"]) == (3.0, False, {"failed": 2, "ok": 1})
    assert {(each["run"], each["mode"], each["status"]) for each in docs["runs"]} == {
        (started[0].name, "all", "SUCCEEDED"),
        (started[1].name, "failed", "SUCCEEDED"),
    }
    assert [(each["code"], each["count"]) for each in docs["failures"]] == [("tls", 2)]
    assert found["index"] == VERSIONS
    assert code == ExitCode.OK


def test_it_is_told_in_words(living: Deployed, run: Run) -> None:
    living.known("b", "failed", "tls")
    ran = run("ingest", "status", "--env", living.account.file)
    assert "docs: last success 3 h ago; 1 failed" in ran.out
    assert "1 tls: the certificate isn't valid for this host; renew the site's certificate" in ran.out
    assert "index: site-003, before it: site-002 (alias site)" in ran.out


def test_a_last_run_that_failed_wants_attention(living: Deployed, run: Run) -> None:
    ingestion = living.found()
    follow_run(ingestion, start_run(ingestion, "shop"), lambda text: None)
    code, found = status(living, run)
    (only,) = found["shop"]["runs"]
    assert (only["status"], only["cause"]["code"]) == ("FAILED", "sitemap")
    assert code == ExitCode.CHANGES


def test_an_execution_with_another_input_hides_nothing(living: Deployed, run: Run) -> None:
    ingestion = living.found()
    ingestion.states.start_execution(stateMachineArn=ingestion.machine_arn, input='["docs"]')
    code, found = status(living, run)
    assert (code, found["docs"]["runs"], found["docs"]["age_hours"]) == (ExitCode.OK, [], 3.0)


def test_a_source_that_never_succeeded_wants_attention(living: Deployed, run: Run) -> None:
    living.account.client("dynamodb").delete_item(
        TableName=living.env.names.resource("pages-ledger"), Key={"source": {"S": "shop"}, "page": {"S": "#summary"}}
    )
    code, found = status(living, run)
    assert found["shop"]["age_hours"] is None
    assert code == ExitCode.CHANGES


@pytest.mark.parametrize(
    ("schedule", "hours", "code"),
    [
        ("rate(1 day)", 49, ExitCode.CHANGES),
        ("rate(1 day)", 47, ExitCode.OK),
        # Without a schedule nobody promised anything.
        (None, 49, ExitCode.OK),
    ],
)
def test_age_is_held_to_the_limit_where_there_is_a_schedule(
    living: Deployed, run: Run, schedule: str | None, hours: float, code: ExitCode
) -> None:
    if schedule:
        text = living.account.file.read_text()
        added = f'[ingestion]\nschedule = "{schedule}"\n[[ingestion'
        living.account.file.write_text(text.replace("[[ingestion", added, 1))
    succeeded(living, "shop", hours)
    found = status(living, run)
    assert found[0] == code
    assert found[1]["shop"]["stale"] is (code is ExitCode.CHANGES)


def test_an_index_that_cannot_be_asked_is_unknown_and_the_rest_is_told(deployed: Deployed, run: Run) -> None:
    deployed.machine(BY_SOURCE, "First")
    deployed.function("load", answering({"versions": "Busy search_busy"}))
    ran = run("ingest", "status", "--env", deployed.account.file)
    assert ran.code == ExitCode.INCOMPLETE
    assert "docs: never succeeded" in ran.out
    assert "index: unknown, the index can't be asked: the search domain is starting, busy, or out of reach" in ran.out


def roll_back(deployed: Deployed, run: Run, *arguments: str, stdin: bytes = b"") -> Ran:
    return run("ingest", "rollback", "--env", deployed.account.file, *arguments, stdin=stdin)


def test_rollback_says_what_became_of_the_alias(living: Deployed, run: Run) -> None:
    ran = roll_back(living, run, "--yes")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("site leads to site-002; site-003 is kept, closed.")
    told = json.loads(roll_back(living, run, "--yes", "--json").out)
    assert told == {"env": living.account.env, "alias": "site", "index": "site-002", "before": "site-003"}


def test_rollback_asks_with_the_names_of_both_versions(living: Deployed, run: Run) -> None:
    ran = roll_back(living, run, stdin=b"n\n")
    assert ran.code == ExitCode.INTERRUPTED
    assert "from site-003 back to site-002?" in ran.err


def test_rollback_with_nothing_to_go_back_to_is_refused(deployed: Deployed, run: Run) -> None:
    deployed.machine(BY_SOURCE, "First")
    deployed.function("load", answering({"versions": {**VERSIONS, "before": ""}}))
    ran = roll_back(deployed, run, "--yes")
    assert ran.code == ExitCode.REFUSED
    assert "no version of site is kept beside site-003" in ran.err


def test_a_version_that_went_meanwhile_is_refused_too(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed.machine(BY_SOURCE, "First")
    ingestion = deployed.found()
    # As Lambda answers; the emulated one doesn't tell the names of errors.
    text = b'{"errorMessage": "no version of site is kept", "errorType": "NothingBefore", "stackTrace": []}'
    client = deployed.account.client("lambda")
    told = {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": StreamingBody(io.BytesIO(text), len(text))}
    monkeypatch.setattr(Session, "client", lambda *_, **__: client)
    stubber = Stubber(client)
    stubber.add_response("invoke", told)
    stubber.activate()
    with pytest.raises(SitechatError, match="no version of the index is kept") as caught:
        versions.roll_back(ingestion)
    assert caught.value.code is ExitCode.REFUSED


def test_rollback_is_refused_while_a_run_is_under_way(living: Deployed, run: Run) -> None:
    arn = living.found().machine_arn
    waiting = {
        "QueryLanguage": "JSONata",
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}},
    }
    states = living.account.client("stepfunctions")
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(waiting))
    started = start_run(living.found(), "docs")
    living.page("#lock", run=started.name, execution=started.execution)
    ran = roll_back(living, run, "--yes")
    assert ran.code == ExitCode.REFUSED
    assert "being ingested already" in ran.err
    states.stop_execution(executionArn=started.execution)
