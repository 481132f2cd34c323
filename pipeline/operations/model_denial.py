"""The policy that denies models, on the roles that call them: attached in an emergency, detached afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.switches import DENIAL
from pipeline.aws import NoAnswer, asked, asked_for, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session

# IAM's code where a role or a policy doesn't exist, or isn't attached.
_GONE = "NoSuchEntity"


def denied_roles(session: Session) -> tuple[str, ...]:
    """Names of the roles to which models are denied. Raises SitechatError (6)."""
    return tuple(name for name, attached in _roles(session) if policy_arn(session) in attached)


def deny(session: Session) -> tuple[str, ...]:
    """Deny models to all roles that exist; names of those that had them until now.

    A role that fails doesn't keep the others from being denied. Raises SitechatError: 3 without the policy, 6.
    """
    asked(
        session.client("iam").get_policy,
        otherwise=_failed_to(session, "find the policy that denies models"),
        PolicyArn=policy_arn(session),
    )
    denied, failures = [], []
    for name, attached in _roles(session):
        if policy_arn(session) in attached:
            continue
        try:
            asked(
                session.client("iam").attach_role_policy,
                otherwise=failed_to(f"deny models to {name}"),
                RoleName=name,
                PolicyArn=policy_arn(session),
            )
            denied.append(name)
        except SitechatError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return tuple(denied)


def allow(session: Session) -> tuple[str, ...]:
    """Take the denial away from all roles that have it; their names. Raises SitechatError (6)."""
    allowed = denied_roles(session)
    for name in allowed:
        asked_for(
            session.client("iam").detach_role_policy,
            absent=(_GONE,),
            otherwise=failed_to(f"allow models to {name} again"),
            RoleName=name,
            PolicyArn=policy_arn(session),
        )
    return allowed


def policy_arn(session: Session) -> str:
    """ARN of the policy that denies models."""
    env = session.env
    return env.place.arn("iam", f"policy/{env.names.regional(DENIAL)}", region="")


def _roles(session: Session) -> Iterator[tuple[str, frozenset[str]]]:
    """Each role that may call models and exists, with the ARNs of the policies that are attached to it."""
    for name in session.env.model_roles:
        found = asked_for(
            _attached, absent=(_GONE,), otherwise=failed_to(f"see the policies of {name}"), session=session, name=name
        )
        if found is not None:
            yield name, found


def _attached(session: Session, name: str) -> frozenset[str]:
    pages = session.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=name)
    return frozenset(each["PolicyArn"] for page in pages for each in page["AttachedPolicies"])


def _failed_to(session: Session, doing: str) -> Any:
    """As `failed_to`, with what to do where the policy isn't there yet."""

    def error(reason: NoAnswer) -> SitechatError:
        if reason.code != _GONE:
            return failed_to(doing)(reason)
        return SitechatError(
            f"{session.env.name} has no policy that denies models yet",
            hint=f"It comes with the layer llm: `sitechat deploy --env {session.env_ref}`.",
            code=ExitCode.MISSING,
        )

    return error
