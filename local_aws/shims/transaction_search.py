"""Whether Transaction Search is on, by region: the state that X-Ray's shim and Cloud Control's share.

AWS switches for minutes (status PENDING); here it is done at once. The log group aws/spans isn't made by switching.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any

from local_aws.endpoint import ACCOUNT_ID
from local_aws.shims.asking import Asking
from local_aws.shims.base import ShimError

DESTINATIONS = (XRAY, CLOUDWATCH) = ("XRay", "CloudWatchLogs")
FREE_PERCENT = 1.0
NO_PERMISSION = (
    "XRay does not have permission to call PutLogEvents on the aws/spans Log Group. "
    "Please verify that your CloudWatch Logs Resource Policies are configured correctly"
)
_WRITER, _ACTION = "xray.amazonaws.com", "logs:PutLogEvents"


class TransactionSearch:
    """Destination of spans, and percentage of them that X-Ray indexes: 1 again after it was switched off."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._percent: dict[str, float] = {}
        self._on: set[str] = set()

    def destination(self, region: str) -> str:
        """Where spans go in this region."""
        return CLOUDWATCH if region in self._on else XRAY

    def percent(self, region: str) -> float:
        """Percentage of spans that is indexed."""
        return self._percent.get(region, FREE_PERCENT)

    def index(self, region: str, percent: float) -> None:
        """Index this percentage from now on; raises ShimError where it is none."""
        checked = checked_percent(percent)
        with self._lock:
            self._percent[region] = checked

    def switch(self, asking: Asking, destination: str) -> None:
        """Send spans there from now on; raises ShimError as X-Ray refuses."""
        region = asking.request.region
        if destination not in DESTINATIONS:
            raise ShimError("InvalidRequestException", f"{destination!r} is no destination: {XRAY} or {CLOUDWATCH}")
        if destination == self.destination(region):
            raise ShimError("InvalidRequestException", f"The destination is already set to {destination}")
        if destination == CLOUDWATCH:
            found = asking.json("logs", "Logs_20140328.DescribeResourcePolicies", {})["resourcePolicies"]
            if not spans_can_be_written([each["policyDocument"] for each in found], region):
                raise ShimError("AccessDeniedException", NO_PERMISSION, 403)
        with self._lock:
            if destination == CLOUDWATCH:
                self._on.add(region)
            else:
                self._on.discard(region)
                self._percent.pop(region, None)


def checked_percent(percent: Any) -> float:
    """The percentage; raises ShimError where it is none."""
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
        raise ShimError("InvalidRequestException", f"{percent!r} is no percentage from 0 to 100")
    return float(percent)


def spans_can_be_written(policies: Iterable[str], region: str) -> bool:
    """Whether these resource policies of CloudWatch Logs, as JSON, let X-Ray write spans of this region.

    Conditions on the source are all that is known; a statement with any other lets nobody in.
    """
    statements = [each for policy in policies for each in _several(json.loads(policy)["Statement"])]
    asked = {
        "aws:sourceaccount": ACCOUNT_ID,
        "aws:sourcearn": f"arn:aws:xray:{region}:{ACCOUNT_ID}:trace-segment-destination",
    }
    effects = [each.get("Effect") for each in statements if _is_about_spans(each, region, asked)]
    return "Allow" in effects and "Deny" not in effects


def _is_about_spans(statement: Mapping[str, Any], region: str, asked: Mapping[str, str]) -> bool:
    principal = statement.get("Principal")
    services = _several(principal.get("Service", ())) if isinstance(principal, dict) else _several(principal)
    resource = f"arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:aws/spans:log-stream:default"
    return (
        any(each in ("*", _WRITER) for each in services)
        and any(fnmatchcase(_ACTION.lower(), str(each).lower()) for each in _several(statement.get("Action", ())))
        and any(fnmatchcase(resource, each) for each in _several(statement.get("Resource", ())))
        and all(_holds(test, keys, asked) for test, keys in statement.get("Condition", {}).items())
    )


def _holds(test: str, keys: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    def matches(value: str, pattern: str) -> bool:
        return value == pattern if test == "StringEquals" else fnmatchcase(value, pattern)

    known = test in ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
    return known and all(
        any(matches(asked.get(key.lower(), ""), str(each)) for each in _several(values)) for key, values in keys.items()
    )


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
