"""Search domains behind their policies, with a real engine and exact neighbours."""

from __future__ import annotations

import asyncio
import json
import math
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws.emulators import emulators_python
from local_aws.traffic.doors import Identity, SearchDoor
from local_aws.traffic.doors.domains import Engine
from local_aws.traffic.road import Road

KEY_ID = "ASIATASKTASKTASK0001"
ADMINISTRATOR = "123456789012"
ROLE = "arn:aws:iam::123456789012:role/chat-task"
DOMAIN = "arn:aws:es:us-east-1:123456789012:domain/chat"
SECURITY = "/_plugins/_security/api"


@pytest.fixture(scope="session")
def binary() -> Path:
    """The engine in the emulators' own environment."""
    (found,) = emulators_python().parent.parent.glob("lib/python*/site-packages/osmem_server/bin/osmem-server")
    return found


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
def door(world: Any, binary: Path, road: Road) -> Iterator[SearchDoor]:
    world.domains = ["chat"]
    identity = Identity(world)
    identity.enrol(KEY_ID, ROLE, "task-1")
    door = SearchDoor(world, identity, binary=binary, road_of=lambda key_id, headers: road)
    yield door
    asyncio.run(door.close())


@pytest.fixture
def call(ask: Any, door: SearchDoor) -> Any:
    """Requests of the account's administrator, answered with JSON."""

    def do(method: str, path: str, body: object = None, *, status: int = 200, key_id: str = ADMINISTRATOR) -> Any:
        answered = ask(door, method, path, body, key_id=key_id, service="es")
        assert answered.status == status, answered.body
        return json.loads(answered.body or b"null")

    return do


def make_index(call: Any, name: str = "site", space: str = "innerproduct") -> None:
    method = {"name": "hnsw", "engine": "faiss", "space_type": space}
    fields = {
        "embedding": {"type": "knn_vector", "dimension": 2, "method": method},
        "title": {"type": "text"},
        "lang": {"type": "keyword"},
    }
    call("PUT", f"/{name}", {"settings": {"index": {"knn": True}}, "mappings": {"properties": fields}})


def put(call: Any, id_: str, *vector: float, index: str = "site", lang: str = "en") -> None:
    body = {"title": f"page {id_}", "embedding": list(vector), "lang": lang}
    call("PUT", f"/{index}/_doc/{id_}?refresh=true", body, status=201)


def knn(*vector: float, k: int = 2, **given: Any) -> dict[str, Any]:
    clause = {"embedding": {"vector": list(vector), "k": k, **given}}
    return {"size": 10, "_source": ["title"], "query": {"knn": clause}}


def found(answer: Any) -> list[tuple[str, float]]:
    return [(hit["_id"], round(hit["_score"], 4)) for hit in answer["hits"]["hits"]]


def test_the_nearest_documents_come_first_with_their_scores(call: Any, road: Road) -> None:
    make_index(call)
    for id_, vector in {"a": (1, 0), "b": (0.6, 0.8), "c": (-1, 0)}.items():
        put(call, id_, *vector)
    answer = call("POST", "/site/_search", knn(1, 0))
    assert found(answer) == [("a", 2.0), ("b", 1.6)]
    assert answer["hits"]["hits"][0]["_source"] == {"title": "page a"}
    assert found(call("POST", "/site/_search", knn(1, 0, k=3)))[-1] == ("c", 0.5)
    assert "2 documents by exact k-NN" in next(step for step in road.steps if "exact" in step.did).did


@pytest.mark.parametrize(
    ("space", "score"),
    [
        ("cosinesimil", (1 + 1 / math.sqrt(2)) / 2),
        ("l2", 1 / (1 + 13)),
        ("l1", 1 / (1 + 5)),
        ("linf", 1 / (1 + 3)),
        ("innerproduct", 1 + 3),
    ],
)
def test_scores_follow_the_space_of_the_mapping(call: Any, space: str, score: float) -> None:
    make_index(call, space=space)
    put(call, "a", 3, 3)
    assert found(call("POST", "/site/_search", knn(1, 0, k=1))) == [("a", round(score, 4))]


def test_writes_are_found_by_the_next_search(call: Any) -> None:
    make_index(call)
    put(call, "a", 1, 0)
    assert len(found(call("POST", "/site/_search", knn(1, 0)))) == 1
    lines = [{"index": {"_id": "b"}}, {"embedding": [0.5, 0]}, {"delete": {"_id": "a"}}]
    call("POST", "/site/_bulk", b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert found(call("POST", "/site/_search", knn(1, 0))) == [("b", 1.5)]


def test_a_filter_holds_before_k(call: Any) -> None:
    make_index(call)
    put(call, "a", 1, 0)
    put(call, "b", 0.5, 0, lang="de")
    query = knn(1, 0, k=1, filter={"term": {"lang": "de"}})
    assert found(call("POST", "/site/_search", query)) == [("b", 1.5)]


def test_a_clause_among_others_keeps_its_score(call: Any) -> None:
    make_index(call)
    put(call, "a", 1, 0)
    put(call, "b", 0.5, 0, lang="de")
    clause = knn(1, 0)["query"]
    body = {"query": {"bool": {"must": [clause], "filter": [{"term": {"lang": "de"}}]}}}
    assert found(call("POST", "/site/_search", body)) == [("b", 1.5)]


def test_an_alias_over_two_indexes_finds_in_both(call: Any) -> None:
    for index, vector in {"site-1": (1, 0), "site-2": (0.5, 0)}.items():
        make_index(call, index)
        put(call, "same", *vector, index=index)
    call("POST", "/_aliases", {"actions": [{"add": {"index": "site-*", "alias": "current"}}]})
    answer = call("POST", "/current/_search", knn(1, 0))
    assert [hit["_index"] for hit in answer["hits"]["hits"]] == ["site-1", "site-2"]
    assert found(answer) == [("same", 2.0), ("same", 1.5)]


def test_several_searches_at_once_are_replaced_each(call: Any) -> None:
    make_index(call)
    put(call, "a", 1, 0)
    lines = [{"index": "site"}, knn(1, 0), {}, {"query": {"match_none": {}}}]
    answer = call("POST", "/_msearch", b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert [len(each["hits"]["hits"]) for each in answer["responses"]] == [1, 0]


def test_more_than_one_page_of_vectors_is_read(call: Any) -> None:
    make_index(call)
    lines = [line for at in range(1100) for line in ({"index": {"_id": str(at)}}, {"embedding": [at / 2000, 0]})]
    call("POST", "/site/_bulk", b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert found(call("POST", "/site/_search", knn(1, 0, k=1))) == [("1099", 1.5495)]


def test_wrong_vectors_are_refused_in_the_words_of_opensearch(call: Any) -> None:
    make_index(call)
    answer = call("POST", "/site/_search", knn(1, 0, 0), status=400)
    assert "Query vector has invalid dimension: 3. Dimension should be: 2" in answer["error"]["root_cause"][0]["reason"]
    wrong = {"query": {"knn": {"title": {"vector": [1, 0], "k": 1}}}}
    answer = call("POST", "/site/_search", wrong, status=400)
    assert "Field 'title' is not knn_vector type." in answer["error"]["root_cause"][0]["reason"]
    assert call("POST", "/gone/_search", knn(1, 0), status=404)["error"]["type"] == "index_not_found_exception"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/site/_search", {"query": {"hybrid": {"queries": []}}}),
        ("POST", "/site/_search", {"query": {"knn": {"embedding": {"vector": [1, 0], "k": 1, "rescore": True}}}}),
        ("PUT", "/_snapshot/nightly", {}),
        ("GET", "/_plugins/_ism/policies", None),
        ("GET", "/_plugins/_security/api/tenants/x", None),
        ("GET", "/site/_nowhere", None),
    ],
)
def test_what_is_not_known_is_said_so(call: Any, method: str, path: str, body: Any) -> None:
    make_index(call)
    call(method, path, body, status=501)


def test_the_role_decides_by_method_and_path(call: Any, world: Any) -> None:
    make_index(call)
    world.allow({"Effect": "Allow", "Action": "es:ESHttpPost", "Resource": f"{DOMAIN}/site/*"})
    call("POST", "/site/_search", {"query": {"match_all": {}}}, key_id=KEY_ID)
    call("POST", "/other/_search", {}, key_id=KEY_ID, status=403)
    refused = call("PUT", "/site/_doc/1", {}, key_id=KEY_ID, status=403)
    assert f"is not authorized to perform: es:ESHttpPut on resource: {DOMAIN}/site/_doc/1" in refused["Message"]


def test_the_policy_of_the_domain_can_allow_what_the_role_has_not(call: Any, world: Any) -> None:
    make_index(call)
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "es:*", "Resource": f"{DOMAIN}/site/*"}
    call("POST", "/site/_search", {}, key_id=KEY_ID, status=403)
    world.policies_on["chat"] = {"Statement": [statement]}
    call("POST", "/site/_search", {}, key_id=KEY_ID)


def test_a_request_that_nobody_signed_is_refused(call: Any) -> None:
    assert "anonymous" in call("GET", "/", key_id="", status=403)["Message"]


def map_reader(call: Any, *arns: str) -> None:
    rights = {"index_patterns": ["site", "site-*"], "allowed_actions": ["read"]}
    call("PUT", f"{SECURITY}/roles/reader", {"cluster_permissions": [], "index_permissions": [rights]})
    call("PUT", f"{SECURITY}/rolesmapping/reader", {"backend_roles": list(arns), "hosts": [], "users": []})


def map_writer(call: Any, *actions: str) -> None:
    rights = {"index_patterns": ["site", "site-*"], "allowed_actions": list(actions)}
    role = {"cluster_permissions": ["indices:data/write/bulk"], "index_permissions": [rights]}
    call("PUT", f"{SECURITY}/roles/writer", role)
    call("PUT", f"{SECURITY}/rolesmapping/writer", {"backend_roles": [ROLE], "hosts": [], "users": []})


def test_inside_the_domain_only_mapped_roles_may(call: Any, world: Any) -> None:
    make_index(call)
    world.allow({"Effect": "Allow", "Action": "es:*", "Resource": f"{DOMAIN}/*"})
    map_reader(call)
    refused = call("POST", "/site/_search", {}, key_id=KEY_ID, status=403)
    assert refused["error"]["reason"].startswith("no permissions for [indices:data/read/search] and User [name=arn:")
    map_reader(call, ROLE)
    call("POST", "/site/_search", {}, key_id=KEY_ID)
    call("POST", "/elsewhere/_search", {}, key_id=KEY_ID, status=403)
    call("PUT", "/site/_doc/1", {}, key_id=KEY_ID, status=403)
    call("POST", "/_bulk", b'{"index":{"_index":"site"}}\n{}\n', key_id=KEY_ID, status=403)


def test_what_a_body_names_counts_beside_the_path(call: Any, world: Any) -> None:
    make_index(call)
    make_index(call, "secret")
    put(call, "1", 1, 0, index="secret")
    world.allow({"Effect": "Allow", "Action": "es:*", "Resource": f"{DOMAIN}/*"})
    everything = {"index_patterns": ["site"], "allowed_actions": ["read", "write"]}
    cluster = ["cluster_composite_ops"]
    call("PUT", f"{SECURITY}/roles/site", {"cluster_permissions": cluster, "index_permissions": [everything]})
    call("PUT", f"{SECURITY}/rolesmapping/site", {"backend_roles": [ROLE]})
    for path, own, others in (
        ("_bulk", b'{"index":{}}\n{}\n', b'{"index":{"_index":"secret"}}\n{}\n'),
        ("_msearch", b"{}\n{}\n", b'{"index":["secret"]}\n{}\n'),
        ("_mget", b'{"ids":["1"]}', b'{"docs":[{"_index":"secret","_id":"1"}]}'),
        ("_bulk", b'{"index":{}}\n{}\n', b'{"index":{"_index":"secret"}}\n{}\n{'),
    ):
        call("POST", f"/site/{path}", own, key_id=KEY_ID)
        call("POST", f"/site/{path}", others, key_id=KEY_ID, status=403)


def test_a_task_cannot_give_itself_roles_unless_it_is_an_administrator(call: Any, world: Any) -> None:
    world.allow({"Effect": "Allow", "Action": "es:*", "Resource": f"{DOMAIN}/*"})
    mapping = {"backend_roles": [ROLE]}
    refused = call("PUT", f"{SECURITY}/rolesmapping/reader", mapping, key_id=KEY_ID, status=403)
    assert refused["status"] == "FORBIDDEN"
    call("PUT", f"{SECURITY}/rolesmapping/all_access", mapping)
    call("PUT", f"{SECURITY}/rolesmapping/reader", mapping, key_id=KEY_ID)


def test_a_body_that_is_no_gzip_is_refused(ask: Any, door: SearchDoor) -> None:
    assert ask(door, "POST", "/_search", b"{}", key_id=ADMINISTRATOR, service="es", encoding="gzip").status == 400


@pytest.mark.parametrize(
    ("right", "method", "path", "body"),
    [
        ("indices:admin/close*", "POST", "/site/_close", None),
        ("indices:admin/open", "POST", "/site/_open", None),
        ("indices:admin/delete", "DELETE", "/site", None),
        ("indices:admin/get", "GET", "/site-*", None),
        ("indices:admin/refresh*", "POST", "/site/_refresh", None),
        ("indices:admin/aliases", "POST", "/_aliases", {"actions": [{"add": {"index": "site", "alias": "site-a"}}]}),
    ],
)
def test_each_act_takes_its_own_right_inside(
    call: Any, world: Any, right: str, method: str, path: str, body: Any
) -> None:
    make_index(call)
    world.allow({"Effect": "Allow", "Action": "es:*", "Resource": f"{DOMAIN}/*"})
    map_writer(call, "indices:data/*")
    refused = call(method, path, body, key_id=KEY_ID, status=403)
    assert right.rstrip("*") in refused["error"]["reason"]
    map_writer(call, right)
    call(method, path, body, key_id=KEY_ID)


@pytest.mark.parametrize(
    ("method", "path", "body", "also"),
    [
        ("PUT", "/site-002", {"aliases": {"site-b": {}}}, "indices:admin/aliases"),
        ("POST", "/_aliases", {"actions": [{"remove_index": {"index": "site"}}]}, "indices:admin/delete"),
        ("POST", "/site/_delete_by_query", {"query": {"match_all": {}}}, "indices:data/read/search"),
        ("POST", "/site/_delete_by_query", {"query": {"match_all": {}}}, "indices:data/write/bulk"),
    ],
)
def test_what_an_act_does_besides_takes_a_right_as_well(
    call: Any, world: Any, method: str, path: str, body: Any, also: str
) -> None:
    make_index(call)
    world.allow({"Effect": "Allow", "Action": "es:*", "Resource": f"{DOMAIN}/*"})
    every = {
        "indices:admin/create",
        "indices:admin/aliases",
        "indices:admin/delete",
        "indices:data/read/search",
        "indices:data/write/bulk",
        "indices:data/write/delete/byquery",
    }
    map_writer(call, *(every - {also}))
    call(method, path, body, key_id=KEY_ID, status=403)
    map_writer(call, *every)
    call(method, path, body, key_id=KEY_ID)


def test_domains_have_engines_of_their_own_that_end_with_them(call: Any, door: SearchDoor, world: Any) -> None:
    make_index(call)
    (first,) = door.engines.pids()
    world.domains = ["another"]
    call("GET", "/site", status=404)
    assert (first, list(door.engines.pids())) == ("chat", ["another"])
    world.domains = []
    call("GET", "/site", status=503)
    assert door.engines.pids() == {}


def test_a_domain_that_was_created_again_is_empty(call: Any, world: Any) -> None:
    make_index(call)
    world.created["chat"] = 1
    call("GET", "/site", status=404)


def test_two_domains_behind_one_address_cannot_be_told_apart(call: Any, world: Any) -> None:
    world.domains = ["one", "two"]
    call("GET", "/site", status=501)


def test_the_domain_of_every_run_steps_back_behind_a_created_one(call: Any, door: SearchDoor, world: Any) -> None:
    world.domains = ["local-search"]
    call("GET", "/")
    world.domains = ["local-search", "chat"]
    call("GET", "/")
    assert sorted(door.engines.pids()) == ["chat", "local-search"]


def test_an_engine_that_does_not_start_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o700)
    with pytest.raises(Exception, match="did not start"):
        Engine(broken)


def test_a_kept_connection_that_the_engine_has_closed_is_made_anew(call: Any, door: SearchDoor) -> None:
    make_index(call)
    engine = asyncio.run(door.engines.of("chat"))
    for kept in engine._idle:
        kept.sock.shutdown(socket.SHUT_RDWR)
    assert engine.request("GET", "/", b"", {})[0] == 200
    engine.end()
    with pytest.raises(Exception, match="does not answer"):
        engine.request("GET", "/", b"", {})


def test_a_dead_engine_is_replaced(call: Any, door: SearchDoor) -> None:
    make_index(call)
    asyncio.run(door.engines.of("chat")).end()
    call("GET", "/site", status=404)


def test_what_the_bootstrap_function_does_succeeds(call: Any) -> None:
    template = {
        "index_patterns": ["site", "site-*"],
        "priority": 100,
        "template": {
            "settings": {"index": {"knn": True, "number_of_shards": 1, "number_of_replicas": 0}},
            "mappings": {"dynamic": False, "properties": {"embedding": {"type": "knn_vector", "dimension": 1024}}},
        },
    }
    audit = call("GET", f"{SECURITY}/audit")["config"]
    call("PUT", f"{SECURITY}/audit/config", audit | {"enabled": True})
    call("GET", f"{SECURITY}/roles/reader", status=404)
    map_reader(call, ROLE)
    call("GET", "/_index_template/site", status=404)
    call("PUT", "/_index_template/site", template)
    assert call("GET", "/site-*?expand_wildcards=all") == {}
    call("PUT", "/site-001", {"aliases": {"site": {}}})
    assert call("GET", "/site")["site-001"]["mappings"]["properties"]["embedding"]["dimension"] == 1024
