"""Subjects of GitHub's tokens: which a trust may compare."""

from __future__ import annotations

import pytest

from policies.subjects import loose_audience, loose_subject

BY_NAME, BY_ID = "repo:acme/site", "repo:acme@9919/site@456789"


@pytest.mark.parametrize("repository", [BY_NAME, BY_ID])
@pytest.mark.parametrize(
    "context", ["pull_request", "environment:prod", "ref:refs/heads/release/1", "ref:refs/tags/v1"]
)
def test_default_subjects_are_exact(repository: str, context: str) -> None:
    assert loose_subject([f"{repository}:{context}"], github=True) == ""


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/site",
        "repo:acme@9919/site:pull_request",
        "repo:acme/site@456789:pull_request",
        "repo:acme@0/site@1:pull_request",
        "repo:acme/site:pull_request:workflow:plan",
        "repository_owner_id:9919",
        "job_workflow_ref:acme/site/.github/workflows/deploy.yml@refs/heads/main",
    ],
)
def test_half_an_id_and_custom_templates_are_refused(subject: str) -> None:
    assert loose_subject([subject], github=True) == f"{subject} is no default subject of GitHub"
    assert loose_subject([subject], github=False) == ""


@pytest.mark.parametrize("accepted", [[], ["repo:acme/*"], ["repo:acme@9919/site@456789:environment:pro?"]])
def test_nothing_and_patterns_are_refused_whoever_issues(accepted: list[str]) -> None:
    assert [loose_subject(accepted, github=github) for github in (True, False)] == ["doesn't compare :sub exactly"] * 2
    assert loose_audience(accepted) == "doesn't compare :aud exactly"


def test_a_name_beside_an_id_is_refused() -> None:
    assert "with ids and without" in loose_subject([f"{BY_ID}:pull_request", f"{BY_NAME}:pull_request"], github=True)
