"""One plain JSON object from a regular file, or a reason why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terraform_json.strict import NotPlainError, parse_object, read_object


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON"),
        (b"[]", "holds a list"),
        (b'{"a": 1, "a": 2}', "key given twice: a"),
        (b'{"a": {"b": 1, "b": 1}}', "key given twice: b"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": -Infinity}', "-Infinity is no number"),
        (b'{"a": 1e999}', "larger than 64 bits"),
        (b'{"a": 9223372036854775808}', "larger than 64 bits"),
        (b'{"a": ' + b"9" * 5000 + b"}", "larger than 64 bits"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        ('{"a": 1}'.encode("utf-16"), "no UTF-8"),
        (b'{"a": "\xff\xfe"}', "no UTF-8 at byte 7"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b'{"\\udfff": 1}', "half a character"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
        (b'{"a": ' + b"[" * 41 + b"]" * 41 + b"}", "nested too deep"),
        (b'{"a": 1} {"b": 2}', "no JSON"),
    ],
)
def test_what_other_readers_could_read_otherwise_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(NotPlainError, match=reason):
        parse_object(content)


def test_a_plain_object_is_read(tmp_path: Path) -> None:
    path = tmp_path / "layer.json"
    path.write_text('{"a": [1, 2.5, "\\ud83d\\ude00", null, true]}')
    assert read_object(path) == {"a": [1, 2.5, "\U0001f600", None, True]}


def test_links_pipes_folders_and_devices_are_not_opened(tmp_path: Path) -> None:
    target = tmp_path / "target.json"
    target.write_text("{}")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    reasons = {"link": "symbolic link", "dangling": "symbolic link", "pipe": "regular file", "folder": "regular file"}
    for name, reason in reasons.items():
        with pytest.raises(NotPlainError, match=reason):
            read_object(tmp_path / name)
    with pytest.raises(NotPlainError, match="regular file"):
        read_object(Path("/dev/zero"))
    with pytest.raises(NotPlainError, match="no such file"):
        read_object(tmp_path / "missing")
