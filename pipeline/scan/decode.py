"""Parse JSON held in strings: checks skip, or even pass, values that they can't read."""

from __future__ import annotations

import json
import re
from typing import Any

from terraform_json.references import policy_document_name

# Attributes that must hold readable JSON. Matching by suffix would catch enums such as origin_protocol_policy.
JSON_ATTRIBUTES = frozenset(
    {
        "policy", "assume_role_policy", "access_policies", "container_definitions", "inline_policy", "resource_policy",
        "policy_document", "redrive_policy", "policy_text", "access_policy",
    }
)  # fmt: skip
_JSONENCODE = re.compile(r"^\$\{\s*jsonencode\((?P<body>.*)\)\s*\}$", re.DOTALL)
_MISSING: Any = object()


class Decoder:
    """Decodes strings of one merged configuration; `unreadable` has (path, text) of JSON attributes that failed."""

    def __init__(self, documents: dict[str, Any]) -> None:
        self._documents = documents
        self.unreadable: list[tuple[str, str]] = []

    def attributes(self, body: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Decoded values of a resource's JSON attributes, by "path/of/attribute"."""
        found: dict[str, Any] = {}
        for key, value in body.items():
            here = f"{path}{key}"
            if isinstance(value, str):
                decoded = self._text(value)
                if decoded is not _MISSING:
                    found[here] = decoded
                elif key in JSON_ATTRIBUTES:
                    self.unreadable.append((here, value))
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(item, dict):
                    found |= self.attributes(item, f"{here}/{index}/")
        return found

    def _text(self, text: str) -> Any:
        stripped = text.strip()
        if stripped.startswith(("{", "[")):
            return _json(stripped)
        if match := _JSONENCODE.match(stripped):
            return _hcl(match.group("body"))
        if document := policy_document_name(stripped):
            return self._document(document, frozenset())
        return _MISSING

    def _document(self, name: str, seen: frozenset[str]) -> Any:
        body = self._documents.get(name)
        if not isinstance(body, dict) or name in seen:
            return _MISSING
        statements: list[dict[str, Any]] = []
        for key in ("source_policy_documents", "override_policy_documents"):
            for reference in body.get(key, ()):
                source = policy_document_name(reference) if isinstance(reference, str) else None
                nested = self._document(source, seen | {name}) if source else _MISSING
                if nested is _MISSING:
                    return _MISSING
                statements += nested["Statement"]
        statements += [_statement(item) for item in _listed(body.get("statement"))]
        return {"Version": body.get("version", "2012-10-17"), "Statement": statements}


def _json(text: str) -> Any:
    try:
        decoded = json.loads(text)
    except ValueError:
        return _MISSING
    return decoded if isinstance(decoded, (dict, list)) else _MISSING


def _hcl(body: str) -> Any:
    plain = _json(body.strip())
    if plain is not _MISSING:
        return plain
    from hcl2.api import loads

    try:
        decoded = loads(f"value = {body}\n")["value"]
    except Exception:  # the grammar's own errors share no base class
        return _MISSING
    value = decoded[0] if isinstance(decoded, list) and len(decoded) == 1 else decoded
    return _plain(value) if isinstance(value, (dict, list)) else _MISSING


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.strip('"'): _plain(item) for key, item in value.items() if not key.startswith("__")}
    return [_plain(item) for item in value] if isinstance(value, list) else value


_FIELDS = {
    "sid": "Sid",
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


def _statement(block: dict[str, Any]) -> dict[str, Any]:
    """An aws_iam_policy_document statement in the shape IAM stores."""
    statement: dict[str, Any] = {"Effect": block.get("effect", "Allow")}
    statement |= {target: block[field] for field, target in _FIELDS.items() if field in block}
    for field, target in _PRINCIPALS.items():
        principals = _listed(block.get(field))
        if any(item.get("type") == "*" for item in principals):
            statement[target] = "*"
        elif principals:
            statement[target] = {str(item.get("type")): item.get("identifiers") for item in principals}
    for item in _listed(block.get("condition")):
        tests = statement.setdefault("Condition", {}).setdefault(str(item.get("test")), {})
        tests[str(item.get("variable"))] = item.get("values")
    return statement


def _listed(block: Any) -> list[dict[str, Any]]:
    items = block if isinstance(block, list) else [block]
    return [item for item in items if isinstance(item, dict)]
