"""The role that CodeDeploy shifts one service's visitors with."""

from __future__ import annotations

from constructs import Construct

from config.place import Place
from constructs_lib.identity.role import ServiceRole
from constructs_lib.releases.access import ShiftedService, shift_statements

SERVICE = "codedeploy.amazonaws.com"


class ShiftRole(ServiceRole):
    """Role of CodeDeploy for one deployment group, whose ARN ends in `APPLICATION/GROUP`.

    `policy` is what a deployment group waits for. The role has less than AWSCodeDeployRoleForECSLimited of AWS: one
    service, the listeners of one load balancer, one function, two roles, no rules of listeners (theirs have none), no
    topics and no objects.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, place: Place, group: str, shifted: ShiftedService
    ) -> None:
        super().__init__(
            scope,
            id_,
            name=name,
            service=SERVICE,
            account_id=place.account_id,
            source_arns=(place.arn("codedeploy", f"deploymentgroup:{group}"),),
            description="Shifts visitors between the tasks of two releases",
        )
        self.policy = self.allow("access", shift_statements(place, shifted))
