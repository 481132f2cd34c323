from __future__ import annotations

import pytest

from policies.rights.grant import POLICY_CHARACTERS, Grant, characters, document, split

MANY = tuple(f"ec2:Describe{number:04}" for number in range(600))


def test_a_statement_is_written_as_the_policy_language_has_it() -> None:
    condition = ("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",))
    assert document([Grant("Pass", ("iam:PassRole",), ("arn:of:role",), (condition,))]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Pass",
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": ["arn:of:role"],
                "Condition": {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}},
            }
        ],
    }


def test_what_fits_stays_one_policy() -> None:
    small = (Grant("A", ("s3:GetObject",), ("*",)), Grant("B", ("s3:PutObject",), ("*",)))
    assert split(small) == (small,)


def test_what_is_too_large_is_split_and_nothing_is_lost() -> None:
    policies = split((Grant("A", MANY, ("*",)), Grant("B", ("s3:PutObject",), ("*",))))
    assert len(policies) > 1
    assert max(map(characters, policies)) <= POLICY_CHARACTERS
    assert [action for policy in policies for grant in policy for action in grant.actions] == [*MANY, "s3:PutObject"]
    sids = [grant.sid for policy in policies for grant in policy]
    assert len(sids) == len(set(sids))


def test_one_action_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="Wide is larger than a policy may be"):
        split([Grant("Wide", ("s3:GetObject",), tuple(f"arn:of:{number:04}" for number in range(600)))])
