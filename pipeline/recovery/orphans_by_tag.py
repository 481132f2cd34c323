"""What AWS has with the tags of an environment, whoever made it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Any

from pipeline.aws import asked
from pipeline.recovery.matching import Orphan
from pipeline.recovery.state_objects import no_answer
from pipeline.session import Session

_PROFILES = ":/signing-profiles/"


def find_orphans_by_tag(session: Session, regions: Collection[str]) -> set[Orphan]:
    """Everything that the regions' tagging APIs know by the environment's tags, and roles, which none of them knows."""
    return {*(each for region in sorted(regions) for each in _tagged(session, region)), *_roles(session)}


def described(session: Session, found: Iterable[Orphan]) -> Iterator[Orphan]:
    """`found` with keys known by what they are for, as they have no names, and without what is as good as deleted.

    A key waits for that at least a week, a cancelled signing profile for years.
    """
    for orphan in found:
        if ":kms:" in orphan.arn:
            about = asked(partial(_describe_key, session, orphan.arn), **no_answer(session))["KeyMetadata"]
            if about["KeyState"] != "PendingDeletion":
                yield Orphan(orphan.arn, about.get("Description", ""))
        elif _PROFILES in orphan.arn:
            _, _, profile = orphan.arn.partition(_PROFILES)
            signer = session.client("signer", _region(orphan.arn))
            about = asked(partial(signer.get_signing_profile, profileName=profile), **no_answer(session))
            if about["status"] == "Active":
                yield orphan
        else:
            yield orphan


def _describe_key(session: Session, arn: str) -> dict[str, Any]:
    return dict(session.client("kms", _region(arn)).describe_key(KeyId=arn))


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _tagged(session: Session, region: str) -> Iterator[Orphan]:
    """What carries this environment's tags, in one region."""
    filters = [{"Key": key, "Values": [value]} for key, value in _tags(session).items()]
    pages = session.client("resourcegroupstaggingapi", region).get_paginator("get_resources")
    for page in asked(lambda: list(pages.paginate(TagFilters=filters)), **no_answer(session)):
        for each in page["ResourceTagMappingList"]:
            names = [tag["Value"] for tag in each.get("Tags", ()) if tag["Key"] == "Name"]
            yield Orphan(each["ResourceARN"], *names)


def _roles(session: Session) -> Iterator[Orphan]:
    """Roles with this environment's tags: the tagging API doesn't know them, their names begin like its own."""
    iam, wanted = session.client("iam"), _tags(session).items()
    pages = asked(lambda: list(iam.get_paginator("list_roles").paginate()), **no_answer(session))
    for role in (each for page in pages for each in page["Roles"]):
        name = role["RoleName"]
        if name.startswith(f"{session.env.project}-{session.env.name}-"):
            tags = asked(partial(iam.list_role_tags, RoleName=name), **no_answer(session))["Tags"]
            if wanted <= {tag["Key"]: tag["Value"] for tag in tags}.items():
                yield Orphan(role["Arn"])


def _tags(session: Session) -> dict[str, str]:
    tags = session.env.default_tags
    return {key: tags[key] for key in ("Project", "Environment")}
