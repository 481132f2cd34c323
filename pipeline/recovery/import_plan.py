"""Import many resources of a layer by one plan that does nothing else, in place of a start of Terraform for each.

Terraform is told not to look at differences between configuration and AWS (`ignore_changes`), so that what is applied
can only be imports; a plan that holds anything else is not applied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pipeline.recovery.matching import Import
from pipeline.session import Session
from pipeline.synth.layers import Layer
from terraform_json.blocks import NOTES, ResourceBlock, data_sources, resources, strings
from terraform_json.plan import does_something, managed_changes
from terraform_json.references import RESOURCE
from terraform_json.state import managed_addresses

# Beside the layer's own file while the plan is made; a killed run's are removed when the layer is laid out again.
IMPORTS, IGNORING = "sitechat_imports.tf.json", "sitechat_imports_override.tf.json"
PLAN = "sitechat_imports.tfplan"
# Plans for what is left after those that can't be imported were taken out.
TRIES = 3
# Fewer are imported one by one: as fast, and simpler.
WORTHWHILE = 3
_ADDRESS = re.compile(r'import an existing object to\s+"([^"]+)"|^\W*with ([\w.-]+),', re.MULTILINE)


def import_together(session: Session, layer: Layer, wanted: Sequence[Import]) -> tuple[Import, ...]:
    """Import of `wanted`, all of `layer`, what one plan can import; returns what it imported.

    What reads a resource that neither AWS nor the state has is left to be imported alone, as are those that Terraform
    refuses. Raises SitechatError where the state can't be read, or the plan can't be made or applied.
    """
    if len(wanted) < WORTHWHILE:
        return ()
    known = frozenset(managed_addresses(session.read_state(layer) or {}))
    left = _complete(layer.config, known, wanted)
    terraform = session.opened(layer)
    plan = terraform.dir / PLAN
    try:
        for _ in range(TRIES):
            if len(left) < WORTHWHILE:
                break
            with terraform.files_beside({IMPORTS: _blocks(left), IGNORING: _ignoring(layer.config)}):
                errors = terraform.try_plan(plan, targets=[each.address for each in left])
                spoilt = _named(errors) if errors else _other_changes(terraform.show_plan(plan))
                if not spoilt and not errors:
                    terraform.apply(plan, total=len(left))
                    return tuple(left)
            fewer = _complete(layer.config, known - spoilt, [each for each in left if each.address not in spoilt])
            if len(fewer) == len(left):
                break
            left = fewer
    finally:
        plan.unlink(missing_ok=True)
    return ()


def _complete(config: Mapping[str, Any], known: Collection[str], wanted: Sequence[Import]) -> list[Import]:
    """Those of `wanted` that read nothing but what the state knows or is imported with them."""
    blocks = {block.address: _reads(block) for block in (*resources(config), *data_sources(config))}
    left = list(wanted)
    while True:
        there = {*known, *(each.address for each in left)}
        fewer = [each for each in left if _all_read(each.address, blocks) <= there]
        if len(fewer) == len(left):
            return left
        left = fewer


def _all_read(address: str, blocks: Mapping[str, frozenset[str]]) -> set[str]:
    """Resources that an address reads, also through others and through data sources."""
    found: set[str] = set()
    queue = [address]
    while queue:
        for each in blocks.get(queue.pop(), frozenset()) - found:
            found.add(each)
            queue.append(each)
    return {each for each in found if not each.startswith("data.")}


def _reads(block: ResourceBlock) -> frozenset[str]:
    text = [each for each in strings(block.body, without=frozenset({NOTES})) if "${" in each]
    text += [each for each in block.body.get("depends_on", ()) if isinstance(each, str)]
    return frozenset(
        f"{found['data'] or ''}{found['type']}.{found['name']}" for each in text for found in RESOURCE.finditer(each)
    )


def _blocks(wanted: Sequence[Import]) -> str:
    return json.dumps({"import": [{"to": each.address, "id": each.id} for each in wanted]})


def _ignoring(config: Mapping[str, Any]) -> str:
    """An override that makes no difference between configuration and AWS count, of any resource."""
    ignoring: dict[str, dict[str, Any]] = {}
    for block in resources(config):
        ignoring.setdefault(block.type, {})[block.name] = {"lifecycle": {"ignore_changes": "all"}}
    return json.dumps({"resource": ignoring})


def _named(errors: str) -> frozenset[str]:
    """Addresses that Terraform's errors name."""
    return frozenset(one or other for one, other in _ADDRESS.findall(errors))


def _other_changes(plan: Mapping[str, Any]) -> frozenset[str]:
    """Addresses that the plan would do more with than import them."""
    return frozenset(
        str(each["address"]) for each in managed_changes(plan) if does_something(each["change"]["actions"])
    )
