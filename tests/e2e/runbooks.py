"""Runbooks followed on the deployed site, each under a fault of its kind: `python -m tests.e2e.runbooks`.

Deploys the environment `local`, plants a fault, waits until `sitechat alarms` names the runbook, types what its "Check"
says, mends, and waits until it is over as "Done when" says. What `aws` commands ask is asked through boto3. Prints a
table; ends with 1 when something wasn't as the page says.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.errors import ExitCode
from tests.e2e.checkout import checkout
from tests.e2e.deployed_site import QUESTION, answers, deploy_site, service, until, without_tasks
from tests.e2e.site import Site
from tests.support.budgets import spend

MODEL = "us.amazon.nova-lite-v1:0"
# Above WAF's limit of a body, so that a rule blocks it.
TOO_LONG = b"x" * 20_000
LONGEST_SECONDS = 300.0
THREADS, BETWEEN_SECONDS = 3, 0.2
SETTINGS = {"monitoring": {"application_metrics": True, "availability_percent": 99.5}}


@dataclass
class Followed:
    """A runbook: what was planted, which alarms rang for it after how long, and how long until they were off."""

    page: str
    planted: str
    rang: list[str] = field(default_factory=list)
    over_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, what: str) -> None:
        """Take note of what isn't as the page says."""
        if not holds:
            self.wrong.append(what)

    @property
    def row(self) -> str:
        """Its row of the table."""
        ends = f"{self.over_seconds:.0f} s" if self.rang else ""
        return (
            f"| {self.page} | {self.planted} | {'<br>'.join(self.rang)} | {ends} | {'; '.join(self.wrong) or 'held'} |"
        )


def alarms(site: Site) -> dict[str, dict[str, Any]]:
    """Alarms of the environment by the end of their names."""
    done = site.checkout.sitechat("alarms", "--env", str(site.file), "--json")
    assert done.status in (ExitCode.OK, ExitCode.CHANGES), done.output
    found = [dict(each) for each in done.json["alarms"]]
    return {each["name"].removeprefix("sitechat-local-"): each for each in found}


def rings(site: Site, followed: Followed, name: str, page: str = "") -> None:
    """Wait until an alarm rings, and look that it leads to the page."""
    began = time.monotonic()
    while not (found := alarms(site)[name])["rings"]:
        assert time.monotonic() - began < LONGEST_SECONDS, f"{name} doesn't ring"
        time.sleep(1)
    followed.rang.append(f"{name} after {time.monotonic() - began:.0f} s")
    followed.check((page or followed.page) in str(found["runbook"]), f"{name} leads to {found['runbook']}")


def ends(site: Site, followed: Followed, *names: str) -> None:
    """Wait until alarms are off."""
    began = time.monotonic()
    while any(alarms(site)[name]["rings"] for name in names):
        assert time.monotonic() - began < LONGEST_SECONDS, f"{names} go on"
        time.sleep(1)
    followed.over_seconds = time.monotonic() - began


def typed(site: Site, followed: Followed, *words: str, codes: tuple[int, ...] = (ExitCode.OK,)) -> str:
    """Output of a command of the page."""
    done = site.checkout.sitechat(*words, "--env", str(site.file))
    followed.check(done.status in codes, f"sitechat {' '.join(words)} ended with {done.status}")
    return done.output


@contextmanager
def all_the_time(act: Callable[[], Any]) -> Iterator[None]:
    """Do something again and again, in a few threads, until the block ends."""
    over = threading.Event()

    def again() -> None:
        while not over.is_set():
            act()
            over.wait(BETWEEN_SECONDS)

    threads = [threading.Thread(target=again, daemon=True) for _ in range(THREADS)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join()


def logged(site: Site, **fields: str) -> list[dict[str, Any]]:
    """Lines of the application's log with these fields; a value that ends in * is the beginning of one."""
    events = site.checkout.client("logs").filter_log_events(logGroupName="/sitechat/local/app")["events"]
    lines = [json.loads(each["message"]) for each in events]

    def fits(line: dict[str, Any], name: str, value: str) -> bool:
        given = str(line.get(name, ""))
        return given.startswith(value[:-1]) if value.endswith("*") else given == value

    return [line for line in lines if all(fits(line, *each) for each in fields.items())]


def model_refuses(site: Site) -> Iterator[Followed]:
    """Bedrock throttles: the model's own alarm, and the objective that is being lost by it."""
    refused = Followed("model-refuses", "Bedrock answers ThrottlingException")
    burns = Followed("objective-burns", "the same")
    with all_the_time(lambda: site.ask(QUESTION)):
        site.fault(error="ThrottlingException", model="*nova*")
        rings(site, refused, "svc-model-throttled")
        rings(site, burns, "slo-availability")
        counted = site.checkout.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Bedrock",
            MetricName="InvocationThrottles",
            Dimensions=[{"Name": "ModelId", "Value": MODEL}],
            Statistics=["Sum"],
            Period=60,
            StartTime=datetime.now(UTC) - timedelta(days=1),
            EndTime=datetime.now(UTC) + timedelta(days=1),
        )
        refused.check(bool(counted["Datapoints"]), "CloudWatch has no throttled calls of the model")
        refused.check(bool(logged(site, outcome="model_*")), "no line of the log has an outcome of the model")
        typed(site, burns, "history", "--since-last")
        failed = logged(site, message="answer", level="ERROR")
        burns.check({line["outcome"] for line in failed} == {"model_busy"}, "the outcomes don't lead to the model")
        site.fault()
        ends(site, refused, "svc-model-throttled")
        ends(site, burns, "slo-availability")
    refused.check(answers(site), "no question is answered afterwards")
    yield refused
    yield burns


def site_down(site: Site) -> Iterator[Followed]:
    """No task runs, because somebody set the number of tasks to none."""
    down = Followed("site-down", "the service is set to no task by hand")
    with without_tasks(site):
        rings(site, down, "svc-no-targets")
        page = site.request("GET", "/")
        down.check(page.status == 200 and b"try" in page.body.lower(), "visitors see no page that says so")
        told = typed(site, down, "history", "--handover", codes=(ExitCode.OK, ExitCode.INCOMPLETE))
        down.check("no-targets" in told, "the handover doesn't name the alarm")
        typed(site, down, "releases")
        _, found = service(site)
        down.check((found["desiredCount"], found["runningCount"]) == (0, 0), "ECS doesn't say that none is wanted")
    ends(site, down, "svc-no-targets")
    down.check(answers(site), "no question is answered afterwards")
    yield down


def blocked_requests(site: Site) -> Iterator[Followed]:
    """Somebody sends what the firewall blocks, more than a thousand times in five minutes."""
    blocked = Followed("blocked-requests", "bodies above the firewall's limit, again and again")
    with all_the_time(lambda: [site.request("POST", "/api/chat", TOO_LONG) for _ in range(50)]):
        rings(site, blocked, "edge-waf-blocked")
        blocked.check(answers(site), "the firewall shuts out visitors as well")
    ends(site, blocked, "edge-waf-blocked")
    yield blocked


def model_spend(site: Site) -> Iterator[Followed]:
    """The budget of models is used up, and its action denies them."""
    spent, endpoint = Followed("model-spend", "the month's budget of models is used up"), site.checkout.endpoint
    spend(endpoint.url, endpoint.account_id, "sitechat-local-models", 50)
    until(lambda: site.ask(QUESTION).names[-1] == "error")
    typed(site, spent, "bedrock", "status", codes=(ExitCode.CHANGES,))
    typed(site, spent, "bedrock", "resume")
    until(lambda: answers(site))
    typed(site, spent, "bedrock", "status")
    yield spent


def main() -> int:
    with TemporaryDirectory(prefix="sitechat-runbooks-") as folder, checkout(Path(folder) / "sitechat") as made:
        site = deploy_site(made, SETTINGS)
        found = [
            followed
            for follow in (model_refuses, site_down, blocked_requests, model_spend)
            for followed in follow(site)
        ]
    print("| runbook | planted | rang | off after mending | |\n|---|---|---|---|---|")
    for each in found:
        print(each.row)
    return int(any(each.wrong for each in found))


if __name__ == "__main__":
    sys.exit(main())
