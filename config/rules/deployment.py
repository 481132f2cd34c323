"""Rules on the strategy of releases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads_fields
from config.sections.deployment import (
    CODE_DEPLOY_ALONE,
    COMMON,
    MOST_MINUTES,
    NATIVE_LEAST_STEP_PERCENT,
    NATIVE_MOST_MINUTES,
    SHIFTED,
    STEPS,
)

if TYPE_CHECKING:
    from config.environment import Environment

# Longest answer that the contract reckons with: as long as a leaving task's connections stay open.
ANSWER_SECONDS = 60


@reads_fields("deployment.strategy", "deployment.controller", "dns.domain")
def shifted_traffic_has_a_domain(env: Environment) -> Iterator[Violation]:
    """Without a domain the forward stands in a rule with a condition, and CodeDeploy takes a listener.

    TargetGroupPairInfo of its API reference names listeners alone; no document says what it does with their rules. ECS
    takes rules; but new tasks are tried under the certificate of the site's name, and without a domain there is none.
    """
    if not env.shifts_releases or env.dns.domain:
        return
    if env.uses_code_deploy:
        yield (
            "deployment.strategy",
            '"rolling", because without dns.domain the load balancer forwards by a rule, and CodeDeploy shifts the '
            "traffic of listeners",
        )
    else:
        yield (
            "deployment.strategy",
            '"rolling", because without dns.domain there is no certificate under which new tasks are tried',
        )


@reads_fields("deployment", "monitoring.probe_minutes")
def values_belong_to_the_strategy(env: Environment) -> Iterator[Violation]:
    """A value that nothing reads is a mistake: somebody believes that it counts. The defaults may always stand."""
    deployment = env.deployment
    read = {*COMMON, *STEPS[deployment.strategy], *(SHIFTED if env.shifts_releases else ())}
    if env.monitoring.probe_minutes:
        read.add("test_question")
    native = env.shifts_releases and not env.uses_code_deploy
    for key, field in type(deployment).model_fields.items():
        if getattr(deployment, key) == field.default:
            continue
        if key not in read:
            yield f"deployment.{key}", f'nothing, because strategy = "{deployment.strategy}" doesn\'t use it'
        elif native and key in CODE_DEPLOY_ALONE:
            yield (
                f"deployment.{key}",
                'nothing, because with controller = "ecs" the old tasks end after bake_minutes',
            )


@reads_fields("deployment")
def shift_ends_in_time(env: Environment) -> Iterator[Violation]:
    """CodeDeploy waits 48 hours at most between the first and the last shift ("CodeDeploy quotas")."""
    deployment = env.deployment
    if env.uses_code_deploy and deployment.shift_minutes > MOST_MINUTES and deployment.strategy == "linear":
        steps = deployment.shift_minutes // deployment.linear_minutes
        yield (
            "deployment.linear_minutes",
            f"at most {MOST_MINUTES // steps}, because {steps} waits of it have {MOST_MINUTES} minutes",
        )


@reads_fields("deployment")
def native_limits(env: Environment) -> Iterator[Violation]:
    """ECS's own deployments take less than CodeDeploy's: CanaryConfiguration, LinearConfiguration of its API."""
    deployment = env.deployment
    if not env.shifts_releases or env.uses_code_deploy:
        return
    read = ("bake_minutes", *(key for key in STEPS[deployment.strategy] if key.endswith("_minutes")))
    for key in read:
        if getattr(deployment, key) > NATIVE_MOST_MINUTES:
            yield (
                f"deployment.{key}",
                f'at most {NATIVE_MOST_MINUTES}, because with controller = "ecs" ECS takes back what stays a day',
            )
    if deployment.strategy == "linear" and deployment.linear_percent < NATIVE_LEAST_STEP_PERCENT:
        yield (
            "deployment.linear_percent",
            f'at least {NATIVE_LEAST_STEP_PERCENT}, because with controller = "ecs" ECS moves no smaller share',
        )


@reads_fields("deployment", "service.stop_timeout_seconds")
def old_tasks_end_their_answers(env: Environment) -> Iterator[Violation]:
    """CodeDeploy ends all old tasks at once after its wait, whatever they still answer (containers-roadmap#969).

    Of ECS's own deployments no document says more, so that its bake has to be as long.
    """
    if not env.shifts_releases:
        return
    wait = env.deployment.old_tasks_minutes
    longest = max(ANSWER_SECONDS, env.service.stop_timeout_seconds)
    if wait * 60 < longest and not env.uses_code_deploy:
        yield (
            "deployment.bake_minutes",
            f"at least {-(-longest // 60)}, because an answer may take {longest} seconds and the old tasks end then",
        )
    elif wait * 60 < longest:
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
