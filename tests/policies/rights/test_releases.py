"""What a release needs to be allowed, by what carries it out."""

from __future__ import annotations

from config.place import Place
from policies.rights.delegation import PASSED_TO, passed_to
from policies.rights.grant import Grant
from policies.rights.releases import Released, release

PLACE = Place("111111111111", "us-east-1", "aws")
HERE = "arn:aws:ecs:us-east-1:111111111111"


def _grants(*, shifted: bool = False, native: bool = False) -> dict[str, Grant]:
    log = "/sitechat/prod/release/test"
    names = ("main", "app", ("execution", "task"), "arn:of:repository", log, "states", "r/")
    released = Released(PLACE, *names, shifted=shifted, native=native)
    return {each.sid: each for each in release(released)}


def test_ecs_itself_is_asked_followed_and_stopped() -> None:
    grants = _grants(native=True)
    assert grants["ReleaseService"].resources == (f"{HERE}:service/main/app",)
    assert grants["ListDeployments"].resources == (f"{HERE}:service/main/app",)
    follow = grants["FollowDeployments"]
    assert set(follow.actions) == {
        "ecs:ContinueServiceDeployment",
        "ecs:DescribeServiceDeployments",
        "ecs:StopServiceDeployment",
    }
    service = f"{HERE}:service/main/app"
    assert follow.resources == (service, f"{HERE}:service-deployment/main/app/*")
    assert grants["ReadServiceRevisions"].resources == (service, f"{HERE}:service-revision/main/app/*")
    assert grants["ReadTestResults"].resources == (
        "arn:aws:logs:us-east-1:111111111111:log-group:/sitechat/prod/release/test:*",
    )
    assert not [action for each in grants.values() for action in each.actions if action.startswith("codedeploy:")]


def test_a_rolling_release_and_codedeploys_need_none_of_that() -> None:
    for grants in (_grants(), _grants(shifted=True)):
        actions = {action for each in grants.values() for action in each.actions}
        assert not {each for each in actions if "ServiceDeployment" in each or "ServiceRevision" in each}


def test_ecs_is_passed_roles_only_where_it_shifts_releases() -> None:
    assert passed_to(native=False) == PASSED_TO
    assert set(passed_to(native=True)) - set(PASSED_TO) == {"ecs.amazonaws.com"}
