"""Run of docs/deployment.md, command by command, for a production environment: up to a site, and down again.

All of prod is in it, but with the OpenSearch domain of `local up`; one of its own has test_search_domain.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import load
from pipeline.errors import ExitCode
from tests.docs.commands import commands
from tests.e2e.checkout import LONG_SECONDS, Checkout, Done
from tests.e2e.deployed_site import PAGES, until
from tests.e2e.environment_files import emulated
from tests.e2e.site import Site
from tests.e2e.terraform_log import log_terraform
from tests.support.environments import ROOT

ENV = "prod"
PAGE = ROOT / "docs" / "deployment.md"
# Environments that the page names; all its commands are run for one.
NAMED = ("dev", "prod")
# Input typed by a person.
TYPED = {
    "secret set": "correct-horse-battery-staple-0123456789\n",
    "deploy": "y\n" * 9,
    "release": "y\n",
    "destroy": "y\n",
}
# Commands that need what this run leaves out: a site on the internet to fetch.
LEFT_OUT = ("env", "ingest")
# The copy of the sources has no commit to name an image after, and none that a deployment could be compared with.
ADDED = {"image push": ("--tag", "pushed")}
INCOMPLETE = "--since-last"


@dataclass(frozen=True)
class Ran:
    """Command of the page as it was run."""

    name: str
    done: Done
    expected: int = ExitCode.OK

    @property
    def ended_as_expected(self) -> bool:
        return self.done.status == self.expected


@dataclass(frozen=True)
class Lived:
    """Observations of a run: commands in their order, states and second plans after deployment, states at the end.

    `probed` is what the probe answered, and the names of its metrics that CloudWatch then had.
    """

    checkout: Checkout
    file: str
    ran: Sequence[Ran]
    states: Mapping[str, dict[str, Any]]
    planned_again: Mapping[str, dict[str, Any]]
    probed: Mapping[str, Any]
    left: Mapping[str, dict[str, Any]]

    def of(self, name: str) -> list[Done]:
        """Results of each run of a command."""
        return [each.done for each in self.ran if each.name == name]


def live(checkout: Checkout) -> Lived:
    """Run the page. Stops at a command with an unexpected exit status; the tests then name it."""
    file = emulated(ENV, checkout.root, search=False)
    log_terraform(checkout)
    checkout.must("local", "up")
    ran: list[Ran] = []
    states: dict[str, dict[str, Any]] = {}
    planned: dict[str, dict[str, Any]] = {}
    probed: dict[str, Any] = {}
    for words in _lines(str(file)):
        name = " ".join(words[: 2 if words[0] in ("secret", "image") else 1])
        if name == "destroy":
            states = checkout.states(str(file))
            planned = checkout.plans(ENV, _newest(checkout))
        added = ADDED.get(name, ())
        if name == "release":
            # No source of pages is at hand, and new tasks have to answer with sources before they get visitors.
            Site(checkout, file).fill(PAGES)
        done = checkout.sitechat(*words, *added, seconds=LONG_SECONDS, piped=TYPED.get(name))
        ran.append(Ran(name, done, ExitCode.INCOMPLETE if INCOMPLETE in words else ExitCode.OK))
        if not ran[-1].ended_as_expected:
            break
        if name == "alarms":
            probed = _probed(checkout, str(file))
        if name == "image push":
            _configure(file, ran[-1].done.stdout)
    left = checkout.states(str(file)) if ran[-1].ended_as_expected else {}
    return Lived(checkout, str(file), ran, states, planned, probed, left)


def _probed(checkout: Checkout, file: str) -> dict[str, Any]:
    """Have the probe ask, as its schedule does where there is one that runs, and wait for its metrics."""
    env = load(file)
    called = checkout.client("lambda").invoke(FunctionName=env.names.resource("probe"), Payload=b"{}")
    answer = json.load(called["Payload"])
    names: set[str] = set()

    def written() -> bool:
        told = checkout.client("cloudwatch").list_metrics(Namespace=env.metrics_namespace)["Metrics"]
        names.update(each["MetricName"] for each in told if each["MetricName"].startswith("Probe"))
        return bool(names)

    until(written)
    return {"answer": answer, "metrics": sorted(names)}


def _lines(file: str) -> list[list[str]]:
    """Commands of the page, each for the environment `file`."""
    shown = [each.words[1:] for each in commands(PAGE) if each.whole and each.words[1] not in LEFT_OUT]
    return [[file if word in NAMED else word for word in words] for words in shown]


def _newest(checkout: Checkout) -> str:
    return max(path.name for path in checkout.run_work.bundles(ENV).iterdir() if path.is_dir())


def _configure(file: Path, printed: str) -> None:
    """Put the lines that `image push` prints into the environment file."""
    lines = printed[printed.index("[image]") : printed.index("next:")]
    with file.open("a", encoding="utf-8") as text:
        text.write(f"\n{lines}")
