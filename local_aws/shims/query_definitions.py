"""Saved Logs Insights queries, which ministack lacks; log groups of reserved names, which it would make.

The log groups themselves are ministack's. Planned use: observability.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Key, Shim, ShimError
from local_aws.shims.reserved_groups import REFUSALS


class QueryDefinitions(Shim):
    """Query definitions by region and id."""

    service = "logs"

    def __init__(self) -> None:
        super().__init__()
        self._definitions: dict[Key, Item] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "PutQueryDefinition": self._put,
            "DescribeQueryDefinitions": self._describe,
            "DeleteQueryDefinition": self._delete,
            **REFUSALS,
        }

    def _put(self, request: Request, body: Item) -> Item:
        known = body.get("queryDefinitionId")
        if known and (request.region, known) not in self._definitions:
            raise ShimError("ResourceNotFoundException", f"no query definition {known}")
        identifier = known or str(uuid.uuid4())
        kept = {name: value for name, value in body.items() if name != "clientToken"}
        made = {"queryDefinitionId": identifier, "lastModified": int(time.time() * 1000)}
        self._definitions[request.region, identifier] = {**kept, **made}
        return {"queryDefinitionId": identifier}

    def _describe(self, request: Request, body: Item) -> Item:
        prefix = body.get("queryDefinitionNamePrefix", "")
        found = [item for key, item in self._definitions.items() if key[0] == request.region]
        return {"queryDefinitions": [item for item in found if item["name"].startswith(prefix)]}

    def _delete(self, request: Request, body: Item) -> Item:
        if self._definitions.pop((request.region, body["queryDefinitionId"]), None) is None:
            raise ShimError("ResourceNotFoundException", f"no query definition {body['queryDefinitionId']}")
        return {"success": True}
