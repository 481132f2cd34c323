"""Find all resources in AWS with the tags of an environment, whoever created them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Any

from pipeline.aws import asked
from pipeline.recovery.matching import Orphan
from pipeline.recovery.state_objects import recovery_errors
from pipeline.session import Session

_PROFILES = ":/signing-profiles/"


def find_orphans_by_tag(session: Session, regions: Collection[str]) -> set[Orphan]:
    """Find tagged resources: with the tagging API of each region, and IAM roles, which it doesn't know, with IAM."""
    return {
        *(each for region in sorted(regions) for each in _tagged_resources(session, region)),
        *_tagged_roles(session),
    }


def describe_orphans(session: Session, found: Iterable[Orphan]) -> Iterator[Orphan]:
    """Add descriptions to KMS keys, which have no name, and leave out resources that are already being deleted.

    Deleting a key takes at least a week; a cancelled signing profile stays listed for years.
    """
    for orphan in found:
        if ":kms:" in orphan.arn:
            about = asked(partial(_describe_key, session, orphan.arn), **recovery_errors(session))["KeyMetadata"]
            if about["KeyState"] != "PendingDeletion":
                yield Orphan(orphan.arn, about.get("Description", ""))
        elif _PROFILES in orphan.arn:
            _, _, profile = orphan.arn.partition(_PROFILES)
            signer = session.client("signer", _region_of_arn(orphan.arn))
            about = asked(partial(signer.get_signing_profile, profileName=profile), **recovery_errors(session))
            if about["status"] == "Active":
                yield orphan
        else:
            yield orphan


def _describe_key(session: Session, arn: str) -> dict[str, Any]:
    return dict(session.client("kms", _region_of_arn(arn)).describe_key(KeyId=arn))


def _region_of_arn(arn: str) -> str:
    return arn.split(":")[3]


def _tagged_resources(session: Session, region: str) -> Iterator[Orphan]:
    """Resources with this environment's tags in one region."""
    filters = [{"Key": key, "Values": [value]} for key, value in _environment_tags(session).items()]
    pages = session.client("resourcegroupstaggingapi", region).get_paginator("get_resources")
    for page in asked(lambda: list(pages.paginate(TagFilters=filters)), **recovery_errors(session)):
        for each in page["ResourceTagMappingList"]:
            names = [tag["Value"] for tag in each.get("Tags", ()) if tag["Key"] == "Name"]
            yield Orphan(each["ResourceARN"], *names)


def _tagged_roles(session: Session) -> Iterator[Orphan]:
    """IAM roles with this environment's tags, among those whose names begin with project and environment."""
    iam, wanted = session.client("iam"), _environment_tags(session).items()
    pages = asked(lambda: list(iam.get_paginator("list_roles").paginate()), **recovery_errors(session))
    for role in (each for page in pages for each in page["Roles"]):
        name = role["RoleName"]
        if name.startswith(f"{session.env.project}-{session.env.name}-"):
            tags = asked(partial(iam.list_role_tags, RoleName=name), **recovery_errors(session))["Tags"]
            if wanted <= {tag["Key"]: tag["Value"] for tag in tags}.items():
                yield Orphan(role["Arn"])


def _environment_tags(session: Session) -> dict[str, str]:
    tags = session.env.default_tags
    return {key: tags[key] for key in ("Project", "Environment")}
