"""Values that are accepted and refused; no refusal repeats the value."""

from __future__ import annotations

import re

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.secret_value import MAX_BYTES, checked_value, generate_value


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b"two\nlines\n\n", "two\nlines\n"),
        (b" spaces stay ", " spaces stay "),
        (b"x", "x"),
        ("schlüssel".encode(), "schlüssel"),
        (b"x" * MAX_BYTES, "x" * MAX_BYTES),
        (b"x" * MAX_BYTES + b"\r\n", "x" * MAX_BYTES),
    ],
)
def test_text_is_taken_without_the_newline_at_its_end(given: bytes, value: str) -> None:
    assert checked_value(given) == value


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"hunter2\xff", "UTF-8"),
        (b"hunter2\0", "NUL"),
        (b"hunter2" + b"x" * (MAX_BYTES - 6), f"more than {MAX_BYTES} bytes"),
        ("ü".encode() * (MAX_BYTES // 2) + b"x", f"more than {MAX_BYTES} bytes"),
    ],
)
def test_what_can_be_no_value_is_refused_without_being_shown(given: bytes, reason: str) -> None:
    with pytest.raises(SitechatError, match=reason) as refused:
        checked_value(given)
    assert refused.value.code is ExitCode.USAGE
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_a_generated_value_is_long_plain_and_new() -> None:
    first, second = generate_value(), generate_value()
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", first)
    assert first != second
