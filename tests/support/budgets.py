"""What a budget of the emulated AWS has cost this month: nothing is spent there, so a test says it."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

_SCOPE = "AWS4-HMAC-SHA256 Credential={}/20261101/us-east-1/budgets/aws4_request, SignedHeaders=host, Signature=0"


def spend(url: str, account_id: str, budget: str, usd: float) -> list[dict[str, Any]]:
    """Say it to the emulated AWS at `url`; the budget's actions as they are now."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSBudgetServiceGateway.SpendEmulated",
        "authorization": _SCOPE.format(account_id),
    }
    body = {"AccountId": account_id, "BudgetName": budget, "Usd": usd}
    try:
        connection.request("POST", "/", json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    assert answer.status == 200, text
    return list(json.loads(text)["Actions"])
