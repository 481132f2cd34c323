"""The steps, each of which looks first and changes only what differs."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from passages.domain import Domain
from passages.layout import EMBEDDING, mappings, version_name, version_number

SECURITY = "_plugins/_security/api"
# Slow enough to be worth a line; queries of the application give up after 5 s.
SLOW_LOGS = {
    "search": {"slowlog": {"threshold": {"query": {"warn": "3s", "info": "1s"}, "fetch": {"warn": "1s"}}}},
    "indexing": {"slowlog": {"threshold": {"index": {"warn": "5s", "info": "2s"}}}},
}


# What a writer of the index does inside the domain (ingestion/index): load versions, move the alias, close and delete
# the version before. `remove_index` of `_aliases` is a deletion, too; a deletion by query reads, and writes in bulk.
WRITER_ON_CLUSTER = ["indices:data/read/mget", "indices:data/read/scroll*", "indices:data/write/bulk"]
WRITER_ON_INDEXES = [
    "crud",
    "create_index",
    "manage_aliases",
    "indices:admin/close*",
    "indices:admin/delete",
    "indices:admin/get",
    "indices:admin/open",
    "indices:admin/refresh*",
]


class BootstrapError(Exception):
    """The domain can't be brought into the state that was asked for."""


@dataclass(frozen=True)
class Settings:
    """What the domain shall hold. `index` is the alias that is asked; `readers` and `writers` are ARNs of IAM roles."""

    index: str
    dimensions: int
    replicas: int
    readers: tuple[str, ...]
    writers: tuple[str, ...]


def finish(domain: Domain, settings: Settings) -> list[str]:
    """Bring the domain into the state of `settings`; the names of what had to change."""
    patterns = [settings.index, f"{settings.index}-*"]
    roles: tuple[tuple[str, tuple[str, ...], list[str], list[str]], ...] = (
        (f"{settings.index}_reader", settings.readers, [], ["read"]),
        (
            f"{settings.index}_writer",
            settings.writers,
            WRITER_ON_CLUSTER,
            WRITER_ON_INDEXES,
        ),
    )
    changed = []
    for name, arns, cluster, actions in roles:
        rights = {
            "cluster_permissions": cluster,
            "index_permissions": [{"index_patterns": patterns, "allowed_actions": actions}],
        }
        changed += _role(domain, name, arns, rights)
    changed += _audit(domain)
    changed += _template(domain, settings, patterns)
    changed += _index(domain, settings)
    return changed


def _role(domain: Domain, name: str, arns: Sequence[str], rights: dict[str, Any]) -> list[str]:
    """The role and who has it. A role nobody has is mapped to nobody, so that a removed ARN loses its rights."""
    changed = []
    mapping = {"backend_roles": sorted(arns), "hosts": [], "users": []}
    for kind, wanted in (("roles", rights), ("rolesmapping", mapping)):
        path = f"{SECURITY}/{kind}/{name}"
        found = (domain.get(path) or {}).get(name)
        if found is None or not agrees(found, wanted):
            domain.put(path, wanted)
            changed.append(f"{kind}/{name}")
    return changed


def _audit(domain: Domain) -> list[str]:
    """Publishing the log group is one half of audit logging; the other is this switch inside the domain."""
    answer = domain.get(f"{SECURITY}/audit")
    if answer is None or "config" not in answer:
        raise BootstrapError("the domain has no audit settings: is fine-grained access control on?")
    wanted = copy.deepcopy(answer["config"])
    wanted["enabled"] = True
    # Bodies hold the site's pages and what visitors asked, as vectors: the log says who did what, not with which text.
    wanted.setdefault("audit", {})["log_request_body"] = False
    if wanted == answer["config"]:
        return []
    domain.put(f"{SECURITY}/audit/config", wanted)
    return ["audit"]


def _template(domain: Domain, settings: Settings, patterns: list[str]) -> list[str]:
    path = f"_index_template/{settings.index}"
    wanted = {
        "index_patterns": patterns,
        "priority": 100,
        "template": {
            "settings": {"index": {"knn": True, "number_of_shards": 1, **_dynamic(settings)}},
            "mappings": mappings(settings.dimensions),
        },
    }
    found = (domain.get(path) or {}).get("index_templates", [])
    if found and agrees(found[0]["index_template"], wanted):
        return []
    domain.put(path, wanted)
    return ["template"]


def _index(domain: Domain, settings: Settings) -> list[str]:
    """The alias and its first version. An index that has the alias's name, as older ones do, stays as it is."""
    answer = domain.get(settings.index)
    if answer is None:
        # The template says everything else. One call, so that there is no version without an alias.
        domain.put(_next_version(domain, settings.index), {"aliases": {settings.index: {}}})
        return ["index"]
    changed = []
    for name, found in answer.items():
        vector = found.get("mappings", {}).get("properties", {}).get(EMBEDDING, {})
        if vector.get("dimension") != settings.dimensions:
            raise BootstrapError(
                f"index {name} holds vectors of {vector.get('dimension')} dimensions and {settings.dimensions} are "
                "wanted. Vectors can't be changed in place: fill a new index and name that one."
            )
        if not agrees(found.get("settings", {}).get("index", {}), _dynamic(settings)):
            domain.put(f"{name}/_settings", {"index": _dynamic(settings)})
            changed.append(f"settings/{name}")
    return changed


def _next_version(domain: Domain, alias: str) -> str:
    """The first version, or the one after those that are there without the alias."""
    there = domain.get(f"{alias}-*?expand_wildcards=all") or {}
    return version_name(alias, max((version_number(alias, each) or 0 for each in there), default=0) + 1)


def _dynamic(settings: Settings) -> dict[str, Any]:
    """Settings that an existing index takes on."""
    return {"number_of_replicas": settings.replicas, **SLOW_LOGS}


def agrees(found: Any, wanted: Any) -> bool:
    """Whether `found` holds all of `wanted`: OpenSearch adds defaults, and gives numbers and booleans as strings."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and agrees(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(agrees(one, other) for one, other in zip(found, wanted, strict=True))
        )
    return str(found).lower() == str(wanted).lower()
