"""Transaction Search of an emulated account, without which X-Ray takes no spans by OTLP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def switch_transaction_search(client: Callable[[str], Any], here: str) -> None:
    """Let X-Ray write `aws/spans` and send traces there. `here` is "REGION:ACCOUNT", `client` makes boto3's clients."""
    groups = ("aws/spans", "/aws/application-signals/data")
    writes = {
        "Effect": "Allow",
        "Principal": {"Service": "xray.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": [f"arn:aws:logs:{here}:log-group:{each}:*" for each in groups],
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:xray:{here}:*"},
            "StringEquals": {"aws:SourceAccount": here.rpartition(":")[2]},
        },
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [writes]})
    client("logs").put_resource_policy(policyName="spans", policyDocument=policy)
    client("xray").update_trace_segment_destination(Destination="CloudWatchLogs")
