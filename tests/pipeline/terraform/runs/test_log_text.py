"""Secrets are hidden in the text of a log; what is none stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.terraform.runs import log_text
from pipeline.terraform.runs.log_text import Hiding, Tail, hide_secrets, rewrite_log

NAMED = "(hidden: a secret by its name)"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\nMIIEdef\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id AKIA" + "A1B2" * 4 + ", x", "id (hidden: an AWS access key), x"),
        ("from https://user:pw@host/x now", "from (hidden: an address with a password) now"),
        (f"before\n{KEY}\nafter", "before\n(hidden: a private key)\nafter"),
        ('  + password                 = "two words"', f"  + password                 = {NAMED}"),
        ('  ~ secret_key = null -> "hunter2"', f"  ~ secret_key = {NAMED}"),
        ("  + db_password = <<-EOT\n      one\n      two\n    EOT\n  + a = 1", f"  + db_password = {NAMED}\n  + a = 1"),
        ('  + tokens = [\n      + "one",\n    ]', f"  + tokens = [\n      + {NAMED}\n    ]"),
        ('+ name  = "DB_PASSWORD"\n+ value = "hunter2"', f'+ name  = "DB_PASSWORD"\n+ value = {NAMED}'),
        ('[{"name":"API_TOKEN","value":"hunter2"}]', f'[{{"name":"API_TOKEN","value":"{NAMED}"}}]'),
        ('{\\"password\\":\\"hunter2\\"}', f'{{\\"password\\":\\"{NAMED}\\"}}'),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, told: str) -> None:
    assert hide_secrets(text) == told
    assert hide_secrets(told) == told, "a second look changes nothing"


@pytest.mark.parametrize(
    "text",
    [
        "aws_secretsmanager_secret.app: Creation complete after 1s [id=arn:aws:secretsmanager:eu-west-1:1:secret:a/b]",
        "  + password = (sensitive value)",
        "  + secret_string = (known after apply)",
        "  + secret_arn = aws_secretsmanager_secret.app.arn",
        '  + secret_arn = "arn:aws:secretsmanager:eu-west-1:1:secret:a/b"',
        "  + use_session_token = true",
        '+ name  = "PORT"\n+ value = "8080"',
        "Plan: 3 to add, 0 to change, 0 to destroy.",
        "│ Error: creating Secret: operation error",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert hide_secrets(text) == text


def test_a_block_is_hidden_across_calls() -> None:
    hiding = Hiding()
    first, *rest = KEY.split("\n")
    assert list(hiding.lines(["a", first])) == ["a", "(hidden: a private key)"]
    assert list(hiding.lines(rest)) == []
    assert list(hiding.lines(["b"])) == ["b"]


def test_a_long_log_keeps_both_ends_and_no_half_of_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_text, "HEAD", 100)
    monkeypatch.setattr(log_text, "TAIL", 60)
    path = tmp_path / "x.log"
    path.write_text("first\n" + "middle\n" * 50 + KEY + "\nlast\n")
    rewrite_log(path)
    kept = path.read_text()
    assert kept.startswith("first\nmiddle\n")
    assert "characters are left out here" in kept
    assert kept.endswith("\nlast\n")
    assert "MIIE" not in kept
    assert "PRIVATE KEY" not in kept


def test_a_log_without_secrets_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("plain\n")
    before = path.stat().st_ino
    rewrite_log(path)
    assert path.stat().st_ino == before


def test_a_tail_reads_whole_lines_and_characters(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"one\ntw" + "ö".encode()[:1])
    tail = Tail(path)
    assert list(tail.lines()) == ["one"]
    with path.open("ab") as file:
        file.write("ö".encode()[1:] + b"\nthree")
    assert list(tail.lines()) == ["twö"]
    assert list(tail.lines(last=True)) == ["three"]
    tail.close()
