"""Rules on the services that watch the account, and on GitHub's OIDC provider and repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import PairRule, Violation, reads_fields, share_account, share_region

if TYPE_CHECKING:
    from config.environment import Environment

# A trail covers every region, and a second one is paid for; the rest is enabled region by region.
_ONCE_PER_ACCOUNT = ("trail", "account_settings")
_ONCE_PER_REGION = ("analyzer", "detector", "hub", "recorder", "inspector", "image_scanning")


@reads_fields("security")
def watchers_have_what_they_read(env: Environment) -> Iterator[Violation]:
    """Security Hub's controls are AWS Config rules underneath ("Enabling and configuring AWS Config", its guide)."""
    security = env.security
    if security.hub == "own" and security.recorder == "off":
        yield "security.recorder", '"own" or "adopt", because hub = "own" judges what AWS Config records'
    if security.image_scanning != "off" and security.inspector == "off":
        yield "security.inspector", '"own" or "adopt", because Inspector does the enhanced scanning of image_scanning'
    if security.cis_alarms and security.trail != "own":
        yield "security.cis_alarms", 'false, because the alarms read the log group of a trail with trail = "own"'
    if security.recorder_role == "adopt" and security.recorder != "own":
        yield "security.recorder_role", 'only together with recorder = "own"'


@reads_fields("service.execute_command", "security.trail", "monitoring.alarm_emails", "emulator.enabled")
def shells_are_told_of(env: Environment) -> Iterator[Violation]:
    """`sitechat exec` mails the topic of alarms, and of a shell past it people hear by the trail alone.

    The emulated AWS has no trail, and its mails reach nobody.
    """
    if not env.service.execute_command or env.emulated:
        return
    if env.security.trail == "off":
        yield (
            "service.execute_command",
            'false, because security.trail = "off" leaves nothing that tells people of a shell',
        )
    if not env.monitoring.alarm_emails:
        yield (
            "monitoring.alarm_emails",
            "one address at least, because service.execute_command = true tells these of every shell",
        )


@reads_fields("ci")
def ids_complete_a_repository(env: Environment) -> Iterator[Violation]:
    """A subject has both ids or none (GitHub's OpenID Connect reference, immutable subject claims)."""
    ci = env.ci
    for key, other in (("owner_id", "repository_id"), ("repository_id", "owner_id")):
        if getattr(ci, key) is not None and (ci.repository is None or getattr(ci, other) is None):
            yield f"ci.{key}", f"only together with {other} and repository"


@PairRule
def watchers_have_one_owner(env: Environment, other: Environment) -> Iterator[Violation]:
    if not share_account(env, other):
        return
    for key in _ONCE_PER_ACCOUNT + (_ONCE_PER_REGION if share_region(env, other) else ()):
        if getattr(env.security, key) == getattr(other.security, key) == "own":
            place = "this account" if key in _ONCE_PER_ACCOUNT else "this account and region"
            yield f"security.{key}", f'"adopt" or "off", because environment {other.name} owns it in {place}'


@PairRule
def github_provider_has_one_owner(env: Environment, other: Environment) -> Iterator[Violation]:
    if share_account(env, other) and all(one.ci.repository and one.ci.provider == "own" for one in (env, other)):
        yield "ci.provider", f'"adopt", because environment {other.name} owns it in this account'


@PairRule
def recorder_role_has_one_owner(env: Environment, other: Environment) -> Iterator[Violation]:
    """One role serves all regions. In one region two owners of the recorder itself are refused already."""
    both = (env.security, other.security)
    both_own = all(one.recorder == "own" and one.recorder_role == "own" for one in both)
    if both_own and share_account(env, other) and not share_region(env, other):
        yield "security.recorder_role", f'"adopt", because environment {other.name} owns it in this account'
