"""Content of an OpenSearch domain: the paths of its API that the bootstrap function calls after creation."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, ShimError
from local_aws.shims.search_security import SearchSecurity, found


class SearchContent(SearchSecurity):
    """Access inside the domain, index templates, and indexes without documents."""

    def __init__(self) -> None:
        self._templates: dict[str, Item] = {}
        self._indexes: dict[str, Item] = {}
        super().__init__()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            **super().handlers(),
            "GET /_index_template/{name}": self._template,
            "PUT /_index_template/{name}": self._put_template,
            "GET /{index}": self._index,
            "PUT /{index}": self._put_index,
            "PUT /{index}/_settings": self._put_settings,
        }

    def _template(self, request: Request, item: Item) -> Item:
        template = found(self._templates, item["name"])
        return {"index_templates": [{"name": item["name"], "index_template": template}]}

    def _put_template(self, request: Request, item: Item) -> Item:
        body = request.json()
        body["template"]["settings"] = _as_strings(body["template"]["settings"])
        self._templates[item["name"]] = body
        return {"acknowledged": True}

    def _index(self, request: Request, item: Item) -> Item | None:
        """Indexes by name, alias or pattern; a pattern may match none."""
        name = item["index"]
        if _reserved(name):
            return None
        asked = {
            each: index for each, index in self._indexes.items() if fnmatchcase(each, name) or name in index["aliases"]
        }
        if not asked and "*" not in name:
            raise ShimError("index_not_found_exception", f"no such index [{name}]", 404)
        return asked

    def _put_index(self, request: Request, item: Item) -> Item | None:
        """Create an index, with aliases or without, from the template whose patterns its name matches."""
        name, body = item["index"], request.json()
        if _reserved(name) or body.keys() - {"aliases"}:
            return None
        if name in self._indexes or any(name in index["aliases"] for index in self._indexes.values()):
            raise ShimError("resource_already_exists_exception", f"index {name} already exists")
        template: Item = next(
            (
                each["template"]
                for each in self._templates.values()
                if any(fnmatchcase(name, pattern) for pattern in each.get("index_patterns", ()))
            ),
            {"settings": {"index": {}}, "mappings": {}},
        )
        self._indexes[name] = {**copy.deepcopy(template), "aliases": body.get("aliases", {})}
        return {"acknowledged": True, "shards_acknowledged": True, "index": name}

    def _put_settings(self, request: Request, item: Item) -> Item:
        index = found(self._indexes, item["index"])
        index["settings"]["index"].update(_as_strings(request.json()["index"]))
        return {"acknowledged": True}


def _reserved(name: str) -> bool:
    """Whether the name is one of the API and not of an index."""
    return name.startswith("_")


def _as_strings(value: Any) -> Any:
    """Settings with all values as strings, as OpenSearch returns them."""
    if isinstance(value, dict):
        return {name: _as_strings(inner) for name, inner in value.items()}
    return str(value).lower() if isinstance(value, bool) else str(value)
