"""VPC flow logs to an encrypted log group."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.flow_log import FlowLog
from constructs import Construct

from config.place import Place
from constructs_lib.identity.grants import find_log_groups, write_logs
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup


class VpcFlowLogs(Construct):
    """Accepted and rejected traffic of one VPC, aggregated over 600 s (the cheaper of the two intervals).

    The role may do what the VPC user guide lists ("IAM role for publishing flow logs to CloudWatch Logs") but create
    log groups: this one exists, encrypted and with an end.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        role_name: str,
        vpc_id: str,
        place: Place,
        log_group_name: str,
        retention_days: int,
        kms_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        logs = LogGroup(self, "logs", name=log_group_name, retention_days=retention_days, kms_key_arn=kms_key_arn)
        role = self._role(role_name, place)
        policy = role.allow(
            "access",
            (
                find_log_groups("FindFlowLogs"),
                write_logs(place.log_group_arn(log_group_name), "WriteFlowLogs", describe=True),
            ),
        )
        FlowLog(
            self,
            "flow_log",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags={"Name": name},
            # A flow log whose role may not write yet starts with the status "access error", and its records are lost.
            depends_on=[policy],
        )

    def _role(self, name: str, place: Place) -> ServiceRole:
        return ServiceRole(
            self,
            "role",
            name=name,
            service="vpc-flow-logs.amazonaws.com",
            account_id=place.account_id,
            source_arns=(place.arn("ec2", "vpc-flow-log/*"),),
            description="Writes VPC flow logs to their log group",
        )
