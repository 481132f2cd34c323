"""CKV_AWS_272 accepts a code signing configuration that only warns."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class SignedCode(Rule):
    check_id = "CKV_SITECHAT_70"
    title = "Code that no trusted profile has signed must not be deployed"
    fix = 'set policies.untrusted_artifact_on_deployment to "Enforce"'
    resources = ("aws_lambda_code_signing_config",)
    attributes = ("policies/untrusted_artifact_on_deployment",)

    def broken(self, conf: Conf) -> bool:
        """Whether Lambda would run unsigned code; its default only warns."""
        return [value(each, "untrusted_artifact_on_deployment") for each in nested_blocks(conf, "policies")] != [
            "Enforce"
        ]


check = SignedCode()
