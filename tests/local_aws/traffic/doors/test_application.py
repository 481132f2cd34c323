"""The reference application's own clients through both doors, with roles, guardrail and domain in the emulated AWS."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import uvicorn
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection

from examples.sitechat_app.answering import ServiceError, Token, Withheld
from examples.sitechat_app.bedrock import BedrockLanguageModel
from examples.sitechat_app.search import OpenSearchRetriever
from examples.sitechat_app.settings import GuardrailSettings
from local_aws import Endpoint
from local_aws.emulators import emulators_python
from local_aws.traffic.doors import BedrockDoor, Identity, SearchDoor
from local_aws.traffic.world import FRESH_SECONDS, World
from passages.embedding import Embedder

KEY_ID = "ASIATASKTASKTASK0001"
MODEL, EMBEDDER = "us.amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0"
ROLE, DOMAIN = "doors-task", "doors"
PAGES = {
    "Opening hours": "The garden is open every day from 9:00 to 18:00. Last entry is one hour before closing.",
    "Tickets": "A day ticket costs 12 euros for adults. Write to info@garden.example for groups.",
    "Dogs": "Dogs are welcome on a lead, except in the glass houses.",
}


@pytest.fixture(scope="module")
def world(endpoint: Endpoint) -> World:
    return World(endpoint.url, endpoint.account_id, endpoint.region)


@pytest.fixture(scope="module")
def identity(world: World) -> Identity:
    identity = Identity(world)
    identity.enrol(KEY_ID, f"arn:aws:iam::{world.account_id}:role/{ROLE}", "task-1")
    return identity


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Any], str]]:
    """Serves a door on loopback; the answer is its address."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any) -> str:
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        servers.append((server, thread))
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for server, thread in servers:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def guardrail(world: World) -> GuardrailSettings:
    bedrock = world.client("bedrock")
    made = bedrock.create_guardrail(
        name="doors",
        description="words and patterns",
        blockedInputMessaging="no question",
        blockedOutputsMessaging="no answer",
        wordPolicyConfig={"wordsConfig": [{"text": "weeds"}]},
        sensitiveInformationPolicyConfig={"piiEntitiesConfig": [{"type": "EMAIL", "action": "ANONYMIZE"}]},
    )
    version = bedrock.create_guardrail_version(guardrailIdentifier=made["guardrailId"])["version"]
    return GuardrailSettings(made["guardrailId"], version)


@pytest.fixture(scope="module")
def allow(world: World) -> Callable[..., None]:
    """Gives the task's role these statements and no others, and waits until they count."""
    iam = world.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))

    def put(*statements: tuple[str, str]) -> None:
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in statements],
        }
        iam.put_role_policy(RoleName=ROLE, PolicyName="access", PolicyDocument=json.dumps(document))
        time.sleep(FRESH_SECONDS + 0.1)

    return put


@pytest.fixture(scope="module")
def bedrock(world: World, identity: Identity, serve: Callable[[Any], str]) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name=world.region,
        endpoint_url=serve(BedrockDoor(world, identity)),
        aws_access_key_id=KEY_ID,
        aws_secret_access_key="a task's",
    )


@pytest.fixture(scope="module")
def search_of(world: World, identity: Identity, serve: Callable[[Any], str]) -> Iterator[Callable[[str], OpenSearch]]:
    """Clients of the domain for a key id."""
    (binary,) = emulators_python().parent.parent.glob("lib/python*/site-packages/osmem_server/bin/osmem-server")
    world.client("opensearch").create_domain(DomainName=DOMAIN, EngineVersion="OpenSearch_2.19")
    door = SearchDoor(world, identity, binary=Path(binary))
    address = serve(door)

    def client(key_id: str) -> OpenSearch:
        session = boto3.Session(aws_access_key_id=key_id, aws_secret_access_key="any")
        signer = Urllib3AWSV4SignerAuth(session.get_credentials(), world.region, "es")
        return OpenSearch(hosts=[address], http_auth=signer, connection_class=Urllib3HttpConnection)

    yield client
    asyncio.run(door.close())
    world.client("opensearch").delete_domain(DomainName=DOMAIN)


def test_a_question_is_answered_from_the_index_until_the_role_may_not(
    world: World, bedrock: Any, search_of: Any, allow: Callable[..., None], guardrail: GuardrailSettings
) -> None:
    everything = [
        ("bedrock:InvokeModel", f"arn:aws:bedrock:{world.region}::foundation-model/{EMBEDDER}"),
        ("bedrock:InvokeModelWithResponseStream", "*"),
        ("bedrock:ApplyGuardrail", "*"),
        ("es:ESHttpPost", f"arn:aws:es:{world.region}:{world.account_id}:domain/{DOMAIN}/site/*"),
    ]
    allow(*everything)
    embedder = Embedder(bedrock, model_id=EMBEDDER)
    fill(search_of(world.account_id), embedder)
    retriever = OpenSearchRetriever(search_of(KEY_ID), embedder, index="site")
    model = BedrockLanguageModel(bedrock, model_id=MODEL, guardrail=guardrail, site_name="the garden")

    passages = retriever.search("When is the garden open?")
    assert passages[0].title == "Opening hours"
    pieces = list(model.stream("When is the garden open?", passages))
    text = "".join(each.text for each in pieces if isinstance(each, Token))
    assert text.startswith("The garden is open every day from 9:00 to 18:00.")

    about_tickets = list(model.stream("What does a ticket for groups cost?", retriever.search("tickets for groups")))
    assert "{EMAIL}" in "".join(each.text for each in about_tickets if isinstance(each, Token))
    assert Withheld() in list(model.stream("Are there weeds?", passages))

    for missing, code in {
        0: "embedding_AccessDeniedException",
        1: "model_AccessDeniedException",
        2: "model_AccessDeniedException",
        3: "search_403",
    }.items():
        allow(*(each for at, each in enumerate(everything) if at != missing))
        with pytest.raises(ServiceError) as refused:
            list(model.stream("When is the garden open?", retriever.search("When is the garden open?")))
        assert refused.value.code == code


def fill(client: OpenSearch, embedder: Embedder) -> None:
    method = {"name": "hnsw", "engine": "faiss", "space_type": "innerproduct"}
    vector = {"type": "knn_vector", "dimension": 1024, "method": method}
    client.indices.create(index="site", body={"mappings": {"properties": {"embedding": vector}}})
    for title, text in PAGES.items():
        url = f"https://garden.example/{title}"
        body = {"title": title, "url": url, "text": text, "embedding": embedder.vector(f"{title} {text}")}
        client.index(index="site", id=title, body=body)
