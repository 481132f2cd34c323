"""Passwords in a container's environment show in the console and in every plan; secret detectors miss short ones."""

from __future__ import annotations

import re

from policies.rule import Conf, Rule, container_definitions
from terraform_json.blocks import listed

_NAME = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
# Names of variables that only refer to a secret, or that count model tokens.
_POINTER = re.compile(r"(_ARN|_ID|_NAME|_URL|_PATH)$|(MAX|MIN|TOTAL)_?\w*TOKENS?|TOKENS?_(LIMIT|PER)", re.IGNORECASE)


class SecretInEnvironment(Rule):
    check_id = "CKV_SITECHAT_11"
    title = "A secret must not stand in a container's environment"
    fix = "move it to the container's secrets with valueFrom"
    resources = ("aws_ecs_task_definition",)
    attributes = ("container_definitions/environment",)

    def broken(self, conf: Conf) -> bool:
        variables = [each for container in container_definitions(conf) for each in listed(container.get("environment"))]
        names = [str(each.get("name", "")) for each in variables if isinstance(each, dict) and each.get("value")]
        return any(_NAME.search(name) and not _POINTER.search(name) for name in names)


check = SecretInEnvironment()
