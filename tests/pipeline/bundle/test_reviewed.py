"""Comparison of a later wave's plan with its reviewed preview: each difference is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.bundle.reviewed import ReviewDifference, ReviewedPreviews
from pipeline.planning.planner import LayerPlan
from terraform_json.redact import SENSITIVE

ROLE, REAL_ROLE = "arn:aws:iam::1:role/placeholder-0000abcd", "arn:aws:iam::1:role/real"
SUBNETS, REAL_SUBNETS = ["subnet-00000000a", "subnet-00000000b"], ["subnet-9z", "subnet-1a"]
PLACEHOLDERS = {"first": {"role": ROLE, "a": SUBNETS[0], "b": SUBNETS[1]}}
NOW = {"first": {"role": REAL_ROLE, "a": REAL_SUBNETS[0], "b": REAL_SUBNETS[1]}}


def policy(role: str, *more: dict[str, Any]) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Resource": [role, "*"], "Sid": "Use"}, *more]})


AFTER = {
    "name": "web",
    "role": ROLE,
    "subnets": SUBNETS,
    "policy": policy(ROLE),
    "ports": [80, 443],
    "rule": [{"to": f"{ROLE}/x", "hop": None}],
    "tags": {"Role": ROLE},
    "master_password": "before-0123456789",
}
REAL = {
    **AFTER,
    "role": REAL_ROLE,
    "subnets": sorted(REAL_SUBNETS),
    "policy": policy(REAL_ROLE),
    "rule": [{"to": f"{REAL_ROLE}/x", "hop": None}],
    "tags": {"Role": REAL_ROLE},
}
UNKNOWN = {"arn": True, "rule": [{"id": True}]}


def change(after: dict[str, Any] | None, *actions: str, address: str = "aws_x.y", **more: Any) -> dict[str, Any]:
    found = {"actions": list(actions or ("create",)), "after": after, "after_unknown": UNKNOWN, **more}
    return {"address": address, "type": address.split(".")[0], "mode": "managed", "change": found}


def compared(previewed: list[dict[str, Any]], planned: list[dict[str, Any]]) -> tuple[ReviewDifference, ...]:
    preview = LayerPlan("second", "first changes", plan={"resource_changes": previewed}, inputs=PLACEHOLDERS)
    real = LayerPlan("second", plan={"resource_changes": planned}, inputs=NOW)
    return ReviewedPreviews.of("20260115T120000Z-a", [preview]).differences([real])


def differs(edit: Callable[[dict[str, Any]], object]) -> list[tuple[str, str, str]]:
    """Attributes that differ when the real plan of the resource is edited."""
    after = copy.deepcopy(REAL)
    edit(after)
    return [(each.attribute, each.reviewed, each.planned) for each in compared([change(AFTER)], [change(after)])]


def test_placeholders_that_became_their_values_are_as_reviewed() -> None:
    assert compared([change(AFTER)], [change(REAL)]) == ()


def test_what_was_only_known_after_apply_may_be_anything() -> None:
    known = {**REAL, "arn": "arn:aws:x", "rule": [{"to": f"{REAL_ROLE}/x", "hop": None, "id": "r-1"}]}
    assert compared([change(AFTER)], [change(known, after_unknown={})]) == ()


@pytest.mark.parametrize(
    ("edit", "attribute", "planned"),
    [
        (lambda after: after.update(name="api"), "name", "api"),
        (lambda after: after.update(role="arn:aws:iam::1:role/other"), "role", "arn:aws:iam::1:role/other"),
        (lambda after: after.update(role=ROLE), "role", ROLE),
        (lambda after: after.update(ports=[443, 80]), "ports[0]", "443"),
        (lambda after: after["rule"][0].update(to=f"{REAL_ROLE}/y"), "rule[0].to", f"{REAL_ROLE}/y"),
        (lambda after: after["rule"][0].update(hop=1), "rule[0].hop", "1"),
        (lambda after: after["tags"].update(More="x"), "tags.More", "x"),
        (lambda after: after["tags"].pop("Role"), "tags.Role", "nothing"),
        (lambda after: after.update(subnets=["subnet-1a"]), "subnets[0]", "nothing"),
        (lambda after: after.update(policy=policy("*")), "policy.Statement[0].Resource[1]", "*"),
        (
            lambda after: after.update(policy=policy(REAL_ROLE).replace("Allow", "Deny")),
            "policy.Statement[0].Effect",
            "Deny",
        ),
        (lambda after: after.update(added=True), "added", "true"),
    ],
)
def test_another_value_is_named_by_its_attribute(
    edit: Callable[[dict[str, Any]], object], attribute: str, planned: str
) -> None:
    found = differs(edit)
    assert (attribute, planned) in [(name, now) for name, _, now in found]


def test_a_statement_more_in_a_policy_is_named() -> None:
    more = {"Effect": "Allow", "Action": "*"}
    ((attribute, reviewed, planned),) = differs(lambda after: after.update(policy=policy(REAL_ROLE, more)))
    assert (attribute, reviewed, json.loads(planned)) == ("policy.Statement[1]", "nothing", more)


def test_a_known_value_that_became_unknown_is_named() -> None:
    ((name, _, planned),) = [
        (each.attribute, each.reviewed, each.planned)
        for each in compared([change(AFTER)], [change(REAL, after_unknown={**UNKNOWN, "name": True})])
    ]
    assert (name, planned) == ("name", "(known after apply)")


@pytest.mark.parametrize(
    ("previewed", "planned", "words"),
    [
        (["create"], ["update"], ("create", "update")),
        (["update"], ["delete", "create"], ("update", "delete, then create")),
        (["update"], ["no-op"], ("update", "nothing")),
        (["no-op"], ["delete"], ("nothing", "delete")),
    ],
)
def test_another_action_is_named(previewed: list[str], planned: list[str], words: tuple[str, str]) -> None:
    same = change({"name": "other"}, address="aws_x.same")
    (found,) = compared([change(AFTER, *previewed), same], [change(REAL, *planned), same])
    assert (found.layer, found.address, found.attribute, found.reviewed, found.planned) == (
        "second",
        "aws_x.y",
        "",
        *words,
    )


def test_an_address_more_or_less_is_named() -> None:
    other = change(REAL, address="aws_x.z")
    assert [(each.address, each.reviewed, each.planned) for each in compared([change(AFTER)], [other])] == [
        ("aws_x.y", "create", "nothing"),
        ("aws_x.z", "nothing", "create"),
    ]


def test_a_layer_that_nobody_saw_is_not_reviewed() -> None:
    real = LayerPlan("third", plan={"resource_changes": [change(REAL)]}, inputs=NOW)
    failed = LayerPlan("third", "first changes", "no plan", inputs=PLACEHOLDERS)
    for seen in ([], [failed], [LayerPlan("third", plan=real.plan)]):
        (found,) = ReviewedPreviews.of("id", seen).differences([real])
        assert (found.layer, found.reviewed, found.planned) == ("third", "nothing", "create")


def test_a_layer_that_was_applied_meanwhile_needs_no_review() -> None:
    assert compared([change(AFTER)], [change(REAL, "no-op")]) == ()


def test_what_changes_nothing_needs_no_review() -> None:
    real = LayerPlan("third", plan={"resource_changes": [change(REAL, "no-op")]})
    preview = LayerPlan("fourth", "third changes", plan={"resource_changes": [change(REAL)]})
    assert ReviewedPreviews.of("id", []).differences([real, preview]) == ()


@pytest.mark.parametrize("marked", [{}, {"after_sensitive": {"secret": True}}])
def test_sensitive_values_are_compared_and_never_shown(marked: dict[str, Any]) -> None:
    attribute = "secret" if marked else "master_password"
    before, after = {**AFTER, attribute: "before-0123456789"}, {**REAL, attribute: "after-0123456789"}
    found = compared([change(before, **marked)], [change(after, **marked)])
    assert [(each.attribute, each.reviewed, each.planned) for each in found] == [(attribute, SENSITIVE, SENSITIVE)]


def test_a_sensitive_value_inside_something_else_is_hidden() -> None:
    before = {**AFTER, "text": "x"}
    after = {**REAL, "text": "uses after-0123456789", "key": "after-0123456789"}
    mask = {"key": True}
    found = compared([change({**before, "key": "k" * 9}, after_sensitive=mask)], [change(after, after_sensitive=mask)])
    assert "after-0123456789" not in "".join(each.planned for each in found)
    assert {each.attribute for each in found} == {"key", "text"}
