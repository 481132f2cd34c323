"""Checks of a bundle: every field that does not match is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.bundle.checks import (
    BundleContext,
    Refusal,
    StateNow,
    check_bundle,
    check_state,
    plan_file,
    raise_refusals,
)
from pipeline.bundle.manifest import Manifest, PlannedLayer, bundle_id, expiry_time, parse_manifest
from pipeline.clock import stamp
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.digests import upstream_digest
from tests.pipeline import samples

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
FIRST = PlannedLayer("first", False, "f" * 64, samples.backend("first"), "lineage", 3, "")
SECOND = PlannedLayer("second", True, "", samples.backend("second"), "", 0, "")
FILES = {plan_file("first"): "f" * 64, "synth/manifest.json": "a" * 64}
MANIFEST = Manifest(
    format=1,
    env="dev",
    account="222222222222",
    region="us-east-1",
    created=stamp(NOON),
    expires=stamp(expiry_time(NOON)),
    commit="c" * 40,
    synth_sha256="5" * 64,
    versions={"terraform": "1.11.4", "aws": "5.100.0"},
    scan={"passed": True, "findings": 0},
    layers=(FIRST, SECOND),
)
CONTEXT = BundleContext(
    env="dev",
    account="222222222222",
    region="us-east-1",
    bucket="states",
    now=NOON + timedelta(hours=1),
    versions={"terraform": "1.11.4", "aws": "5.100.0"},
    synth_sha256="5" * 64,
    layers=("first", "second"),
    files=FILES,
)


def seal(manifest: Manifest, files: Mapping[str, str] = FILES) -> dict[str, str]:
    return {**manifest.field_hashes, **files}


def fields(manifest: Manifest, context: BundleContext = CONTEXT) -> set[str]:
    """The refused fields of a bundle whose content matches its seal and id."""
    sealed = seal(manifest, context.files)
    return {each.field for each in check_bundle(manifest, sealed, bundle_id(manifest.created, sealed), context)}


def test_an_untouched_bundle_is_accepted() -> None:
    assert fields(MANIFEST) == set()


ALTERED: dict[str, Any] = {
    "env": "prod",
    "account": "333333333333",
    "region": "eu-west-1",
    "created": stamp(NOON - timedelta(hours=1)),
    "expires": stamp(NOON + timedelta(days=400)),
    "commit": "d" * 40,
    "synth_sha256": "6" * 64,
    "versions": {"terraform": "1.12.0", "aws": "5.100.0"},
    "scan": {"passed": True, "findings": 1},
    "layers": (FIRST, SECOND, replace(SECOND, name="third")),
}
ALTERED_LAYER: dict[str, Any] = {
    "preview": True,
    "plan_sha256": "0" * 64,
    "backend": samples.backend("elsewhere"),
    "lineage": "other",
    "serial": 4,
    "upstream_sha256": "e" * 64,
}


@pytest.mark.parametrize("field", sorted(ALTERED))
def test_a_field_altered_after_the_bundle_was_made_is_refused_by_name(field: str) -> None:
    altered = replace(MANIFEST, **{field: ALTERED[field]})
    sealed = seal(MANIFEST)
    found = {each.field for each in check_bundle(altered, sealed, bundle_id(MANIFEST.created, sealed), CONTEXT)}
    assert found - {each for each in found if each.startswith("layers.third.")} == {field}


def test_every_field_of_a_manifest_is_altered_here() -> None:
    assert {*ALTERED, "format"} == {each.name for each in dataclass_fields(Manifest)}
    assert {*ALTERED_LAYER, "name"} == {each.name for each in dataclass_fields(PlannedLayer)}


@pytest.mark.parametrize("field", sorted(ALTERED_LAYER))
def test_a_field_of_a_layer_altered_after_the_bundle_was_made_is_refused_by_name(field: str) -> None:
    altered = replace(MANIFEST, layers=(replace(FIRST, **{field: ALTERED_LAYER[field]}), SECOND))
    sealed = seal(MANIFEST)
    found = check_bundle(altered, sealed, bundle_id(MANIFEST.created, sealed), CONTEXT)
    assert Refusal(f"layers.first.{field}", "was altered after the bundle was made") in found
    assert {each.field for each in found} <= {f"layers.first.{field}", "layers.first.plan_sha256"}


def test_another_name_for_a_layer_is_refused_by_both_names() -> None:
    sealed = seal(MANIFEST)
    altered = replace(MANIFEST, layers=(replace(FIRST, name="other"), SECOND))
    found = {each.field for each in check_bundle(altered, sealed, bundle_id(MANIFEST.created, sealed), CONTEXT)}
    assert {"layers", "layers.first.name", "layers.other.name"} <= found


def test_another_order_of_the_layers_is_refused() -> None:
    sealed = seal(MANIFEST)
    altered = replace(MANIFEST, layers=(SECOND, FIRST))
    assert {each.field for each in check_bundle(altered, sealed, bundle_id(MANIFEST.created, sealed), CONTEXT)} == {
        "layers"
    }


@pytest.mark.parametrize("field", sorted(ALTERED))
def test_altering_the_seal_too_does_not_help(field: str) -> None:
    altered = replace(MANIFEST, **{field: ALTERED[field]})
    name = bundle_id(MANIFEST.created, seal(MANIFEST))
    assert check_bundle(altered, seal(altered), name, CONTEXT) != []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"env": "prod"}, "env"),
        ({"account": "333333333333"}, "account"),
        ({"region": "eu-west-1"}, "region"),
        ({"synth_sha256": "6" * 64}, "synth_sha256"),
        ({"versions": {"terraform": "1.12.0", "aws": "5.100.0"}}, "versions"),
        ({"versions": {"terraform": "1.11.4", "aws": "6.0.0"}}, "versions"),
        ({"layers": ("first",)}, "layers"),
        ({"now": NOON + timedelta(hours=24)}, "expires"),
        ({"now": NOON - timedelta(seconds=1)}, "created"),
        ({"bucket": "elsewhere"}, "layers.first.backend"),
        ({"files": {**FILES, plan_file("first"): "0" * 64}}, "layers.first.plan_sha256"),
        ({"files": {"synth/manifest.json": "a" * 64}}, "layers.first.plan_sha256"),
    ],
)
def test_a_bundle_for_something_else_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    assert field in fields(MANIFEST, replace(CONTEXT, **change))


def test_a_bundle_without_a_passed_scan_is_refused() -> None:
    assert fields(replace(MANIFEST, scan={"passed": False})) == {"scan"}


def test_a_layer_that_stands_there_twice_is_refused() -> None:
    assert fields(replace(MANIFEST, layers=(FIRST, FIRST))) == {"layers"}


def test_a_preview_with_a_plan_is_refused() -> None:
    assert fields(replace(MANIFEST, layers=(FIRST, replace(SECOND, plan_sha256="1" * 64)))) == {
        "layers.second.plan_sha256"
    }


@pytest.mark.parametrize(
    "files",
    [{**FILES, "second/tfplan": "9" * 64}, {plan_file("first"): "f" * 64}, {**FILES, "synth/manifest.json": "b" * 64}],
)
def test_a_file_added_lost_or_altered_is_refused(files: dict[str, str]) -> None:
    sealed = seal(MANIFEST)
    found = check_bundle(MANIFEST, sealed, bundle_id(MANIFEST.created, sealed), replace(CONTEXT, files=files))
    assert {each.field for each in found} <= {"second/tfplan", "synth/manifest.json"}
    assert found


def test_a_renamed_folder_is_refused() -> None:
    assert [each.field for each in check_bundle(MANIFEST, seal(MANIFEST), "20260115T120000Z-0", CONTEXT)] == ["id"]


@pytest.mark.parametrize(
    ("now", "field"),
    [
        (StateNow("other", 3, ""), "lineage"),
        (StateNow("lineage", 4, ""), "serial"),
        (StateNow("lineage", 3, "e" * 64), "upstream_sha256"),
        (StateNow("", 3, ""), "lineage"),
    ],
)
def test_a_stale_layer_is_refused_by_name(now: StateNow, field: str) -> None:
    assert [each.field for each in check_state(FIRST, now)] == [f"layers.first.{field}"]


def test_a_fresh_layer_is_accepted() -> None:
    assert check_state(FIRST, StateNow("lineage", 3, "")) == []


def test_refusing_lists_every_field_and_exits_5() -> None:
    found = check_state(FIRST, StateNow("other", 4, ""))
    with pytest.raises(SitechatError) as caught:
        raise_refusals(found, "dev")
    assert caught.value.code is ExitCode.REFUSED
    assert "layers.first.lineage" in caught.value.message
    assert "layers.first.serial" in caught.value.message
    raise_refusals([], "dev")


def test_the_manifest_survives_being_written() -> None:
    assert parse_manifest(MANIFEST.to_json()) == MANIFEST


@pytest.mark.parametrize("field", [*sorted(ALTERED), "format"])
def test_a_manifest_without_a_field_is_refused_by_name(field: str) -> None:
    data = MANIFEST.to_json()
    del data[field]
    with pytest.raises(SitechatError, match=field) as caught:
        parse_manifest(data)
    assert caught.value.code is ExitCode.REFUSED


def test_unknown_fields_and_formats_are_refused() -> None:
    data = MANIFEST.to_json()
    with pytest.raises(SitechatError, match="extra"):
        parse_manifest({**data, "extra": 1})
    with pytest.raises(SitechatError, match="format"):
        parse_manifest({**data, "format": 2})
    with pytest.raises(SitechatError, match=r"layers\[0\]\.approved"):
        parse_manifest({**data, "layers": [{**data["layers"][0], "approved": True}]})


def test_the_upstream_digest_follows_values_and_not_order() -> None:
    one = upstream_digest({"first": {"vpc": "vpc-1", "topic": "t"}})
    assert one == upstream_digest({"first": {"topic": "t", "vpc": "vpc-1"}})
    assert one != upstream_digest({"first": {"vpc": "vpc-2", "topic": "t"}})
    assert upstream_digest({}) == ""
