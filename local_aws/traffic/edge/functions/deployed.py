"""Functions and key value stores, asked of their APIs."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.selections import items

RUNTIME = "cloudfront-js-2.0"
# Of a function's code (CloudFront quotas).
CODE_LIMIT_BYTES = 10_240


@dataclass(frozen=True)
class Function:
    """A published function, and the store it reads: its id and its values."""

    name: str
    runtime: str
    code: str
    store_id: str = ""
    values: Mapping[str, str] | None = None

    def check(self) -> None:
        """Refuse what the worker can't run as CloudFront does.

        Raises:
            GapError: another runtime, or more code than CloudFront takes.
        """
        if self.runtime != RUNTIME:
            raise GapError(f"function {self.name}: runtime {self.runtime}")
        if len(self.code.encode()) > CODE_LIMIT_BYTES:
            raise GapError(f"function {self.name}: more than {CODE_LIMIT_BYTES} bytes, which CloudFront refuses")


def functions(client: Any, gateway: str, account_id: str, wanted: Iterable[str]) -> dict[str, Function]:
    """Published functions by ARN, of those that behaviours name."""
    listed = items(client.list_functions(Stage="LIVE")["FunctionList"])
    by_arn = {each["FunctionMetadata"]["FunctionARN"]: each for each in listed}
    return {arn: _function(client, gateway, account_id, by_arn[arn]) for arn in wanted if arn in by_arn}


def _function(client: Any, gateway: str, account_id: str, summary: Mapping[str, Any]) -> Function:
    code = client.get_function(Name=summary["Name"], Stage="LIVE")["FunctionCode"]
    text = (code if isinstance(code, bytes) else code.read()).decode()
    stores = items(summary["FunctionConfig"].get("KeyValueStoreAssociations"))
    made = Function(summary["Name"], summary["FunctionConfig"]["Runtime"], text)
    if not stores:
        return made
    # A function has one store at most (CloudFront quotas). Its id is unknown to ministack's listing: the ARN's end.
    arn = stores[0]["KeyValueStoreARN"]
    values = store_values(gateway, account_id, arn)
    return Function(made.name, made.runtime, made.code, arn.rpartition("/")[2], values)


def store_values(gateway: str, account_id: str, arn: str) -> dict[str, str]:
    """Keys and values of a store. boto3 signs for this API with a compiled library only, so it is asked without."""
    scope = f"{account_id}/20260101/us-east-1/cloudfront-keyvaluestore/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    values: dict[str, str] = {}
    token = ""
    while True:
        query = f"?{urlencode({'NextToken': token})}" if token else ""
        url = f"{gateway}/key-value-stores/{quote(arn, safe='')}/keys{query}"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            page = json.load(answer)
        values |= {each["Key"]: each["Value"] for each in page.get("Items") or []}
        token = page.get("NextToken") or ""
        if not token:
            return values
