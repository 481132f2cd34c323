"""Releases under a load of questions: visitors who ask all the time, images to release, and what has to hold after."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.errors import ExitCode, SitechatError
from tests.e2e.deployed_site import QUESTION, until
from tests.e2e.site import Site

APPLICATION = "examples/sitechat_app"


@dataclass
class Visits:
    """Answers of a load in the order in which they ended: how, given by which task, and why some were lost."""

    ends: list[tuple[int, str]] = field(default_factory=list)
    whys: Counter[str] = field(default_factory=Counter)
    tasks: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> Counter[tuple[int, str]]:
        return Counter(self.ends)

    @property
    def lost(self) -> int:
        """Questions without a whole answer."""
        return len(self.ends) - self.kinds[(200, "done")]

    def shifting(self, old: str, new: str) -> Counter[str]:
        """Answers by task from the first one of `new` up to the last one of `old`; empty where one gave none."""
        if not {old, new} <= {*self.tasks}:
            return Counter()
        return Counter(self.tasks[self.tasks.index(new) : len(self.tasks) - self.tasks[::-1].index(old)])


@contextmanager
def asked_all_the_time(site: Site, *, asked: int, visitors: int, pause_seconds: float = 0.3) -> Iterator[Visits]:
    """Visitors who ask one question after the other, until the block is over and `asked` questions were asked."""
    found, over, lock = Visits(), threading.Event(), threading.Lock()

    def visit() -> None:
        while not (over.is_set() and len(found.ends) >= asked):
            try:
                trace = site.trace(QUESTION)
                end = (trace.status, trace.ended)
                target = next((step.decided for step in trace.steps if step.hop == "target"), "")
                refused = [f"{step.hop}: {step.decided}: {step.did}" for step in trace.steps if step.refused]
            except SitechatError as error:
                end, target, refused = (0, "cut"), "", [error.message]
            with lock:
                found.ends.append(end)
                if end != (200, "done"):
                    found.whys.update(refused[:1] or [f"{end}"])
                found.tasks.append(target.partition(":")[0])
            time.sleep(pause_seconds)

    threads = [threading.Thread(target=visit) for _ in range(visitors)]
    for each in threads:
        each.start()
    try:
        yield found
    finally:
        over.set()
        for each in threads:
            each.join()


def another_image(site: Site, tag: str, *, file: str = "__init__.py", code: str = "") -> str:
    """Digest of a pushed image that differs from those before in a comment, and in `code` that is added to one file.

    The sources are left as they were.
    """
    source = site.checkout.root / APPLICATION / file
    before = source.read_text()
    source.write_text(f"{before}\n# {tag}\n{code}")
    try:
        env = ("--env", str(site.file))
        return str(site.checkout.must("image", "push", *env, "--tag", tag, "--json").json["digest"])
    finally:
        source.write_text(before)


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


@contextmanager
def alarm_rings(site: Site, found: Visits) -> Iterator[None]:
    """Ring the release's alarm on errors once a second task has answered a visitor; it is off again afterwards."""
    watch = site.checkout.client("cloudwatch")
    (alarm,) = [
        each["AlarmName"]
        for each in watch.describe_alarms(AlarmNamePrefix="sitechat-local-release")["MetricAlarms"]
        if "error" in each["AlarmName"]
    ]

    def ring() -> None:
        until(lambda: len({*found.tasks}) == 2)
        watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")

    ringing = threading.Thread(target=ring)
    ringing.start()
    try:
        yield
    finally:
        ringing.join()
        watch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")
