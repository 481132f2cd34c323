"""What is kept of a service that CodeDeploy deploys: its task sets, each of which is a hidden service of ministack."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from local_aws.hidden_services import hidden_name


@dataclass
class TaskSet:
    """A task set: its number, what made it, and since when it has been in its state (the machine's time)."""

    number: str
    external_id: str = ""
    status: str = "ACTIVE"
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)

    @property
    def id(self) -> str:
        """Its id, as ECS makes them."""
        return f"ecs-svc/{self.number}"


@dataclass
class Record:
    """A visible service: name of its cluster, its own, how many tasks are wanted, and its task sets."""

    cluster: str
    name: str
    desired: int
    sets: list[TaskSet] = field(default_factory=list)

    def hidden(self, task_set: TaskSet) -> str:
        """Name of a task set's hidden service."""
        return hidden_name(self.name, task_set.number)

    @property
    def primary(self) -> TaskSet:
        """The task set that serves production traffic."""
        return next(each for each in self.sets if each.status == "PRIMARY")

    def find(self, reference: str) -> TaskSet | None:
        """A task set by its id or ARN."""
        number = reference.rpartition("/")[2]
        return next((each for each in self.sets if each.number == number), None)


def new_task_set(external_id: str = "", status: str = "ACTIVE") -> TaskSet:
    """A task set with a number of its own."""
    return TaskSet(str(secrets.randbelow(9 * 10**18) + 10**18), external_id, status)


def name_of(reference: str) -> str:
    """Name of a cluster or service, by its name or ARN."""
    return reference.rpartition("/")[2]
