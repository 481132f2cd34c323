"""Rules on names, tags and protection from deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.domains import belongs_to_aws, registered_domain, valid_punycode
from config.rules.base import PairRule, Violation, reads_fields, share_account, share_region
from config.sections.image import RELEASED, UNRELEASED

if TYPE_CHECKING:
    from config.environment import Environment

_OWN_TAGS = ("project", "environment", "deployment", "managedby")


@reads_fields("tags")
def tags_are_not_ours(env: Environment) -> Iterator[Violation]:
    """IAM compares tag keys without regard to case, so two that differ in case only are one too many."""
    seen: set[str] = set(_OWN_TAGS)
    for key in env.tags:
        if key.lower() in seen:
            yield (
                f"tags.{key}",
                "a key that differs by more than case from the others and from Project, Environment, Deployment and "
                "ManagedBy",
            )
        seen.add(key.lower())


@reads_fields("protection", "secrets.recovery_window_days")
def protected_secrets_can_be_restored(env: Environment) -> Iterator[Violation]:
    if env.protection and env.secrets.recovery_window_days == 0:
        yield "secrets.recovery_window_days", "a whole number from 7 to 30, because protection = true"


@reads_fields("dns")
def domain_fits_zone(env: Environment) -> Iterator[Violation]:
    dns = env.dns
    if dns.domain is None:
        for key in ("zone_name", "zone_id"):
            if getattr(dns, key) is not None:
                yield f"dns.{key}", "only together with dns.domain"
        if dns.zone == "existing":
            yield "dns.zone", "only together with dns.domain"
        return
    if dns.zone_name and dns.domain != dns.zone_name and not dns.domain.endswith(f".{dns.zone_name}"):
        yield "dns.zone_name", f"the domain {dns.domain} or a parent of it"
    if dns.zone == "existing" and dns.zone_id is None:
        yield "dns.zone_id", 'the id of the hosted zone, because zone = "existing"'
    if dns.zone == "create" and dns.zone_id is not None:
        yield "dns.zone_id", 'nothing, because zone = "create"; to use that zone write zone = "existing"'


@reads_fields("dns.domain", "dns.zone_name")
def domain_can_be_validated(env: Environment) -> Iterator[Violation]:
    """ACM asks public DNS whether the name is ours, so it has to be one that can be registered."""
    for key in ("domain", "zone_name"):
        name = getattr(env.dns, key)
        if name is None:
            continue
        if belongs_to_aws(name):
            yield f"dns.{key}", "a domain of your own: for AWS's names there is no certificate"
        elif not valid_punycode(name):
            yield f"dns.{key}", "a domain whose labels with xn-- are punycode, and no other with two hyphens there"
        elif registered_domain(name) is None:
            yield f"dns.{key}", "a domain that is registered below a public suffix, such as chat.example.com"


@reads_fields("image.tag", "image.digest")
def image_is_named_once(env: Environment) -> Iterator[Violation]:
    if env.image.tag and env.image.digest:
        yield "image.tag", "either a tag or a digest, not both"


@reads_fields("image.tag")
def image_tag_is_not_one_that_releases_give(env: Environment) -> Iterator[Violation]:
    """Such a tag would say that an image was released, and tried, which nobody has."""
    tag = env.image.tag or ""
    if tag == UNRELEASED or tag.startswith(RELEASED):
        yield "image.tag", f'a tag of your own: "{UNRELEASED}" and "{RELEASED}…" are what releases go by'


@reads_fields("emulator.enabled", "account_id")
def emulator_has_an_account(env: Environment) -> Iterator[Violation]:
    if env.emulated and env.account_is_placeholder:
        yield "account_id", "an account the emulators can own, such as 123456789012, because emulator.enabled = true"


@PairRule
def domain_has_one_environment(env: Environment, other: Environment) -> Iterator[Violation]:
    """CloudFront serves a domain from one distribution in the world."""
    if env.dns.domain and env.dns.domain == other.dns.domain:
        yield "dns.domain", f"a domain of its own: CloudFront serves a name once, and environment {other.name} has it"


@PairRule
def zone_has_one_creator(env: Environment, other: Environment) -> Iterator[Violation]:
    both_create = env.dns.zone == other.dns.zone == "create"
    zone = env.dns.zone_domain
    if both_create and zone and zone == other.dns.zone_domain and share_account(env, other):
        yield "dns.zone", f'"existing", because environment {other.name} creates the hosted zone {zone} in this account'


@PairRule
def repository_has_one_environment(env: Environment, other: Environment) -> Iterator[Violation]:
    name = env.image.repository
    if name and name == other.image.repository and share_region(env, other):
        yield "image.repository", f"a repository of its own: environment {other.name} has it in this account and region"
