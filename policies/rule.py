"""The base of our own rules and how they read a resource in checkov's shape, where every value sits in a list."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

Conf = dict[str, Any]

# What checkov puts in the place of a value that a plan does not know: a word of its own, or what it is read from.
_AFTER_APPLY = re.compile(r"true_after_unknown|(data\.)?\w+\.[\w-]+\.[\w.-]+")


class Rule(BaseResourceCheck):  # type: ignore[misc]  # checkov is not followed by mypy
    """One rule. Subclasses name themselves in class attributes and decide in `broken`."""

    check_id: str
    title: str
    fix: str
    resources: tuple[str, ...]
    attributes: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__(
            name=self.title,
            id=self.check_id,
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=self.resources,
            guideline=self.fix,
        )

    def scan_resource_conf(self, conf: Conf) -> Any:
        self.evaluated_keys = list(self.attributes)
        return CheckResult.FAILED if self.broken(conf) else CheckResult.PASSED

    @abstractmethod
    def broken(self, conf: Conf) -> bool:
        """Whether the resource breaks the rule."""


def value(conf: Conf, key: str, default: Any = None) -> Any:
    """A single attribute; `default` where it is missing or null."""
    found = conf.get(key)
    if isinstance(found, list):
        found = found[0] if found else None
    return default if found is None else found


def unread(found: Any) -> bool:
    """Whether a whole value is a reference, or known only after apply: the scan of the synthesised files reads it."""
    return isinstance(found, str) and (found.startswith("${") or _AFTER_APPLY.fullmatch(found) is not None)


def listed(found: Any) -> list[Any]:
    """A value as a list: itself, or the one item it is."""
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def blocks(conf: Conf, key: str) -> list[Conf]:
    """The nested blocks called `key`."""
    return [item for item in listed(conf.get(key)) if isinstance(item, dict)]


def decoded(found: Any) -> Any:
    """A JSON string's value; anything else as it is."""
    if not isinstance(found, str):
        return found
    try:
        return json.loads(found)
    except ValueError:
        return None


def kept(conf: Conf) -> bool:
    """Whether Terraform refuses to destroy the resource. Plans don't repeat `lifecycle`: there it never does."""
    return any(value(each, "prevent_destroy") in (True, "true") for each in blocks(conf, "lifecycle"))


def containers(conf: Conf) -> list[Conf]:
    """The container definitions of a task definition, as a string, a value, or as plans hold them."""
    found = conf.get("container_definitions")
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return [item for item in listed(decoded(found)) if isinstance(item, dict)]


def statements(policy: Any) -> Iterator[Conf]:
    """The statements of a policy document."""
    document = decoded(policy)
    if isinstance(document, dict):
        yield from (item for item in listed(document.get("Statement")) if isinstance(item, dict))


def open_to_anyone(statement: Conf) -> bool:
    """An Allow whose principal is everybody and that no condition narrows."""
    if statement.get("Effect") != "Allow" or statement.get("Condition"):
        return False
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        return any("*" in listed(entry) for entry in principal.values())
    return "*" in listed(principal)


def to_everybody(statement: Conf) -> bool:
    """An Allow to `*`, or to all but some, whatever its conditions."""
    return open_to_anyone({key: each for key, each in statement.items() if key != "Condition"})
