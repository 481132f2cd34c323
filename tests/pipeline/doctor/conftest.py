"""Fixtures of an AWS account for the doctor: the emulated AWS, with stubbed answers for operations that it lacks."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from botocore.stub import Stubber

from pipeline.doctor.account.asking import Account as Asked
from pipeline.recovery.known_values import KnownValues
from pipeline.recovery.matching import unknown_resources
from pipeline.recovery.unapplied import Unapplied
from pipeline.session import open_session
from pipeline.synth import layers
from tests.pipeline import samples
from tests.pipeline.operations.support import Account

# For regions outside the profile of the default model.
BARE_MODEL = '[bedrock]\nmodel_id = "amazon.nova-lite-v1:0"\ndestination_regions = []\n'
Describe = Callable[..., Asked]
Served = Callable[[str, Mapping[str, list[str]]], dns.resolver.Resolver]
# Operation, and AWS's answer or the code of its refusal.
Answer = tuple[str, Mapping[str, Any] | str]
SCP = "User: me is not authorized to perform this with an explicit deny in a service control policy"


@pytest.fixture
def describe(account: Account, tmp_path: Path) -> Describe:
    """Make the doctor's `Account` for an environment file with these additional lines.

    `new` are the resources that no state knows: bodies by type and name.
    """
    numbers = itertools.count()

    def made(text: str = "", **new: dict[str, dict[str, Any]]) -> Asked:
        account.file.write_text(f'account_id = "{account.endpoint.account_id}"\n{text}')
        session = open_session(str(account.file), needs_terraform=False)
        found = unapplied(tmp_path / f"synth{next(numbers)}", session.env.region, new)
        return Asked(session, lambda _: found)

    return made


@pytest.fixture
def served() -> Iterator[Served]:
    """Make a resolver whose server on loopback has these records: texts by name and type; NXDOMAIN for any other."""
    sockets: list[socket.socket] = []

    def serve(kind: str, records: Mapping[str, list[str]]) -> dns.resolver.Resolver:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        sockets.append(server)

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
                if records.get(name):
                    reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *records[name]))
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


@pytest.fixture
def silent() -> Iterator[dns.resolver.Resolver]:
    """A resolver whose server never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        yield resolver


def unapplied(folder: Path, region: str, new: Mapping[str, dict[str, dict[str, Any]]]) -> Unapplied:
    """These resources, in one layer in `region` with a second provider "aws.global" in us-east-1."""
    providers = {"aws": [{"region": region}, {"alias": "global", "region": "us-east-1"}]}
    config = {"terraform": {"backend": {"s3": samples.backend("first")}}, "provider": providers, "resource": new}
    synthesis = layers.read_synthesis(samples.write(folder, {"first": (config, [])}), "trial")
    return Unapplied(tuple(unknown_resources(synthesis, {})), KnownValues(synthesis, {}), region)


def answers(asked: Asked, service: str, *given: Answer) -> None:
    """Stub answers of `service` to these operations, in this order; botocore validates them by AWS's service model.

    A string is the code of AWS's refusal; after a colon its message.
    """
    stubber = Stubber(asked.client(service))
    for operation, answer in given:
        if isinstance(answer, str):
            code, _, message = answer.partition(":")
            status = int(code) if code.isdigit() else 400
            stubber.add_client_error(operation, code, message, http_status_code=status)
        else:
            stubber.add_response(operation, answer)
    stubber.activate()
