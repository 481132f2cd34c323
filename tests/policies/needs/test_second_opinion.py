"""Another evaluator, that of the emulated AWS, agrees about every statement and request of an environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from local_aws.emulators import emulators_python
from policies.needs.arns import Arns
from policies.needs.evaluation import Policies, Request, misfits, requests_of
from policies.needs.proving import all_needs
from policies.proof.permissions import Permission, walk
from tests.policies.proof.configurations import configuration

_SCRIPT = Path(__file__).with_name("second_opinion.py")


def _statement(each: Permission) -> dict[str, Any]:
    conditions: dict[str, dict[str, list[str]]] = {}
    for test, variable, values in each.conditions:
        conditions.setdefault(test, {})[variable] = list(values)
    resources = ["*"] if each.kind == "trust" else list(each.resources)
    return {"Action": list(each.actions), "Resource": resources, "Condition": conditions}


def _pairs(name: str) -> list[tuple[Permission, Request]]:
    arns = Arns(configuration(name))
    policies = Policies.of(configuration(name), walk(configuration(name)).permissions, arns)
    groups = (*policies.resource.values(), *policies.identity.values(), policies.account_wide)
    statements = [each for group in groups for each in group]
    requests = {
        (request.action, request.resource, tuple(sorted(request.context.items()))): request
        for need in all_needs(configuration(name), arns)
        for request in requests_of(need, arns)
    }
    return [(each, request) for each in statements for request in requests.values()]


def test_both_say_the_same_of_every_statement_and_request() -> None:
    pairs = _pairs("prod")
    asked = [[_statement(each), request.action, request.resource, request.context] for each, request in pairs]
    answer = subprocess.run(
        [emulators_python(), str(_SCRIPT)], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    theirs = json.loads(answer.stdout)
    ours = [
        not [reason for reason in misfits(each, request) if not reason.startswith("it names")]
        for each, request in pairs
    ]
    differ = [
        f"{each.sid} {request.action} {request.resource} {request.context}: ours {mine}, theirs {their}"
        for (each, request), mine, their in zip(pairs, ours, theirs, strict=True)
        if mine is not their
    ]
    assert differ == []
    assert len(pairs) > 5_000
    assert any(theirs)
    assert not all(theirs)
