"""Diagnosis of models: offered, callable, and allowed in every region of their inference profile."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.doctor.account import models
from pipeline.doctor.account.asking import Account as Asked
from tests.pipeline.doctor.conftest import Describe, answers

PROFILE = "us.amazon.nova-lite-v1:0"
READY: dict[str, Any] = {"agreementAvailability": {"status": "AVAILABLE"}, **models.READY}


def profile(asked: Asked, *regions: str) -> None:
    found = [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0"} for region in regions]
    common = {
        "inferenceProfileName": "x",
        "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{PROFILE}",
    }
    rest = {"inferenceProfileId": PROFILE, "status": "ACTIVE", "type": "SYSTEM_DEFINED", "models": found}
    answers(asked, "bedrock", ("get_inference_profile", common | rest))


def test_a_profile_that_leaves_the_granted_regions_is_red_and_prints_the_line(describe: Describe) -> None:
    asked = describe("[search]\nenabled = false\n")
    profile(asked, "us-east-1", "us-east-2", "us-west-2", "us-west-1")
    (found,) = models.examine(asked)
    assert found.light == "red"
    assert "us-west-1" in found.detail
    assert 'destination_regions = ["us-east-1", "us-east-2", "us-west-1", "us-west-2"]' in found.fix


def test_a_model_of_the_profile_is_asked_for_by_its_own_name(describe: Describe) -> None:
    """The emulated AWS answers the request that boto3 doesn't know."""
    asked = describe("[search]\nenabled = false\n")
    profile(asked, "us-east-1", "us-east-2", "us-west-2")
    (found,) = models.examine(asked)
    assert (found.light, found.detail) == ("green", f"{PROFILE} may be called")


def test_the_embedding_model_counts_where_there_is_an_index(describe: Describe) -> None:
    assert len(list(models.examine(describe()))) == 2


def test_an_outdated_model_is_yellow(describe: Describe) -> None:
    asked = describe(
        '[search]\nenabled = false\n[bedrock]\nmodel_id = "amazon.titan-text-lite-v1"\ndestination_regions = []\n'
    )
    details = {"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-lite-v1"}
    details["modelId"] = "amazon.titan-text-lite-v1"
    outdated = {**details, "modelLifecycle": {"status": "LEGACY"}}
    answers(asked, "bedrock", ("get_foundation_model", {"modelDetails": outdated}))
    (found,) = models.examine(asked)
    assert found.light == "yellow"


@pytest.mark.parametrize("key", models.READY)
def test_a_model_that_may_not_be_called_says_which_part_is_missing(key: str) -> None:
    assert models.diagnose_access(PROFILE, READY).light == "green"
    found = models.diagnose_access(PROFILE, READY | {key: "NOT_AVAILABLE"})
    assert found.light == "red"
    assert f"{key} is NOT_AVAILABLE" in found.detail


def test_an_agreement_that_nobody_accepted_is_red() -> None:
    found = models.diagnose_access(PROFILE, READY | {"agreementAvailability": {"status": "PENDING"}})
    assert "the agreement is PENDING" in found.detail
