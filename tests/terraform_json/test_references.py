"""References inside expressions."""

from __future__ import annotations

import pytest

from terraform_json.references import (
    REMOTE_OUTPUT,
    RESOURCE,
    TRAVERSAL,
    expression,
    expressions,
    policy_document_name,
    remote_outputs,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${aws_vpc.main.id}", "aws_vpc.main"),
        ("${data.aws_region.here.name}", "data.aws_region.here"),
        ("x-${jsonencode(aws_sns_topic.a-b.arn)}", "aws_sns_topic.a-b"),
    ],
)
def test_a_resource_is_found_wherever_it_stands(text: str, found: str) -> None:
    match = RESOURCE.search(text)
    assert match is not None
    assert match.group() == found


@pytest.mark.parametrize("text", ["aws.edge", "example.com", "module.aws_vpc.main.id", "10.0.0.0/16"])
def test_other_words_with_dots_are_no_resources(text: str) -> None:
    assert RESOURCE.search(text) is None


def test_a_traversal_has_its_whole_path() -> None:
    match = TRAVERSAL.fullmatch("data.aws_subnets.all.ids[0]")
    assert match is not None
    assert (match["data"], match["type"], match["name"], match["path"]) == ("data.", "aws_subnets", "all", ".ids[0]")


@pytest.mark.parametrize("path", [".outputs.vpc", '.outputs["vpc"]'])
def test_an_output_is_read_in_both_spellings(path: str) -> None:
    (read,) = remote_outputs("${data.terraform_remote_state.cross-stack-reference-input-llm" + path + "}")
    assert (read.source, read.output, read.stack) == ("cross-stack-reference-input-llm", "vpc", "llm")
    assert REMOTE_OUTPUT.search("data.terraform_remote_state.up.lineage") is None


def test_a_whole_expression_is_told_from_one_inside_a_text() -> None:
    assert expression("${aws_vpc.main.id}") == "aws_vpc.main.id"
    assert expression("x-${aws_vpc.main.id}") is None
    assert expression("${a.b}${c.d}") is None
    assert expression("plain") is None
    assert list(expressions("${a.b}-${c.d}")) == ["a.b", "c.d"]


def test_a_policy_document_is_known_by_its_json_alone() -> None:
    assert policy_document_name("${data.aws_iam_policy_document.task.json}") == "task"
    assert policy_document_name("${data.aws_iam_policy_document.task.id}") is None
    assert policy_document_name("${data.aws_iam_policy_document.task.json} ") is None
