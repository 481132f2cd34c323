"""ARNs, taken apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arn:
    """Parts of an ARN; `resource` is all behind the account. What the text lacks is empty, as for "*"."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def arn(text: str) -> Arn:
    """The parts of an ARN."""
    _, partition, service, region, account, resource = (*text.split(":", 5), *[""] * 5)[:6]
    return Arn(partition, service, region, account, resource)
