"""The requests of a run held to the policies that `sitechat rights` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.endpoint import RunFiles
from local_aws.recording import Asked, read_recording
from pipeline.errors import ExitCode
from policies.rights.grant import Grant
from tests.e2e.checkout import Checkout
from tools.rights.inside import outside

# Folders in which Terraform runs for bootstrap, by their beginnings: that has rights of its own.
BOOTSTRAP = ("backend", "ci")


def printed_rights(checkout: Checkout, env_file: str, purpose: str) -> tuple[Grant, ...]:
    """The statements that the command prints for an environment."""
    done = checkout.sitechat("rights", "--env", env_file, "--for", purpose, "--json")
    assert done.status == ExitCode.OK, done.output
    return tuple(_grant(each) for policy in done.json["policies"].values() for each in policy["Statement"])


def requests(checkout: Checkout, *subcommands: str) -> tuple[Asked, ...]:
    """What the provider asked for in an environment's layers, in these subcommands of Terraform (default all)."""
    return tuple(
        each for each in _of_layers(read_recording(RunFiles(checkout.work.local).requests)) if _is(each, subcommands)
    )


def requests_outside(checkout: Checkout, env_file: str) -> Mapping[str, tuple[str, ...]]:
    """Requests outside the printed rights: those of plans held to the rights to plan, and all to those to apply."""
    account = checkout.endpoint.account_id
    return {
        "plan": outside(requests(checkout, "plan"), printed_rights(checkout, env_file, "plan"), account),
        "apply": outside(requests(checkout), printed_rights(checkout, env_file, "apply"), account),
    }


def _of_layers(asked: Iterable[Asked]) -> Iterable[Asked]:
    for each in asked:
        folder = each.step.partition("/")[2]
        if each.client == "provider" and folder and not folder.startswith(BOOTSTRAP):
            yield each


def _is(asked: Asked, subcommands: tuple[str, ...]) -> bool:
    return not subcommands or asked.step.partition("/")[0] in subcommands


def _grant(statement: Mapping[str, Any]) -> Grant:
    conditions = tuple(
        (test, variable, tuple(values))
        for test, variables in statement.get("Condition", {}).items()
        for variable, values in variables.items()
    )
    return Grant(
        statement["Sid"], tuple(statement["Action"]), tuple(statement["Resource"]), conditions, statement["Effect"]
    )
