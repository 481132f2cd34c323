from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from constructs import Construct

from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import BOUNDARY, ServiceRole, attach_policy
from tests.support.synthesised import Template, template

READ = Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:of:bucket/*",))


def _role(**changes: Any) -> Template:
    arguments = {
        "name": "worker",
        "service": "lambda.amazonaws.com",
        "account_id": "111111111111",
        "description": "Works",
    }
    return template(lambda scope: ServiceRole(scope, "role", **{**arguments, **changes}))


@cache
def _default() -> Template:
    return _role()


def test_the_service_alone_assumes_it_for_this_account() -> None:
    trust = _default().statements("role/trust")
    assert set(trust) == {"Assume"}
    assert trust["Assume"]["actions"] == ["sts:AssumeRole"]
    assert trust["Assume"]["principals"] == [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}]
    assert trust["Assume"]["condition"] == [
        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["111111111111"]}
    ]


def test_the_trust_is_the_roles() -> None:
    role = _default().one("aws_iam_role")
    assert (role["name"], role["description"]) == ("worker", "Works")
    assert role["assume_role_policy"].startswith("${data.aws_iam_policy_document.")


def test_it_may_do_nothing_by_default() -> None:
    assert _default().types() == {"aws_iam_role"}


def test_the_trust_can_be_narrowed_to_sources() -> None:
    trust = _role(source_arns=("arn:of:function",)).statements("role/trust")["Assume"]
    assert {"test": "ArnLike", "variable": "aws:SourceArn", "values": ["arn:of:function"]} in trust["condition"]
    assert len(trust["condition"]) == 2


def test_statements_become_one_inline_policy() -> None:
    role = _role(statements=(READ,))
    policy = role.one("aws_iam_role_policy")
    assert policy["name"] == "access"
    assert policy["role"].startswith("${aws_iam_role.")
    assert role.statements("access_document")["Read"]["resources"] == ["arn:of:bucket/*"]


def test_more_can_be_allowed_later() -> None:
    def build(scope: Any) -> None:
        ServiceRole(
            scope,
            "role",
            name="worker",
            service="lambda.amazonaws.com",
            account_id="1",
            description="d",
            statements=(READ,),
        ).allow("more_access", (Statement(sid="Write", actions=("s3:PutObject",), resources=("r",)),))

    role = template(build)
    assert {policy["name"] for policy in role.all("aws_iam_role_policy").values()} == {"access", "more-access"}
    assert set(role.statements("more_access_document")) == {"Write"}


def test_a_service_of_which_nobody_knows_what_it_sends_is_refused() -> None:
    with pytest.raises(ValueError, match=r"s\.amazonaws\.com is not in ASSUMES"):
        _role(service="s.amazonaws.com")


def test_a_role_of_another_layer_is_named() -> None:
    attached = template(lambda scope: attach_policy(scope, "search_access", role_name="task", statements=(READ,)))
    policy = attached.one("aws_iam_role_policy")
    assert (policy["name"], policy["role"]) == ("search-access", "task")


def test_a_role_carries_the_boundary_of_what_it_stands_in() -> None:
    def bounded(scope: Construct) -> None:
        group = Construct(scope, "group")
        group.node.set_context(BOUNDARY, "arn:of:boundary")
        ServiceRole(group, "role", name="r", service="lambda.amazonaws.com", account_id="1" * 12, description="Works")

    assert template(bounded).one("aws_iam_role")["permissions_boundary"] == "arn:of:boundary"
