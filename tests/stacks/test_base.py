from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from cdktf import App

from stacks.base import LayerSettings, LayerStack
from tests.stacks.upstream import ACCOUNT, environment
from tests.support.synthesised import Template, synthesise


@cache
def _layer(*, global_scope: bool = False, lock: str = "both", s3_path_style: bool = False) -> Template:
    env = environment(
        "eu-central-1", state={"lock": lock}, provider={"s3_path_style": s3_path_style}, tags={"Team": "web"}
    )

    def build(app: App) -> None:
        LayerStack(app, "sample", LayerSettings.of(env), global_scope=global_scope)

    return synthesise(build)["sample"]


def _backend(layer: Template) -> dict[str, Any]:
    backend: dict[str, Any] = layer.config["terraform"]["backend"]["s3"]
    return backend


@pytest.mark.parametrize(("global_scope", "region"), [(False, "eu-central-1"), (True, "us-east-1")])
def test_a_layer_lives_in_its_region(global_scope: bool, region: str) -> None:
    (provider,) = _layer(global_scope=global_scope).config["provider"]["aws"]
    assert provider["region"] == region
    assert "alias" not in provider


def test_the_provider_refuses_other_accounts_and_tags_everything() -> None:
    (provider,) = _layer().config["provider"]["aws"]
    assert provider["allowed_account_ids"] == [ACCOUNT]
    assert provider["default_tags"] == [
        {
            "tags": {
                "Team": "web",
                "Project": "sitechat",
                "Environment": "dev",
                "Deployment": "sitechat/dev",
                "Layer": "sample",
                "ManagedBy": "terraform",
            }
        }
    ]
    assert provider["max_retries"] == 25


@pytest.mark.parametrize(("global_scope", "scope"), [(False, "eu-central-1"), (True, "global")])
def test_the_state_lies_in_the_home_region_under_the_layers_scope(global_scope: bool, scope: str) -> None:
    backend = _backend(_layer(global_scope=global_scope))
    assert backend["bucket"] == f"sitechat-state-{ACCOUNT}-eu-central-1"
    assert backend["key"] == f"sitechat/dev/{scope}/sample.tfstate"
    assert backend["region"] == "eu-central-1"


def test_the_state_is_encrypted_with_a_key_named_without_a_lookup() -> None:
    backend = _backend(_layer())
    assert backend["encrypt"] is True
    assert backend["kms_key_id"] == f"arn:aws:kms:eu-central-1:{ACCOUNT}:alias/sitechat-state"


@pytest.mark.parametrize(
    ("lock", "table", "lockfile"),
    [("both", "sitechat-state-lock", True), ("s3", None, True), ("dynamodb", "sitechat-state-lock", None)],
)
def test_locks(lock: str, table: str | None, lockfile: bool | None) -> None:
    backend = _backend(_layer(lock=lock))
    assert backend.get("dynamodb_table") == table
    assert backend.get("use_lockfile") == lockfile


def test_hosts_without_a_name_a_bucket_are_an_exception() -> None:
    assert "use_path_style" not in _backend(_layer())
    assert "s3_use_path_style" not in _layer().config["provider"]["aws"][0]
    assert _backend(_layer(s3_path_style=True))["use_path_style"] is True
    assert _layer(s3_path_style=True).config["provider"]["aws"][0]["s3_use_path_style"] is True


def test_another_partition_has_other_arns() -> None:
    def build(app: App) -> None:
        settings = LayerSettings.of(environment("us-gov-west-1", edge={"enabled": False}, budget={"enabled": False}))
        LayerStack(app, "sample", settings)

    layer = synthesise(build)["sample"]
    assert _backend(layer)["kms_key_id"].startswith("arn:aws-us-gov:kms:us-gov-west-1:")
