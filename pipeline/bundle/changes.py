"""What a plan does, counted, and the stateful resources it would destroy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

#: Resources that hold data or cost a day to get back.
STATEFUL = frozenset(
    {
        "aws_backup_vault",
        "aws_cloudtrail",
        "aws_cloudtrail_event_data_store",
        "aws_cloudwatch_log_group",
        "aws_dynamodb_table",
        "aws_dynamodb_table_replica",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_kms_replica_key",
        "aws_opensearch_domain",
        "aws_route53_zone",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
    }
)
#: They carry the traffic of a live site: kept where the environment is protected.
TRAFFIC = frozenset({"aws_cloudfront_vpc_origin", "aws_lb"})
KINDS = ("add", "change", "replace", "destroy")


@dataclass(frozen=True)
class Counts:
    """Numbers of resources by what happens to them; `outputs` are changed outputs."""

    add: int = 0
    change: int = 0
    replace: int = 0
    destroy: int = 0
    outputs: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def resources(self) -> int:
        """Resources that change in any way."""
        return self.add + self.change + self.replace + self.destroy

    @property
    def any(self) -> bool:
        """Is there anything to apply?"""
        return self.resources + self.outputs > 0


def kind_of(actions: list[str]) -> str | None:
    """Terraform's list of actions in one word; None for what changes nothing."""
    if "create" in actions and "delete" in actions:
        return "replace"
    return {"create": "add", "update": "change", "delete": "destroy"}.get(actions[0] if actions else "")


def resource_changes(plan: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(address, type, kind) of every managed resource that changes."""
    for each in plan.get("resource_changes") or ():
        kind = kind_of(each["change"]["actions"])
        if kind is not None and each.get("mode", "managed") == "managed":
            yield each["address"], each["type"], kind


def count(plan: Mapping[str, Any]) -> Counts:
    """Count a plan's changes."""
    kinds = [kind for _, _, kind in resource_changes(plan)]
    outputs = sum(change.get("actions") != ["no-op"] for change in (plan.get("output_changes") or {}).values())
    add, change, replace, destroy = (kinds.count(kind) for kind in KINDS)
    return Counts(add, change, replace, destroy, outputs)


def stateful_losses(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses of guarded resources that the plan destroys or replaces, also when they vanished from the code."""
    return tuple(
        address
        for address, kind_of_resource, kind in resource_changes(plan)
        if kind in ("destroy", "replace") and kind_of_resource in STATEFUL | TRAFFIC
    )
