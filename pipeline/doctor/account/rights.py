"""Rights of whoever asks: what IAM's policy simulator refuses of what an apply of the environment needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.finding import Diagnosis
from pipeline.errors import SitechatError

if TYPE_CHECKING:
    from policies.rights.grant import Grant
    from policies.rights.simulation import Question

NAME = "rights"
# Actions in one request. The API names no limit for ActionNames; it answers with 100 results at a time, and pages.
BATCH = 50
# Missing actions that are named; the rest are counted.
SHOWN = 12
UNSEEN = "as far as simulated (resource control, endpoint and session policies don't show)"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the role or user may do what applying and destroying the environment needs, by IAM's policy simulator."""
    principal = find_principal(account)
    grants = _grants(account)
    missing = refused(account, principal, grants)
    total = len({action for grant in grants if grant.effect == "Allow" for action in grant.actions})
    yield compare_rights(principal, missing, total, account.session.env_ref)


def compare_rights(principal: str, missing: Sequence[str], total: int, env_ref: str) -> Diagnosis:
    """The finding about the actions that the simulator refused, of `total` that are needed."""
    if not missing:
        return Diagnosis(NAME, "green", f"{principal} may do all {total} actions of an apply, {UNSEEN}")
    named = ", ".join(missing[:SHOWN]) + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
    fix = f"Attach what `sitechat rights --env {env_ref}` prints."
    return Diagnosis(NAME, "red", f"{principal} may not {named}, {UNSEEN}", fix)


def find_principal(account: Account) -> str:
    """ARN of the role (not its session) or user that asks. Raises UnansweredError for what can't be simulated."""
    arn = str(account.ask("sts", "get_caller_identity")["Arn"])
    resource = arn.split(":", 5)[5] if arn.count(":") >= 5 else ""
    if resource.startswith("assumed-role/"):
        # The session's ARN leaves out the role's path, which those of IAM Identity Center have.
        return str(account.ask("iam", "get_role", RoleName=resource.split("/")[1])["Role"]["Arn"])
    if ":iam:" in arn and resource.startswith("user/"):
        return arn
    if resource == "root":
        raise UnansweredError("the account's root user can't be simulated", "Sign in with a role.")
    raise UnansweredError(f"{arn} is neither a role nor a user, and can't be simulated")


def refused(account: Account, principal: str, grants: Sequence[Grant]) -> tuple[str, ...]:
    """Actions that the simulator doesn't allow on a resource they are needed for."""
    from policies.rights.simulation import questions

    found = {
        action
        for question in questions(grants, region=account.env.region)
        for first in range(0, len(question.actions), BATCH)
        for action in _ask(account, principal, question, question.actions[first : first + BATCH])
    }
    return tuple(sorted(found))


def _ask(account: Account, principal: str, question: Question, actions: Sequence[str]) -> Iterator[str]:
    results = account.all(
        "iam",
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=principal,
        ActionNames=list(actions),
        ResourceArns=list(question.resources),
        ContextEntries=[
            {
                "ContextKeyName": key,
                "ContextKeyValues": list(values),
                "ContextKeyType": "stringList" if ":" in test else "boolean" if test == "Bool" else "string",
            }
            for test, key, values in question.context
        ],
    )
    yield from (str(each["EvalActionName"]) for each in results if each["EvalDecision"] != "allowed")


def _grants(account: Account) -> tuple[Grant, ...]:
    """The policy that applies the environment. Raises UnansweredError where that can't be worked out."""
    from pipeline.synth.run import synthesise
    from policies.rights.environment import deployer_of

    try:
        # Apart from the usual folder, which other subjects may be writing.
        with TemporaryDirectory() as folder:
            synthesis = synthesise(account.env, Path(folder) / account.env.name, env_ref=account.session.env_ref)
            return deployer_of(account.env, {layer.name: layer.config for layer in synthesis.layers}).apply()
    except (SitechatError, ValueError) as error:
        raise UnansweredError(f"what an apply needs can't be worked out: {error}") from None
