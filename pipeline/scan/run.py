"""Run checkov's checks in this process over the merged configuration, one by one, so that none fails unnoticed.

Checkov's own runner drops a check that raises, and reports attribute checks without the resource type. Here each
(check, resource) pair is evaluated explicitly: on strings as written and, where one holds JSON, on the parsed value
too, because some checks read only one of the two. A pair fails when either fails.
"""

from __future__ import annotations

import itertools
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pipeline.scan.definitions import Definitions, checkov_definitions, key_policy_documents
from pipeline.scan.model import Finding
from pipeline.scan.toolkit import Toolkit, captured_errors, toolkit
from terraform_json.merged import Merged

# Checkov caches policies by file name for the life of the process, so each scan needs a name of its own.
_scan_numbers = itertools.count()


@dataclass
class CheckRun:
    """Results of one run: findings and passes by (check, address), problems, and the addresses seen."""

    findings: dict[tuple[str, str], Finding]
    problems: list[str]
    passed: set[tuple[str, str]]
    seen: set[str]

    @property
    def evaluated(self) -> int:
        """Number of (check, resource) pairs with a result."""
        return len(self.passed | set(self.findings))


def run_checks(merged: Merged) -> CheckRun:
    """Evaluate every attribute and graph check that applies to the configuration."""
    kit = toolkit()
    found = CheckRun({}, list(kit.problems), set(), set())
    file = f"/scan-{next(_scan_numbers)}"
    with captured_errors() as errors:
        shapes = checkov_definitions(merged, found.problems)
        _entity_checks(kit.resource, "resource", merged, shapes, file, found)
        _entity_checks(kit.data, "data", merged, shapes, file, found)
        _provider_checks(kit, shapes, file, found)
        _graph_checks(kit, shapes.decoded, merged, file, found)
    found.problems += errors
    return found


def _entity_checks(
    registry: Any, section: str, merged: Merged, shapes: Definitions, file: str, found: CheckRun
) -> None:
    from checkov.terraform.checks.data.base_cloudsplaining_data_iam_check import BaseTerraformCloudsplainingDataIAMCheck

    key_policies = key_policy_documents(merged) if section == "data" else set()
    for kind, name, variants in shapes.entities(section):
        address = merged.addresses[f"{kind}.{name}" if section == "resource" else f"data.{kind}.{name}"]
        if section == "resource":
            found.seen.add(address)
        for check in registry.get_checks(kind):
            if name in key_policies and isinstance(check, BaseTerraformCloudsplainingDataIAMCheck):
                continue
            for number, conf in enumerate(variants):
                run_attribute_check(check, kind, name, address, conf, f"{file}.{number}", found)
            _require_result(check, address, found)


def _require_result(check: Any, address: str, found: CheckRun) -> None:
    """Report a policy that checkov could not analyse: its result UNKNOWN would otherwise look like no finding."""
    from checkov.terraform.checks.utils.base_cloudsplaining_iam_scanner import BaseTerraformCloudsplainingIAMScanner

    pair = (check.id, address)
    if isinstance(check, BaseTerraformCloudsplainingIAMScanner) and pair not in found.passed | set(found.findings):
        found.problems.append(f"{address}: {check.id} could not analyse the policy; write it in a simpler form")


def run_attribute_check(
    check: Any, kind: str, name: str, address: str, conf: dict[str, Any], file: str, found: CheckRun
) -> None:
    """Evaluate one check on one resource; a check that raises is recorded as a problem, never skipped."""
    try:
        outcome = check.run(
            scanned_file=file, entity_configuration=conf, entity_name=name, entity_type=kind, skip_info={}
        )
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        found.problems.append(f"{address}: {check.id} could not be evaluated ({why}); write it as its construct does")
        return
    result = outcome["result"][0] if isinstance(outcome["result"], tuple) else outcome["result"]
    _record(check, result.name, address, outcome.get("evaluated_keys") or [], found)


def _provider_checks(kit: Toolkit, shapes: Definitions, file: str, found: CheckRun) -> None:
    for provider in shapes.plain.get("provider", ()):
        for kind, conf in provider.items():
            layer, _, alias = str((conf.get("alias") or ["__"])[0]).partition("__")
            address = f"{layer}/provider.{kind}" + ("" if alias == "default" else f".{alias}")
            for check in kit.provider.get_checks(kind):
                run_attribute_check(check, kind, alias, address, conf, file, found)


def _graph_checks(kit: Toolkit, decoded: dict[str, Any], merged: Merged, file: str, found: CheckRun) -> None:
    from checkov.common.graph.db_connectors.networkx.networkx_db_connector import NetworkxConnector
    from checkov.terraform.graph_manager import TerraformGraphManager

    manager = TerraformGraphManager(db_connector=NetworkxConnector(), source="Terraform")
    graph = manager.save_graph(manager.build_graph_from_definitions({f"{file}.tf.json": deepcopy(decoded)}))
    nodes = {node["id_"] for _, node in graph.nodes(data=True) if node.get("block_type_") == "resource"}
    expected = {address for address in merged.addresses if not address.startswith("data.")}
    for lost in sorted(expected - nodes):
        found.problems.append(f"{merged.addresses[lost]}: lost on the way into checkov's graph")
    for check in kit.graph.checks:
        try:
            passed, failed, _ = check.run(graph)
        except Exception as error:
            found.problems.append(f"graph check {check.id} could not be evaluated: {error!r}")
            continue
        for name, vertices in (("PASSED", passed), ("FAILED", failed)):
            for vertex in vertices:
                address = _graph_address(vertex, merged)
                if address:
                    _record(check, name, address, check.get_evaluated_keys(), found)


def _graph_address(vertex: dict[str, Any], merged: Merged) -> str:
    identity = str(vertex.get("id_", ""))
    if vertex.get("block_type_") == "data":
        identity = f"data.{identity}"
    return merged.addresses.get(identity, "")


def _record(check: Any, result: str, address: str, keys: list[str], found: CheckRun) -> None:
    pair = (check.id, address)
    if result == "FAILED":
        attributes = tuple(sorted(str(key) for key in keys))
        found.findings.setdefault(pair, Finding(address, check.id, check.name, _fix(check), attributes))
    elif result == "PASSED":
        found.passed.add(pair)


def _fix(check: Any) -> str:
    """Text of the fix, from the check's guideline or from the values it expects."""
    if check.guideline:
        return str(check.guideline)
    if not hasattr(check, "get_inspected_key") or not hasattr(check, "get_expected_values"):
        return ""
    key = ".".join(part for part in str(check.get_inspected_key()).split("/") if not part.strip("[]").isdigit())
    wanted = [value for value in check.get_expected_values() if value not in (None, "")]
    if not wanted or str(wanted[0]) == "CKV_ANY":
        return f"set {key}"
    return f"set {key} to " + " or ".join(str(value) for value in wanted[:4])
