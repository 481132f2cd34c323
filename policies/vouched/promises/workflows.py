"""Promises of the layer workflows: the runs that fill the index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policies.vouched.promises.parts import alarms, bucket, event, function_role, role
from policies.vouched.promises.promise import Promise, of, promise

if TYPE_CHECKING:
    from config import Environment


def workflows(env: Environment) -> Iterator[Promise]:
    """Machine, functions and storage of ingestion, and a schedule for each source where there is one."""
    yield promise(
        "ingestion.sources",
        of("aws_sfn_state_machine", "run_machine"),
        of("aws_cloudwatch_log_group", "run_log_group"),
        role("run_role"),
        of("aws_lambda_function", *(f"{name}_function" for name in ("embed", "fetch", "ledger", "load"))),
        *(function_role(f"{name}_role") for name in ("embed", "fetch", "ledger")),
        of("aws_s3_object", "code_signed_source"),
        of("aws_signer_signing_job", "code_signed_job"),
        of("aws_dynamodb_table", "storage_ledger"),
        bucket("storage_pages"),
        of("aws_security_group", "load_network_group"),
        of("aws_vpc_security_group_egress_rule", "load_network_to_s3", "load_network_to_search"),
        of("aws_vpc_security_group_ingress_rule", "load_network_into_search"),
        of("data.aws_ec2_managed_prefix_list", "load_network_s3"),
        event("failed_runs_rule", "failed_runs_topic"),
    )
    if env.ingestion.check_passages:
        yield promise(
            "ingestion.check_passages",
            of("aws_cloudwatch_log_metric_filter", "quarantine_pages"),
            alarms("quarantine_alarms", "quarantined"),
        )
    if env.ingestion.schedule:
        sources = [source.name.replace("-", "_") for source in env.ingestion.sources]
        yield promise(
            "ingestion.schedule",
            role("schedule_role"),
            of("aws_scheduler_schedule", *(f"schedule_source_{source}" for source in sources)),
            of("aws_cloudwatch_log_metric_filter", *(f"freshness_source_{source}" for source in sources)),
            alarms("freshness_alarms", *(f"stale_{source}" for source in sources)),
        )
