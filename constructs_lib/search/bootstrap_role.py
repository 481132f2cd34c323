"""The role of the function that finishes the domain. It exists before the domain, whose administrator it is."""

from __future__ import annotations

from constructs import Construct

from constructs_lib.identity.grants import attach_function, decrypt, publish, write_logs
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.search.access import configure_statement


class BootstrapRole(Construct):
    """May configure `domain_arn`, write to its own log group, report to `failures_topic_arn`, and let Lambda attach the
    function to the VPC.

    The function's own code may not touch network interfaces: only Lambda itself does that with the role.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        function_name: str,
        domain_arn: str,
        log_group_name: str,
        log_retention_days: int,
        kms_key_arn: str,
        failures_topic_arn: str,
        account_id: str,
        region: str,
        partition: str,
    ) -> None:
        super().__init__(scope, id_)
        self.log_group = LogGroup(
            self, "log", name=log_group_name, retention_days=log_retention_days, kms_key_arn=kms_key_arn
        )
        function = f"arn:{partition}:lambda:{region}:{account_id}:function:{function_name}"
        role = ServiceRole(
            self,
            "role",
            name=name,
            service="lambda.amazonaws.com",
            account_id=account_id,
            description="Finishes the OpenSearch domain from inside the VPC",
        )
        self.function_name = function_name
        self.failures_topic_arn = failures_topic_arn
        self.arn: str = role.arn
        self.policy = role.allow(
            "access",
            (
                configure_statement(domain_arn),
                write_logs(self.log_group.arn, "WriteLog"),
                decrypt(kms_key_arn, region=region, service="lambda", sid="ReadConfiguration"),
                *publish(failures_topic_arn, key_arn=kms_key_arn, region=region),
                *attach_function(function, account_id=account_id, region=region, partition=partition),
            ),
        )
