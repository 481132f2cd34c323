"""Sites on loopback, and certificates of an authority that only the tests trust."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local_aws import Endpoint, start, stop
from tests.ingestion.site import Site, serving

NAMES = ("site.example", "www.site.example")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of the names in NAMES, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in NAMES]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure_site(certificate: Path) -> Iterator[Site]:
    with serving(certificate) as running:
        yield running


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    """What the tests' fetchers trust: the one certificate."""
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The emulated AWS."""
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@pytest.fixture(scope="session")
def s3(endpoint: Endpoint) -> Any:
    """A client of the emulated S3."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        region_name="us-east-1",
        aws_access_key_id=endpoint.account_id,
        aws_secret_access_key="emulated",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )


@pytest.fixture
def bucket(s3: Any, tmp_path: Path) -> str:
    """A new bucket's name."""
    name = f"pages-{tmp_path.name.replace('_', '-').lower()[-40:].strip('-')}"
    s3.create_bucket(Bucket=name)
    return name
