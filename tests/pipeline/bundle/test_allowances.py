"""The `--allow` option: its exact form, and its expiry."""

from __future__ import annotations

import shlex
from datetime import date, timedelta

import pytest

from pipeline.bundle.allowances import MAX_DAYS, Allowance, allow_option, parse_allowance
from pipeline.errors import ExitCode, SitechatError

TODAY = date(2026, 1, 15)


@pytest.mark.parametrize("days", [0, 1, MAX_DAYS])
def test_layer_address_and_last_day_are_read(days: int) -> None:
    until = TODAY + timedelta(days=days)
    assert parse_allowance(f"llm/aws_kms_key.key@{until}", TODAY) == Allowance("llm", "aws_kms_key.key", until)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("llm/aws_kms_key.key@2026-01-14", "expired"),
        ("llm/aws_kms_key.key@2026-01-23", "more than 7 days"),
        ("llm/aws_kms_key.key", "form"),
        ("aws_kms_key.key@2026-01-16", "form"),
        ("llm/aws_kms_key.key@tomorrow", "form"),
        ("llm/aws_kms_key.key@2026-02-30", "form"),
        ("llm/aws_kms_key@2026-01-16", "form"),
        ("llm/aws_kms_key.key@2026-01-16 ", "form"),
        ("llm/*@2026-01-16", "form"),
        ("@", "form"),
        ("", "form"),
    ],
)
def test_what_is_not_spelled_out_or_not_for_now_is_refused(text: str, why: str) -> None:
    with pytest.raises(SitechatError, match=why) as caught:
        parse_allowance(text, TODAY)
    assert caught.value.code is ExitCode.REFUSED


@pytest.mark.parametrize("address", ["aws_kms_key.key", 'aws_s3_bucket.logs["a b"]', "aws_s3_bucket.logs[0]"])
def test_the_option_that_is_offered_survives_a_shell_and_is_taken(address: str) -> None:
    option, text = shlex.split(allow_option("llm", address, TODAY))
    assert option == "--allow"
    assert parse_allowance(text, TODAY) == Allowance("llm", address, TODAY + timedelta(days=1))
