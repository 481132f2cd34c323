from __future__ import annotations

import json
from functools import cache
from typing import Any

from config.sections import image
from constructs_lib.containers.repository import RELEASED, SBOM, ImageRepository
from pipeline.operations.registry import SBOM_TAG
from tests.support.synthesised import Template, template


@cache
def _repository(**changes: Any) -> Template:
    arguments = {"name": "app", "kms_key_arn": "arn:of:key"}
    return template(lambda scope: ImageRepository(scope, "images", **{**arguments, **changes}))


def _expiry(**changes: Any) -> dict[str, dict[str, Any]]:
    """What goes, by tag status."""
    rules = json.loads(_repository(**changes).one("aws_ecr_lifecycle_policy")["policy"])["rules"]
    assert all(rule["action"] == {"type": "expire"} for rule in rules)
    assert [rule["rulePriority"] for rule in rules] == sorted(rule["rulePriority"] for rule in rules)
    selections = [rule["selection"] for rule in rules]
    return {"".join(each.get("tagPrefixList", ())) or each["tagStatus"]: each for each in selections}


def test_tags_never_move() -> None:
    assert _repository().one("aws_ecr_repository")["image_tag_mutability"] == "IMMUTABLE"


def test_images_are_scanned_and_encrypted() -> None:
    repository = _repository().one("aws_ecr_repository")
    assert repository["image_scanning_configuration"] == {"scan_on_push": True}
    assert repository["encryption_configuration"] == [{"encryption_type": "KMS", "kms_key": "arn:of:key"}]


def test_untagged_images_go_after_a_day() -> None:
    untagged = _expiry()["untagged"]
    assert (untagged["countType"], untagged["countUnit"], untagged["countNumber"]) == ("sinceImagePushed", "days", 1)


def test_the_newest_ten_stay_by_default() -> None:
    assert _expiry()["any"]["countType"] == "imageCountMoreThan"
    assert _expiry()["any"]["countNumber"] == 10


def test_more_can_stay() -> None:
    assert _expiry(keep_images=30)["any"]["countNumber"] == 30


def test_released_images_have_a_count_of_their_own() -> None:
    changed = _expiry(keep_releases=7, keep_images=3)
    assert (changed["release-"]["countNumber"], changed["any"]["countNumber"]) == (7, 3)


def test_a_released_image_fits_the_first_rule_which_keeps_a_hundred() -> None:
    # An image that fits a rule can't be expired by a later one ("How lifecycle policies work", ECR guide).
    assert next(iter(_expiry())) == "release-"
    assert _expiry()["release-"] == {
        "tagStatus": "tagged",
        "tagPrefixList": ["release-"],
        "countType": "imageCountMoreThan",
        "countNumber": 100,
    }


def test_lists_of_packages_take_no_place_of_an_image() -> None:
    assert list(_expiry()) == ["release-", "sbom-", "untagged", "any"]
    assert _expiry(keep_releases=7, keep_images=3)["sbom-"]["countNumber"] == 10
    assert SBOM_TAG == SBOM


def test_releases_are_tagged_as_the_rule_selects_them() -> None:
    assert image.RELEASED == RELEASED


def test_protection_keeps_the_repository_and_its_images() -> None:
    protected = _repository().one("aws_ecr_repository")
    assert (protected["force_delete"], protected["lifecycle"]) == (False, {"prevent_destroy": True})
    open_ = _repository(protected=False).one("aws_ecr_repository")
    assert open_["force_delete"] is True
    assert "lifecycle" not in open_
