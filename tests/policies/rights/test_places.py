from __future__ import annotations

from dataclasses import replace

import pytest

from config.place import Place
from policies.rights.asked import asked_by, known_types
from policies.rights.grant import Grant
from policies.rights.places import EnvironmentArns, about_roles, deployed_services, scoped_grants, service_groups

ALL = asked_by(known_types())
ARNS = EnvironmentArns(
    Place("222222222222", "eu-west-1", "aws"), "sitechat", "dev", "sitechat-dev-app", "sitechat-dev-packages"
)


@pytest.mark.parametrize(
    ("pattern", "arn"),
    [
        ("ecs:{region}:{account}:cluster/{name}*", "arn:aws:ecs:eu-west-1:222222222222:cluster/sitechat-dev-*"),
        ("logs:*:{account}:log-group:/{path}*", "arn:aws:logs:*:222222222222:log-group:/sitechat/dev/*"),
        ("s3:::{bucket}*", "arn:aws:s3:::sitechat-dev-*"),
        ("s3:::{packages}/*", "arn:aws:s3:::sitechat-dev-packages/*"),
        (
            "signer:{region}:{account}:/signing-profiles/{words}*",
            "arn:aws:signer:eu-west-1:222222222222:/signing-profiles/sitechat_dev_*",
        ),
        (
            "ecr:{region}:{account}:repository/{repository}",
            "arn:aws:ecr:eu-west-1:222222222222:repository/sitechat-dev-app",
        ),
    ],
)
def test_a_pattern_becomes_the_arn_of_one_environment(pattern: str, arn: str) -> None:
    assert ARNS.arn(pattern) == arn


@pytest.mark.parametrize(("word", "characters"), [("short}*", 23), ("domain}", 19), ("bucket}*", 26)])
def test_a_name_that_a_limit_cuts_is_matched_by_what_is_left_of_it(word: str, characters: int) -> None:
    long = replace(ARNS, project="a123456789012345", env="b12345678901")
    assert long.arn("{" + word) == f"arn:aws:{'a123456789012345-b12345678901-'[:characters]}*"


@pytest.mark.parametrize("group", service_groups())
def test_looking_changes_nothing_that_changing_does(group: str) -> None:
    reads = {action for each in looked(group) for action in each.actions}
    writes = {action for each in changed(group) for action in each.actions}
    assert reads
    assert writes
    assert reads & writes == set()


def test_everything_that_can_be_scoped_names_the_environment_or_its_account() -> None:
    found = [each for group in service_groups() for each in (*looked(group), *changed(group))]
    assert {each.sid for each in found if each.resources == ("*",)} == {"LookUnscoped", "ChangeUnscoped"}
    assert len(deployed_services()) > 20


def test_every_action_is_placed_once() -> None:
    placed = [
        action for group in service_groups() for each in (*looked(group), *changed(group)) for action in each.actions
    ]
    assert sorted(placed) == sorted(each for each in ALL.all if not about_roles(each))


def test_objects_stand_apart_from_their_buckets() -> None:
    (bucket, objects) = scoped_grants(ARNS, ("s3:ListBucket", "s3:GetObject"), verb="Look")[::-1]
    assert (bucket.sid, bucket.resources) == ("LookS3", ("arn:aws:s3:::sitechat-dev-*",))
    assert (objects.sid, objects.actions) == ("LookS3Objects", ("s3:GetObject",))
    assert objects.resources == ("arn:aws:s3:::sitechat-dev-packages/*", "arn:aws:s3:::sitechat-dev-*/index.html")


def test_an_action_of_a_service_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="has no place for qldb:CreateLedger"):
        scoped_grants(ARNS, ("qldb:CreateLedger",), verb="Change")


def looked(group: str) -> tuple[Grant, ...]:
    return scoped_grants(ARNS, ALL.reads, verb="Look", groups=(group,))


def changed(group: str) -> tuple[Grant, ...]:
    return scoped_grants(ARNS, ALL.changes, verb="Change", groups=(group,))
