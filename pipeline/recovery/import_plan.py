"""Import many resources of a layer by one plan that does nothing else, in place of a start of Terraform for each.

Terraform is told not to look at differences between configuration and AWS (`ignore_changes`), so that what is applied
can only be imports; a plan that holds anything else is not applied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.recovery.matching import Import
from pipeline.terraform import Terraform
from pipeline.work import write_private
from terraform_json.blocks import NOTES, ResourceBlock, data_sources, resources, strings
from terraform_json.plan import does_something, managed_changes
from terraform_json.references import RESOURCE

# Beside the layer's own file while the plan is made; a killed run's are removed by the next one.
IMPORTS, IGNORING = "sitechat_imports.tf.json", "sitechat_imports_override.tf.json"
PLAN = "sitechat_imports.tfplan"
# Plans for what is left after those that can't be imported were taken out.
TRIES = 3
# Fewer are imported one by one: as fast, and simpler.
WORTHWHILE = 3
_ADDRESS = re.compile(r'import an existing object to\s+"([^"]+)"|^\W*with ([\w.-]+),', re.MULTILINE)


def import_together(
    terraform: Terraform, config: Mapping[str, Any], known: Collection[str], wanted: Sequence[Import]
) -> tuple[Import, ...]:
    """Import of `wanted`, all of one layer, what one plan can import; returns what it imported.

    `known` are the addresses in the layer's state. What reads a resource that neither AWS nor the state has is left to
    be imported alone, as are those that Terraform refuses. Raises SitechatError where the plan can't be applied.
    """
    left = _complete(config, known, wanted)
    if len(left) < WORTHWHILE:
        return ()
    plan = terraform.dir / PLAN
    try:
        with _beside(terraform.dir, config) as write:
            for _ in range(TRIES):
                write(left)
                errors = terraform.try_plan(plan, targets=[each.address for each in left])
                spoilt = _named(errors) if errors else _other_changes(terraform.show_plan(plan))
                if not spoilt and not errors:
                    terraform.apply(plan, total=len(left))
                    return tuple(left)
                fewer = _complete(config, set(known) - spoilt, [each for each in left if each.address not in spoilt])
                if len(fewer) in (len(left), *range(WORTHWHILE)):
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


@contextmanager
def _beside(folder: Path, config: Mapping[str, Any]) -> Iterator[Any]:
    """Write import blocks beside the layer's file while inside, and that no difference counts."""
    ignoring: dict[str, dict[str, Any]] = {}
    for block in resources(config):
        ignoring.setdefault(block.type, {})[block.name] = {"lifecycle": {"ignore_changes": "all"}}
    write_private(folder / IGNORING, json.dumps({"resource": ignoring}).encode())

    def write(wanted: Sequence[Import]) -> None:
        blocks = [{"to": each.address, "id": each.id} for each in wanted]
        write_private(folder / IMPORTS, json.dumps({"import": blocks}).encode())

    try:
        yield write
    finally:
        remove_imports(folder)


def remove_imports(folder: Path) -> None:
    """Remove what a killed run left beside a layer's file."""
    for name in (IMPORTS, IGNORING, PLAN):
        (folder / name).unlink(missing_ok=True)


def _named(errors: str) -> frozenset[str]:
    """Addresses that Terraform's errors name."""
    return frozenset(one or other for one, other in _ADDRESS.findall(errors))


def _other_changes(plan: Mapping[str, Any]) -> frozenset[str]:
    """Addresses that the plan would do more with than import them."""
    return frozenset(
        str(each["address"]) for each in managed_changes(plan) if does_something(each["change"]["actions"])
    )
