"""OWASP top ten for LLM applications (2025), point by point."""

from __future__ import annotations

from tools.assurance.review.judges import application, chosen, every, is_true, proven
from tools.assurance.review.model import Control
from tools.assurance.review.resource_tests import guardrail_filter, is_set, privilege

_GUARDRAIL, _DOMAIN = "aws_bedrock_guardrail", "aws_opensearch_domain"
_T, _LLM_T, _APP_T = (
    "tests/constructs_lib/",
    "tests/policies/proof/test_llm_safety.py::",
    "tests/examples/sitechat_app/",
)

CONTROLS = (
    Control(
        "LLM01",
        "Prompt injection: questions are looked through for attacks",
        every(_GUARDRAIL, guardrail_filter("PROMPT_ATTACK"), off="bedrock.guardrail"),
        f"{_LLM_T}test_prompt_attacks_are_stopped_at_the_door",
    ),
    Control(
        "LLM01",
        "... and no model answers without the guardrail",
        chosen(
            "bedrock.guardrail",
            lambda subject: subject.env.bedrock.guardrail,
            proven(privilege("unguarded-model"), "aws_iam_role_policy"),
        ),
        "tests/policies/proof/test_privilege.py::test_no_policy_allows_more_than_it_is_for",
    ),
    Control(
        "LLM01",
        "... and passages of the site are marked as content, not as instructions",
        application("the guardrail assesses what the application tags as the question, and no passage"),
        f"{_APP_T}test_bedrock.py::test_passages_stand_between_marks_that_a_page_cannot_write",
    ),
    Control(
        "LLM02",
        "Disclosure: credentials block, people are masked",
        every(_GUARDRAIL, is_set("sensitive_information_policy_config"), off="bedrock.guardrail"),
        f"{_LLM_T}test_credentials_block_and_people_are_masked",
    ),
    Control(
        "LLM02",
        "... and questions stay out of the application's log",
        application("logs are under the customer key and end; what is written is the application's choice"),
        f"{_APP_T}test_logs.py::test_question_is_never_logged_in_aws_mode",
    ),
    Control(
        "LLM03",
        "Supply chain: models by name alone",
        proven(privilege("unnamed-model"), "aws_iam_role_policy"),
        f"{_LLM_T}test_only_the_configured_models_may_be_called",
    ),
    Control(
        "LLM03",
        "... and images scanned, under tags that don't move",
        every("aws_ecr_repository", is_true("image_scanning_configuration", "scan_on_push")),
        f"{_T}containers/test_repository.py::test_tags_never_move",
    ),
    Control(
        "LLM04",
        "Poisoning: the application reads the index and can't write it",
        every(_DOMAIN, is_set("access_policies"), off="search.enabled"),
        f"{_LLM_T}test_the_application_can_ask_search_and_nothing_else",
    ),
    Control(
        "LLM05",
        "Improper output: pages run scripts of their own site alone",
        every(
            "aws_cloudfront_response_headers_policy",
            is_set("security_headers_config", "content_security_policy"),
            off="edge.enabled",
        ),
        f"{_T}edge/test_policies.py::test_pages_load_from_their_own_site_unless_the_application_says_otherwise",
    ),
    Control(
        "LLM05",
        "... and harmful answers are withheld",
        every(_GUARDRAIL, is_set("content_policy_config"), off="bedrock.guardrail"),
        f"{_LLM_T}test_harmful_content_is_filtered_in_answers_too",
    ),
    Control(
        "LLM05",
        "... and answers are shown as text",
        application("nothing on the way changes an answer"),
        f"{_APP_T}test_application.py::test_page_works_under_a_strict_content_security_policy",
    ),
    Control(
        "LLM06",
        "Excessive agency: the task can ask the model and search, and nothing else",
        every("aws_iam_role", of=".roles_task_"),
        f"{_LLM_T}test_the_application_can_ask_search_and_nothing_else",
    ),
    Control(
        "LLM07",
        "Prompt leakage: instructions hold no secret",
        application("secrets reach the container by reference; nothing secret is needed in a prompt"),
        f"{_APP_T}test_bedrock.py::test_instructions_name_the_site_and_length_is_bounded",
    ),
    Control(
        "LLM07",
        "... and the log of model calls is under a key of its own",
        every("aws_cloudwatch_log_group", is_set("kms_key_id"), of="invocations_log", off="bedrock.invocation_logging"),
        f"{_LLM_T}test_model_calls_are_logged_under_a_key_of_their_own_and_kept",
    ),
    Control(
        "LLM08",
        "Vectors: each role has its own leave inside the index",
        every(_DOMAIN, is_true("advanced_security_options", "enabled"), off="search.enabled"),
        "tests/stacks/test_llm.py::test_the_task_role_searches_the_loader_writes_and_nobody_else_comes_in",
    ),
    Control(
        "LLM09",
        "Misinformation: answers without grounds are withheld",
        every(_GUARDRAIL, is_set("contextual_grounding_policy_config"), off="bedrock.guardrail"),
        f"{_LLM_T}test_ungrounded_answers_are_withheld",
    ),
    Control(
        "LLM09",
        "... and answers name their sources",
        application("the index returns the page of every passage"),
        f"{_APP_T}test_chat.py::test_answers_with_tokens_then_sources_then_done",
    ),
    Control(
        "LLM09",
        "... which are pages of the site's own hosts",
        application("the task is told the hosts of [ingestion]"),
        f"{_APP_T}test_sources.py::test_a_page_elsewhere_grounds_no_answer_and_is_no_source",
    ),
    Control(
        "LLM10",
        "Consumption: requests an address",
        every("aws_wafv2_web_acl", is_set("rule"), off="edge.enabled"),
        f"{_LLM_T}test_spending_is_bounded_and_watched",
    ),
    Control(
        "LLM10",
        "... who hides an address is counted, or shut out",
        every(
            "aws_wafv2_web_acl",
            lambda body: any(each["name"] == "anonymous" for each in body["rule"]),
            off="edge.enabled",
        ),
        f"{_T}edge/test_waf.py::test_addresses_that_hide_somebody_count_unless_they_are_to_be_shut_out",
    ),
    Control(
        "LLM10",
        "... tasks",
        every("aws_appautoscaling_target", is_set("max_capacity")),
        f"{_LLM_T}test_spending_is_bounded_and_watched",
    ),
    Control(
        "LLM10",
        "... throttled calls",
        every("aws_cloudwatch_metric_alarm", is_set("alarm_actions"), of=".alarms_model_"),
        f"{_T}observability/test_catalogue.py::test_model",
    ),
    Control(
        "LLM10",
        "... money",
        every("aws_budgets_budget", is_set("notification"), off="budget.enabled"),
        f"{_T}observability/test_budget.py::test_every_notification_reaches_the_topic",
    ),
    Control(
        "LLM10",
        "... length of a question and of an answer",
        application("the web ACL refuses bodies above 16 KiB below /api/"),
        f"{_APP_T}test_bedrock.py::test_instructions_name_the_site_and_length_is_bounded",
    ),
)
