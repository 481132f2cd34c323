"""The function that CodeDeploy calls: whatever happens, CodeDeploy gets an answer."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from constructs_lib.releases.hook_lambda.outer import INVOKE_SECONDS, NewTasks, answer

TESTED = NewTasks("inner", "main", "app")
OLD, NEW = (
    {"externalId": f"d-{id_}", "taskDefinition": f"arn:of:task-definition/app:{number}"}
    for id_, number in (("OLD", 7), ("ABCDEFGHI", 8))
)
EVENT = {"DeploymentId": "d-ABCDEFGHI", "LifecycleEventHookExecutionId": "hook-1"}


class Clients:
    """botocore's own clients, whose answers are set: they check both sides against AWS's service models."""

    def __init__(self) -> None:
        session = botocore.session.Session()
        session.set_credentials("key", "secret")
        self.options: dict[str, Any] = {}
        self.made = {
            name: session.create_client(name, region_name="us-east-1") for name in ("lambda", "codedeploy", "ecs")
        }
        self.stubs = {name: Stubber(client) for name, client in self.made.items()}
        for stub in self.stubs.values():
            stub.activate()

    def client(self, service_name: str, **options: Any) -> Any:
        self.options[service_name] = options["config"]
        return self.made[service_name]

    def looked(self, *task_sets: dict[str, Any]) -> None:
        found = {"services": [{"taskSets": list(task_sets)}]}
        self.stubs["ecs"].add_response("describe_services", found, {"cluster": "main", "services": ["app"]})

    def invoked(self, payload: object, revision: str = "app:8", **more: Any) -> None:
        self.looked(OLD, *([NEW] if revision else []))
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        body = StreamingBody(io.BytesIO(raw), len(raw))
        expected = {
            "FunctionName": "inner",
            "InvocationType": "RequestResponse",
            "Payload": json.dumps({"revision": revision}).encode(),
        }
        self.stubs["lambda"].add_response("invoke", {"StatusCode": 200, "Payload": body, **more}, expected)

    def reported(self, status: str) -> None:
        expected = {"deploymentId": "d-ABCDEFGHI", "lifecycleEventHookExecutionId": "hook-1", "status": status}
        self.stubs["codedeploy"].add_response("put_lifecycle_event_hook_execution_status", {}, expected)


@pytest.fixture
def clients() -> Iterator[Clients]:
    found = Clients()
    yield found
    for stub in found.stubs.values():
        stub.assert_no_pending_responses()


def test_tasks_that_pass_are_reported(clients: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    clients.invoked({"passed": True, "words": ["/health answered 200"]})
    clients.reported("Succeeded")
    assert answer(EVENT, TESTED, clients) == {"status": "Succeeded", "words": ["/health answered 200"]}
    line = json.loads(capsys.readouterr().out)
    assert line == {
        "message": "release test",
        "deployment": "d-ABCDEFGHI",
        "status": "Succeeded",
        "words": ["/health answered 200"],
    }


def test_tasks_that_fail_are_reported_with_their_words(clients: Clients) -> None:
    clients.invoked({"passed": False, "words": ["the answer has no sources"]})
    clients.reported("Failed")
    assert answer(EVENT, TESTED, clients)["words"] == ["the answer has no sources"]


@pytest.mark.parametrize(
    ("payload", "more"),
    [
        (b"not json", {}),
        ({"passed": "yes", "words": []}, {}),
        ({"passed": True}, {}),
        ({"errorMessage": "Task timed out"}, {"FunctionError": "Unhandled"}),
    ],
)
def test_an_answer_that_is_none_fails_the_hook(clients: Clients, payload: object, more: dict[str, str]) -> None:
    clients.invoked(payload, **more)
    clients.reported("Failed")
    found = answer(EVENT, TESTED, clients)
    assert found["status"] == "Failed"
    assert found["words"][0].startswith("the test itself failed: ")


def test_a_function_that_cannot_be_invoked_fails_the_hook(clients: Clients) -> None:
    clients.looked(NEW)
    clients.stubs["lambda"].add_client_error("invoke", "TooManyRequestsException", "Rate exceeded")
    clients.reported("Failed")
    assert "Rate exceeded" in answer(EVENT, TESTED, clients)["words"][0]


def test_a_report_that_cannot_be_made_is_an_error_of_the_function(clients: Clients) -> None:
    """Lambda tries again, and then tells the topic of failures."""
    clients.invoked({"passed": True, "words": []})
    clients.stubs["codedeploy"].add_client_error("put_lifecycle_event_hook_execution_status", "ThrottlingException")
    with pytest.raises(Exception, match="ThrottlingException"):
        answer(EVENT, TESTED, clients)


def test_the_wait_for_the_tasks_is_bounded_and_made_once(clients: Clients) -> None:
    clients.invoked({"passed": True, "words": []})
    clients.reported("Succeeded")
    answer(EVENT, TESTED, clients)
    config = clients.options["lambda"]
    assert (config.read_timeout, config.retries["total_max_attempts"]) == (INVOKE_SECONDS, 1)


def test_a_deployment_without_a_task_set_names_no_revision(clients: Clients) -> None:
    clients.invoked({"passed": True, "words": []}, revision="")
    clients.reported("Succeeded")
    assert answer(EVENT, TESTED, clients)["status"] == "Succeeded"


def test_a_service_that_cannot_be_looked_at_fails_the_hook(clients: Clients) -> None:
    clients.stubs["ecs"].add_client_error("describe_services", "AccessDeniedException", "not yours")
    clients.reported("Failed")
    assert "not yours" in answer(EVENT, TESTED, clients)["words"][0]
