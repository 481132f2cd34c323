"""Secrets anywhere in a layer are told by place and kind, never by value; names alone are none."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from config import load
from config.secret_text import names_a_secret, secret_kind
from policies.vouched.secrets import plain_secrets
from tests.support.environments import NAMES
from tests.support.shared import environment

# In pieces, so that no scanner takes this file for one that holds secrets.
LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC2dE3fG4"
TOKENS = {
    "AWS key id": "AKI" + "AQYLPMN5HFIQR7XYZ",
    "AWS session key id": "ASI" + "AQYLPMN5HFIQR7XYZ",
    "AWS secret key": "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
    "GitHub": "ghp" + f"_{LETTERS[:36]}",
    "GitHub, fine": "github" + f"_pat_{LETTERS[:22]}",
    "GitLab": "glpat" + f"-{LETTERS[:20]}",
    "Slack": "xoxb" + "-123456789012-abc",
    "Stripe": "sk_live" + f"_{LETTERS[:24]}",
    "Google": "AIz" + f"a{LETTERS[:35]}",
    "OpenAI": "sk" + f"-{LETTERS}",
    "Anthropic": "sk-ant" + f"-api03-{LETTERS}",
    "npm": "npm" + f"_{LETTERS[:36]}",
    "PyPI": "pypi" + f"-{LETTERS}",
    "SendGrid": "SG" + f".{LETTERS[:22]}.{LETTERS}",
    "Twilio": "SK" + "0123456789abcdef" * 2,
    "JWT": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.abc",
    "key with real line ends": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n-----END",
    "key with written line ends": "-----BEGIN " + "PRIVATE KEY-----\\nMIIE",
    "address": "postgres://app:" + "hunter2@db/x",
    "assignment": "Server=db;Password" + "=hunter2",
}


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("place", ["resource", "output", "terraform", "provider", "//"])
def test_a_token_is_found_in_every_block(kind: str, place: str) -> None:
    layers = {"edge": {place: {"aws_x": {"y": {"tags": {"note": f"it is {TOKENS[kind]}"}}}}}}
    (line,) = plain_secrets(layers, load("dev"))
    assert line.startswith(f"edge/{place}.aws_x.y.tags.note holds ")
    assert TOKENS[kind] not in line


def test_a_token_is_found_as_a_key_and_inside_json() -> None:
    token = TOKENS["GitHub"]
    inside = {"x": json.dumps([{"environment": [{"name": "X", "value": token}]}])}
    for body in ({token: "x"}, inside):
        found = list(plain_secrets({"edge": {"resource": body}}, load("dev")))
        assert found
        assert not any(token in line for line in found)


@pytest.mark.parametrize("variable", [{"name": "DB_PWD", "value": "hunter2"}, {"SENTRY_DSN": "hunter2"}])
def test_a_plain_value_under_the_name_of_a_secret(variable: Any) -> None:
    (line,) = plain_secrets({"service": {"resource": {"environment": [variable]}}}, load("dev"))
    assert "named like a secret" in line
    assert "hunter2" not in line


@pytest.mark.parametrize("name", ["PWD", "DB_PASS", "dbPass", "PGPWD", "DSN", "CREDENTIALS", "DB_AUTH", "API_KEY"])
def test_names_of_secrets(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["PASSAGES", "BYPASS", "AUTHOR", "SECRET_ARN", "KEY_ID", "MAX_TOKENS", "PATH"])
def test_names_of_no_secrets(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize("name", NAMES)
def test_checked_in_environments_hold_none(name: str) -> None:
    layers = {layer: template.config for layer, template in environment(name).items()}
    assert list(plain_secrets(layers, load(name))) == []


@pytest.mark.parametrize("text", ["://" + "a:" * 50_000, "eyJ" * 40_000, "@" + "h" * 100_000, "=" + "pwd " * 25_000])
def test_a_long_text_takes_no_long(text: str) -> None:
    started = time.process_time()
    assert secret_kind(text) is None
    assert time.process_time() - started < 2
