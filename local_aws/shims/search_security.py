"""Access inside an OpenSearch domain: roles, their mappings and the audit settings of its security plugin."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Shim, ShimError

_SECURITY = "/_plugins/_security/api"
_STORED = {"status": "OK"}
# Audit settings of a new domain with fine-grained access control, as far as they are asked for here.
_AUDIT: Item = {
    "enabled": False,
    "audit": {"enable_rest": True, "enable_transport": True, "log_request_body": True, "resolve_indices": True},
    "compliance": {"enabled": True, "write_log_diffs": False},
}


class SearchSecurity(Shim):
    """Stores what the security plugin is told. Other paths of the plugin are answered with 501."""

    service = "es"
    whole = True

    def __init__(self) -> None:
        self._security: dict[tuple[str, str], Item] = {}
        self._audit = copy.deepcopy(_AUDIT)
        super().__init__()

    def handlers(self) -> Mapping[str, Handler]:
        security = {
            f"{method} {_SECURITY}/{kind}/{{name}}": handler
            for kind in ("roles", "rolesmapping")
            for method, handler in (("GET", self._one_of(kind)), ("PUT", self._put_one_of(kind)))
        }
        return {
            **security,
            f"GET {_SECURITY}/audit": lambda request, item: {"config": self._audit},
            f"PUT {_SECURITY}/audit/config": self._put_audit,
        }

    @property
    def used(self) -> bool:
        """Whether any role was ever stored."""
        return bool(self._security)

    def names_of(self, arn: str) -> Iterator[str]:
        """Names of the roles that a mapping gives to an IAM role, by its ARN."""
        for (kind, name), mapping in list(self._security.items()):
            if kind == "rolesmapping" and arn in mapping.get("backend_roles", ()):
                yield name

    def roles_of(self, arn: str) -> Iterator[Item]:
        """Roles that a mapping gives to an IAM role, by its ARN."""
        for name in self.names_of(arn):
            yield self._security.get(("roles", name), {})

    def _one_of(self, kind: str) -> Handler:
        def handler(request: Request, item: Item) -> Item:
            return {item["name"]: found(self._security, (kind, item["name"]))}

        return handler

    def _put_one_of(self, kind: str) -> Handler:
        def handler(request: Request, item: Item) -> Item:
            self._security[kind, item["name"]] = {"reserved": False, "hidden": False, **request.json()}
            return _STORED

        return handler

    def _put_audit(self, request: Request, item: Item) -> Item:
        self._audit = request.json()
        return _STORED


def found(kept: Mapping[Any, Item], key: Any) -> Item:
    """What is kept under a key; raises ShimError (404) where nothing is."""
    if key not in kept:
        raise ShimError("not_found", f"nothing is called {key}", 404)
    return kept[key]
