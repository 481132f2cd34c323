"""A search domain with its engine, Bedrock and a table on loopback, behind the rights of the functions; a bucket."""

from __future__ import annotations

import asyncio
import socket
import threading
import uuid
from collections.abc import Iterator
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
from local_aws import Endpoint
from local_aws.emulators import emulators_python
from local_aws.traffic.doors import BedrockDoor, Identity, Invocation, SearchDoor
from passages.domain import Domain
from tests.ingestion.index.memory import Memory
from tests.ingestion.index.runs import MODEL, Machine
from tests.local_aws.traffic.doors.conftest import SmallWorld

ADMINISTRATOR = "123456789012"
REGION = "us-east-1"
DOMAIN = f"arn:aws:es:{REGION}:{ADMINISTRATOR}:domain/chat"
LOADER = f"arn:aws:iam::{ADMINISTRATOR}:role/loader"
LOADER_KEY = "ASIALOADERLOADER0001"
EMBEDDER = f"arn:aws:iam::{ADMINISTRATOR}:role/embedder"
EMBEDDER_KEY = "ASIAEMBEDEMBED000001"


class Stage:
    """A server on loopback that lasts, and the ASGI application of the test that runs: to start one takes longer."""

    def __init__(self) -> None:
        self.app: Any = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve(sockets=[self._listener])))
        self._thread.start()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


@pytest.fixture(scope="session")
def search_stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.end()


@pytest.fixture(scope="session")
def bedrock_stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.end()


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
def search(world: SmallWorld, search_stage: Stage) -> Iterator[str]:
    """Address of the domain, whose engine is new."""
    (binary,) = emulators_python().parent.parent.glob("lib/python*/site-packages/osmem_server/bin/osmem-server")
    identity = Identity(world)
    identity.enrol(LOADER_KEY, LOADER, "loader")
    door = search_stage.app = SearchDoor(world, identity, binary=binary)
    yield search_stage.address
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


@pytest.fixture(scope="session")
def bedrock(bedrock_stage: Stage) -> Any:
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=bedrock_stage.address,
        region_name=REGION,
        aws_access_key_id=EMBEDDER_KEY,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def model(world: SmallWorld, bedrock_stage: Stage, bedrock: Any) -> Model:
    identity = Identity(world)
    identity.enrol(EMBEDDER_KEY, EMBEDDER, "embedder")
    asked: list[Invocation] = []
    bedrock_stage.app = BedrockDoor(world, identity, observe=asked.append)
    return Model(bedrock, asked)


@pytest.fixture(scope="session")
def dynamodb(endpoint: Endpoint) -> Any:
    return boto3.resource(
        "dynamodb",
        endpoint_url=endpoint.url,
        region_name=REGION,
        aws_access_key_id=endpoint.account_id,
        aws_secret_access_key="emulated",
        config=Config(retries={"max_attempts": 0}),
    )


@pytest.fixture
def store() -> Store:
    """A bucket of this test."""
    return Store(Memory(), "bucket")


@pytest.fixture
def table(dynamodb: Any) -> Any:
    """A table of this test, as the layer builds it."""
    keys = {"source": "HASH", "page": "RANGE"}
    return dynamodb.create_table(
        TableName=f"ledger-{uuid.uuid4().hex}",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
    )


@pytest.fixture
def machine(domain: Domain, model: Model, store: Store, table: Any) -> Machine:
    """What the state machine does, call by call, with the real functions."""
    return Machine(domain=domain, bedrock=model.client, store=store, table=table, model_id=MODEL)
