"""Passwords in the environment of a container or function show in the console and in every plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.secret_text import names_a_secret
from policies.rule import Conf, Rule, container_definitions, nested_blocks
from terraform_json.blocks import listed


class SecretInEnvironment(Rule):
    check_id = "CKV_SITECHAT_11"
    title = "A secret must not stand in the environment of a container or function"
    fix = "move it to the container's secrets with valueFrom, or let the function read it from Secrets Manager"
    resources = ("aws_ecs_task_definition", "aws_lambda_function")
    attributes = ("container_definitions/environment", "environment/variables")

    def broken(self, conf: Conf) -> bool:
        return any(names_a_secret(name) for name, given in _variables(conf) if given)


def _variables(conf: Conf) -> Iterator[tuple[str, Any]]:
    for container in container_definitions(conf):
        for each in listed(container.get("environment")):
            if isinstance(each, dict):
                yield str(each.get("name", "")), each.get("value")
    for block in nested_blocks(conf, "environment"):
        for variables in nested_blocks(block, "variables"):
            yield from ((str(name), given) for name, given in variables.items())


check = SecretInEnvironment()
