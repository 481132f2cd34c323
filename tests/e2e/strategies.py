"""Every deployment strategy on one deployed site: `python -m tests.e2e.strategies`, which takes long.

Deploys the environment `local` with a domain, and goes from rolling by `sitechat migrate` to canary, then linear and
blue_green, and back to rolling. With each it releases under a load of streamed questions: once to success, then an
image that doesn't start, one that the test of new tasks finds wrong, which rolling doesn't have, and one that an alarm
takes back. With canary a client is killed half-way and its release taken up, and a rollback is rolled back.

Prints a table of answers by task and of the time of each step, and ends with 1 when a question was lost, a broken
release got visitors that it must not get, or a plan afterwards wasn't empty.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local_aws.traffic.clock import FACTOR_VARIABLE
from pipeline.errors import ExitCode
from tests.e2e.checkout import LONG_SECONDS, Done, checkout
from tests.e2e.deployed_site import answers, deploy_site, until
from tests.e2e.environment_files import as_toml
from tests.e2e.release_load import Visits, alarm_rings, another_image, asked_all_the_time, assert_empty_plan, running
from tests.e2e.site import Site

VISITORS = 8
PERCENT, STEP_PERCENT = 20, 50
STRATEGIES = ("canary", "linear", "blue_green")
# Minutes of the plane, whose clock runs FACTOR times as fast: an hour for tasks that never start is two minutes then.
FACTOR = 30
SHARED: Mapping[str, Any] = {"bake_minutes": 4, "termination_wait_minutes": 2}
OWN: Mapping[str, Mapping[str, Any]] = {
    "canary": {"canary_percent": PERCENT, "canary_minutes": 15},
    "linear": {"linear_percent": STEP_PERCENT, "linear_minutes": 10},
    "blue_green": {},
}
# Most of a broken release's share that visitors may have seen, in percent, with room for chance; None: any.
MOST: Mapping[str, float | None] = {"canary": 2.5 * PERCENT, "linear": None, "blue_green": None}
NO_START = 'raise SystemExit("broken on purpose")\n'
NO_SOURCES = """
_whole = _encoded


def _encoded(item, record):
    return b"" if isinstance(item, Sources) else _whole(item, record)
"""


@dataclass
class Trial:
    """What was tried so far: `wrong` is what didn't hold."""

    site: Site
    requests: int
    number: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def env(self) -> tuple[str, str]:
        return ("--env", str(self.site.file))

    def hold(self, holds: bool, what: str) -> None:
        """Note and print what doesn't hold."""
        if not holds:
            self.wrong.append(what)
            print(f"  WRONG: {what}", flush=True)

    def configure(self, deployment: Mapping[str, Any]) -> None:
        """Write another [deployment] into the environment's file, and the image that runs."""
        settings = tomllib.loads(self.site.file.read_text())
        releases = self.site.checkout.must("releases", *self.env, "--json").json["releases"]
        done = [each for each in releases if each["result"] == "succeeded"]
        digest = done[0]["digest"] if done else settings["image"]["digest"]
        self.site.file.write_text(as_toml({**settings, "deployment": dict(deployment), "image": {"digest": digest}}))

    def image(self, *, file: str = "__init__.py", code: str = "") -> str:
        """Push another image."""
        self.number += 1
        return another_image(self.site, f"trial-{self.number}", file=file, code=code)

    def release(self, digest: str) -> Done:
        done: Done = self.site.checkout.sitechat(
            "release", *self.env, "--image", digest, "--json", seconds=LONG_SECONDS
        )
        return done

    def plan_is_empty(self, after: str) -> None:
        try:
            assert_empty_plan(self.site)
        except AssertionError as error:
            self.hold(False, f"{after}: the plan isn't empty\n{error}")

    def succeed(self, strategy: str) -> None:
        """Release a good image under load."""
        old, digest = running(self.site), self.image()
        with asked_all_the_time(self.site, asked=self.requests, visitors=VISITORS, pause_seconds=0.05) as found:
            done = self.release(digest)
        self.hold(done.status == ExitCode.OK, f"{strategy}: {done.output}")
        new = running(self.site)
        self._told(strategy, "success", found, old)
        self.hold(new != old and {old, new} == {*found.tasks}, f"{strategy}: answered by {sorted({*found.tasks})}")
        shift = found.shifting(old, new)
        if shift.total():
            share = 100 * shift[new] / shift.total()
            print(f"  while both answered: {shift.total()} answers, {share:.0f} % from the new task", flush=True)
        for line in self._steps(done):
            print(f"  {line}", flush=True)
        self.plan_is_empty(f"{strategy}, success")

    def fail(self, strategy: str, how: str, digest: str, words: str, most: float | None = 0.0) -> None:
        """Release a broken image under load; `words` have to be told, and visitors saw at most `most` percent of it.

        What ran before runs again: the same task, but for a rolling release that an alarm takes back, whose old task is
        gone or replaced by then.
        """
        old, revision = running(self.site), self._revision()
        with asked_all_the_time(self.site, asked=1, visitors=VISITORS, pause_seconds=0.05) as found:
            if how == "alarm":
                with alarm_rings(self.site, found):
                    done = self.release(digest)
            else:
                done = self.release(digest)
        self.hold(done.status == ExitCode.FAILED, f"{strategy}, {how}: {done.output}")
        self.hold(words in done.output, f"{strategy}, {how}: {words!r} isn't told\n{done.output}")
        self._told(strategy, how, found, old)
        share = 100 * (1 - found.tasks.count(old) / len(found.tasks))
        self.hold(most is None or share <= most, f"{strategy}, {how}: {share:.0f} % of the answers")
        if strategy == "rolling" and how == "alarm":
            running(self.site)
        else:
            self.hold(running(self.site) == old, f"{strategy}, {how}: another task runs")
        self.hold(self._revision() == revision, f"{strategy}, {how}: another revision runs")
        self.plan_is_empty(f"{strategy}, {how}")

    def _revision(self) -> str:
        """The task definition that is in service."""
        ecs = self.site.checkout.client("ecs")
        told = ecs.describe_services(cluster="sitechat-local-main", services=["sitechat-local-app"])
        (service,) = told["services"]
        primary = [each for each in service.get("taskSets", ()) if each["status"] == "PRIMARY"]
        return str((primary[0] if primary else service)["taskDefinition"])

    def _told(self, strategy: str, how: str, found: Visits, old: str) -> None:
        new = len(found.tasks) - found.tasks.count(old)
        print(
            f"{strategy} | {how} | {len(found.ends)} asked | {found.lost} lost | "
            f"{found.tasks.count(old)} by the old task | {new} by the new one",
            flush=True,
        )
        self.hold(not found.lost, f"{strategy}, {how}: lost {dict(found.kinds)}: {dict(found.whys)}")

    def _steps(self, done: Done) -> list[str]:
        """Steps of a deployment with the plane's seconds that each took."""
        release = done.json["release"] or {}
        if not str(release.get("deployment", "")).startswith("d-"):
            return []
        client = self.site.checkout.client("codedeploy")
        (target,) = client.list_deployment_targets(deploymentId=release["deployment"])["targetIds"]
        told = client.get_deployment_target(deploymentId=release["deployment"], targetId=target)["deploymentTarget"]
        return [
            f"{each['lifecycleEventName']:<24}{(each['endTime'] - each['startTime']).total_seconds():6.0f} s (plane)"
            for each in told["ecsTarget"]["lifecycleEvents"]
            if "endTime" in each and "startTime" in each
        ]

    def killed_and_taken_up(self) -> None:
        """Kill the client half-way: CodeDeploy goes on, and `releases --follow` takes it up and writes its end."""
        old, digest = running(self.site), self.image()
        made = self.site.checkout

        def kill(pid: int) -> None:
            def when_shifted() -> None:
                until(lambda: len({each["ip"] for each in self.site.tasks()}) == 2)
                os.killpg(pid, signal.SIGKILL)

            threading.Thread(target=when_shifted).start()

        argv = (sys.executable, "-m", "pipeline", "release", *self.env, "--image", digest, "--json")
        done = made.run(argv, seconds=LONG_SECONDS, started=kill)
        self.hold(done.status == -signal.SIGKILL, f"not killed: {done.output}")
        second = self.release(digest)
        self.hold(second.status == ExitCode.LOCKED, f"a second one beside it: {second.output}")
        followed = made.sitechat("releases", *self.env, "--follow", "--json", seconds=LONG_SECONDS)
        self.hold(followed.status == ExitCode.OK, f"followed: {followed.output}")
        told = made.must("releases", "latest", *self.env, "--json").json
        self.hold('"succeeded"' in str(told).replace("'", '"'), f"its end: {told}")
        self.hold(running(self.site) != old, "the old task still runs")
        print("canary | client killed half-way | second refused, taken up, succeeded", flush=True)
        self.plan_is_empty("killed half-way")

    def back_and_forth(self) -> None:
        """A rollback, and a rollback of it."""
        revisions = []
        for _ in range(2):
            done = self.site.checkout.must("rollback", *self.env, "--yes", "--json").json["release"]
            revisions.append((done["before"], done["task_definition"]))
        self.hold(revisions[0] == revisions[1][::-1], f"a rollback of a rollback: {revisions}")
        print("canary | rollback, and rollback of it | succeeded", flush=True)
        self.plan_is_empty("rollback of a rollback")

    def migrate(self, deployment: Mapping[str, Any]) -> None:
        """Change to a strategy of another controller: an ordinary deployment refuses it."""
        made = self.site.checkout
        self.configure(deployment)
        refused = made.sitechat("deploy", *self.env, "--yes", seconds=LONG_SECONDS)
        self.hold(refused.status == ExitCode.REFUSED and "sitechat migrate" in refused.output, refused.output)
        done = made.sitechat("migrate", *self.env, "--yes", "--json", seconds=LONG_SECONDS)
        self.hold(done.status == ExitCode.OK, f"migrate: {done.output}")
        until(lambda: answers(self.site))
        self.plan_is_empty("migrate")
        first = made.sitechat("release", *self.env, "--restart", "--yes", "--json", seconds=LONG_SECONDS)
        self.hold(first.status == ExitCode.OK, f"the first release: {first.output}")
        print(f"migrated to {deployment or 'rolling'}, and released once", flush=True)
        self.plan_is_empty("first release")


def main(arguments: Sequence[str] | None = None) -> None:
    """Deploy, try each strategy, and exit with 1 when something didn't hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.strategies", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="questions at least while a good image is released")
    choices = ("rolling", *STRATEGIES)
    parser.add_argument("--strategy", action="append", choices=choices, help="only these, after rolling")
    given = parser.parse_args(arguments)
    os.environ.setdefault(FACTOR_VARIABLE, str(FACTOR))
    more: Mapping[str, Mapping[str, Any]] = {
        # One task, so that each answer tells old from new; a load on a slow machine would start others.
        "service": {"max_tasks": 1},
        "dns": {"domain": "chat.example.com"},
        "edge": {"rate_limit_per_5_minutes": 1_000_000},
    }
    with TemporaryDirectory() as folder, checkout(Path(folder, "sitechat")) as made:
        trial = Trial(deploy_site(made, more), given.requests)
        trial.succeed("rolling")
        trial.fail("rolling", "no start", trial.image(code=NO_START), "circuit breaker")
        trial.fail("rolling", "alarm", trial.image(), "alarm detected", None)
        others = [each for each in given.strategy or STRATEGIES if each != "rolling"]
        for number, strategy in enumerate(others):
            deployment = {"strategy": strategy, **SHARED, **OWN[strategy]}
            if number == 0:
                trial.migrate(deployment)
            else:
                trial.configure(deployment)
                made.must("deploy", *trial.env, "--yes")
            trial.succeed(strategy)
            trial.fail(strategy, "no start", trial.image(code=NO_START), "Essential container exited, exit code 1")
            trial.fail(strategy, "test", trial.image(file="chat.py", code=NO_SOURCES), "no sources")
            trial.fail(strategy, "alarm", trial.image(), "ALARM", MOST[strategy])
            if strategy == "canary":
                trial.killed_and_taken_up()
                trial.back_and_forth()
        if others:
            trial.migrate({})
    print("all held" if not trial.wrong else f"{len(trial.wrong)} didn't hold", flush=True)
    sys.exit(1 if trial.wrong else 0)


if __name__ == "__main__":
    main()
