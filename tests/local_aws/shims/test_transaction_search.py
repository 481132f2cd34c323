"""Transaction Search through boto3: switched by X-Ray and by Cloud Control, which tell the same state.

Each test has a region of its own, in which the shared emulators keep the setting.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.observability.retention_lambda.handler import Kept, keep
from local_aws.shims.cloud_control import TYPE
from local_aws.shims.transaction_search import spans_can_be_written

Make = Callable[..., Any]
ACCOUNT, PERCENT = "123456789012", "IndexingPercentage"
STATE = json.dumps({PERCENT: 1})


def policy(region: str, **changes: Any) -> str:
    """The resource policy that AWS documents, with other fields of its statement."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "xray.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": [f"arn:aws:logs:{region}:{ACCOUNT}:log-group:aws/spans:*"],
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:xray:{region}:{ACCOUNT}:*"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def allow(client: Make, region: str) -> None:
    client("logs", region).put_resource_policy(policyName="spans", policyDocument=policy(region))


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def ended(control: Any, started: dict[str, Any]) -> dict[str, Any]:
    """The request once it is done; its first answer says that it isn't yet."""
    event = started["ProgressEvent"]
    assert event["OperationStatus"] == "IN_PROGRESS"
    return dict(control.get_resource_request_status(RequestToken=event["RequestToken"])["ProgressEvent"])


def test_x_ray_switches_where_it_may_write_spans(client: Make) -> None:
    region = "eu-west-1"
    xray = client("xray", region)
    switch = xray.update_trace_segment_destination
    assert xray.get_trace_segment_destination()["Destination"] == "XRay"
    code, told = refusal(switch, Destination="CloudWatchLogs")
    assert code == "AccessDeniedException"
    assert told.startswith("XRay does not have permission to call PutLogEvents on the aws/spans Log Group.")
    assert xray.get_trace_segment_destination()["Destination"] == "XRay"
    allow(client, region)
    assert switch(Destination="CloudWatchLogs")["Status"] == "ACTIVE"
    assert xray.get_trace_segment_destination()["Destination"] == "CloudWatchLogs"
    already = ("InvalidRequestException", "The destination is already set to CloudWatchLogs")
    assert refusal(switch, Destination="CloudWatchLogs") == already
    assert refusal(switch, Destination="Elsewhere")[0] == "InvalidRequestException"
    assert client("xray", "eu-west-2").get_trace_segment_destination()["Destination"] == "XRay"
    switch(Destination="XRay")
    assert xray.get_trace_segment_destination()["Destination"] == "XRay"


def indexed(xray: Any) -> list[float]:
    rules = xray.get_indexing_rules()["IndexingRules"]
    return [each["Rule"]["Probabilistic"]["DesiredSamplingPercentage"] for each in rules]


def test_the_one_rule_of_indexing_can_be_changed(client: Make) -> None:
    xray = client("xray", "eu-west-3")
    half = {"Probabilistic": {"DesiredSamplingPercentage": 50}}
    assert indexed(xray) == [1]
    xray.update_indexing_rule(Name="Default", Rule=half)
    assert indexed(xray) == [50]
    assert refusal(xray.update_indexing_rule, Name="Mine", Rule=half)[0] == "ResourceNotFoundException"
    wrong = {"Probabilistic": {"DesiredSamplingPercentage": 101}}
    assert refusal(xray.update_indexing_rule, Name="Default", Rule=wrong)[0] == "InvalidRequestException"
    assert indexed(xray) == [50]


def test_cloud_control_creates_reads_changes_and_deletes_it(client: Make) -> None:
    region = "eu-central-1"
    control, xray = client("cloudcontrol", region), client("xray", region)
    one = {"TypeName": TYPE, "Identifier": ACCOUNT}
    assert refusal(control.get_resource, **one)[0] == "ResourceNotFoundException"

    refused = ended(control, control.create_resource(TypeName=TYPE, DesiredState=STATE))
    assert (refused["OperationStatus"], refused["ErrorCode"]) == ("FAILED", "AccessDenied")
    assert "aws/spans" in refused["StatusMessage"]
    assert xray.get_trace_segment_destination()["Destination"] == "XRay"

    allow(client, region)
    started = control.create_resource(TypeName=TYPE, DesiredState=json.dumps({PERCENT: 2}))
    assert "Identifier" not in started["ProgressEvent"]
    made = ended(control, started)
    assert (made["OperationStatus"], made["Identifier"]) == ("SUCCESS", ACCOUNT)
    assert xray.get_trace_segment_destination()["Destination"] == "CloudWatchLogs"
    described = json.loads(control.get_resource(**one)["ResourceDescription"]["Properties"])
    assert described == {"AccountId": ACCOUNT, PERCENT: 2}
    assert indexed(xray) == [2]

    again = ended(control, control.create_resource(TypeName=TYPE, DesiredState=STATE))
    assert (again["OperationStatus"], again["ErrorCode"]) == ("FAILED", "AlreadyExists")
    assert indexed(xray) == [2]

    patch = [{"op": "replace", "path": f"/{PERCENT}", "value": 5}]
    done = ended(control, control.update_resource(**one, PatchDocument=json.dumps(patch)))
    assert done["OperationStatus"] == "SUCCESS"
    assert indexed(xray) == [5]
    other = [{"op": "replace", "path": "/AccountId", "value": "1"}]
    refused = ended(control, control.update_resource(**one, PatchDocument=json.dumps(other)))
    assert (refused["OperationStatus"], refused["ErrorCode"]) == ("FAILED", "InvalidRequest")

    assert ended(control, control.delete_resource(**one))["OperationStatus"] == "SUCCESS"
    assert xray.get_trace_segment_destination()["Destination"] == "XRay"
    assert indexed(xray) == [1]
    gone = ended(control, control.delete_resource(**one))
    assert (gone["OperationStatus"], gone["ErrorCode"]) == ("FAILED", "NotFound")


@pytest.mark.parametrize("state", [{"Other": 1}, {PERCENT: 1, "AccountId": ACCOUNT}, {PERCENT: 101}])
def test_a_state_that_the_type_doesnt_know_is_refused(client: Make, state: dict[str, Any]) -> None:
    region = "eu-north-1"
    allow(client, region)
    control = client("cloudcontrol", region)
    refused = ended(control, control.create_resource(TypeName=TYPE, DesiredState=json.dumps(state)))
    assert (refused["OperationStatus"], refused["ErrorCode"]) == ("FAILED", "InvalidRequest")
    assert client("xray", region).get_trace_segment_destination()["Destination"] == "XRay"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_resource", {"TypeName": "AWS::S3::Bucket", "DesiredState": "{}"}),
        ("get_resource", {"TypeName": "AWS::S3::Bucket", "Identifier": "a"}),
        ("update_resource", {"TypeName": "AWS::S3::Bucket", "Identifier": "a", "PatchDocument": "[]"}),
        ("delete_resource", {"TypeName": "AWS::S3::Bucket", "Identifier": "a"}),
        ("list_resources", {"TypeName": "AWS::S3::Bucket"}),
        ("list_resources", {"TypeName": TYPE}),
        ("list_resource_requests", {}),
    ],
)
def test_another_type_and_another_operation_are_refused(
    client: Make, operation: str, arguments: dict[str, Any]
) -> None:
    assert refusal(getattr(client("cloudcontrol"), operation), **arguments)[0] == "NotImplementedByEmulator"


def test_a_request_that_nobody_made_isnt_known(client: Make) -> None:
    token = {"RequestToken": "00000000-0000-0000-0000-000000000000"}
    asked = client("cloudcontrol").get_resource_request_status
    assert refusal(asked, **token)[0] == "RequestTokenNotFoundException"


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        (
            {"Action": ["logs:CreateLogStream", "logs:Put*"], "Principal": {"Service": ["a", "xray.amazonaws.com"]}},
            True,
        ),
        ({"Condition": {}}, True),
        ({"Principal": {"Service": "es.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "*"}}, False),
        ({"Action": "logs:CreateLogStream"}, False),
        ({"Resource": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/spans:*"}, False),
        ({"Resource": f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:aws/spans:*"}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}, False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:xray:us-east-2:{ACCOUNT}:*"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}}, False),
        ({"Effect": "Deny"}, False),
    ],
)
def test_who_may_write_spans(changes: dict[str, Any], can: bool) -> None:
    assert spans_can_be_written([policy("us-east-1", **changes)], "us-east-1") is can


def test_a_refusal_outweighs_what_is_allowed() -> None:
    both = [policy("us-east-1"), policy("us-east-1", Effect="Deny", Principal="*")]
    assert not spans_can_be_written(both, "us-east-1")
    assert not spans_can_be_written([], "us-east-1")


def test_the_function_that_puts_the_retention_is_content_before_the_first_spans(client: Make) -> None:
    done = keep(Kept("aws/spans", 30), client("logs", "ap-northeast-1"))
    assert (done["put"], "nobody has sent spans" in done["why"]) == (None, True)


def test_the_function_puts_the_retention_of_a_group_that_is_there(client: Make) -> None:
    logs = client("logs", "ap-northeast-1")
    logs.create_log_group(logGroupName="/of/retention")
    for days in (30, 90, 90):
        assert keep(Kept("/of/retention", days), logs)["put"] == days
        (group,) = logs.describe_log_groups(logGroupNamePrefix="/of/retention")["logGroups"]
        assert group["retentionInDays"] == days
