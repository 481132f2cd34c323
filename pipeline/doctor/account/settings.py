"""Settings of the whole account that change what an apply may do, or that an apply would change for others."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account, ask_each
from pipeline.doctor.finding import Diagnosis

LAMBDA, BUCKETS, ECS, PASSWORDS = "Lambda concurrency", "public buckets", "ECS settings", "password rules"
# Without the long form of ARNs, ECS refuses tags (ECS developer guide, "Account settings").
LONG_ARNS = ("serviceLongArnFormat", "taskLongArnFormat")
# Concurrent executions of a new account; ours runs once, to finish the OpenSearch domain.
NEW_ACCOUNT = 10


def examine(account: Account) -> Iterator[Diagnosis]:
    """Diagnose each setting that concerns this environment."""
    yield from ask_each(account, {LAMBDA: _concurrency, ECS: _ecs, BUCKETS: _public_buckets, PASSWORDS: _passwords})


def _concurrency(account: Account) -> Iterator[Diagnosis]:
    if not account.env.search.enabled:
        return
    limit = account.ask("lambda", "get_account_settings")["AccountLimit"]
    total, free = limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]
    detail = f"{free} of {total} are not reserved"
    if free < 1:
        fix = "Take some back: `aws lambda delete-function-concurrency --function-name NAME`."
        yield Diagnosis(LAMBDA, "red", f"{detail}: the function that finishes the domain could not run", fix)
        return
    if total <= NEW_ACCOUNT:
        detail += "; a new account's limit, enough for the one function here, which reserves none"
    yield Diagnosis(LAMBDA, "green", detail)


def _ecs(account: Account) -> Iterator[Diagnosis]:
    settings = {
        each["name"]: each["value"]
        for each in account.all("ecs", "list_account_settings", "settings", effectiveSettings=True)
    }
    short = [name for name in LONG_ARNS if settings.get(name) == "disabled"]
    if short:
        command = f"aws ecs put-account-setting-default --name {short[0]} --value enabled"
        yield Diagnosis(ECS, "red", f"{', '.join(short)} off: ECS refuses the tags", f"Turn it on: `{command}`.")
    elif settings.get("tagResourceAuthorization") == "on":
        yield Diagnosis(ECS, "green", "tags need ecs:TagResource, which the CI roles have")
    else:
        yield Diagnosis(ECS, "green", "tags are accepted")


def _public_buckets(account: Account) -> Iterator[Diagnosis]:
    """No bucket here is public, so that the block changes nothing here; turned on, it closes those of others."""
    absent, owner = "NoSuchPublicAccessBlockConfiguration", account.env.account_id
    found = account.find("s3control", "get_public_access_block", absent, AccountId=owner) or {}
    blocked = found.get("PublicAccessBlockConfiguration", {})
    if blocked and all(blocked.values()):
        yield Diagnosis(BUCKETS, "green", "blocked for the whole account; no bucket here is public")
    elif account.env.security.account_settings != "own":
        yield Diagnosis(BUCKETS, "green", "not blocked for the whole account; each bucket here blocks for itself")
    else:
        fix = 'Look whether any has to be public; if so, set [security] account_settings = "adopt" or "off".'
        detail = "not blocked for the whole account: the layer security does it, also for buckets of others"
        yield Diagnosis(BUCKETS, "yellow", detail, fix)


def _passwords(account: Account) -> Iterator[Diagnosis]:
    """AWS replaces the account's rules without a word."""
    if account.env.security.account_settings != "own":
        return
    ours = not any(account.unapplied.of_type("aws_iam_account_password_policy"))
    there = account.find("iam", "get_account_password_policy", "NoSuchEntity") is not None
    if there and not ours:
        fix = 'Compare: `aws iam get-account-password-policy`; to keep them, set [security] account_settings = "adopt".'
        yield Diagnosis(PASSWORDS, "yellow", "the account has some already, which the layer security replaces", fix)
    else:
        yield Diagnosis(PASSWORDS, "green", "set by this environment" if there else "none yet")
