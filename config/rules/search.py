"""Rules on the OpenSearch domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.disks import volume_range
from config.offers import family_offered
from config.rules.base import Violation, reads_fields

if TYPE_CHECKING:
    from config.environment import Environment

# No encryption at rest, which fine-grained access control needs ("Encryption of data at rest", OpenSearch guide).
_UNENCRYPTED = ("t2", "m3", "r3")
# Instance type of dedicated masters (constructs_lib/search/domain.py).
MASTER_TYPE = "m6g.large.search"
# Regions without AWS::Signer::SigningProfile (data of cfn-lint, which doesn't know of AWS Signer in China).
_NO_SIGNING = (
    *("ap-east-2", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
    *("ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-2", "il-central-1"),
    *("me-central-1", "mx-central-1"),
)
_OR1_SINCE = (2, 11)
_T3_NODES = 10


@reads_fields("search.enabled", "search.instance_type")
def type_has_disk_and_encryption(env: Environment) -> Iterator[Violation]:
    family = env.search.instance_type.split(".")[0]
    if env.search.enabled and family in _UNENCRYPTED:
        yield "search.instance_type", "a type that encrypts data at rest, such as t3.small.search"
    elif env.search.enabled and volume_range(env.search.instance_type) is None:
        yield "search.instance_type", "a type that takes a gp3 volume, such as r6g.large.search"


@reads_fields("search.enabled", "search.instance_type", "search.volume_gib")
def volume_fits_type(env: Environment) -> Iterator[Violation]:
    allowed = volume_range(env.search.instance_type)
    if env.search.enabled and allowed and not allowed[0] <= env.search.volume_gib <= allowed[1]:
        yield (
            "search.volume_gib",
            f"{allowed[0]} to {allowed[1]}, because instance_type = {env.search.instance_type}",
        )


@reads_fields("region", "search.enabled", "search.instance_type", "search.dedicated_masters")
def nodes_are_offered_in_region(env: Environment) -> Iterator[Violation]:
    search = env.search
    if search.enabled and not family_offered(search.instance_type, env.region):
        yield "search.instance_type", f"a type that {env.region} offers, such as t3.small.search"
    if search.enabled and search.dedicated_masters and not family_offered(MASTER_TYPE, env.region):
        yield "search.dedicated_masters", f"0, because {env.region} doesn't offer {MASTER_TYPE}"


@reads_fields("emulator.enabled", "search.domain", "search.domain_name")
def existing_domain_is_emulated(env: Environment) -> Iterator[Violation]:
    """A domain of an account has its own administrator, subnets and policy: its function here couldn't finish it."""
    search = env.search
    if search.domain == "existing" and not env.emulator.enabled:
        yield "search.domain", '"create"; "existing" is for the emulated AWS'
    if search.domain == "existing" and search.domain_name is None:
        yield "search.domain_name", 'the name of the domain, because domain = "existing"'
    if search.domain == "create" and search.domain_name is not None:
        yield "search.domain_name", 'nothing, because domain = "create" names the domain itself'


def code_is_signed(region: str) -> bool:
    """Whether AWS Signer signs code for Lambda in the region."""
    return not region.startswith(_NO_SIGNING)


@reads_fields("region", "search.enabled")
def code_is_signed_in_region(env: Environment) -> Iterator[Violation]:
    """The bootstrap function of the domain accepts only signed code."""
    if env.search.enabled and not code_is_signed(env.region):
        yield "search.enabled", f"false, because {env.region} has no AWS Signer for the code of the domain's function"


@reads_fields("search.enabled", "search.instance_type", "search.instance_count")
def burstable_types_are_small(env: Environment) -> Iterator[Violation]:
    """Limit of t3 nodes ("Quotas" in the OpenSearch Service guide)."""
    search = env.search
    if search.enabled and search.instance_type.startswith("t3.") and search.instance_count > _T3_NODES:
        yield "search.instance_count", f"at most {_T3_NODES}, because instance_type = {search.instance_type}"


@reads_fields("search.enabled", "search.instance_type", "search.engine_version")
def optimized_nodes_run_new_versions(env: Environment) -> Iterator[Violation]:
    """Limit of OR1 ("OpenSearch optimized instances", OpenSearch Service guide)."""
    search = env.search
    version = tuple(map(int, search.engine_version.removeprefix("OpenSearch_").split(".")))
    if search.enabled and search.instance_type.startswith("or1.") and version < _OR1_SINCE:
        yield "search.engine_version", f"OpenSearch_2.11 or later, because instance_type = {search.instance_type}"


@reads_fields("search.enabled", "search.instance_count", "network.workload_zones")
def nodes_spread_evenly(env: Environment) -> Iterator[Violation]:
    zones, nodes = env.network.workload_zones, env.search.instance_count
    if env.search.enabled and nodes > 1 and nodes % zones:
        yield "search.instance_count", f"1, or a multiple of {zones}, which is network.workload_zones"
