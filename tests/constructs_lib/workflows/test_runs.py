"""The machine as Step Functions' emulator runs it, over functions that answer by a script.

ministack 1.5.33 runs no distributed map in JSONata, and calls every error of a function Runtime.HandlerError: what is
done by the name of an error, or for more pages than fit a state, is in test_definition.py alone.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from constructs_lib.workflows.definition import Functions, IngestionRun, RunLimits
from local_aws import Endpoint, start, stop

# Answers as those of ingestion/functions. A page called "bad" fails, and what a test sets in `script` comes instead.
HANDLER = """
import json, os
class PageFailed(Exception): pass
class AlreadyRunning(Exception): pass
def handle(event, context):
    pages = [{"page": each, "address": "https://a/" + each} for each in json.loads(os.environ["PAGES"])]
    script = json.loads(os.environ["SCRIPT"])
    good = [each for each in pages if each["page"] != "bad"]
    do = event.get("do", "embed")
    if do in script:
        if "raises" in script[do]:
            raise {"AlreadyRunning": AlreadyRunning, "PageFailed": PageFailed}[script[do]["raises"]]("told")
        return script[do]
    if do == "page" and event["page"] == "bad":
        raise PageFailed("status_404")
    if do == "load":
        return {"offset": event["offset"] + 1, "done": event["offset"] == 2}
    if do == "keep":
        assert ("result" in event) != ("error" in event), event
        assert ("error" in event) == (event["page"] == "bad"), event
        assert event.get("result", {"hash": "h", "passages": 2}) == {"hash": "h", "passages": 2}
        return {}
    return {
        "begin": {"run": event.get("execution", "").rpartition(":")[2]},
        "list": {"key": "k", "pages": len(pages), "refused": {}, "complete": True},
        "plan": {"key": "runs/todo.json", "count": len(pages), "items": pages},
        "page": {"page": event.get("page"), "address": event.get("address"), "key": "f", "hash": "x", "type": "t"},
        "embed": {"page": event.get("page"), "key": "p", "hash": "h", "passages": 2, "embedded": True, "tokens": 9},
        "manifest": {"key": "m", "pages": len(good), "failed": len(pages) - len(good)},
        "open": {"index": "site-002", "new": True},
        "check": {"documents": 4, "probe": True},
        "switch": {"moved": True, "waiting": []},
        "finish": {"vanished": 0, "unseen": 3, "removed": {"old": 5}},
        "abandon": {},
    }[do]
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


class Runs:
    """A state machine of the emulated AWS, and runs of it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.states, self._functions = self._client("stepfunctions"), self._client("lambda")
        self._count = 0

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._endpoint.url,
            region_name="us-east-1",
            aws_access_key_id=self._endpoint.account_id,
            aws_secret_access_key="emulated",
            config=Config(inject_host_prefix=False),
        )

    def run(self, *pages: str, told: dict[str, Any] | None = None, **script: Any) -> dict[str, Any]:
        """One run over these pages, with these answers instead of the usual ones: status, output, states, causes."""
        self._count += 1
        name = f"run-{self._count}"
        arn = self._function(name, pages, script)
        definition = IngestionRun(Functions(arn, arn, arn, arn), RunLimits(), "pages").definition()
        role = f"arn:aws:iam::{self._endpoint.account_id}:role/run"
        machine = self.states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
        begun = self.states.start_execution(
            stateMachineArn=machine["stateMachineArn"], name=name, input=json.dumps(told or {"source": "site"})
        )
        return self._ended(begun["executionArn"])

    def _function(self, name: str, pages: tuple[str, ...], script: dict[str, Any]) -> str:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            archive.writestr("said.py", HANDLER)
        made = self._functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=f"arn:aws:iam::{self._endpoint.account_id}:role/f",
            Handler="said.handle",
            Code={"ZipFile": memory.getvalue()},
            Environment={"Variables": {"PAGES": json.dumps(pages), "SCRIPT": json.dumps(script)}},
        )
        return str(made["FunctionArn"])

    def _ended(self, execution: str) -> dict[str, Any]:
        for _ in range(600):
            found = self.states.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                break
            time.sleep(0.1)
        events = self.states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        entered = [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]
        failures = [str(each) for each in events if "Fail" in each["type"]]
        return {**found, "states": entered, "failures": failures}


@pytest.fixture(scope="module")
def runs(aws: Endpoint) -> Runs:
    return Runs(aws)


def test_a_run_ends_with_its_counts(runs: Runs) -> None:
    ended = runs.run("a", "bad")
    assert ended["status"] == "SUCCEEDED", ended["failures"]
    assert json.loads(ended["output"]) == {
        "listed": 2,
        "fetched": 2,
        "failed": 1,
        "pages": 1,
        "documents": 4,
        "index": "site-002",
        "moved": True,
        "waiting": [],
        "vanished": 0,
        "unseen": 3,
        "removed": {"old": 5},
    }
    assert ended["states"].count("Load") == 3
    assert "ManyPages" not in ended["states"]


def test_one_page_is_a_list_too(runs: Runs) -> None:
    assert runs.run("a")["status"] == "SUCCEEDED"


def test_nothing_to_fetch_still_loads(runs: Runs) -> None:
    ended = runs.run("a", plan={"key": "k", "count": 0, "items": []})
    assert ended["status"] == "SUCCEEDED", ended["failures"]
    assert "Pages" not in ended["states"]


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ({"list": {"raises": "PageFailed"}}, "told"),
        ({"manifest": {"key": "m", "pages": 0, "failed": 0}}, "no page of the source"),
        ({"check": {"documents": 4, "probe": False}}, "doesn't find its page"),
    ],
)
def test_what_fails_is_told_to_the_ledger_and_moves_no_alias(runs: Runs, script: dict[str, Any], cause: str) -> None:
    ended = runs.run("a", "b", **script)
    assert ended["status"] == "FAILED"
    assert cause in ended["cause"]
    assert ended["states"][-2:] == ["Abandon", "Failed"]
    assert "Switch" not in ended["states"]


def test_a_source_that_another_run_has_is_left_to_it(runs: Runs) -> None:
    ended = runs.run("a", begin={"raises": "AlreadyRunning"})
    assert ended["status"] == "FAILED"
    assert "told" in ended["cause"]
    assert ended["states"] == ["Begin", "Failed"]
