"""Policies as statements that can be read in full: anything else about a policy is unreadable, and refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from policies.proof.text_policies import statements_of
from policies.vouched.strings import unique_keys
from policies.vouched.types import read_vouched
from terraform_json.blocks import Body, Config, body_at, data_sources, listed, resources
from terraform_json.references import policy_document_name

DOCUMENT = "aws_iam_policy_document"
# Arguments in which constructs put a policy.
POLICIES = {
    "aws_cloudwatch_log_resource_policy": "policy_document",
    "aws_iam_policy": "policy",
    "aws_iam_role": "assume_role_policy",
    "aws_iam_role_policy": "policy",
    "aws_kms_key": "policy",
    "aws_opensearch_domain": "access_policies",
    "aws_s3_bucket_policy": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue_policy": "policy",
    "aws_vpc_endpoint": "policy",
}
# A data source may hold these; what merges other texts into it is none.
_OF_DOCUMENTS = frozenset({"//", "provider", "statement"})
_OF_TEXTS = frozenset({"Id", "Statement", "Version"})
_OF_STATEMENTS = frozenset({"actions", "condition", "effect", "principals", "resources", "sid"})
_OF_CONDITIONS = frozenset({"test", "values", "variable"})
_OF_PRINCIPALS = frozenset({"identifiers", "type"})
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*]+")


class Policy(NamedTuple):
    """Policy of a resource: `source` is the address of what holds its statements, a data source or the resource."""

    layer: str
    type: str
    holder: str
    body: Body
    source: str
    statements: tuple[Body, ...]


class UnreadableError(Exception):
    """What can't be read of a policy, and what to do."""


def policies_of(layers: Mapping[str, Config]) -> Iterator[Policy | str]:
    """Every policy of a resource, or a line that says why one is unreadable."""
    for layer, config in layers.items():
        for document in data_sources(config):
            if document.type == DOCUMENT:
                yield from (f"{layer}/{document.address}: {why}" for why in _faults_of(document.body))
        for resource in resources(config):
            attribute = POLICIES.get(resource.type)
            for body in listed(resource.body) if attribute else ():
                if attribute not in body:
                    continue
                address = f"{layer}/{resource.address}"
                try:
                    source, statements = _read(config, resource.address, body[attribute])
                except UnreadableError as why:
                    yield f"{address}: {attribute}: {why}"
                    continue
                yield Policy(layer, resource.type, address, body, f"{layer}/{source}", statements)


def _read(config: Config, address: str, value: Any) -> tuple[str, tuple[Body, ...]]:
    """Where the statements of a policy stand, and those that can be read."""
    if not isinstance(value, str):
        raise UnreadableError(
            f"unreadable: a {type(value).__name__} where a policy is wanted; refer to a policy document"
        )
    if name := policy_document_name(value):
        address = f"data.{DOCUMENT}.{name}"
        if not (document := body_at(config, address)):
            raise UnreadableError(f"unreadable: {address} isn't declared in its layer; declare it")
        return address, tuple(_readable(document.get("statement")))
    if not value.lstrip().startswith("{"):
        raise UnreadableError(
            "unreadable: neither a policy document of this layer nor JSON; refer to a policy document"
        )
    return address, tuple(_statements_of_text(value))


def _readable(statements: Any) -> Iterator[Body]:
    """Statements without fault; the others have a line of their own."""
    yield from (each for each in listed(statements) if isinstance(each, Mapping) and not any(_statement_faults(each)))


def _statements_of_text(text: str) -> list[Body]:
    try:
        policy = json.loads(text, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(
            "unreadable: its JSON can't be parsed, or has a key twice; refer to a policy document"
        ) from error
    if unknown := sorted(map(str, set(policy) - _OF_TEXTS)):
        raise UnreadableError(f"unreadable: {', '.join(unknown)} is no part of a policy; remove it")
    found = statements_of(text)
    if not found:
        raise UnreadableError("unreadable: its statements can't be read; refer to a policy document")
    for number, statement in enumerate(found):
        plain = {key: value for key, value in statement.items() if value != []}
        for why in _statement_faults(plain):
            raise UnreadableError(f"{_title(statement, number)}: {why}")
    return found


def _faults_of(document: Any) -> Iterator[str]:
    """What can't be read of a policy document."""
    for body in listed(document):
        for key in body:
            if key not in _OF_DOCUMENTS:
                yield f"{key}: unreadable: what merges into a policy isn't judged; write statements"
        statements = body.get("statement")
        if not isinstance(statements, list | Mapping) or not statements:
            yield "statement: unreadable: no list of statements; write at least one"
        for number, statement in enumerate(listed(statements)):
            if not isinstance(statement, Mapping):
                yield f"statement {number}: unreadable: no object; write a statement"
                continue
            yield from (f"{_title(statement, number)}: {why}" for why in _statement_faults(statement))


def _title(statement: Body, number: int) -> str:
    sid = statement.get("sid")
    return f"statement {sid}" if isinstance(sid, str) and sid.isalnum() else f"statement {number}"


def _statement_faults(statement: Body) -> Iterator[str]:
    for key in statement:
        if key not in _OF_STATEMENTS:
            yield f"{key}: unreadable: no construct writes it; use {', '.join(sorted(_OF_STATEMENTS))}"
    if statement.get("effect", "Allow") not in ("Allow", "Deny"):
        yield "effect: unreadable: write Allow or Deny, exactly"
    if not isinstance(statement.get("sid", ""), str):
        yield "sid: unreadable: write a text"
    yield from _action_faults(statement.get("actions"))
    if "resources" in statement and not _texts(statement["resources"]):
        yield "resources: unreadable: write a list of texts"
    for key, known, lists in (
        ("principals", _OF_PRINCIPALS, "identifiers"),
        ("condition", _OF_CONDITIONS, "values"),
    ):
        for block in listed(statement.get(key)):
            if not isinstance(block, Mapping) or set(block) != known:
                yield f"{key}: unreadable: write {', '.join(sorted(known))}, and nothing else"
            elif not _texts(block[lists]) or not all(_literal(block[each]) for each in known - {lists}):
                yield f"{key}: unreadable: write literal texts, and a list of texts as {lists}"


def _action_faults(actions: Any) -> Iterator[str]:
    if not _texts(actions):
        yield "actions: unreadable: write a list of actions"
        return
    known = read_vouched().actions
    for action in listed(actions):
        if not _ACTION.fullmatch(action):
            yield "actions: unreadable: write service:Action, literally"
        elif action not in known and action != "*":
            yield f"actions: {action}: no construct grants it; bring it by a construct and `make addresses`"


def _texts(value: Any) -> bool:
    """Whether a value is a text, or a list of at least one."""
    found = listed(value)
    return bool(found) and all(isinstance(each, str) and each for each in found)


def _literal(value: Any) -> bool:
    return isinstance(value, str) and "${" not in value
