"""Rules on the strategy of releases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads_fields
from config.sections.deployment import MOST_MINUTES, SHIFTED, STEPS

if TYPE_CHECKING:
    from config.environment import Environment

# Longest answer that the contract reckons with: as long as a leaving task's connections stay open.
ANSWER_SECONDS = 60


@reads_fields("deployment.strategy", "dns.domain")
def shifted_traffic_has_a_domain(env: Environment) -> Iterator[Violation]:
    """Without a domain the forward stands in a rule with a condition, and CodeDeploy takes a listener.

    TargetGroupPairInfo of its API reference names listeners alone; no document says what it does with their rules.
    """
    if env.uses_code_deploy and not env.dns.domain:
        yield (
            "deployment.strategy",
            '"rolling", because without dns.domain the load balancer forwards by a rule, and CodeDeploy shifts the '
            "traffic of listeners",
        )


@reads_fields("deployment")
def values_belong_to_the_strategy(env: Environment) -> Iterator[Violation]:
    """A value that nothing reads is a mistake: somebody believes that it counts. The defaults may always stand."""
    deployment = env.deployment
    read = {"strategy", *STEPS[deployment.strategy], *(SHIFTED if env.uses_code_deploy else ())}
    for key, field in type(deployment).model_fields.items():
        if key not in read and getattr(deployment, key) != field.default:
            yield f"deployment.{key}", f'nothing, because strategy = "{deployment.strategy}" doesn\'t use it'


@reads_fields("deployment")
def shift_ends_in_time(env: Environment) -> Iterator[Violation]:
    """CodeDeploy waits 48 hours at most between the first and the last shift ("CodeDeploy quotas")."""
    deployment = env.deployment
    if deployment.strategy == "linear" and deployment.shift_minutes > MOST_MINUTES:
        steps = deployment.shift_minutes // deployment.linear_minutes
        yield (
            "deployment.linear_minutes",
            f"at most {MOST_MINUTES // steps}, because {steps} waits of it have {MOST_MINUTES} minutes",
        )


@reads_fields("deployment", "service.stop_timeout_seconds")
def old_tasks_end_their_answers(env: Environment) -> Iterator[Violation]:
    """CodeDeploy ends all old tasks at once after its wait, whatever they still answer (containers-roadmap#969)."""
    if not env.uses_code_deploy:
        return
    wait = env.deployment.old_tasks_minutes
    longest = max(ANSWER_SECONDS, env.service.stop_timeout_seconds)
    if wait * 60 < longest:
        least = -(-longest // 60) - env.deployment.bake_minutes
        yield (
            "deployment.termination_wait_minutes",
            f"at least {least}, because an answer may take {longest} seconds and all old tasks end at once",
        )
    elif wait > MOST_MINUTES:
        yield (
            "deployment.termination_wait_minutes",
            f"at most {MOST_MINUTES - env.deployment.bake_minutes}, because CodeDeploy ends the old tasks after "
            f"{MOST_MINUTES} minutes, of which bake_minutes takes {env.deployment.bake_minutes}",
        )
