"""What nobody vouches for in a plan: unknown types, other accounts, and policies that let in more than they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policies.proof.text_policies import statements_of
from policies.vouched.secrets import plain_secrets
from policies.vouched.types import read_vouched
from terraform_json.blocks import strings

if TYPE_CHECKING:
    from config import Environment

_ACCOUNT = re.compile(r"\barn:[\w-]+:[\w-]*:[\w-]*:(\d{12}):")
_POLICY = re.compile(r'\s*\{.*"Statement"', re.DOTALL)
_EFFECTS = ("Allow", "Deny")
_AGAIN = "plan again from a fresh synthesis"


def unvouched_plan(plan: dict[str, Any], layer: str, env: Environment) -> Iterator[str]:
    """Lines for everything of a plan that no list vouches for. Its shape has been checked before."""
    yield from (f"{layer}/{line}" for line in _unknown_types(plan))
    said = frozenset(strings(env.model_dump(mode="json")))
    told: dict[str, None] = {}
    for address, values in _values(plan):
        for argument, value in values.items():
            for text in strings(value):
                for line in _refused(text, env.account_id, said):
                    told[f"{layer}/{address}: {argument}: {line}; {_AGAIN}"] = None
    yield from told
    yield from plain_secrets({layer: {"resource": _configured(plan)}}, env)


def _configured(plan: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Values by type and name of the arguments that the configuration gives; what AWS adds is no text of ours."""
    given = {
        each.get("address"): each.get("expressions") or {}
        for each in plan.get("configuration", {}).get("root_module", {}).get("resources", [])
    }
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for address, values in _values(plan):
        kind, _, name = address.partition(".")
        body = {key: value for key, value in values.items() if key in given.get(address, {})}
        found.setdefault(kind, {}).setdefault(name, {}).update(body)
    return found


def _values(plan: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Values of each managed resource, as planned and as what it is changed to."""
    for resource in plan.get("planned_values", {}).get("root_module", {}).get("resources", []):
        if resource.get("mode") == "managed":
            yield resource["address"], resource.get("values") or {}
    for resource in plan.get("resource_changes", []):
        if resource.get("mode") == "managed":
            yield resource["address"], resource["change"].get("after") or {}


def _unknown_types(plan: dict[str, Any]) -> Iterator[str]:
    vouched = read_vouched()
    named = {
        (str(each.get("address")), str(each.get("mode")), str(each.get("type")))
        for section in (
            plan.get("planned_values", {}).get("root_module", {}).get("resources", []),
            plan.get("configuration", {}).get("root_module", {}).get("resources", []),
            # What the plan takes out may be of a type that was given up.
            [each for each in plan.get("resource_changes", []) if each["change"].get("after") is not None],
        )
        for each in section
    }
    for address, mode, kind in sorted(named):
        known = {"managed": vouched.resource, "data": vouched.data}.get(mode)
        if known is None or kind not in known:
            yield f"{address}: unknown type: nobody vouches for it; build it with a construct, or remove it"


def _refused(text: str, account_id: str, said: frozenset[str]) -> Iterator[str]:
    for account in _ACCOUNT.findall(text):
        if account != account_id and text not in said:
            yield f"it names account {account}"
    if _POLICY.match(text):
        statements = statements_of(text)
        if statements is None:
            yield "its policy can't be read"
        elif any(each.get("effect") not in _EFFECTS for each in statements):
            yield "its policy has another effect than Allow and Deny"
