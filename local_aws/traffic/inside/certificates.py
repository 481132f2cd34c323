"""Certificates for listeners: with the names of those in ACM, whose keys nobody has, and signed by the run's own."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local_aws.traffic.arns import arn
from local_aws.traffic.world import World

_DAYS = 7


class Certificates:
    """Makes certificates with the key and certificate in `authority`, and keeps them beside it."""

    def __init__(self, world: World, authority: Path) -> None:
        self._world, self._authority = world, authority
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    async def context(self, certificate_arns: tuple[str, ...]) -> ssl.SSLContext:
        """What a listener with these certificates speaks TLS with: one certificate with the names of all."""
        names: list[str] = []
        for each in certificate_arns:
            ask = partial(self._world.client("acm", arn(each).region).describe_certificate, CertificateArn=each)
            told: Any = await self._world.ask(f"certificate {each}", ask)
            found = told["Certificate"]
            names += [found["DomainName"], *found.get("SubjectAlternativeNames", [])]
        return self.named(*dict.fromkeys(names))

    def named(self, *key: str) -> ssl.SSLContext:
        """What a server speaks TLS with under these names."""
        if key not in self._contexts:
            self._contexts[key] = self._made(key, len(self._contexts))
        return self._contexts[key]

    def _made(self, names: tuple[str, ...], number: int) -> ssl.SSLContext:
        file = self._authority.with_name(f"listener-{number}.pem")
        file.touch(mode=0o600)
        file.write_bytes(b"".join(self._pem(names)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _pem(self, names: tuple[str, ...]) -> Iterator[bytes]:
        authority = self._authority.read_bytes()
        issuer = x509.load_pem_x509_certificate(authority)
        signing = load_pem_private_key(authority, password=None)
        assert isinstance(signing, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0][:64])]))
            .issuer_name(issuer.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=_DAYS))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
            .sign(signing, hashes.SHA256())
        )
        yield key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        yield certificate.public_bytes(serialization.Encoding.PEM)
