"""The function that has spans deleted in time, as it is built and as it acts."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from constructs import Construct

from config.place import Place
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.observability.retention_lambda import handler
from constructs_lib.observability.span_retention import VARIABLE, KeptSpans, SpanRetention
from constructs_lib.observability.transaction_search import TransactionSearch
from tests.constructs_lib.security.test_code_signing import signing
from tests.support.synthesised import Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
PLACE = Place("111111111111", "us-east-1", "aws")
KEPT = handler.Kept("aws/spans", 30)


@pytest.fixture(scope="module")
def config() -> Template:
    def build(scope: Construct) -> None:
        search = TransactionSearch(scope, "search", policy_name="spans", place=PLACE)
        SpanRetention(
            scope,
            "retention",
            names=FunctionNames("r-retention", "retention", "/app/retention"),
            schedule_role="r-retention-schedule",
            kept=KeptSpans("aws/spans", 30),
            signing=signing(scope).signer,
            surroundings=FunctionSurroundings(PLACE, KEY, 7, TOPIC),
            before=(search.switch,),
        )

    return template(build)


def test_it_may_put_the_retention_of_this_group_alone(config: Template) -> None:
    statements = config.statements("retention/role/role/access_document")
    assert statements["PutRetention"]["actions"] == ["logs:PutRetentionPolicy"]
    assert statements["PutRetention"]["resources"] == ["arn:aws:logs:us-east-1:111111111111:log-group:aws/spans:*"]
    assert set(statements) == {"PutRetention", "WriteLog", "ReadConfiguration", "Publish", "EncryptForSns"}


def test_it_is_told_what_the_handler_reads(config: Template) -> None:
    function = config.one("aws_lambda_function")
    assert function["handler"] == "retention_lambda.handler.handle"
    assert "vpc_config" not in function
    variables = function["environment"]["variables"]
    assert set(variables) == {handler.VARIABLE} == {VARIABLE}
    assert handler.Kept(**json.loads(variables[VARIABLE])) == KEPT


def test_a_call_that_fails_is_told(config: Template) -> None:
    assert config.one("aws_lambda_function")["dead_letter_config"] == {"target_arn": TOPIC}


def test_it_runs_once_a_day_and_at_once_only_where_the_search_is_on(config: Template) -> None:
    schedule = config.one("aws_scheduler_schedule")
    assert (schedule["schedule_expression"], schedule["state"]) == ("rate(1 day)", "ENABLED")
    assert "start_date" not in schedule
    assert sum(each.startswith("aws_cloudcontrolapi_resource.") for each in schedule["depends_on"]) == 1
    call = config.statements("schedule_role/access_document")["CallFunction"]
    assert call["resources"] == ["arn:aws:lambda:us-east-1:111111111111:function:retention"]


def logs() -> tuple[Any, Stubber]:
    """A client whose requests botocore validates, and which asks for nothing but this."""
    client = boto3.client("logs", aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    stub = Stubber(client)
    stub.activate()
    return client, stub


def test_the_retention_is_put_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    client, stub = logs()
    stub.add_response("put_retention_policy", {}, {"logGroupName": "aws/spans", "retentionInDays": 30})
    assert handler.keep(KEPT, client) == {"group": "aws/spans", "put": 30, "why": ""}
    stub.assert_no_pending_responses()
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"message": "span retention", "group": "aws/spans", "put": 30, "why": ""}


def test_no_group_yet_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    client, stub = logs()
    stub.add_client_error("put_retention_policy", "ResourceNotFoundException")
    done = handler.keep(KEPT, client)
    assert done["put"] is None
    assert "nobody has sent spans" in done["why"]
    assert "nobody has sent spans" in capsys.readouterr().out


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidParameterException", "ServiceUnavailableException"])
def test_any_other_refusal_fails_the_call(code: str) -> None:
    client, stub = logs()
    stub.add_client_error("put_retention_policy", code)
    with pytest.raises(ClientError, match=code):
        handler.keep(KEPT, client)
