from __future__ import annotations

import json

from constructs_lib.workflows.failed_runs import FailedRuns
from tests.support.synthesised import template


def test_a_run_that_fails_or_takes_too_long_reaches_the_topic() -> None:
    config = template(
        lambda scope: FailedRuns(scope, "failed", name="failed", machine_arn="arn:of:machine", topic_arn="arn:of:topic")
    )
    pattern = json.loads(config.one("aws_cloudwatch_event_rule")["event_pattern"])
    assert pattern["detail"] == {"stateMachineArn": ["arn:of:machine"], "status": ["FAILED", "TIMED_OUT"]}
    target = config.one("aws_cloudwatch_event_target")
    assert target["arn"] == "arn:of:topic"
    assert "runbook ingestion-failed" in target["input_transformer"]["input_template"]
