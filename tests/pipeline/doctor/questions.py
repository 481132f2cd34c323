"""Operations that the doctor's modules ask AWS for, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from botocore import xform_name
from botocore.session import get_session

from pipeline.doctor import account
from pipeline.doctor.account import counts
from pipeline.doctor.account.taken_questions import QUESTIONS

_METHODS = ("all", "ask", "find")
# Calls whose operation stands in a table or comes as an argument: where, and what those are.
TABLES = {
    ("taken", "question"): {(each.service, each.operation) for each in QUESTIONS.values()},
    ("counts", "cloudfront"): {("cloudfront", operation) for operation, _, _ in counts.LISTED.values()},
    ("regions", "service"): {
        ("ec2", "describe_availability_zones"),
        ("acm", "list_certificates"),
        ("bedrock", "list_inference_profiles"),
    },
}


def asked_operations() -> set[str]:
    """Every operation as "service:Operation"."""
    files = sorted(Path(account.__file__).parent.glob("*.py"))
    calls = {call for path in files if path.stem != "asking" for call in _calls(path)}
    return {f"{service}:{_operations(service)[method]}" for service, method in calls}


def _calls(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            given = node.args[:2]
            if len(given) < 2:
                continue
            service, operation = given
            if isinstance(service, ast.Constant) and isinstance(operation, ast.Constant):
                yield str(service.value), str(operation.value)
            else:
                yield from TABLES[path.stem, ast.unparse(service).strip("'").partition(".")[0]]


def _operations(service: str) -> dict[str, str]:
    model = get_session().get_service_model(service)
    return {xform_name(each): each for each in model.operation_names}
