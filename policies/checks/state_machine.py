"""Terraform's provider leaves a definition to AWS, which refuses it in the middle of an apply, or fails in a run."""

from __future__ import annotations

from policies.rule import Conf, Rule, unread, value
from policies.states_language import faults


class StateMachine(Rule):
    check_id = "CKV_SITECHAT_71"
    title = "A state machine must be one that Step Functions runs, and that ends"
    fix = "correct what policies/states_language.py says of the definition; give it TimeoutSeconds"
    resources = ("aws_sfn_state_machine",)
    attributes = ("definition",)

    def broken(self, conf: Conf) -> bool:
        definition = value(conf, "definition")
        return not unread(definition) and bool(faults(definition))


check = StateMachine()
