"""[deployment]: how a release takes over the traffic, and what takes it back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import StrictModel, Text

# A deployment waits at most 48 hours between the first and the last shift of traffic, and as long before it ends the
# tasks of the release before ("CodeDeploy quotas", its guide; BlueInstanceTerminationOption, its API reference).
MOST_MINUTES = 2880
# docs/application-contract.md: a question has 1 to 1000 characters.
Question = Annotated[
    str,
    Text(
        r"(?=.*[A-Za-z\u00c0-\uffff]{2})[^\x00-\x1f\x7f\U00010000-\U0010ffff]+",
        "a question of 2 to 1000 characters, in words",
        max_length=1000,
        min_length=2,
    ),
]

# ECS takes back what stays 24 hours in one stage ("Deployment lifecycle stages", its guide), and a step of it moves 3 %
# at least (LinearConfiguration, its API reference).
NATIVE_MOST_MINUTES = 1439
NATIVE_LEAST_STEP_PERCENT = 3

# Settings that one strategy alone reads, and those that every strategy but rolling does.
STEPS: dict[str, tuple[str, ...]] = {
    "rolling": (),
    "blue_green": (),
    "canary": ("canary_percent", "canary_minutes"),
    "linear": ("linear_percent", "linear_minutes"),
}
SHIFTED = ("controller", "bake_minutes", "termination_wait_minutes", "test_question")
# Settings that every strategy reads.
COMMON = ("strategy", "rollback_alarms")
# What only CodeDeploy knows of these: ECS ends old tasks as soon as it has watched its alarms.
CODE_DEPLOY_ALONE = ("termination_wait_minutes",)


class DeploymentSection(StrictModel):
    """Strategy of a release. In all but rolling old and new tasks run side by side, in two groups."""

    strategy: Literal["rolling", "blue_green", "canary", "linear"] = Field(
        default="rolling",
        description="How a release takes over: task by task, all visitors at once, a first share of them and then the "
        "rest, or share by share. A change from or to rolling replaces the service, by `sitechat migrate`.",
    )
    controller: Literal["code_deploy", "ecs"] = Field(
        default="code_deploy",
        description='What carries out every strategy but "rolling": CodeDeploy, or ECS by itself. That takes an AWS '
        "provider of version 6, and this release has 5.100: a synthesis refuses it.",
    )
    # AWS names no range for percentages (TimeBasedCanary, TimeBasedLinear): the first share is some, and not all.
    canary_percent: int = Field(
        default=10, ge=1, le=99, description='Share of visitors that the new tasks get first, with "canary".'
    )
    canary_minutes: int = Field(
        default=5, ge=1, le=MOST_MINUTES, description='Time until they get the rest, with "canary".'
    )
    linear_percent: int = Field(
        default=10, ge=1, le=99, description='Share of visitors that each step moves, with "linear".'
    )
    linear_minutes: int = Field(default=3, ge=1, le=MOST_MINUTES, description='Time between two steps, with "linear".')
    bake_minutes: int = Field(
        default=10,
        ge=0,
        le=MOST_MINUTES,
        description="Time for which the old tasks stay after the shift, while alarms are watched.",
    )
    termination_wait_minutes: int = Field(
        default=5, ge=0, le=MOST_MINUTES, description="Further time until the old tasks are ended, all at once."
    )
    rollback_alarms: bool = Field(
        default=True,
        description="Take a release back when tasks answer with errors or fail their health checks. A rolling release "
        "then takes some minutes longer: ECS watches the alarms once the old tasks are gone.",
    )
    test_question: Question = Field(
        default="What is this site about?",
        description="Question that new tasks have to answer, with sources, before a visitor reaches them, and that the "
        "probe asks (`monitoring.probe_minutes`).",
    )

    @property
    def old_tasks_minutes(self) -> int:
        """Minutes from the last shift until the old tasks are ended: one wait, of which ECS's own is the bake alone."""
        if self.controller == "ecs":
            return self.bake_minutes
        return self.bake_minutes + self.termination_wait_minutes

    @property
    def shift_minutes(self) -> int:
        """Minutes between the first and the last shift of traffic."""
        if self.strategy == "canary":
            return self.canary_minutes
        if self.strategy == "linear":
            return (-(-100 // self.linear_percent) - 1) * self.linear_minutes
        return 0
