"""A search domain with its engine, Bedrock, a bucket and a table on loopback, behind the rights of the functions."""

from __future__ import annotations

import asyncio
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.credentials import Credentials

from constructs_lib.search.access import write_statement
from constructs_lib.search.bootstrap_lambda.steps import Settings, finish
from ingestion.store import Store
from local_aws import Endpoint, start, stop
from local_aws.emulators import emulators_python
from local_aws.traffic.doors import BedrockDoor, Identity, Invocation, SearchDoor
from passages.domain import Domain
from tests.ingestion.index.runs import MODEL, Machine
from tests.local_aws.traffic.doors.conftest import SmallWorld

ADMINISTRATOR = "123456789012"
REGION = "us-east-1"
DOMAIN = f"arn:aws:es:{REGION}:{ADMINISTRATOR}:domain/chat"
LOADER = f"arn:aws:iam::{ADMINISTRATOR}:role/loader"
LOADER_KEY = "ASIALOADERLOADER0001"
EMBEDDER = f"arn:aws:iam::{ADMINISTRATOR}:role/embedder"
EMBEDDER_KEY = "ASIAEMBEDEMBED000001"


@pytest.fixture(scope="session")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@contextmanager
def _served(app: Any) -> Iterator[str]:
    """An ASGI application on loopback; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def world() -> SmallWorld:
    """A domain, a model, and two roles with the rights that their functions get."""
    world = SmallWorld()
    world.domains = ["chat"]
    world.roles = {"loader": {}, "embedder": {}}
    statement = write_statement(DOMAIN, "site")
    world.allow(
        {"Effect": "Allow", "Action": list(statement.actions), "Resource": list(statement.resources)}, role="loader"
    )
    world.allow({"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}, role="embedder")
    return world


@pytest.fixture
def search(world: SmallWorld) -> Iterator[str]:
    """Address of the domain."""
    (binary,) = emulators_python().parent.parent.glob("lib/python*/site-packages/osmem_server/bin/osmem-server")
    identity = Identity(world)
    identity.enrol(LOADER_KEY, LOADER, "loader")
    door = SearchDoor(world, identity, binary=binary)
    with _served(door) as address:
        yield address
    door.engines.end()


def _client(address: str, key_id: str) -> Domain:
    credentials = Credentials(key_id, "secret", "session")
    return Domain(address, region=REGION, credentials=credentials, retry_delays_seconds=())


@pytest.fixture
def administrator(search: str) -> Domain:
    """The domain as whoever finishes it sees it."""
    return _client(search, ADMINISTRATOR)


@pytest.fixture
def domain(search: str, administrator: Domain) -> Domain:
    """The finished domain as the loader sees it: with its role's rights, at the front and inside."""
    settings = Settings(index="site", dimensions=1024, replicas=0, readers=(), writers=(LOADER,))
    finish(administrator, settings)
    return _client(search, LOADER_KEY)


@dataclass
class Model:
    """Bedrock's runtime, and what was asked of it."""

    client: Any
    asked: list[Invocation] = field(default_factory=list)


@pytest.fixture
def model(world: SmallWorld) -> Iterator[Model]:
    identity = Identity(world)
    identity.enrol(EMBEDDER_KEY, EMBEDDER, "embedder")
    asked: list[Invocation] = []
    with _served(BedrockDoor(world, identity, observe=asked.append)) as address:
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id=EMBEDDER_KEY,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )
        yield Model(client, asked)


@pytest.fixture(scope="session")
def aws(emulated: Endpoint) -> Callable[..., Any]:
    """boto3 clients and resources of the emulated AWS."""

    def make(kind: Callable[..., Any], service: str) -> Any:
        return kind(
            service,
            endpoint_url=emulated.url,
            region_name=REGION,
            aws_access_key_id=emulated.account_id,
            aws_secret_access_key="emulated",
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )

    return make


@pytest.fixture
def store(aws: Callable[..., Any]) -> Store:
    """A bucket of this test."""
    client, bucket = aws(boto3.client, "s3"), f"pages-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    return Store(client, bucket)


@pytest.fixture
def table(aws: Callable[..., Any]) -> Any:
    """A table of this test, as the layer builds it."""
    keys = {"source": "HASH", "page": "RANGE"}
    return aws(boto3.resource, "dynamodb").create_table(
        TableName=f"ledger-{uuid.uuid4().hex}",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
    )


@pytest.fixture
def machine(domain: Domain, model: Model, store: Store, table: Any) -> Machine:
    """What the state machine does, call by call, with the real functions."""
    return Machine(domain=domain, bedrock=model.client, store=store, table=table, model_id=MODEL)
