"""CAA records, with a name server on loopback."""

from __future__ import annotations

import dns.resolver
import pytest

from pipeline.doctor.account import authorities
from pipeline.doctor.account.asking import UnansweredError
from tests.pipeline.doctor.conftest import Describe, Served

SITE = "chat.example.com"


@pytest.mark.parametrize(
    ("records", "light", "words"),
    [
        ({}, "green", "may issue"),
        ({"example.com": ['0 issue "amazon.com"', '0 issue "other.example"']}, "green", "may issue"),
        ({"example.com": ['0 issue "awstrust.com; account=1"']}, "green", "may issue"),
        ({"example.com": ['0 iodef "mailto:x@example.com"']}, "green", "may issue"),
        ({"example.com": ['0 issue "other.example"']}, "red", "of example.com admit other.example"),
        ({"example.com": ['0 issue ";"']}, "red", "of example.com admit nobody"),
        (
            {"chat.example.com": ['0 issue "other.example"'], "example.com": ['0 issue "amazon.com"']},
            "red",
            "of chat.example.com admit other.example",
        ),
    ],
    ids=("none", "one of two", "with parameters", "not on issuing", "another", "nobody", "the closest counts"),
)
def test_a_domain_that_admits_others_alone_is_red(
    served: Served, records: dict[str, list[str]], light: str, words: str
) -> None:
    found = authorities.compare_authorities(SITE, *authorities.admitted_authorities(SITE, served("CAA", records)))
    assert (found.light, words in found.detail) == (light, True)
    assert ('0 issue "amazon.com"' in found.fix) is (light == "red")


def test_a_silent_server_is_no_answer(silent: dns.resolver.Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorities, "LIMIT_SECONDS", 0.2)
    with pytest.raises(UnansweredError, match=SITE):
        authorities.admitted_authorities(SITE, silent)


def test_only_a_new_certificate_is_asked_for(describe: Describe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorities, "admitted_authorities", lambda domain: ("example.com", frozenset()))
    text = f'[dns]\ndomain = "{SITE}"\n'
    assert list(authorities.examine(describe(text))) == []
    (found,) = authorities.examine(describe(text, aws_acm_certificate={"site": {"domain_name": SITE}}))
    assert found.light == "red"
