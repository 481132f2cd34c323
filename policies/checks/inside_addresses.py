"""Functions that fetch pages have Lambda's runtime interface on loopback; a page may not lead them there."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, parsed_json, value


class InsideAddresses(Rule):
    check_id = "CKV_SITECHAT_74"
    title = "A function must fetch from no address inside"
    fix = "leave ingestion.allowed_addresses empty; it is for the emulated AWS"
    resources = ("aws_lambda_function",)
    attributes = ("environment/variables/INGESTION",)

    def broken(self, conf: Conf) -> bool:
        for environment in nested_blocks(conf, "environment"):
            variables = value(environment, "variables")
            if not isinstance(variables, dict):
                continue
            settings = parsed_json(value(variables, "INGESTION"))
            if isinstance(settings, dict) and settings.get("allowed_addresses"):
                return True
        return False


check = InsideAddresses()
