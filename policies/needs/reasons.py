"""Permissions that no need uses, each with its reason. A test fails when one is no longer needed."""

from __future__ import annotations

from dataclasses import dataclass

from policies.proof.permissions import Permission


@dataclass(frozen=True)
class Reason:
    """Why a permission stays though nothing here uses it.

    `document` is the beginning of the policy document's name; `detail` what `proving` says of it, or its beginning;
    `kind` that of the permission.
    """

    document: str
    sid: str
    detail: str
    reason: str
    kind: str

    def covers(self, permission: Permission, detail: str) -> bool:
        """Whether this is the reason for a permission that was found unused."""
        name = permission.document.rpartition(".")[2]
        return (
            (permission.sid, permission.kind) == (self.sid, self.kind)
            and name.startswith(self.document)
            and detail.startswith(self.detail)
        )


REASONS: tuple[Reason, ...] = (
    Reason(
        "boundary_policy_document",
        "AtMost",
        "no need uses it",
        "the ceiling of roles in other layers: tests/policies/needs/test_proving.py looks at both together",
        kind="boundary",
    ),
    Reason(
        "boundary_policy_document",
        "AtMostToTasks",
        "no need uses it",
        "the same, where CodeDeploy starts tasks in a role of the environment",
        kind="boundary",
    ),
    Reason(
        "boundary_policy_document",
        "AtMostDenyModels",
        "no need uses it",
        "the same, where the function that stops the model attaches the policy that denies it",
        kind="boundary",
    ),
    Reason(
        "boundary_policy_document",
        "AtMostReadQuotas",
        "no need uses it",
        "the same, where a function keeps alarms on the model's quota true",
        kind="boundary",
    ),
    Reason(
        "boundary_policy_document",
        "AtMostKeepThresholds",
        "no need uses it",
        "the same",
        kind="boundary",
    ),
    Reason(
        "quota_alarms_role_access_document",
        "ReadAlarms",
        "arn:",
        "reading alarms is allowed for all of an account and region, or for none (service authorization reference)",
        kind="identity",
    ),
    Reason(
        "span_retention_role_access_document",
        "PutRetention",
        "arn:",
        "one log group by its whole name, which AWS makes and no environment builds",
        kind="identity",
    ),
    Reason(
        "release_role_access_document",
        "DeleteTaskSets",
        "arn:",
        "CodeDeploy makes task sets, and AWS their ids: those of one service, by its whole name",
        kind="identity",
    ),
    Reason(
        "release_role_access_document",
        "ShiftVisitors",
        "arn:",
        "a listener's ARN ends in two ids that AWS makes up: those of one load balancer, by its whole name",
        kind="identity",
    ),
    Reason(
        "release_role_access_document",
        "WatchAlarms",
        "arn:",
        "reading alarms is allowed for all of an account and region, or for none (service authorization reference)",
        kind="identity",
    ),
)

_IDS = "its ARN ends in ids that AWS makes up: those of one {}, by its whole name"
# The same in the roles of ECS's own deployments, which come with version 6 of the provider: `make synth-next`.
REASONS_NEXT: tuple[Reason, ...] = tuple(
    Reason("shift_role_access_document", sid, "arn:", _IDS.format(what), kind="identity")
    for sid, what in (
        ("RegisterTasks", "target group"),
        ("ShiftListeners", "load balancer"),
        ("ShiftRules", "load balancer"),
    )
)
