"""The log groups an OpenSearch domain publishes to."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.cloudwatch_log_resource_policy import CloudwatchLogResourcePolicy
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement, from_account, policy_document
from constructs_lib.observability.log_group import LogGroup

AUDIT = "AUDIT_LOGS"
LOG_TYPES = {
    "audit": AUDIT,
    "index_slow": "INDEX_SLOW_LOGS",
    "search_slow": "SEARCH_SLOW_LOGS",
    "application": "ES_APPLICATION_LOGS",
}


class DomainLogs(Construct):
    """A log group for each of the four logs, and permission for the one domain `domain_arn` to write to them.

    One policy covers all four: a region has room for ten (CloudWatch Logs quotas). The audit log is evidence: kept
    for `audit_retention_days` and, with `protected`, not destroyed.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        policy_name: str,
        domain_arn: str,
        place: Place,
        kms_key_arn: str,
        retention_days: int,
        audit_retention_days: int,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        names = {log_type: f"{name_prefix}/{id_.replace('_', '-')}" for id_, log_type in LOG_TYPES.items()}
        groups = {
            log_type: LogGroup(
                self,
                id_,
                name=names[log_type],
                retention_days=audit_retention_days if log_type == AUDIT else retention_days,
                kms_key_arn=kms_key_arn,
                protected=protected and log_type == AUDIT,
            )
            for id_, log_type in LOG_TYPES.items()
        }
        self.arns: Mapping[str, str] = {log_type: group.arn for log_type, group in groups.items()}
        writes = _domain_writes(tuple(map(place.log_group_arn, names.values())), domain_arn, place.account_id)
        document = policy_document(self, "policy_document", writes)
        self.policy = CloudwatchLogResourcePolicy(self, "policy", policy_name=policy_name, policy_document=document)


def _domain_writes(log_group_arns: tuple[str, ...], domain_arn: str, account_id: str) -> Statement:
    return Statement(
        sid="DomainWrites",
        actions=("logs:PutLogEvents", "logs:PutLogEventsBatch", "logs:CreateLogStream"),
        resources=tuple(f"{arn}:*" for arn in log_group_arns),
        principals={"Service": ("es.amazonaws.com",)},
        conditions=(from_account(account_id), ("ArnEquals", "aws:SourceArn", (domain_arn,))),
    )
