"""TLS towards the load balancer, with a key and a certificate made at start for the life of the process."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Longer than any task runs. Load balancers don't check dates either.
_DAYS = 3650
# Seconds to wait for the other side when closing a connection; asyncio's 30 would outlast the stop timeout.
_GOODBYE_SECONDS = 1.0


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose idle TLS connections don't keep the process from ending."""

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        return await super().create_server(*args, **options, ssl_shutdown_timeout=_GOODBYE_SECONDS)


def server_context() -> ssl.SSLContext:
    """TLS 1.2 and 1.3 with a new P-256 certificate that nobody else has signed: load balancers accept any.

    1.2 stays: a load balancer's health checks fail where 1.3 is all there is. Raises OSError where there is no folder
    for temporary files, for `ssl` reads a key from a file only.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The file holds the key encrypted, under a password that stays in memory.
    password = secrets.token_bytes(32).hex().encode()
    with tempfile.NamedTemporaryFile(prefix="sitechat-", suffix=".pem") as file:
        file.write(_pem(password))
        file.flush()
        context.load_cert_chain(file.name, password=password)
    return context


def _pem(password: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sitechat")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of two machines differ.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
