from __future__ import annotations

from policies.rights.grant import Grant
from policies.rights.simulation import Question, questions

PASS = ("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com", "lambda.amazonaws.com"))


def test_patterns_get_a_name_and_a_region() -> None:
    grant = Grant("Logs", ("logs:CreateLogGroup",), ("arn:aws:logs:*:222222222222:log-group:/sitechat/dev/*",))
    (found,) = questions([grant], region="eu-west-1")
    assert found.resources == ("arn:aws:logs:eu-west-1:222222222222:log-group:/sitechat/dev/example",)


def test_an_action_is_asked_for_resources_of_its_kind() -> None:
    vpc, subnet = (f"arn:aws:ec2:eu-west-1:222222222222:{kind}/*" for kind in ("vpc", "subnet"))
    grant = Grant("Network", ("ec2:DeleteVpc", "ec2:DeleteSubnet"), (vpc, subnet))
    found = {each.actions: each.resources for each in questions([grant], region="eu-west-1")}
    assert found == {
        ("ec2:DeleteVpc",): (vpc.replace("*", "example"),),
        ("ec2:DeleteSubnet",): (subnet.replace("*", "example"),),
    }


def test_conditions_are_met_and_denies_are_no_question() -> None:
    role = "arn:aws:iam::222222222222:role/sitechat-dev-*"
    grants = [Grant("Pass", ("iam:PassRole",), (role,), (PASS,)), Grant("No", ("iam:PassRole",), ("*",), effect="Deny")]
    assert list(questions(grants, region="eu-west-1")) == [
        Question(
            ("iam:PassRole",),
            ("arn:aws:iam::222222222222:role/sitechat-dev-example",),
            (("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",)),),
        )
    ]


def test_what_is_everywhere_stays_so() -> None:
    (found,) = questions([Grant("Look", ("ec2:DescribeVpcs",), ("*",))], region="eu-west-1")
    assert found.resources == ("*",)
