"""Terraform's own refusal ends at Terraform: the console and the API delete a table that only prevent_destroy keeps."""

from __future__ import annotations

from policies.rule import Conf, Rule, destroy_refused, value


class TableDeletion(Rule):
    check_id = "CKV_SITECHAT_72"
    title = "A table that is kept from being destroyed must refuse its deletion"
    fix = "set deletion_protection_enabled = true"
    resources = ("aws_dynamodb_table",)
    attributes = ("deletion_protection_enabled", "lifecycle/prevent_destroy")

    def broken(self, conf: Conf) -> bool:
        return destroy_refused(conf) and value(conf, "deletion_protection_enabled") not in (True, "true")


check = TableDeletion()
