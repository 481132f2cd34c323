"""Shape of the cases, and policies and domains that several modules use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class RuleCases:
    """Resources of one type, by the name of the case, that one rule passes and refuses."""

    rule: str
    resource_type: str
    compliant: Mapping[str, Body]
    non_compliant: Mapping[str, Body]


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement]})


def search(**options: bool) -> Body:
    policy = document(Principal={"AWS": ["arn:aws:iam::1:role/task"]}, Action="es:*", Resource="*")
    master = {"master_user_options": {"master_user_arn": "arn:aws:iam::1:role/master"}}
    return {"access_policies": policy, "advanced_security_options": {"enabled": True} | master | options}


NARROWED = document(
    Principal="*", Action="sns:Publish", Resource="*", Condition={"StringEquals": {"aws:SourceAccount": "1"}}
)
KEPT = {"lifecycle": {"prevent_destroy": True}}
