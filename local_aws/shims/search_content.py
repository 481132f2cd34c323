"""Content of an OpenSearch domain: the paths of its API that the bootstrap function calls after creation."""

from __future__ import annotations

import copy
from collections.abc import Mapping
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


class SearchContent(Shim):
    """Roles and role mappings, audit settings, index templates, and indexes without documents."""

    service = "es"
    whole = True

    def __init__(self) -> None:
        self._security: dict[tuple[str, str], Item] = {}
        self._audit = copy.deepcopy(_AUDIT)
        self._templates: dict[str, Item] = {}
        self._indexes: dict[str, Item] = {}
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
            "GET /_index_template/{name}": self._template,
            "PUT /_index_template/{name}": self._put_template,
            "GET /{index}": self._index,
            "PUT /{index}": self._put_index,
            "PUT /{index}/_settings": self._put_settings,
        }

    def _one_of(self, kind: str) -> Handler:
        def handler(request: Request, item: Item) -> Item:
            return {item["name"]: _found(self._security, (kind, item["name"]))}

        return handler

    def _put_one_of(self, kind: str) -> Handler:
        def handler(request: Request, item: Item) -> Item:
            self._security[kind, item["name"]] = {"reserved": False, "hidden": False, **request.json()}
            return _STORED

        return handler

    def _put_audit(self, request: Request, item: Item) -> Item:
        self._audit = request.json()
        return _STORED

    def _template(self, request: Request, item: Item) -> Item:
        found = _found(self._templates, item["name"])
        return {"index_templates": [{"name": item["name"], "index_template": found}]}

    def _put_template(self, request: Request, item: Item) -> Item:
        body = request.json()
        body["template"]["settings"] = _as_strings(body["template"]["settings"])
        self._templates[item["name"]] = body
        return {"acknowledged": True}

    def _index(self, request: Request, item: Item) -> Item | None:
        if _reserved(item["index"]):
            return None
        return {item["index"]: _found(self._indexes, item["index"])}

    def _put_index(self, request: Request, item: Item) -> Item | None:
        """Create an index from the template of the same name: index patterns are not needed here."""
        name = item["index"]
        if _reserved(name) or request.json():
            return None
        if name in self._indexes:
            raise ShimError("resource_already_exists_exception", f"index {name} already exists")
        template = self._templates.get(name, {"template": {"settings": {"index": {}}, "mappings": {}}})["template"]
        self._indexes[name] = {"aliases": {}, **copy.deepcopy(template)}
        return {"acknowledged": True, "shards_acknowledged": True, "index": name}

    def _put_settings(self, request: Request, item: Item) -> Item:
        found = _found(self._indexes, item["index"])
        found["settings"]["index"].update(_as_strings(request.json()["index"]))
        return {"acknowledged": True}


def _found(kept: Mapping[Any, Item], key: Any) -> Item:
    if key not in kept:
        raise ShimError("not_found", f"nothing is called {key}", 404)
    return kept[key]


def _reserved(name: str) -> bool:
    """Whether the name is one of the API and not of an index."""
    return name.startswith("_")


def _as_strings(value: Any) -> Any:
    """Settings with all values as strings, as OpenSearch returns them."""
    if isinstance(value, dict):
        return {name: _as_strings(inner) for name, inner in value.items()}
    return str(value).lower() if isinstance(value, bool) else str(value)
