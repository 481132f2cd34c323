"""Loading alone: rights, refusals of the domain, and time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.search.bootstrap_lambda.steps import WRITER_ON_INDEXES
from ingestion.errors import Busy
from ingestion.functions.load import ManifestRefused
from ingestion.index.switching import NothingBefore
from ingestion.index.versions import read_versions
from ingestion.store import Store
from passages.domain import Domain, DomainError
from tests.ingestion.index.runs import HOST, Forever, Machine, documents, indexes, page_of, site_of

SITE = site_of(["/tickets", "/hours"])


def vector(at: int) -> list[float]:
    return [float(at == each) for each in range(1024)]


@pytest.fixture
def manifest(machine: Machine, store: Store) -> str:
    """Key of a manifest of two pages, with their passages."""
    from passages.layout import model_tag

    pages = []
    for at, path in enumerate(("/a", "/b")):
        key = f"passages/{at}.json"
        store.put(key, {"title": path, "passages": [{"text": path, "vector": vector(at)}]})
        page = {"page": page_of(path), "source": "garden", "address": f"{HOST}{path}", "hash": f"h{at}", "key": key}
        pages.append({**page, "passages": 1})
    told = {"source": "garden", "run": "r", "tag": model_tag(machine.model_id), "sources": ["garden"], "pages": pages}
    store.put("runs/garden/current.json", {"run": "r"})
    store.put("runs/garden/r/manifest.json", {**told, "waiting": []})
    return "runs/garden/r/manifest.json"


def test_a_step_ends_when_time_does_and_the_next_goes_on(
    machine: Machine, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.index.loading.STEP_PAGES", 1)
    monkeypatch.setattr(Forever, "left", 1000)
    index = machine.load("open", manifest=manifest)["index"]
    first = machine.load("load", manifest=manifest, index=index)
    assert first == {"offset": 1, "done": False}
    assert machine.load("load", manifest=manifest, index=index, offset=1) == {"offset": 2, "done": True}
    assert machine.load("check", manifest=manifest, index=index) == {"documents": 2, "probe": True}


def test_a_manifest_of_another_model_is_refused(machine: Machine, manifest: str) -> None:
    machine.model_id = "another"
    with pytest.raises(ManifestRefused, match="another model"):
        machine.load("open", manifest=manifest)


def test_a_version_that_does_not_find_its_page_is_not_switched_to(
    machine: Machine, manifest: str, administrator: Domain, store: Store
) -> None:
    index = machine.load("open", manifest=manifest)["index"]
    machine.load("load", manifest=manifest, index=index)
    store.put("passages/0.json", {"title": "/a", "passages": [{"text": "/a", "vector": vector(9)}]})
    # Five other documents are nearer to the question than the page.
    wrong = {"title": "x", "text": "x", "url": HOST, "source": "shop", "hash": "x", "embedding": vector(9)}
    for at in range(5):
        administrator.put(f"{index}/_doc/{at}?refresh=true", {**wrong, "page": f"p{at}"})
    with pytest.raises(Exception, match="probe_failed: site-002 doesn't find page"):
        machine.load("check", manifest=manifest, index=index)


def test_the_loader_may_do_nothing_beside_its_index(machine: Machine, domain: Domain, world: Any) -> None:
    machine.run(SITE)
    for method, path in (("PUT", "other"), ("PUT", "_plugins/_security/api/roles/site_writer"), ("POST", "_bulk")):
        with pytest.raises(DomainError, match="answered 403"):
            domain.send(method, path, b"{}\n")
    # What the front lets pass, the roles inside the domain decide.
    world.allow({"Effect": "Allow", "Action": "es:*", "Resource": "*"}, role="loader")
    actions = [{"add": {"index": "other", "alias": "site"}}]
    for method, path, body in (
        ("PUT", "other", {}),
        ("DELETE", "other", None),
        ("POST", "_aliases", {"actions": actions}),
        ("POST", "_aliases", {"actions": [{"remove_index": {"index": "other"}}]}),
        ("POST", "other/_close", None),
        ("POST", "other/_delete_by_query", {"query": {"match_all": {}}}),
    ):
        with pytest.raises(DomainError, match=r"403: .*no permissions for"):
            domain.send(method, path, json.dumps(body).encode() if body is not None else None)


@pytest.mark.parametrize("taken", [*WRITER_ON_INDEXES, "indices:data/read/mget", "indices:data/write/bulk"])
def test_every_right_of_the_writer_is_used(
    machine: Machine, administrator: Domain, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator.delete("site-001")
    administrator.put("site", {})
    path = "_plugins/_security/api/roles/site_writer"
    role = administrator.get(path)["site_writer"]
    (rights,) = role["index_permissions"]
    actions = [each for each in rights["allowed_actions"] if each != taken]
    cluster = [each for each in role["cluster_permissions"] if each != taken]
    index_permissions = [{**rights, "allowed_actions": actions}]
    administrator.put(path, {"cluster_permissions": cluster, "index_permissions": index_permissions})

    def exchange_change_and_go_back() -> None:
        machine.run(SITE)
        with monkeypatch.context() as changed:
            changed.setattr("passages.layout.LAYOUT", 2)
            machine.run(SITE)
        machine.load("rollback")

    with pytest.raises(DomainError, match="no permissions for"):
        exchange_change_and_go_back()


def test_a_busy_domain_is_told_as_busy(machine: Machine, manifest: str, world: Any) -> None:
    world.domains = []
    with pytest.raises(Busy, match=r"^search_busy$"):
        machine.load("open", manifest=manifest)


def test_a_document_that_the_domain_refuses_is_told(machine: Machine, manifest: str, store: Store) -> None:
    store.put("passages/0.json", {"title": "/a", "passages": [{"text": "/a", "vector": [1.0, 0.0]}]})
    index = machine.load("open", manifest=manifest)["index"]
    with pytest.raises(DomainError, match="site-002: 1 documents were refused, one with mapper_parsing_exception"):
        machine.load("load", manifest=manifest, index=index)


def test_an_address_that_is_no_page_of_the_web_is_not_loaded(machine: Machine, manifest: str, store: Store) -> None:
    told = store.get(manifest)
    told["pages"][0]["address"] = "javascript://garden.example/%0aalert(1)"
    store.put(manifest, told)
    index = machine.load("open", manifest=manifest)["index"]
    with pytest.raises(ValueError, match="is no page of the web"):
        machine.load("load", manifest=manifest, index=index)


def test_without_a_version_before_there_is_no_way_back(machine: Machine) -> None:
    machine.run(SITE)
    with pytest.raises(NothingBefore):
        machine.load("rollback")


def test_an_answer_of_the_switch_that_got_lost_is_no_error(
    machine: Machine, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Domain.post
    lost: list[str] = []

    def losing(self: Domain, path: str, body: object | None = None) -> Any:
        answer = post(self, path, body)
        if path == "_aliases" and not lost:
            lost.append(path)
            raise DomainError("POST _aliases: the domain can't be reached")
        return answer

    monkeypatch.setattr(Domain, "post", losing)
    assert machine.run(SITE).switched["index"] == "site-002"
    assert lost
    assert indexes(domain) == {"site-002": "asked"}


def test_an_alias_that_leads_elsewhere_is_moved_and_what_it_led_to_stays(
    machine: Machine, domain: Domain, administrator: Domain
) -> None:
    administrator.delete("site-001")
    administrator.put("site-old", {"aliases": {"site": {}}})
    machine.run(SITE)
    assert read_versions(domain, "site").elsewhere == ()
    assert [each["url"] for each in documents(domain)] == [f"{HOST}/hours", f"{HOST}/tickets"]
    assert administrator.get("site-old") is not None
