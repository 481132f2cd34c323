"""CKV_AWS_285 asks whether execution data are logged, and not where: without a destination nothing is."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class StateMachineLog(Rule):
    check_id = "CKV_SITECHAT_73"
    title = "A state machine must log its errors to a group"
    fix = 'set logging_configuration.log_destination, and level to "ERROR" or "ALL"'
    resources = ("aws_sfn_state_machine",)
    attributes = ("logging_configuration/log_destination", "logging_configuration/level")

    def broken(self, conf: Conf) -> bool:
        logs = nested_blocks(conf, "logging_configuration")
        return not any(value(each, "log_destination") and value(each, "level") in ("ERROR", "ALL") for each in logs)


check = StateMachineLog()
