"""Shape of a plan: Terraform's format, the providers the environment dictates, and nothing that would run code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policies.vouched.dictated import layer_providers, undictated_value

if TYPE_CHECKING:
    from config import Environment

AWS = "registry.terraform.io/hashicorp/aws"
# Terraform's own provider, of the states of other layers.
BUILT_IN = "terraform.io/builtin/terraform"
_OBJECTS = ("planned_values", "configuration", "output_changes", "prior_state")
# Keys of a configured resource; those that count, repeat or run something are refused by name.
_CONFIGURED = frozenset(
    {"address", "mode", "type", "name", "provider_config_key", "expressions", "schema_version", "depends_on"}
)
_REFUSED = {
    "provisioners": "it would run code on the machine that applies",
    "count_expression": "build the resources in Python",
    "for_each_expression": "build the resources in Python",
}
_AGAIN = "plan again from a fresh synthesis"


def plan_shape_problems(plan: Any, layer: str, env: Environment) -> list[str]:
    """What a plan has that Terraform doesn't write for such a layer, one line each; none: its shape can be trusted."""
    if not isinstance(plan, dict):
        return [f"{layer}: the plan is no object; {_AGAIN}"]
    problems = [
        f"{layer}: the plan's {key} is no object; {_AGAIN}"
        for key in _OBJECTS
        if not isinstance(plan.get(key, {}), dict)
    ]
    if problems:
        return problems
    if not isinstance(plan.get("configuration", {}).get("provider_config", {}), dict):
        problems.append(f"{layer}: the plan's provider_config is no object; {_AGAIN}")
    if str(plan.get("format_version", "1.")).partition(".")[0] != "1":
        problems.append(f"{layer}: the plan's format is {plan['format_version']!r}, not 1; use Terraform 1.11 or later")
    root = plan.get("planned_values", {}).get("root_module", {})
    configured = plan.get("configuration", {}).get("root_module", {})
    changes = plan.get("resource_changes", [])
    for name, each in (("planned_values", root), ("configuration", configured)):
        if not isinstance(each, dict) or not _objects(each.get("resources", [])):
            problems.append(f"{layer}: the plan's {name} holds no list of resources; {_AGAIN}")
    if not _objects(changes) or not all(isinstance(each.get("change"), dict) for each in changes):
        problems.append(f"{layer}: the plan's resource_changes is no list of changes; {_AGAIN}")
    if problems:
        return problems
    planned, changed = _managed(root.get("resources", [])), _managed(changes)
    if differing := sorted(planned ^ changed):
        return [f"{layer}: {each}: planned_values and resource_changes differ; {_AGAIN}" for each in differing]
    return [f"{layer}: {line}" for line in _problems(plan, root, configured, changes, layer, env)]


def _problems(
    plan: dict[str, Any],
    root: dict[str, Any],
    configured: dict[str, Any],
    changes: list[dict[str, Any]],
    layer: str,
    env: Environment,
) -> Iterator[str]:
    for key in ("module_calls", "variables"):
        if configured.get(key):
            yield f"the plan's configuration has {key}; {_AGAIN}"
    if plan.get("variables"):
        yield f"the plan takes variables; {_AGAIN}"
    for each in configured.get("resources", []):
        for key in each.keys() - _CONFIGURED:
            yield f"{each.get('address')}: {key}: {_REFUSED.get(key, _AGAIN)}"
    for each in (*root.get("resources", []), *changes):
        yield from _wrong_resource(each)
    yield from _wrong_providers(plan.get("configuration", {}).get("provider_config", {}), layer, env)


def _wrong_resource(resource: dict[str, Any]) -> Iterator[str]:
    address, kind = resource.get("address"), resource.get("type")
    if not isinstance(address, str) or not isinstance(kind, str):
        yield f"a resource of the plan has no address or no type; {_AGAIN}"
        return
    if "index" in resource:
        yield f"{address}: one of several of this name: build the resources in Python"
    if not isinstance(resource.get("values", {}), dict):
        yield f"{address}: its values are no object; {_AGAIN}"
    expected = BUILT_IN if kind in ("terraform_remote_state", "terraform_data") else AWS
    if resource.get("provider_name", expected) != expected:
        yield f"{address}: provider {resource['provider_name']!r}; {expected} is the only one"


def _wrong_providers(found: dict[str, Any], layer: str, env: Environment) -> Iterator[str]:
    expected = layer_providers(env, layer)
    for key, block in found.items():
        alias = key.removeprefix("aws").removeprefix(".")
        if key.partition(".")[0] == "terraform" and isinstance(block, dict) and block.get("full_name") == BUILT_IN:
            continue
        if key.partition(".")[0] != "aws" or alias not in expected or not isinstance(block, dict):
            yield f"provider {key!r} is none of this layer's; {_AGAIN}"
            continue
        if block.get("full_name") != AWS:
            yield f"provider {key!r} is {block.get('full_name')!r}; {AWS} is the only one"
        wanted = {name: each for name, each in expected[alias].items() if name != "alias"}
        yield from undictated_value(f"provider {key}", _constants(block.get("expressions", {})), wanted)
    if "aws" not in found:
        yield f"the plan names no provider; {_AGAIN}"


def _constants(value: Any) -> Any:
    """Literal values of the expressions of a block; an expression stays what it is, and is then no expected value."""
    if isinstance(value, dict):
        if value.keys() == {"constant_value"}:
            return value["constant_value"]
        return {key: _constants(each) for key, each in value.items() if key != "alias"}
    return [_constants(each) for each in value] if isinstance(value, list) else value


def _managed(resources: list[dict[str, Any]]) -> set[str]:
    """Addresses of managed resources that are there after the plan."""
    return {
        str(each.get("address"))
        for each in resources
        if each.get("mode") == "managed" and each.get("change", {}).get("after", True) is not None
    }


def _objects(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, dict) for each in found)
