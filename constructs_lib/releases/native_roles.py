"""Roles in which ECS carries out its own deployments: one to shift visitors, one to have new tasks tried."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import ServiceRole

SERVICE = "ecs.amazonaws.com"


class BalancerRole(ServiceRole):
    """Role of ECS for one load balancer and its two target groups, given by their names.

    It has less than AmazonECSInfrastructureRolePolicyForLoadBalancers of AWS, which is for all of an account.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        place: Place,
        load_balancer_name: str,
        target_group_names: Sequence[str],
    ) -> None:
        super().__init__(
            scope,
            id_,
            name=name,
            service=SERVICE,
            account_id=place.account_id,
            description="Shifts visitors between the tasks of two releases",
        )
        self.policy = self.allow("access", shift_statements(place, load_balancer_name, target_group_names))


class HookRole(ServiceRole):
    """Role in which ECS calls one function."""

    def __init__(self, scope: Construct, id_: str, *, name: str, place: Place, function_name: str) -> None:
        super().__init__(
            scope,
            id_,
            name=name,
            service=SERVICE,
            account_id=place.account_id,
            description="Has the tasks of a new release asked",
        )
        self.policy = self.allow(
            "access",
            (
                Statement(
                    sid="TryNewTasks",
                    actions=("lambda:InvokeFunction",),
                    resources=(place.function_arn(function_name),),
                ),
            ),
        )


def shift_statements(place: Place, load_balancer_name: str, target_group_names: Sequence[str]) -> tuple[Statement, ...]:
    """Statements of the role in which ECS shifts visitors; ARNs end in ids that AWS makes up."""
    balancing = "elasticloadbalancing"
    return (
        # These take no resource (service authorization reference, Elastic Load Balancing).
        Statement(
            sid="LookUpLoadBalancer",
            actions=tuple(
                f"{balancing}:Describe{each}" for each in ("Listeners", "Rules", "TargetGroups", "TargetHealth")
            ),
            resources=("*",),
        ),
        Statement(
            sid="RegisterTasks",
            actions=(f"{balancing}:DeregisterTargets", f"{balancing}:RegisterTargets"),
            resources=tuple(place.arn(balancing, f"targetgroup/{name}/*") for name in target_group_names),
        ),
        Statement(
            sid="ShiftListeners",
            actions=(f"{balancing}:ModifyListener",),
            resources=(place.arn(balancing, f"listener/app/{load_balancer_name}/*"),),
        ),
        Statement(
            sid="ShiftRules",
            actions=(f"{balancing}:ModifyRule",),
            resources=(place.arn(balancing, f"listener-rule/app/{load_balancer_name}/*"),),
        ),
    )
