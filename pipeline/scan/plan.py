"""Judge a plan, which has the values that are only references and data sources in the synthesised JSON.

Only checks on single resources run here. Checks that follow references need all layers: on the plan of one layer they
would raise false alarms, so they run on the synthesised JSON only. The gate is the union of both verdicts.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.scan.gate import judge_scan
from pipeline.scan.model import ScanResult, Verdict
from pipeline.scan.plan_shape import plan_shape_problems
from pipeline.scan.planned import unvouched_plan
from pipeline.scan.run import CheckRun, run_attribute_check
from pipeline.scan.toolkit import captured_errors, toolkit
from terraform_json.plan import does_something

if TYPE_CHECKING:
    from config import Environment

# Checkov's own switch: without it, a value known only after apply counts as missing.
_UNKNOWN_VALUES = "EVAL_TF_PLAN_AFTER_UNKNOWN"
_UNKNOWN = "true_after_unknown"


def gate_plan(
    plan: dict[str, Any],
    layer: str,
    env: Environment,
    *,
    waivers: Path | None = None,
    today: date | None = None,
) -> Verdict:
    """Judge a layer's plan, the output of `terraform show -json`. A bad plan is a problem, not an error."""
    return judge_scan(scan_plan(plan, layer, env), env, mode="plan", layer=layer, waivers=waivers, today=today)


def scan_plan(plan: dict[str, Any], layer: str, env: Environment) -> ScanResult:
    """Evaluate every attribute check on the planned values of one layer."""
    if problems := plan_shape_problems(plan, layer, env):
        return ScanResult((), tuple(problems), 0, frozenset(), frozenset(), read=False)
    try:
        return _scanned(plan, layer, env)
    except Exception as error:  # whatever a reader can't take must fail the gate
        told = f"{layer}: the plan can't be read ({type(error).__name__}); plan again from a fresh synthesis"
        return ScanResult((), (told,), 0, frozenset(), frozenset(), read=False)


def _scanned(plan: dict[str, Any], layer: str, env: Environment) -> ScanResult:
    kit = toolkit()
    found = CheckRun({}, [*kit.problems, *(f"{layer}: {text}" for text in _untrustworthy(plan))], set(), set())
    with captured_errors() as errors, _plan_file(plan) as file:
        checks = 0
        for kind, name, address, conf in _resources(file, found):
            found.seen.add(f"{layer}/{address}")
            applicable = [check for check in kit.resource.get_checks(kind) if _plans_tell(check)]
            checks += len(applicable)
            for check in applicable:
                run_attribute_check(check, kind, name, f"{layer}/{address}", conf, str(file), found)
    found.problems += [*errors, *unvouched_plan(plan, layer, env)]
    planned = {f"{layer}/{address}" for address in _planned(plan)}
    if planned != found.seen:
        found.problems.append(f"{layer}: planned but not scanned: {', '.join(sorted(planned ^ found.seen))}")
    # A layer such as a lone hosted zone may hold only types that graph checks alone cover.
    if not found.evaluated and (checks or not planned):
        found.problems.append(f"{layer}: no check was evaluated on the plan: an empty scan proves nothing")
    findings = sorted(replace(finding, source="plan") for finding in found.findings.values())
    return ScanResult(tuple(findings), tuple(found.problems), found.evaluated, frozenset(found.seen), kit.known_checks)


def _plans_tell(check: Any) -> bool:
    """False for checks on `lifecycle`, which plans don't contain; they run on the synthesised JSON only."""
    key = getattr(check, "get_inspected_key", str)()
    return not key.startswith("lifecycle/")


def _untrustworthy(plan: dict[str, Any]) -> Iterable[str]:
    if plan.get("errored") is not False:
        yield "the plan ended with an error; Terraform writes the file all the same, with a part of the resources"
    if plan.get("complete") is not True:
        yield "the plan is not complete; plan again without -target and without deferred changes"
    if plan.get("applyable") is not True and _changes(plan):
        yield "the plan can't be applied"
    root = plan.get("planned_values", {}).get("root_module", {})
    if root.get("child_modules"):
        yield "the plan holds modules, whose resources this scan doesn't reach"
    missing = _configured(plan) - set(_planned(plan))
    if missing:
        yield f"configured but not planned: {', '.join(sorted(missing))}"


def _changes(plan: dict[str, Any]) -> bool:
    """Whether the plan changes anything: a plan without changes is not applyable, and that is no fault."""
    changes = [entry.get("change", {}) for entry in plan.get("resource_changes", ())]
    changes += plan.get("output_changes", {}).values()
    return any(does_something(change.get("actions", ("unknown",))) for change in changes)


def _planned(plan: dict[str, Any]) -> list[str]:
    resources = plan.get("planned_values", {}).get("root_module", {}).get("resources", ())
    return [str(each.get("address")) for each in resources if each.get("mode") == "managed"]


def _configured(plan: dict[str, Any]) -> set[str]:
    resources = plan.get("configuration", {}).get("root_module", {}).get("resources", ())
    return {str(each.get("address")) for each in resources if each.get("mode") == "managed"}


def _with_unknown(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with checkov's marker for unknown values also inside nested blocks, where checkov rarely sets it."""
    root = plan.get("planned_values", {}).get("root_module", {})
    changes = {each.get("address"): each.get("change", {}) for each in plan.get("resource_changes", ())}
    resources = []
    for each in root.get("resources", ()):
        inside = changes.get(each.get("address"), {}).get("after_unknown") or {}
        blocks = {key: value for key, value in inside.items() if value is not True}
        resources.append(each | {"values": _filled(each.get("values") or {}, blocks)})
    return plan | {"planned_values": plan.get("planned_values", {}) | {"root_module": root | {"resources": resources}}}


def _filled(value: Any, unknown: Any) -> Any:
    if unknown is True:
        return _UNKNOWN if value is None else value
    if isinstance(value, dict) and isinstance(unknown, dict):
        return value | {key: _filled(value.get(key), each) for key, each in unknown.items() if each}
    if isinstance(value, list) and isinstance(unknown, list):
        return [_filled(item, each) for item, each in zip(value, unknown, strict=False)] + value[len(unknown) :]
    return value


@contextmanager
def _plan_file(plan: dict[str, Any]) -> Iterator[Path]:
    """Write the plan to a file for checkov. It holds values in clear: readable by its owner only, deleted on exit."""
    with tempfile.TemporaryDirectory(prefix="sitechat-scan-") as folder:
        path = Path(folder) / "plan.json"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(_with_unknown(plan), file)
        before = os.environ.get(_UNKNOWN_VALUES)
        os.environ[_UNKNOWN_VALUES] = "true"
        try:
            yield path
        finally:
            os.environ.pop(_UNKNOWN_VALUES)
            if before is not None:
                os.environ[_UNKNOWN_VALUES] = before


def _resources(file: Path, found: CheckRun) -> Iterable[tuple[str, str, str, dict[str, Any]]]:
    from checkov.terraform.plan_parser import TF_PLAN_RESOURCE_ADDRESS, parse_tf_plan

    errors: dict[str, str] = {}
    definition, _ = parse_tf_plan(str(file), errors)
    found.problems += [f"checkov can't parse the plan: {text}" for text in errors.values()]
    for entity in (definition or {}).get("resource", ()):
        for kind, named in entity.items():
            for name, conf in named.items():
                yield kind, name, str(conf[TF_PLAN_RESOURCE_ADDRESS]), conf
