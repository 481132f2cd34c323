"""Diagnosis of models: offered, callable, and allowed in every region of their inference profile."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.doctor.account import model_access, models
from pipeline.doctor.account.asking import Account as Asked
from pipeline.doctor.account.asking import UnansweredError
from pipeline.doctor.finding import Diagnosis, Light
from tests.pipeline.doctor.conftest import Describe, answers

PROFILE = "us.amazon.nova-lite-v1:0"
DETAILS: dict[str, Any] = {"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/x", "modelId": "x"}
READY: dict[str, Any] = {"agreementAvailability": {"status": "AVAILABLE"}, **model_access.READY}


def profile(asked: Asked, *regions: str, model: dict[str, Any] | None = None) -> None:
    """Stub a profile over these regions; its model is active unless `model` says otherwise."""
    found = [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0"} for region in regions]
    common = {
        "inferenceProfileName": "x",
        "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{PROFILE}",
    }
    rest = {"inferenceProfileId": PROFILE, "status": "ACTIVE", "type": "SYSTEM_DEFINED", "models": found}
    details = DETAILS | (model or {})
    answers(
        asked,
        "bedrock",
        ("get_inference_profile", common | rest),
        ("get_foundation_model", {"modelDetails": details}),
    )


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


BARE = '[search]\nenabled = false\n[bedrock]\nmodel_id = "amazon.titan-text-lite-v1"\ndestination_regions = []\n'


@pytest.mark.parametrize(
    ("details", "light", "words"),
    [
        ({"modelLifecycle": {"status": "LEGACY"}}, "yellow", "is LEGACY"),
        ({"inferenceTypesSupported": ["INFERENCE_PROFILE"]}, "red", "only by inference_profile"),
        ({"inferenceTypesSupported": ["PROVISIONED"]}, "red", "only by provisioned"),
        ({"inferenceTypesSupported": []}, "red", "only by nobody"),
    ],
    ids=("outdated", "profile", "provisioned", "none"),
)
def test_a_bare_id_that_may_not_be_called_or_ends_is_said(
    describe: Describe, details: dict[str, Any], light: str, words: str
) -> None:
    asked = describe(BARE)
    answers(asked, "bedrock", ("get_foundation_model", {"modelDetails": DETAILS | details}))
    (found,) = models.examine(asked)
    assert (found.light, words in found.detail) == (light, True)
    if light == "red":
        assert "list-inference-profiles" in found.fix


def test_the_model_behind_a_profile_may_end_too(describe: Describe) -> None:
    asked = describe("[search]\nenabled = false\n")
    profile(asked, "us-east-1", "us-east-2", "us-west-2", model={"modelLifecycle": {"status": "LEGACY"}})
    (found,) = models.examine(asked)
    assert (found.light, found.detail.startswith("amazon.nova-lite-v1:0 is LEGACY")) == ("yellow", True)


def test_the_model_behind_a_profile_is_asked_for_where_it_is(describe: Describe) -> None:
    """A profile may be called from a region that lacks its model."""
    asked = describe("[search]\nenabled = false\n")
    found = [{"modelArn": "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0"}]
    described = {
        "inferenceProfileName": "x",
        "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{PROFILE}",
        "inferenceProfileId": PROFILE,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "models": found,
    }
    answers(asked, "bedrock", ("get_inference_profile", described))
    outdated = DETAILS | {"modelLifecycle": {"status": "LEGACY"}}
    answers(asked.at("us-west-2"), "bedrock", ("get_foundation_model", {"modelDetails": outdated}))
    (only,) = models.examine(asked)
    assert only.light == "yellow"


@pytest.mark.parametrize(
    ("light", "status", "expected"),
    [
        ("green", 200, "green"),
        ("green", 404, "yellow"),
        ("red", 404, "red"),
        ("green", 403, "yellow"),
        ("red", 200, "red"),
    ],
)
def test_a_first_use_form_that_was_not_sent_is_said(light: Light, status: int, expected: str) -> None:
    found = model_access.diagnose_form(Diagnosis("model", light, "as found"), "us.anthropic.x", status)
    assert found.light == expected
    assert ("Fill in the form" in found.fix) is (status == 404)
    assert ("GetUseCaseForModelAccess" in found.fix) is (status == 403)


@pytest.mark.parametrize("form", [200, 404])
def test_only_one_provider_asks_for_a_form(describe: Describe, monkeypatch: pytest.MonkeyPatch, form: int) -> None:
    paths: list[str] = []

    def get(account: Asked, path: str) -> tuple[int, dict[str, Any]]:
        paths.append(path)
        return (200, READY) if path.startswith("/foundation") else (form, {})

    monkeypatch.setattr(model_access, "_get", get)
    asked = describe()
    assert model_access.diagnose(asked, "amazon.x", "amazon.x").light == "green"
    assert paths == ["/foundation-model-availability/amazon.x"]
    found = model_access.diagnose(asked, "us.anthropic.x", "anthropic.x")
    assert found.light == ("green" if form == 200 else "yellow")
    assert paths[-1] == "/use-case-for-model-access"


def test_a_refused_availability_names_the_permission(describe: Describe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_access, "_get", lambda account, path: (403, {}))
    with pytest.raises(UnansweredError) as caught:
        model_access.diagnose(describe(), "amazon.x", "amazon.x")
    assert caught.value.fix == "Allow this role to call bedrock:GetFoundationModelAvailability."


@pytest.mark.parametrize("key", model_access.READY)
def test_a_model_that_may_not_be_called_says_which_part_is_missing(key: str) -> None:
    assert model_access.diagnose_access(PROFILE, READY).light == "green"
    found = model_access.diagnose_access(PROFILE, READY | {key: "NOT_AVAILABLE"})
    assert found.light == "red"
    assert f"{key} is NOT_AVAILABLE" in found.detail


def test_an_agreement_that_nobody_accepted_is_red() -> None:
    found = model_access.diagnose_access(PROFILE, READY | {"agreementAvailability": {"status": "PENDING"}})
    assert "the agreement is PENDING" in found.detail
