"""A canary on the emulated AWS: under a load of questions to success, and into an alarm that takes it back."""

from __future__ import annotations

import pytest

from pipeline.errors import ExitCode
from tests.e2e.deployed_site import SHIFTED_PERCENT, until, want_tasks
from tests.e2e.release_load import alarm_rings, another_image, asked_all_the_time, assert_empty_plan, running
from tests.e2e.site import Site

pytestmark = pytest.mark.slow

VISITORS = 6
# Questions that are asked at least while a release goes on; more than the road book keeps can't be counted.
ASKED = 300


@pytest.fixture(scope="module")
def site(shifting_site: Site) -> Site:
    return shifting_site


def test_a_canary_gets_its_share_first_and_loses_no_question(site: Site) -> None:
    old, digest = running(site), another_image(site, "second")
    with asked_all_the_time(site, asked=ASKED, visitors=VISITORS) as found:
        done = site.checkout.must("release", "--env", str(site.file), "--image", digest, "--json")
    new = running(site)
    assert done.json["release"]["result"] == "succeeded"
    assert found.kinds.keys() == {(200, "done")}
    assert len(found.ends) >= ASKED
    assert set(found.tasks) == {old, new} != {old}
    shifting = found.shifting(old, new)
    revision = done.json["release"]["task_definition"].rpartition("/")[2]
    log = site.checkout.client("logs").filter_log_events(logGroupName="/sitechat/local/release/hook")["events"]
    assert any(f"/health answered 200 by {revision}, " in each["message"] for each in log)
    assert SHIFTED_PERCENT / 3 < 100 * shifting[new] / shifting.total() < 2.5 * SHIFTED_PERCENT
    assert_empty_plan(site)


def test_an_alarm_takes_a_canary_back_at_its_share(site: Site) -> None:
    old, digest = running(site), another_image(site, "third")
    with asked_all_the_time(site, asked=ASKED, visitors=VISITORS) as found, alarm_rings(site, found):
        done = site.checkout.sitechat("release", "--env", str(site.file), "--image", digest, "--json")
    assert done.status == ExitCode.FAILED, done.output
    assert "ALARM" in done.output
    assert running(site) == old
    assert found.kinds.keys() == {(200, "done")}
    (new,) = {*found.tasks} - {old}
    assert 100 * found.tasks.count(new) / len(found.tasks) < 2.5 * SHIFTED_PERCENT
    assert_empty_plan(site)


def test_a_rollback_and_a_scale_out_leave_the_plan_empty(site: Site) -> None:
    env = ("--env", str(site.file))
    back = site.checkout.must("rollback", *env, "--yes", "--json").json["release"]
    assert (back["kind"], back["result"]) == ("rollback", "succeeded")
    assert_empty_plan(site)
    want_tasks(site, 2)
    until(lambda: len(site.tasks()) == 2)
    assert_empty_plan(site)
