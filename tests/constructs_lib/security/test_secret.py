from __future__ import annotations

from functools import cache
from typing import Any

from constructs_lib.security.secret import Secret
from tests.support.synthesised import Template, template


@cache
def _secret(**changes: Any) -> Template:
    arguments = {"name": "sitechat/dev/session-key", "description": "Signs sessions", "kms_key_arn": "arn:of:key"}
    return template(lambda scope: Secret(scope, "secret", **{**arguments, **changes}))


def test_it_has_no_value() -> None:
    assert _secret().types() == {"aws_secretsmanager_secret"}


def test_defaults() -> None:
    secret = _secret().one("aws_secretsmanager_secret")
    assert (secret["name"], secret["kms_key_id"]) == ("sitechat/dev/session-key", "arn:of:key")
    assert secret["recovery_window_in_days"] == 30
    assert secret["lifecycle"] == {"prevent_destroy": True}


def test_it_can_go_at_once() -> None:
    secret = _secret(recovery_window_days=0, protected=False).one("aws_secretsmanager_secret")
    assert secret["recovery_window_in_days"] == 0
    assert "lifecycle" not in secret
