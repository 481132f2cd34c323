"""Base class of our own rules, and readers of a resource as checkov holds it: every value inside a list."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from terraform_json.blocks import listed

# A resource, or a block of one, as checkov holds it.
Conf = Mapping[str, Any]

# Placeholder of checkov for a value that a plan does not know: a word of its own, or the reference it is read from.
_AFTER_APPLY = re.compile(r"true_after_unknown|(data\.)?\w+\.[\w-]+\.[\w.-]+")


class Rule(BaseResourceCheck):  # type: ignore[misc]  # checkov is not followed by mypy
    """Rule of the gate: a subclass describes it in class attributes and decides in `broken`."""

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
    """Value of one argument; `default` where it is missing or null."""
    found = conf.get(key)
    if isinstance(found, list):
        found = found[0] if found else None
    return default if found is None else found


def unread(found: Any) -> bool:
    """Whether a value is a reference, or known only after apply: the scan of the synthesised files reads it."""
    return isinstance(found, str) and (found.startswith("${") or _AFTER_APPLY.fullmatch(found) is not None)


def nested_blocks(conf: Conf, key: str) -> list[Conf]:
    """Nested blocks called `key`."""
    return [item for item in listed(conf.get(key)) if isinstance(item, dict)]


def parsed_json(found: Any) -> Any:
    """Value of a JSON string, None where it is no JSON; anything but a string as it is."""
    if not isinstance(found, str):
        return found
    try:
        return json.loads(found)
    except ValueError:
        return None


def destroy_refused(conf: Conf) -> bool:
    """Whether `prevent_destroy` is set. Plans leave `lifecycle` out, so for them it never is."""
    return any(value(each, "prevent_destroy") in (True, "true") for each in nested_blocks(conf, "lifecycle"))


def container_definitions(conf: Conf) -> list[Conf]:
    """Container definitions of a task definition, given as JSON string, as list, or as plans hold them."""
    found = conf.get("container_definitions")
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return [item for item in listed(parsed_json(found)) if isinstance(item, dict)]


def statements(policy: Any) -> Iterator[Conf]:
    """Statements of a policy, given as JSON string or as object."""
    document = parsed_json(policy)
    if isinstance(document, dict):
        yield from (item for item in listed(document.get("Statement")) if isinstance(item, dict))


def open_to_anyone(statement: Conf) -> bool:
    """Whether a statement allows everybody, without a condition."""
    if statement.get("Effect") != "Allow" or statement.get("Condition"):
        return False
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        return any("*" in listed(entry) for entry in principal.values())
    return "*" in listed(principal)


def to_everybody(statement: Conf) -> bool:
    """Whether a statement allows everybody, conditions aside."""
    return open_to_anyone({key: each for key, each in statement.items() if key != "Condition"})
