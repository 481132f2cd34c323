"""Names of hidden services: each is a task set of a service that CodeDeploy deploys (local_aws/shims/task_sets).

A hidden service has the visible one's name, a dot, and the number of its task set. No name that AWS takes for a service
has a dot ("serviceName", ECS API reference), so hidden ones are known by it.
"""

from __future__ import annotations

_DOT = "."


def hidden_name(service: str, number: str) -> str:
    """Name of the hidden service of a task set."""
    return f"{service}{_DOT}{number}"


def is_hidden(name: str) -> bool:
    """Whether a service is the hidden one of a task set, by its name or ARN."""
    return _DOT in name.rpartition("/")[2]


def visible_name(name: str) -> str:
    """Name of the service that clients know, of a hidden one or of any other."""
    return name.partition(_DOT)[0]


def number_of(name: str) -> str:
    """Number of a hidden service's task set."""
    return name.partition(_DOT)[2]
