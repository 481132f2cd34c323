from __future__ import annotations

from constructs import Construct

from constructs_lib.audit.image_inspection import ImageInspection, RegistryScanning
from tests.support.synthesised import template


def test_images_and_functions_of_this_account_are_scanned_and_nothing_else() -> None:
    stack = template(lambda scope: ImageInspection(scope, "images", account_id="123456789012"))
    body = stack.one("aws_inspector2_enabler")
    assert (body["account_ids"], body["resource_types"]) == (["123456789012"], ["ECR", "LAMBDA"])


def test_every_image_of_the_registry_is_scanned_again() -> None:
    stack = template(lambda scope: RegistryScanning(scope, "scanning"))
    body = stack.one("aws_ecr_registry_scanning_configuration")
    assert body["scan_type"] == "ENHANCED"
    assert body["rule"] == [
        {"scan_frequency": "CONTINUOUS_SCAN", "repository_filter": [{"filter": "*", "filter_type": "WILDCARD"}]}
    ]
    assert "depends_on" not in body


def test_the_registry_is_set_once_inspector_is_on() -> None:
    def add(scope: Construct) -> None:
        RegistryScanning(scope, "scanning", after=ImageInspection(scope, "images", account_id="123456789012"))

    stack = template(add)
    (enabler,) = stack.all("aws_inspector2_enabler")
    assert stack.one("aws_ecr_registry_scanning_configuration")["depends_on"] == [f"aws_inspector2_enabler.{enabler}"]
