from __future__ import annotations

from constructs_lib.audit.image_inspection import ImageInspection
from tests.support.synthesised import template


def test_images_and_functions_of_this_account_are_scanned_and_nothing_else() -> None:
    stack = template(lambda scope: ImageInspection(scope, "images", account_id="123456789012"))
    body = stack.one("aws_inspector2_enabler")
    assert (body["account_ids"], body["resource_types"]) == (["123456789012"], ["ECR", "LAMBDA"])
