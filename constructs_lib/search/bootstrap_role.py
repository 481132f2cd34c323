"""The role of the function that finishes the domain. It exists before the domain, whose administrator it is."""

from __future__ import annotations

from constructs import Construct

from config.place import Place
from constructs_lib.identity.grants import attach_function, decrypt, publish_to_topic, write_logs
from constructs_lib.identity.needs import declare
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.search.access import configure_needs, configure_statement


class BootstrapRole(Construct):
    """Role that configures `domain_arn`, writes to its own log group and reports to `failures_topic_arn`.

    Lambda attaches the function to the VPC with it; the function's own code may not touch network interfaces.
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
        place: Place,
    ) -> None:
        super().__init__(scope, id_)
        self.function_name = function_name
        self.failures_topic_arn = failures_topic_arn
        self.log_group = LogGroup(
            self, "log", name=log_group_name, retention_days=log_retention_days, kms_key_arn=kms_key_arn
        )
        role = self._role(name, place.account_id)
        self.arn: str = role.arn
        statements = (
            configure_statement(domain_arn),
            write_logs(self.log_group.arn, "WriteLog"),
            decrypt(kms_key_arn, region=place.region, service="lambda", sid="ReadConfiguration"),
            *publish_to_topic(failures_topic_arn, key_arn=kms_key_arn, region=place.region),
            *attach_function(place.arn("lambda", f"function:{function_name}"), place),
        )
        self.policy = role.allow("access", statements)
        declare(self, *configure_needs(role.arn, domain_arn))

    def _role(self, name: str, account_id: str) -> ServiceRole:
        return ServiceRole(
            self,
            "role",
            name=name,
            service="lambda.amazonaws.com",
            account_id=account_id,
            description="Finishes the OpenSearch domain from inside the VPC",
        )
