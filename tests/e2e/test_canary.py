"""A canary on the emulated AWS: under a load of questions to success, and into an alarm that takes it back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from pipeline.errors import ExitCode
from tests.e2e.checkout import checkout
from tests.e2e.deployed_site import QUESTION, deploy_site, until, want_tasks
from tests.e2e.site import Site

pytestmark = pytest.mark.slow

PERCENT = 20
SETTINGS: dict[str, dict[str, Any]] = {
    "dns": {"domain": "chat.example.com"},
    "deployment": {
        "strategy": "canary",
        "canary_percent": PERCENT,
        "canary_minutes": 1,
        "bake_minutes": 1,
        "termination_wait_minutes": 1,
    },
}
VISITORS = 6
# Questions that are asked at least while a release goes on; more than the road book keeps can't be counted.
ASKED = 300


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with checkout(tmp_path_factory.mktemp("canary") / "sitechat") as made:
        yield deploy_site(made, SETTINGS)


@dataclass
class Visits:
    """Answers of a load: how each ended, and which task gave it, in the order in which they began."""

    ends: list[tuple[int, str]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> Counter[tuple[int, str]]:
        return Counter(self.ends)


@contextmanager
def asked_all_the_time(site: Site) -> Iterator[Visits]:
    """Visitors who ask one question after the other, until the block is over and ASKED questions were asked."""
    found, over, lock = Visits(), threading.Event(), threading.Lock()

    def visit() -> None:
        while not (over.is_set() and len(found.ends) >= ASKED):
            trace = site.trace(QUESTION)
            (target,) = [step.decided for step in trace.steps if step.hop == "target"] or [""]
            with lock:
                found.ends.append((trace.status, trace.events[-1][0] if trace.events else ""))
                found.tasks.append(target.partition(":")[0])
            time.sleep(0.3)

    visitors = [threading.Thread(target=visit) for _ in range(VISITORS)]
    for each in visitors:
        each.start()
    try:
        yield found
    finally:
        over.set()
        for each in visitors:
            each.join()


def another_image(site: Site, tag: str) -> str:
    """Digest of an image that differs from those before in one comment."""
    source = site.checkout.root / "examples" / "sitechat_app" / "__init__.py"
    source.write_text(f"{source.read_text()}# {tag}\n")
    env = ("--env", str(site.file))
    return str(site.checkout.must("image", "push", *env, "--tag", tag, "--json").json["digest"])


def running(site: Site) -> str:
    """Address of the one task that runs."""
    until(lambda: len(site.tasks()) == 1)
    return str(site.tasks()[0]["ip"])


def assert_empty_plan(site: Site) -> None:
    """Nothing of a release is for Terraform to change, and nothing waits for one."""
    done = site.checkout.sitechat(
        "plan", "--env", str(site.file), "--layer", "service", "--detailed-exitcode", "--json"
    )
    assert done.status == ExitCode.OK, done.output
    assert done.json["pending"] is None


def test_a_canary_gets_its_share_first_and_loses_no_question(site: Site) -> None:
    old, digest = running(site), another_image(site, "second")
    with asked_all_the_time(site) as found:
        done = site.checkout.must("release", "--env", str(site.file), "--image", digest, "--json")
    new = running(site)
    assert done.json["release"]["result"] == "succeeded"
    assert found.kinds.keys() == {(200, "done")}
    assert len(found.ends) >= ASKED
    assert set(found.tasks) == {old, new} != {old}
    first, last = found.tasks.index(new), len(found.tasks) - 1 - found.tasks[::-1].index(old)
    shifting = Counter(found.tasks[first : last + 1])
    revision = done.json["release"]["task_definition"].rpartition("/")[2]
    log = site.checkout.client("logs").filter_log_events(logGroupName="/sitechat/local/release/hook")["events"]
    assert any(f"/health answered 200 by {revision}, " in each["message"] for each in log)
    assert PERCENT / 3 < 100 * shifting[new] / shifting.total() < 2.5 * PERCENT
    assert_empty_plan(site)


def test_an_alarm_takes_a_canary_back_at_its_share(site: Site) -> None:
    old, digest = running(site), another_image(site, "third")
    watch = site.checkout.client("cloudwatch")
    (alarm,) = [
        each["AlarmName"]
        for each in watch.describe_alarms(AlarmNamePrefix="sitechat-local-release")["MetricAlarms"]
        if "error" in each["AlarmName"]
    ]

    def ring() -> None:
        until(lambda: len({*found.tasks}) == 2)
        watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")

    with asked_all_the_time(site) as found:
        ringing = threading.Thread(target=ring)
        ringing.start()
        done = site.checkout.sitechat("release", "--env", str(site.file), "--image", digest, "--json")
        ringing.join()
    assert done.status == ExitCode.FAILED, done.output
    assert "ALARM" in done.output
    assert running(site) == old
    assert found.kinds.keys() == {(200, "done")}
    (new,) = {*found.tasks} - {old}
    assert 100 * found.tasks.count(new) / len(found.tasks) < 2.5 * PERCENT
    watch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")
    assert_empty_plan(site)


def test_a_rollback_and_a_scale_out_leave_the_plan_empty(site: Site) -> None:
    env = ("--env", str(site.file))
    back = site.checkout.must("rollback", *env, "--yes", "--json").json["release"]
    assert (back["kind"], back["result"]) == ("rollback", "succeeded")
    assert_empty_plan(site)
    want_tasks(site, 2)
    until(lambda: len(site.tasks()) == 2)
    assert_empty_plan(site)
