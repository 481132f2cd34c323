from __future__ import annotations

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.bedrock.budget_stop import BudgetStop, Exceeded
from constructs_lib.bedrock.denial import Denied
from tests.support.synthesised import Template, template

POLICY = "arn:aws:iam::111111111111:policy/model-stop"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"


def _build(scope: Construct, *, automatic: bool = True, emails: tuple[str, ...] = ()) -> None:
    BudgetStop(
        scope,
        "stop",
        role_name="budget-stop",
        exceeded=Exceeded("models", automatic),
        denied=Denied(POLICY, ("task", "embed")),
        place=Place("111111111111", "us-east-1", "aws"),
        topic_arn=TOPIC,
        emails=emails,
    )


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


def test_it_attaches_the_denial_to_the_roles_that_call_models(config: Template) -> None:
    action = config.one("aws_budgets_budget_action")
    assert action["definition"] == {"iam_action_definition": {"policy_arn": POLICY, "roles": ["task", "embed"]}}
    assert (action["action_type"], action["notification_type"]) == ("APPLY_IAM_POLICY", "ACTUAL")
    assert action["action_threshold"] == {"action_threshold_type": "PERCENTAGE", "action_threshold_value": 100}
    assert action["subscriber"] == [{"address": TOPIC, "subscription_type": "SNS"}]


def test_people_are_asked_by_mail_beside_the_topic() -> None:
    action = template(lambda scope: _build(scope, emails=("a@example.com", "b@example.com"))).one(
        "aws_budgets_budget_action"
    )
    assert [(each["subscription_type"], each["address"]) for each in action["subscriber"]] == [
        ("SNS", TOPIC),
        ("EMAIL", "a@example.com"),
        ("EMAIL", "b@example.com"),
    ]


@pytest.mark.parametrize(("automatic", "model"), [(True, "AUTOMATIC"), (False, "MANUAL")])
def test_a_person_approves_it_or_nobody(automatic: bool, model: str) -> None:
    built = template(lambda scope: _build(scope, automatic=automatic))
    assert built.one("aws_budgets_budget_action")["approval_model"] == model


def test_its_role_is_budgets_own_and_may_do_nothing_else(config: Template) -> None:
    (trust,) = config.statements("role/trust").values()
    assert trust["principals"] == [{"type": "Service", "identifiers": ["budgets.amazonaws.com"]}]
    assert {each["variable"]: each["values"] for each in trust["condition"]} == {
        "aws:SourceAccount": ["111111111111"],
        "aws:SourceArn": ["arn:aws:budgets::111111111111:budget/*"],
    }
    assert config.statements("role/access_document") == {
        "DenyModels": {
            "sid": "DenyModels",
            "effect": "Allow",
            "actions": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            "resources": ["arn:aws:iam::111111111111:role/task", "arn:aws:iam::111111111111:role/embed"],
            "condition": [{"test": "ArnEquals", "variable": "iam:PolicyARN", "values": [POLICY]}],
        }
    }
