"""Find all resources in AWS with the tags of an environment, whoever created them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from pipeline.aws import asked
from pipeline.recovery.looked import Looked
from pipeline.recovery.matching import Orphan
from pipeline.recovery.state_objects import recovery_errors
from pipeline.session import Session


def find_orphans_by_tag(session: Session, regions: Collection[str], looked: Looked) -> set[Orphan]:
    """Find tagged resources: with the tagging API of each region, and IAM roles, which it doesn't know, with IAM.

    The tagging API names some that are long deleted. A region that gives no answer is noted in `looked`.
    """
    found: set[Orphan] = set()
    for region in sorted(regions):
        with looked.at(f"tagged resources in {region}"):
            found |= set(_tagged_resources(session, region))
    with looked.at("roles"):
        found |= set(_tagged_roles(session))
    return found


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
