"""Access inside a domain: what the roles that a mapping gives to an IAM role allow, as its security plugin decides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local_aws.traffic.doors.asgi import unknown

# Action groups ("Default action groups", OpenSearch security), as far as they concern the actions below.
_READ = ("indices:data/read*", "indices:admin/mappings/fields/get*")
_WRITE = ("indices:data/write*", "indices:admin/mapping/put")
_GROUPS: dict[str, tuple[str, ...]] = {
    "read": _READ,
    "write": _WRITE,
    "crud": (*_READ, *_WRITE),
    "search": ("indices:data/read/search*", "indices:data/read/msearch*"),
    "get": ("indices:data/read/get*", "indices:data/read/mget*"),
    "index": ("indices:data/write/index*", "indices:data/write/update*", "indices:data/write/bulk*"),
    "delete": ("indices:data/write/delete*",),
    "create_index": ("indices:admin/create*", "indices:admin/mapping/put"),
    "manage_aliases": ("indices:admin/aliases*",),
    "manage": ("indices:monitor/*", "indices:admin/*"),
    "indices_all": ("indices:*",),
    "unlimited": ("*",),
    "cluster_composite_ops_ro": ("indices:data/read/mget", "indices:data/read/msearch", "indices:data/read/scroll*"),
    "cluster_composite_ops": (
        "indices:data/write/bulk",
        "indices:data/write/reindex",
        "indices:admin/aliases*",
        "indices:data/read/mget",
        "indices:data/read/msearch",
        "indices:data/read/scroll*",
    ),
    "cluster_all": ("cluster:*",),
}
# Actions by method and the part of a path that starts with "_"; without one the path is an index.
_READS = {
    "_search": "search",
    "_count": "search",
    "_doc": "get",
    "_source": "get",
    "_mget": "mget",
    "_msearch": "msearch",
}
_WRITES = {
    "_doc": "index",
    "_create": "index",
    "_update": "update",
    "_bulk": "bulk",
    "_delete_by_query": "delete/byquery",
    "_update_by_query": "update/byquery",
}
_ADMINISTERS = {"_refresh": "refresh", "_open": "open", "_close": "close", "_aliases": "aliases"}
_INDEX = {"PUT": "create", "GET": "get", "HEAD": "get", "DELETE": "delete"}
# Requests that name indexes in their body need this permission on the cluster as well.
_ON_CLUSTER = ("indices:data/write/bulk", "indices:data/read/mget", "indices:data/read/msearch")

_KINDS = ("index", "create", "update", "delete", "add", "remove", "remove_index")
# Requests whose body names indexes.
_NAMING = ("_aliases", "_bulk", "_mget", "_msearch")


@dataclass(frozen=True)
class Wanted:
    """An action and the indexes it is about, and what it does besides, which takes permissions of its own."""

    action: str
    indexes: tuple[str, ...]
    also: tuple[Wanted, ...] = ()


def wanted_by(method: str, parts: Sequence[str], body: bytes) -> Wanted:
    """What a request wants; raises AwsError (501) for one whose action isn't known here."""
    at = next((at for at, part in enumerate(parts) if part.startswith("_")), len(parts))
    indexes = tuple(parts[0].split(",")) if at > 0 else ()
    api = parts[at] if at < len(parts) else ""
    action = _action(method, api, bool(indexes))
    if api in _NAMING:
        # What the body names counts as well: it goes before the path.
        indexes = tuple(sorted({*indexes, *_named(api, body)}))
    return Wanted(action, indexes or ("*",), tuple(_also(method, api, indexes or ("*",), body)))


def permits(roles: Iterable[Mapping[str, Any]], wanted: Wanted) -> bool:
    """Whether the roles together allow the action, and what it does besides, on every index."""
    roles = list(roles)
    return _permits(roles, wanted) and all(_permits(roles, each) for each in wanted.also)


def _permits(roles: Sequence[Mapping[str, Any]], wanted: Wanted) -> bool:
    on_cluster = wanted.action not in _ON_CLUSTER or any(
        _covers(role.get("cluster_permissions", ()), wanted.action) for role in roles
    )
    return on_cluster and all(
        any(
            _covers(permission.get("allowed_actions", ()), wanted.action)
            and any(fnmatchcase(index, pattern) for pattern in permission.get("index_patterns", ()))
            for role in roles
            for permission in role.get("index_permissions", ())
        )
        for index in wanted.indexes
    )


def refusal(wanted: Wanted, role_arn: str) -> dict[str, Any]:
    """The security plugin's answer, with status 403."""
    user = f"User [name={role_arn}, backend_roles=[{role_arn}], requestedTenant=null]"
    cause = {"type": "security_exception", "reason": f"no permissions for [{wanted.action}] and {user}"}
    return {"error": {"root_cause": [cause], **cause}, "status": 403}


def _action(method: str, api: str, on_index: bool) -> str:
    if not api and on_index and method in _INDEX:
        return f"indices:admin/{_INDEX[method]}"
    if api in _READS and (method in ("GET", "HEAD") or (api not in _WRITES and method == "POST")):
        return f"indices:data/read/{_READS[api]}"
    if api == "_doc" and method == "DELETE":
        return "indices:data/write/delete"
    if api in _WRITES and method in ("POST", "PUT"):
        return f"indices:data/write/{_WRITES[api]}"
    if api in _ADMINISTERS and method == "POST":
        return f"indices:admin/{_ADMINISTERS[api]}"
    if api == "_mapping":
        return "indices:admin/mapping/put" if method == "PUT" else "indices:admin/mappings/get"
    raise unknown(f"{method} {api or '/'} of a search domain, for anyone but its administrator")


def _also(method: str, api: str, indexes: tuple[str, ...], body: bytes) -> Iterator[Wanted]:
    """What a request does besides its action.

    An alias of a new index, and an index that `_aliases` removes, take a permission of their own (PrivilegesEvaluator
    of OpenSearch's security plugin, evaluateAdditionalIndexPermissions). A deletion by query searches, and deletes in
    bulk, as its caller.
    """
    if api == "_delete_by_query":
        yield Wanted("indices:data/read/search", indexes)
        yield Wanted("indices:data/write/bulk", indexes)
    elif api == "_aliases" and b'"remove_index"' in body:
        yield Wanted("indices:admin/delete", indexes)
    elif not api and method == "PUT" and b'"aliases"' in body:
        yield Wanted("indices:admin/aliases", indexes)


def _covers(allowed: Iterable[str], action: str) -> bool:
    patterns = [pattern for each in allowed for pattern in _GROUPS.get(each, (each,))]
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def _named(api: str, body: bytes) -> set[str]:
    """Indexes that a body names; all of them where it can't be read."""
    try:
        if api in ("_aliases", "_mget"):
            whole = json.loads(body or b"{}")
            named = whole.get("docs", []) if api == "_mget" else whole.get("actions", [])
        else:
            named = [json.loads(line) for line in body.splitlines() if line.strip()]
        if api == "_msearch":
            named = named[::2]
        return {index for each in named for index in _indexes(each if api in ("_mget", "_msearch") else _target(each))}
    except (ValueError, AttributeError, TypeError):
        return {"*"}


def _target(action: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an action of `_bulk` or `_aliases` is about; nothing for a document's own line."""
    kind, target = next(iter(action.items()), ("", None))
    return target if isinstance(target, dict) and kind in _KINDS else {}


def _indexes(named: Mapping[str, Any]) -> set[str]:
    """Indexes, and the alias that one gets: it takes the permission as well."""
    several = named.get("indices", named.get("index", named.get("_index", ())))
    alias = {named["alias"]} if isinstance(named.get("alias"), str) else set()
    return alias | set(several.split(",") if isinstance(several, str) else several)
