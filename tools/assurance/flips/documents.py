"""Flips inside JSON: the statements of policies and the definitions of containers, which the schema calls strings.

Policies are flipped where they are written, in the data source, and named as AWS names them: "policy/Statement/Action"
of the resource that holds the policy. One statement of each type of holder is drawn for each part of a statement.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from terraform_json.blocks import resources
from terraform_json.references import policy_document_name
from tools.assurance.flips.criterion import REMOVED
from tools.assurance.flips.flip import SEED, Configs, Flip, PathStep

_PARTS = {
    "principals": "Principal",
    "actions": "Action",
    "resources": "Resource",
    "condition": "Condition",
    "effect": "Effect",
}
# Types whose policy is about the resource itself: AWS refuses any other resource in it, or ignores it.
_OF_ONE_THING = ("aws_iam_role", "aws_kms_key", "aws_s3_bucket_policy", "aws_sns_topic_policy")

# Weaker values of a container's security settings (ECS API reference), its log and its environment.
CONTAINER: dict[str, Any] = {
    "environment": [{"name": "DATABASE_PASSWORD", "value": "correct horse"}],
    "linuxParameters/capabilities": {"add": ["SYS_ADMIN"]},
    "linuxParameters/devices": [{"hostPath": "/dev/mem"}],
    "logConfiguration": REMOVED,
    "privileged": True,
    "readonlyRootFilesystem": False,
    "user": "root",
}


def policy_flips(configs: Configs, seed: int = SEED) -> Iterator[Flip]:
    """One flip for each part of a statement and each type and attribute that holds policies."""
    choices: dict[tuple[str, str, str], list[Flip]] = {}
    for layer, config in configs.items():
        documents = config.get("data", {}).get("aws_iam_policy_document", {})
        for kind, attribute, name in _held(config):
            for index, statement in enumerate(documents.get(name, {}).get("statement", ())):
                for part, value in _weaker(kind, statement):
                    path = f"{attribute}/Statement/{_PARTS[part]}"
                    address = f"{layer}/data.aws_iam_policy_document.{name}"
                    flip = Flip(address, kind, path, ("statement", index, part), value)
                    choices.setdefault((kind, attribute, part), []).append(flip)
    for key, flips in sorted(choices.items()):
        yield random.Random(f"{seed} {' '.join(key)}").choice(flips)


def container_flips(configs: Configs, seed: int = SEED) -> Iterator[Flip]:
    """One flip for each security setting of a container."""
    kind = "aws_ecs_task_definition"
    for path, value in CONTAINER.items():
        choices: list[tuple[str, tuple[PathStep, ...]]] = []
        for layer, config in configs.items():
            for name, body in config.get("resource", {}).get(kind, {}).items():
                for index, container in enumerate(json.loads(body["container_definitions"])):
                    steps: tuple[PathStep, ...] = ("container_definitions", index, *path.split("/"))
                    if value is not REMOVED or path in container:
                        choices.append((f"{layer}/{kind}.{name}", steps))
        if choices:
            address, steps = random.Random(f"{seed} {kind} {path}").choice(choices)
            yield Flip(address, kind, f"container_definitions/{path}", steps, value)


def _held(config: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Resource type and attribute that hold a policy document of the same layer, and the document's name."""
    for resource in resources(config):
        for attribute, value in resource.body.items():
            if isinstance(value, str) and (document := policy_document_name(value)):
                yield resource.type, attribute, document


def _weaker(kind: str, statement: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if statement.get("effect") == "Deny":
        yield "effect", "Allow"
        return
    everybody = [{"type": "AWS", "identifiers": ["*"]}]
    if statement.get("principals") not in (None, everybody):
        yield "principals", everybody
    service = statement["actions"][0].partition(":")[0]
    if f"{service}:*" not in statement["actions"] and "*" not in statement["actions"]:
        yield "actions", [f"{service}:*"]
    if kind not in _OF_ONE_THING and statement["resources"] != ["*"]:
        yield "resources", ["*"]
    if statement.get("condition"):
        yield "condition", REMOVED
