"""Sections and blocks have the one form that a synthesis gives them."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.scan.shape import shape_problems


def config(**changes: Any) -> dict[str, Any]:
    return {
        "//": {"metadata": {"stackName": "edge"}},
        "terraform": {"backend": {"s3": {}}, "required_providers": {}},
        "provider": {"aws": [{"region": "us-east-1"}]},
        "data": {"aws_region": {"here": {}}},
        "resource": {
            "aws_s3_bucket": {"logs": {"bucket": "logs", "lifecycle": {"prevent_destroy": True}}},
            "aws_wafv2_web_acl": {"acl": {"rule": [{"override_action": {"count": {}}}]}},
        },
        "output": {"url": {"value": "x", "description": "where"}},
    } | changes


def bucket(**arguments: Any) -> dict[str, Any]:
    return config(resource={"aws_s3_bucket": {"logs": arguments}})


def test_what_a_synthesis_writes_has_no_problem() -> None:
    assert shape_problems(config()) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (config(Resource={}), "unknown top-level key 'Resource'"),
        (config(ephemeral={}), "unknown top-level key 'ephemeral'"),
        (config(module={}), "top-level key 'module'"),
        (config(resource=[{}]), "'resource' must be an object of types"),
        (config(data={"aws_region": []}), "data.aws_region must be an object of names"),
        (config(data={"aws_region": {"here": [{}]}}), "data.aws_region.here must be an object, got list"),
        (config(resource={"//": {}}), "no name of a type"),
        (config(resource={"aws_s3_bucket": {"//": {}}}), "a name has letters"),
        (config(resource={"aws_s3_bucket": {"l\u043egs": {}}}), "a name has letters"),
        (config(terraform=[{}]), "terraform must be one object"),
        (config(terraform={"required_version": ">= 1"}), "terraform.required_version"),
        (config(terraform={"cloud": {}}), "unknown key terraform.cloud"),
        (config(provider={"aws": {}}), "provider.aws must be a list"),
        (config(output={"url": "x"}), "output.url must be an object with a value"),
        (config(output={"url": {"value": 1, "ephemeral": True}}), "output.url: unknown key 'ephemeral'"),
        (config(**{"//": []}), "'//' must be an object of notes"),
        (bucket(count=2), "aws_s3_bucket.logs: 'count'"),
        (bucket(for_each={}), "aws_s3_bucket.logs: 'for_each'"),
        (bucket(provisioner={"local-exec": {}}), "it would run code"),
        (bucket(connection={}), "it is for provisioners"),
        (bucket(network={"dynamic": {"x": {}}}), "aws_s3_bucket.logs: 'dynamic'"),
        (bucket(rule=[{"dynamic": {}}]), "aws_s3_bucket.logs: 'dynamic'"),
        (bucket(lifecycle={"prevent_destroy": "true"}), "lifecycle.prevent_destroy must be a literal bool"),
        (bucket(lifecycle=[{"prevent_destroy": True}]), "lifecycle must be an object"),
        (bucket(lifecycle={"precondition": []}), "lifecycle: unknown key 'precondition'"),
        (bucket(lifecycle={"ignore_changes": "all"}), "lifecycle.ignore_changes must be a literal list"),
        (bucket(depends_on="x"), "depends_on must be a list"),
        (bucket(provider=["aws"]), "provider must be a name"),
        (config(data={"aws_region": {"here": {"count": 0}}}), "data.aws_region.here: 'count'"),
    ],
)
def test_another_form_is_refused_with_its_place(changed: dict[str, Any], told: str) -> None:
    assert any(told in problem for problem in shape_problems(changed))


@pytest.mark.parametrize(
    ("section", "block"),
    [
        ("import", {"id": "x", "to": "aws_s3_bucket.logs"}),
        ("moved", {"from": "aws_s3_bucket.old", "to": "aws_s3_bucket.logs"}),
        ("removed", {"from": "aws_s3_bucket.gone", "lifecycle": {"destroy": False}}),
    ],
)
def test_blocks_that_change_what_an_address_stands_for(section: str, block: dict[str, Any]) -> None:
    assert shape_problems(config(**{section: [block]})) == []


@pytest.mark.parametrize(
    ("section", "block", "told"),
    [
        ("import", {"id": "x", "to": "aws_s3_bucket.none"}, "declared by nothing"),
        ("import", {"id": "${file(1)}", "to": "aws_s3_bucket.logs"}, "id must be a literal"),
        ("import", {"id": "x", "to": "aws_s3_bucket.logs", "for_each": {}}, "for_each is not expected"),
        ("import", {"to": "aws_s3_bucket.logs"}, "id is missing"),
        ("import", {"id": "x", "to": ["a"]}, "declared by nothing"),
        ("import", {"id": "a\nb\x1b[2J", "to": "aws_s3_bucket.logs"}, "one line"),
        ("moved", {"from": "aws_s3_bucket.o", "to": {"a": 1}}, "declared by nothing"),
        ("moved", {"from": "aws_sns_topic.old", "to": "aws_s3_bucket.logs"}, "the same type"),
        ("moved", {"from": "aws_s3_bucket.logs", "to": "aws_s3_bucket.logs"}, "declared no more"),
        ("moved", {"from": "module.x", "to": "aws_s3_bucket.logs"}, "declared no more"),
        ("removed", {"from": "aws_s3_bucket.logs", "lifecycle": {"destroy": False}}, "still declared"),
        ("removed", {"from": "aws_s3_bucket.gone", "lifecycle": {"destroy": True}}, "destroy = false"),
        ("removed", {"from": ["x"], "lifecycle": {"destroy": False}}, "no plain address"),
        (
            "removed",
            {"from": "aws_s3_bucket.gone", "lifecycle": {"destroy": True}, "provisioner": [{}]},
            "it would run code",
        ),
    ],
)
def test_such_blocks_do_nothing_else(section: str, block: dict[str, Any], told: str) -> None:
    assert any(told in problem for problem in shape_problems(config(**{section: [block]})))


def test_two_blocks_about_one_address_are_refused() -> None:
    blocks = [{"id": each, "to": "aws_s3_bucket.logs"} for each in ("a", "b")]
    assert any("given twice" in problem for problem in shape_problems(config(**{"import": blocks})))
    moved = [{"from": "aws_s3_bucket.old", "to": "aws_s3_bucket.logs"}] * 2
    assert any("given twice" in problem for problem in shape_problems(config(moved=moved)))


@pytest.mark.parametrize("value", ["x", None, 5, []])
def test_notes_are_objects(value: Any) -> None:
    assert any(
        "'//'.metadata must be an object" in line for line in shape_problems(config(**{"//": {"metadata": value}}))
    )


@pytest.mark.parametrize("section", ["import", "moved", "removed"])
@pytest.mark.parametrize("value", [{}, "x", None, ["x"], [[]]])
def test_such_blocks_are_lists_of_objects(section: str, value: Any) -> None:
    assert any("list of objects" in problem for problem in shape_problems(config(**{section: value})))


@pytest.mark.parametrize("value", [None, 1, "x", [], True, [{}]])
@pytest.mark.parametrize("section", sorted(config()))
def test_a_section_of_another_kind_crashes_nothing(section: str, value: Any) -> None:
    assert isinstance(shape_problems(config(**{section: value})), list)
