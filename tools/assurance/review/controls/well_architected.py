"""AWS Well-Architected: security questions of the generative AI lens, and of the framework what other tables lack."""

from __future__ import annotations

from tools.assurance.review.judges import application, both, chosen, declined, every, is_true, manual, proven
from tools.assurance.review.model import Control, ReviewedEnvironment
from tools.assurance.review.resource_tests import closed_to_the_internet, equals, is_set, privilege, two_subnets

_T, _LLM_T = "tests/constructs_lib/", "tests/policies/proof/test_llm_safety.py::"
_PRIVILEGE_T = "tests/policies/proof/test_privilege.py::test_no_policy_allows_more_than_it_is_for"
_SIGNING = "aws_lambda_code_signing_config"
_NETWORK_T = "tests/policies/proof/test_reachability.py::test_the_allowed_paths_exist_and_no_other"


def _two_zones(subject: ReviewedEnvironment) -> bool:
    return subject.env.network.workload_zones >= 2


CONTROLS = (
    Control(
        "GENSEC01-BP01",
        "Least privilege to models",
        proven(privilege("unnamed-model", "wildcard-resource"), "aws_iam_role_policy"),
        f"{_LLM_T}test_only_the_configured_models_may_be_called",
    ),
    Control(
        "GENSEC01-BP02",
        "Private network to models",
        chosen(
            "network.egress",
            lambda subject: subject.env.network.egress == "endpoints",
            every("aws_vpc_endpoint", is_set("policy"), of="bedrock_runtime"),
        ),
        f"{_T}network/test_endpoints.py::test_only_this_account_may_call",
    ),
    Control(
        "GENSEC01-BP03",
        "Least privilege to data",
        every("aws_opensearch_domain", is_set("access_policies"), off="search.enabled"),
        f"{_T}search/test_access.py::test_readers_reach_their_index_alone",
    ),
    Control(
        "GENSEC01-BP04",
        "Access to models is watched",
        every("aws_cloudwatch_metric_alarm", is_set("alarm_actions"), of=".alarms_model_"),
        f"{_T}observability/test_catalogue.py::test_model",
    ),
    Control(
        "GENSEC02-BP01",
        "Guardrails on what comes back",
        every("aws_bedrock_guardrail", is_set("content_policy_config"), off="bedrock.guardrail"),
        f"{_LLM_T}test_harmful_content_is_filtered_in_answers_too",
    ),
    Control(
        "GENSEC03-BP01",
        "Calls of the control plane are recorded",
        every("aws_cloudtrail", is_true("include_global_service_events"), off="security.trail"),
        f"{_T}audit/test_trail.py::test_every_region_is_recorded_and_the_files_are_signed",
    ),
    Control(
        "GENSEC03-BP01",
        "... and those to models",
        every("aws_bedrock_model_invocation_logging_configuration", off="bedrock.invocation_logging"),
        f"{_LLM_T}test_model_calls_are_logged_under_a_key_of_their_own_and_kept",
    ),
    Control(
        "GENSEC04-BP01",
        "Prompts are kept in a catalogue",
        application("instructions are part of the image, which is immutable and scanned"),
        "tests/examples/sitechat_app/test_bedrock.py::test_instructions_name_the_site_and_length_is_bounded",
    ),
    Control(
        "GENSEC04-BP02",
        "Questions are checked",
        application("the web ACL limits their size, the guardrail their content"),
        "tests/examples/sitechat_app/test_chat.py::test_refuses_bad_input",
    ),
    Control(
        "GENSEC05-BP01",
        "Agents have bounded permissions",
        declined("there is no agent: the model calls nothing"),
        f"{_LLM_T}test_the_application_can_ask_search_and_nothing_else",
    ),
    Control(
        "GENSEC06-BP01",
        "Training data is purified",
        declined("no model is trained or tuned here"),
        f"{_LLM_T}test_only_the_configured_models_may_be_called",
    ),
    Control(
        "SEC01-BP01",
        "Environments have accounts of their own",
        manual("compare account_id in environments/*.toml"),
        "{manual}",
    ),
    Control(
        "SEC03-BP09",
        "Services act for this account alone",
        proven(privilege("confused-deputy", "other-account", "pass-role", "pass-role-anywhere"), "aws_iam_role"),
        _PRIVILEGE_T,
    ),
    Control(
        "SEC04-BP01",
        "Findings reach people",
        every("aws_cloudwatch_event_rule", is_set("event_pattern"), off="security"),
        f"{_T}audit/test_finding_routes.py::test_the_topic_is_told_without_a_role",
    ),
    Control(
        "SEC05-BP02",
        "Nothing is reached from the internet but CloudFront",
        chosen(
            "network.vpc_id",
            lambda subject: bool(subject.configuration.all("aws_vpc")),
            proven(closed_to_the_internet, "aws_security_group"),
        ),
        _NETWORK_T,
    ),
    Control(
        "SEC06-BP03",
        "Shells in tasks are encrypted and logged",
        every("aws_ecs_cluster", equals("OVERRIDE", "configuration", "execute_command_configuration", "logging")),
        f"{_T}containers/test_cluster.py::test_sessions_are_encrypted_and_logged",
    ),
    Control(
        "SEC06-BP04",
        "Functions take signed code alone",
        both(
            every("aws_lambda_function", is_set("code_signing_config_arn"), off="search.enabled"),
            every(_SIGNING, equals("Enforce", "policies", "untrusted_artifact_on_deployment"), off="search.enabled"),
        ),
        f"{_T}security/test_code_signing.py::test_lambda_refuses_what_the_profile_has_not_signed",
    ),
    Control(
        "SEC09-BP01",
        "Keys are managed by their owner",
        every("aws_kms_key", is_true("enable_key_rotation")),
        f"{_T}security/test_key.py::test_the_account_administers_and_nobody_is_a_wildcard",
    ),
    Control("SEC10-BP01", "Who is called when something happens is written down", manual("docs/runbooks"), "{manual}"),
    Control(
        "REL10-BP01",
        "Tasks run in two zones",
        chosen("network.workload_zones", _two_zones, every("aws_ecs_service", two_subnets)),
        "tests/stacks/test_service.py::test_the_balancer_lies_in_both_zones_and_logs",
    ),
)
