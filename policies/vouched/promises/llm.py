"""Promises of the layer llm: search, what signs its function, and models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policies.vouched.promises.parts import DOCUMENT, alarms, bucket, function_role, key, role, role_policy
from policies.vouched.promises.promise import ALWAYS, Promise, of, promise

if TYPE_CHECKING:
    from config import Environment


def llm(env: Environment) -> Iterator[Promise]:
    """Retrieval and generation for one region."""
    yield promise(
        ALWAYS,
        role_policy("models_model_access"),
        of("aws_iam_policy", "denial_policy"),
        of(DOCUMENT, "denial_document"),
    )
    if env.signs_packages:
        yield promise(
            "search.enabled = true, deployment.strategy, monitoring.probe_minutes, or bedrock.stop",
            of("aws_signer_signing_profile", "code_signing_profile"),
            of("aws_lambda_code_signing_config", "code_signing_config"),
            bucket("code_signing_bucket"),
        )
    if env.bedrock.stop != "off":
        yield promise(
            "bedrock.stop",
            function_role("model_stop_role"),
            of("aws_lambda_function", "model_stop_function"),
            of("aws_lambda_permission", "model_stop_alarm_calls"),
            of("aws_s3_object", "model_stop_signed_source"),
            of("aws_signer_signing_job", "model_stop_signed_job"),
            alarms("model_stop", "alarm", "backstop"),
        )
    if env.search.enabled:
        yield from _search(env)
    if env.ingestion.sources:
        yield promise("ingestion.sources", function_role("loader_role"))
    if env.bedrock.guardrail:
        yield promise(
            "bedrock.guardrail = true",
            of("aws_bedrock_guardrail", "guardrail"),
            of("aws_bedrock_guardrail_version", "guardrail_version"),
        )
    if env.bedrock.application_profile:
        yield promise("bedrock.application_profile = true", of("aws_bedrock_inference_profile", "profile"))
    if env.bedrock.invocation_logging == "own":
        yield promise(
            'bedrock.invocation_logging = "own"',
            of("aws_bedrock_model_invocation_logging_configuration", "invocations_configuration"),
            of("aws_cloudwatch_log_group", "invocations_log_group"),
            key("invocations_key"),
            role("invocations_role", "write"),
        )


def _search(env: Environment) -> Iterator[Promise]:
    yield promise(
        "search.enabled = true",
        role_policy("search_access"),
        function_role("bootstrap_role"),
        of("aws_lambda_function", "search_bootstrap_function"),
        of("aws_lambda_invocation", "search_bootstrap_run"),
        of("aws_security_group", "search_bootstrap_group"),
        of("aws_vpc_security_group_egress_rule", "search_bootstrap_out"),
        of("aws_vpc_security_group_ingress_rule", "search_bootstrap_in"),
        of("aws_s3_object", "search_bootstrap_signed_source"),
        of("aws_signer_signing_job", "search_bootstrap_signed_job"),
    )
    if not env.search.builds_domain:
        yield promise('search.domain = "existing"', of("data.aws_opensearch_domain", "search_domain"))
        return
    groups = (f"search_logs_{log}_group" for log in ("application", "audit", "index_slow", "search_slow"))
    yield promise(
        'search.domain = "create"',
        of("aws_opensearch_domain", "search_domain"),
        of("aws_cloudwatch_log_group", *groups),
        of("aws_cloudwatch_log_resource_policy", "search_logs_policy"),
        of(DOCUMENT, "search_access", "search_logs_policy_document"),
    )
