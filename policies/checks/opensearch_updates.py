"""Software updates carry a search domain's security fixes; checkov has no rule for them."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class OpenSearchUpdates(Rule):
    check_id = "CKV_SITECHAT_47"
    title = "A search domain must take software updates by itself"
    fix = "set auto_software_update_enabled in software_update_options"
    resources = ("aws_opensearch_domain",)
    attributes = ("software_update_options/auto_software_update_enabled",)

    def broken(self, conf: Conf) -> bool:
        options = nested_blocks(conf, "software_update_options")
        return not any(value(each, "auto_software_update_enabled") in (True, "true") for each in options)


check = OpenSearchUpdates()
