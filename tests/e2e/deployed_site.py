"""Deployment of a site with three pages in its index: for visitors, and for releases."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pipeline.errors import ExitCode
from tests.e2e.checkout import Checkout
from tests.e2e.environment_files import as_toml
from tests.e2e.site import Site

ENV = "local"
PAGES = {
    "Opening hours": "The garden is open every day from 9:00 to 18:00. Last entry is one hour before closing.",
    "Tickets": "A day ticket costs 12 euros for adults. Children below six years need no ticket.",
    "Dogs": "Dogs are welcome on a lead, except in the glass houses.",
}
QUESTION = "When is the garden open?"
BLOCKED_WORD = "weedkiller"
RATE = 900
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "ingestion": {},  # PAGES are the index: nothing is fetched, and any host may be a source
    "edge": {"rate_limit_per_5_minutes": RATE},
    "bedrock": {"blocked_words": [BLOCKED_WORD]},
    "security": dict.fromkeys(
        ("analyzer", "account_settings", "hub", "recorder", "inspector", "image_scanning"), "off"
    ),
}
# A site whose releases are canaries, with the security services of environments/local.toml.
SHIFTED_PERCENT = 20
SHIFTING: Mapping[str, Mapping[str, Any]] = {
    "dns": {"domain": "chat.example.com"},
    "security": {
        **dict.fromkeys(("analyzer", "account_settings", "hub", "inspector", "image_scanning"), "own"),
        "recorder": "adopt",
    },
    "deployment": {
        "strategy": "canary",
        "canary_percent": SHIFTED_PERCENT,
        "canary_minutes": 1,
        "bake_minutes": 1,
        "termination_wait_minutes": 1,
    },
}
# Longest wait for what the emulated AWS does by itself: another task, a changed rule.
WAIT_SECONDS = 90.0


def deploy_site(made: Checkout, more: Mapping[str, Mapping[str, Any]] | None = None) -> Site:
    """Deploy the site, with `more` settings than its own, fill its index and wait until a task serves."""
    file = made.root / "traffic" / f"{ENV}.toml"
    file.parent.mkdir()
    settings = tomllib.loads((made.root / "environments" / f"{ENV}.toml").read_text())
    settings.update({**SETTINGS, **(more or {})})
    file.write_text(as_toml(settings))
    env = ("--env", str(file))
    made.must("local", "up")
    made.must("bootstrap", *env)
    made.must("deploy", *env, "--yes")
    site = Site(made, file)
    set_secret(site, "first")
    pushed = made.must("image", "push", *env, "--tag", "trial", "--json").json
    file.write_text(as_toml({**settings, "image": {"digest": pushed["digest"]}}))
    # CodeDeploy has the first tasks tried: they have to find sources.
    site.fill(PAGES)
    made.must("deploy", *env, "--yes")
    until(lambda: site.request("GET", "/health").status == 200)
    return site


def set_secret(site: Site, word: str) -> None:
    """Set the key that signs conversations to one made of `word`."""
    done = site.checkout.sitechat("secret", "set", "session-key", "--env", str(site.file), piped=f"{word}-" + "k" * 40)
    assert done.status == ExitCode.OK, done.output


def until(holds: Callable[[], bool]) -> None:
    """Wait for what the emulated AWS does by itself."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it didn't happen"
        time.sleep(0.25)


def answers(site: Site) -> bool:
    """Whether a question is answered to its end."""
    return "done" in site.ask(QUESTION).names


def service(site: Site) -> tuple[Any, dict[str, Any]]:
    """Client of ECS, and the description of the one service."""
    ecs = site.checkout.client("ecs")
    cluster = ecs.list_clusters()["clusterArns"][0]
    (found,) = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])[
        "services"
    ]
    return ecs, found


def want_tasks(site: Site, tasks: int) -> None:
    """Set the number of tasks that the service keeps."""
    ecs, found = service(site)
    ecs.update_service(cluster=found["clusterArn"], service=found["serviceName"], desiredCount=tasks)


@contextmanager
def without_tasks(site: Site) -> Iterator[None]:
    """Stop all tasks, and let scaling start them again after the block, until the site answers."""
    scaling = site.checkout.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    named = {name: target[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    scaling.register_scalable_target(**named, MinCapacity=0)
    try:
        want_tasks(site, 0)
        until(lambda: not site.tasks())
        yield
    finally:
        scaling.register_scalable_target(**named, MinCapacity=target["MinCapacity"])
    until(lambda: answers(site))
