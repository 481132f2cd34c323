from __future__ import annotations

from typing import Any

import pytest

from config.place import Place
from constructs_lib.identity.github import GithubProvider, GithubRole, ManagedPolicy
from constructs_lib.identity.policy import Statement
from tests.support.synthesised import Template, template

ACCOUNT = "222222222222"
PLACE = Place(ACCOUNT, "eu-west-1", "aws")
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def role(**changes: Any) -> Template:
    settings: dict[str, Any] = {
        "name": "ci-plan",
        "description": "Plans",
        "provider_arn": PROVIDER,
        "repository": "repo:acme/site",
        "subjects": ("pull_request",),
        "policies": {"look": "arn:of:policy"},
        "boundary_arn": "arn:of:boundary",
    }
    return template(lambda scope: GithubRole(scope, "ci", **{**settings, **changes}))


def test_the_audience_is_awss_and_no_thumbprint_is_pinned() -> None:
    found = template(lambda scope: GithubProvider(scope, "github", place=PLACE, own=True))
    provider = found.one("aws_iam_openid_connect_provider")
    assert provider["client_id_list"] == ["sts.amazonaws.com"]
    assert "thumbprint_list" not in provider


def test_a_provider_of_others_is_only_named() -> None:
    arns: list[str] = []
    found = template(lambda scope: arns.append(GithubProvider(scope, "github", place=PLACE, own=False).arn))
    assert (found.types(), arns) == (set(), [PROVIDER])


def test_a_role_trusts_one_repository_and_is_bounded() -> None:
    found = role(subjects=("pull_request", "ref:refs/heads/main"))
    (trust,) = found.statements("ci/trust").values()
    assert trust["principals"] == [{"type": "Federated", "identifiers": [PROVIDER]}]
    assert {each["test"] for each in trust["condition"]} == {"StringEquals"}
    assert [each["values"] for each in trust["condition"]] == [
        ["sts.amazonaws.com"],
        ["repo:acme/site:pull_request", "repo:acme/site:ref:refs/heads/main"],
    ]
    body = found.one("aws_iam_role")
    assert (body["permissions_boundary"], body["max_session_duration"]) == ("arn:of:boundary", 3600)
    assert found.one("aws_iam_role_policy_attachment")["policy_arn"] == "arn:of:policy"


def test_a_session_can_be_longer() -> None:
    assert role(session_seconds=7200).one("aws_iam_role")["max_session_duration"] == 7200


@pytest.mark.parametrize("subject", ["*", "ref:refs/heads/*", "environment:pro?"])
def test_a_subject_with_a_wildcard_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="has to be exact"):
        role(subjects=(subject,))


def test_a_repository_with_ids_is_trusted_by_them_alone() -> None:
    (trust,) = role(repository="repo:acme@1/site@23").statements("ci/trust").values()
    assert trust["condition"][1]["values"] == ["repo:acme@1/site@23:pull_request"]


@pytest.mark.parametrize("repository", ["acme/site", "repo:acme@1/site", "repo:acme/site@2", "repo:acme/*", "repo:*/s"])
def test_a_repository_that_is_not_exact_is_refused(repository: str) -> None:
    with pytest.raises(ValueError, match="is neither"):
        role(repository=repository)


def test_a_managed_policy_holds_its_statements() -> None:
    statement = Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:of:bucket/*",))
    found = template(
        lambda scope: ManagedPolicy(scope, "look", name="ci-look", description="Look", statements=(statement,))
    )
    assert found.one("aws_iam_policy")["name"] == "ci-look"
    assert set(found.statements("look/document")) == {"Read"}
