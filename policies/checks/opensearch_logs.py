"""CKV_AWS_317 reads only one of several log_publishing_options; a domain has four different logs."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_LOGS = {"AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS"}


class OpenSearchLogs(Rule):
    check_id = "CKV_SITECHAT_46"
    title = "A search domain must publish all its logs"
    fix = f"give it log_publishing_options for {', '.join(sorted(_LOGS))}, each enabled"
    resources = ("aws_opensearch_domain",)
    attributes = ("log_publishing_options/enabled", "log_publishing_options/log_type")

    def broken(self, conf: Conf) -> bool:
        options = nested_blocks(conf, "log_publishing_options")
        return {value(each, "log_type") for each in options if value(each, "enabled", True) in (True, "true")} < _LOGS


check = OpenSearchLogs()
