"""CAA records, with a name server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from pipeline.doctor.account import authorities
from pipeline.doctor.account.asking import UnansweredError
from tests.pipeline.doctor.conftest import Describe

SITE = "chat.example.com"
Served = Callable[..., dns.resolver.Resolver]


@pytest.fixture
def served() -> Iterator[Served]:
    """Make a resolver whose server on loopback has these CAA records by name, and knows no other name."""
    sockets: list[socket.socket] = []

    def serve(**records: list[str]) -> dns.resolver.Resolver:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        sockets.append(server)
        known = {name.replace("_", "."): texts for name, texts in records.items()}

        def answer() -> None:
            while True:
                try:
                    data, sender = server.recvfrom(2048)
                except OSError:  # closed
                    return
                question = dns.message.from_wire(data)
                name = question.question[0].name.to_text(omit_final_dot=True)
                reply = dns.message.make_response(question)
                reply.flags |= dns.flags.RA
                if name in known:
                    reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CAA", *known[name]))
                else:
                    reply.set_rcode(dns.rcode.NXDOMAIN)
                server.sendto(reply.to_wire(), sender)

        threading.Thread(target=answer, daemon=True).start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        return resolver

    yield serve
    for each in sockets:
        each.close()


@pytest.mark.parametrize(
    ("records", "light", "words"),
    [
        ({}, "green", "may issue"),
        ({"example_com": ['0 issue "amazon.com"', '0 issue "other.example"']}, "green", "may issue"),
        ({"example_com": ['0 issue "awstrust.com; account=1"']}, "green", "may issue"),
        ({"example_com": ['0 iodef "mailto:x@example.com"']}, "green", "may issue"),
        ({"example_com": ['0 issue "other.example"']}, "red", "of example.com admit other.example"),
        ({"example_com": ['0 issue ";"']}, "red", "of example.com admit nobody"),
        (
            {"chat_example_com": ['0 issue "other.example"'], "example_com": ['0 issue "amazon.com"']},
            "red",
            "of chat.example.com admit other.example",
        ),
    ],
    ids=("none", "one of two", "with parameters", "not on issuing", "another", "nobody", "the closest counts"),
)
def test_a_domain_that_admits_others_alone_is_red(
    served: Served, records: dict[str, list[str]], light: str, words: str
) -> None:
    found = authorities.compare_authorities(SITE, *authorities.admitted_authorities(SITE, served(**records)))
    assert (found.light, words in found.detail) == (light, True)
    assert ('0 issue "amazon.com"' in found.fix) is (light == "red")


def test_a_silent_server_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorities, "LIMIT_SECONDS", 0.2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], silent.getsockname()[1]
        with pytest.raises(UnansweredError, match=SITE):
            authorities.admitted_authorities(SITE, resolver)


def test_only_a_new_certificate_is_asked_for(describe: Describe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorities, "admitted_authorities", lambda domain: ("example.com", frozenset()))
    text = f'[dns]\ndomain = "{SITE}"\n'
    assert list(authorities.examine(describe(text))) == []
    (found,) = authorities.examine(describe(text, aws_acm_certificate={"site": {"domain_name": SITE}}))
    assert found.light == "red"
