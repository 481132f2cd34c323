"""Rules, each from resource types of a configuration to the requests that AWS services make because of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from policies.needs.deployed import Deployed
from policies.needs.need import Need
from policies.needs.services import functions, logs, messages, releases, roles, storage, workflows

Rule = Callable[[Deployed], Iterator[Need]]
RULES: tuple[Rule, ...] = (
    *roles.RULES,
    *functions.RULES,
    *releases.RULES,
    *storage.RULES,
    *messages.RULES,
    *logs.RULES,
    *workflows.RULES,
)


def needs_of_services(deployed: Deployed) -> Iterator[Need]:
    """Needs of every AWS service that a configuration sets to work."""
    for rule in RULES:
        yield from (replace(need, by=deployed.current) for need in rule(deployed))
