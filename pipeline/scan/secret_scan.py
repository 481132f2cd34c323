"""Look for secrets in the synthesised values with checkov's detectors.

The detectors read single lines, so each attribute becomes one line, with JSON strings decoded. A container's
{"name": "PASSWORD", "value": "..."} also becomes one line "PASSWORD": "...", so that the keyword is beside its value.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.scan.decode import Decoder
from pipeline.scan.model import Finding
from terraform_json.merged import Merged
from terraform_json.references import without_expressions

_FIX = "keep the value in Secrets Manager and pass its ARN"


def find_secrets(merged: Merged) -> tuple[list[Finding], list[str], frozenset[str]]:
    """Findings, problems, and the check ids that can occur."""
    from checkov.runner_filter import RunnerFilter
    from checkov.secrets.runner import SECRET_TYPE_TO_ID, Runner

    if sys.__stdout__ is None:  # closed by whoever called; checkov asks it whether it is a terminal
        sys.__stdout__ = open(os.devnull, "w", encoding="utf-8")  # type: ignore[misc]  # noqa: SIM115  # for the process
    lines: list[str] = []
    owners: list[str] = []
    for address, text in _lines(merged):
        owners.append(address)
        lines.append(text)
    with tempfile.TemporaryDirectory(prefix="sitechat-scan-") as folder:
        path = Path(folder) / "values.json"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o600)
        report = Runner().run(root_folder=None, files=[str(path)], runner_filter=RunnerFilter(framework=["secrets"]))
    findings: dict[tuple[str, str], Finding] = {}
    for record in report.failed_checks:
        line = record.file_line_range[0]
        address = owners[line - 1]
        attribute = lines[line - 1].split('"')[1]
        findings.setdefault(
            (record.check_id, address), Finding(address, record.check_id, record.check_name, _FIX, (attribute,))
        )
    problems = [f"secret scan could not read {name}" for name in report.parsing_errors]
    known = frozenset(SECRET_TYPE_TO_ID.values()) | {check for check, _ in findings}
    return list(findings.values()), problems, known


def _lines(merged: Merged) -> Iterator[tuple[str, str]]:
    decoder = Decoder({})
    for section, prefix in (("resource", ""), ("data", "data.")):
        for kind, named in merged.config[section].items():
            for name, body in named.items():
                address = merged.addresses[f"{prefix}{kind}.{name}"]
                for key, value in _leaves(body, ""):
                    yield address, f'"{key}": "{value}"'
                for path, decoded in decoder.attributes(body).items():
                    for key, value in _leaves(decoded, path.rpartition("/")[2]):
                        yield address, f'"{key}": "{value}"'
    for kind, blocks in merged.config["provider"].items():
        for block in blocks:
            layer, _, alias = str(block.get("alias", "")).partition("__")
            for key, value in _leaves(block, ""):
                yield f"{layer}/provider.{kind}" + ("" if alias == "default" else f".{alias}"), f'"{key}": "{value}"'


def _leaves(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Yield (attribute, text) of every string below `value`, with references removed: they are no secrets."""
    if isinstance(value, dict):
        if isinstance(value.get("name"), str) and isinstance(value.get("value"), str):
            yield from _leaves(value["value"], value["name"])
        for name, item in value.items():
            yield from _leaves(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, key)
    elif isinstance(value, str):
        text = " ".join(without_expressions(value).split())
        if text and not text.startswith(("{", "[")):
            yield key.replace('"', ""), text
