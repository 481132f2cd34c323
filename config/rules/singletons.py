"""What exists once per account, or once per account and region, has one owner among the environments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation

if TYPE_CHECKING:
    from config.environment import Environment

# A trail covers every region, and a second one is paid for; the rest is enabled region by region.
_ONCE_PER_ACCOUNT = ("trail", "account_settings")
_ONCE_PER_REGION = ("analyzer", "detector", "hub", "recorder", "inspector")


def claimed_twice(env: Environment, other: Environment) -> Iterator[Violation]:
    """Watchers, or GitHub's OIDC provider, that both environments own. Both are in the same account."""
    here, there = env.security, other.security
    same_region = env.region == other.region
    for key in _ONCE_PER_ACCOUNT + (_ONCE_PER_REGION if same_region else ()):
        if getattr(here, key) == getattr(there, key) == "own":
            place = "this account" if key in _ONCE_PER_ACCOUNT else "this account and region"
            yield f"security.{key}", f'"adopt" or "off", because environment {other.name} owns it in {place}'
    if all(each.ci.repository and each.ci.provider == "own" for each in (env, other)):
        yield "ci.provider", f'"adopt", because environment {other.name} owns it in this account'
    roles = [one.recorder == "own" and one.recorder_role == "own" for one in (here, there)]
    # In one region the recorder itself is refused already.
    if all(roles) and not same_region:
        yield "security.recorder_role", f'"adopt", because environment {other.name} owns it in this account'
