from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from constructs_lib.search.bootstrap_lambda.steps import BootstrapError, Settings, agrees, finish
from passages.domain import Domain

API = "/_plugins/_security/api"
TASK = "arn:aws:iam::111111111111:role/task"
INGESTION = "arn:aws:iam::111111111111:role/ingestion"
SETTINGS = Settings(index="site", dimensions=1024, replicas=0, readers=(TASK,), writers=(INGESTION,))


def test_the_first_run_makes_everything(domain: Domain, server: Any) -> None:
    changed = finish(domain, SETTINGS)
    assert changed == [
        "roles/site_reader",
        "rolesmapping/site_reader",
        "roles/site_writer",
        "rolesmapping/site_writer",
        "audit",
        "template",
        "index",
    ]
    assert server.objects[f"{API}/rolesmapping/site_reader"]["site_reader"]["backend_roles"] == [TASK]
    assert server.objects[f"{API}/rolesmapping/site_writer"]["site_writer"]["backend_roles"] == [INGESTION]
    assert server.indexes["site-001"]["mappings"]["properties"]["embedding"] == {
        "type": "knn_vector",
        "dimension": 1024,
        "method": {"name": "hnsw", "engine": "faiss", "space_type": "innerproduct"},
    }
    settings = server.indexes["site-001"]["settings"]["index"]
    assert (settings["knn"], settings["number_of_replicas"]) == ("true", "0")
    assert settings["search"]["slowlog"]["threshold"]["query"]["warn"] == "3s"
    assert settings["indexing"]["slowlog"]["threshold"]["index"]["warn"] == "5s"


def test_the_second_run_changes_nothing(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    server.writes.clear()
    assert finish(domain, SETTINGS) == []
    assert server.writes == []


def test_readers_read_and_nothing_more(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    role = server.objects[f"{API}/roles/site_reader"]["site_reader"]
    assert role["cluster_permissions"] == []
    assert role["index_permissions"] == [{"index_patterns": ["site", "site-*"], "allowed_actions": ["read"]}]


def test_audit_is_on_without_bodies_and_keeps_the_other_settings(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    config = server.objects[f"{API}/audit"]["config"]
    assert config["enabled"] is True
    assert config["audit"] == {"enable_rest": True, "log_request_body": False, "exclude_sensitive_headers": True}
    assert config["compliance"] == {"enabled": True}


def test_only_what_drifted_is_mended(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    server.objects[f"{API}/audit"]["config"]["enabled"] = False
    server.objects[f"{API}/rolesmapping/site_reader"]["site_reader"]["backend_roles"].append("arn:of:somebody")
    server.writes.clear()
    assert finish(domain, SETTINGS) == ["rolesmapping/site_reader", "audit"]
    assert server.writes == [f"{API}/rolesmapping/site_reader", f"{API}/audit/config"]
    assert server.objects[f"{API}/rolesmapping/site_reader"]["site_reader"]["backend_roles"] == [TASK]


def test_a_role_taken_out_loses_its_rights(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    assert finish(domain, replace(SETTINGS, writers=())) == ["rolesmapping/site_writer"]
    assert server.objects[f"{API}/rolesmapping/site_writer"]["site_writer"]["backend_roles"] == []


def test_replicas_reach_an_index_that_exists(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    assert finish(domain, replace(SETTINGS, replicas=1)) == ["template", "settings/site-001"]
    assert server.indexes["site-001"]["settings"]["index"]["number_of_replicas"] == "1"


def test_an_index_of_other_vectors_is_left_alone(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    with pytest.raises(BootstrapError, match="index site-001 holds vectors of 1024 dimensions and 512 are wanted"):
        finish(domain, replace(SETTINGS, dimensions=512))
    assert server.indexes["site-001"]["mappings"]["properties"]["embedding"]["dimension"] == 1024


def test_the_name_that_is_asked_is_an_alias_of_the_first_version(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    assert {name: index["aliases"] for name, index in server.indexes.items()} == {"site-001": {"site": {}}}


def test_an_index_of_that_name_stays_as_it_is(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    server.indexes["site"] = {**server.indexes.pop("site-001"), "aliases": {}}
    assert finish(domain, SETTINGS) == []
    assert list(server.indexes) == ["site"]


def test_versions_that_lost_their_alias_are_left_alone(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    server.indexes["site-007"] = {**server.indexes.pop("site-001"), "aliases": {}}
    assert finish(domain, SETTINGS) == ["index"]
    assert server.indexes["site-007"]["aliases"] == {}
    assert server.indexes["site-008"]["aliases"] == {"site": {}}


def test_writers_do_what_loading_needs_and_nothing_to_the_cluster(domain: Domain, server: Any) -> None:
    finish(domain, SETTINGS)
    role = server.objects[f"{API}/roles/site_writer"]["site_writer"]
    assert not [each for each in role["cluster_permissions"] if not each.startswith("indices:data/")]
    (rights,) = role["index_permissions"]
    assert rights["index_patterns"] == ["site", "site-*"]
    assert not {"*", "indices:*", "indices_all", "manage", "indices:admin/*", "unlimited"} & set(
        rights["allowed_actions"]
    )


def test_a_domain_without_fine_grained_access_is_refused(domain: Domain, server: Any) -> None:
    del server.objects[f"{API}/audit"]
    with pytest.raises(BootstrapError, match="is fine-grained access control on"):
        finish(domain, SETTINGS)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [("0", 0), ("true", True), ({"a": "1", "more": 2}, {"a": 1}), (["a"], ["a"]), ({}, {})],
)
def test_agrees(found: object, wanted: object) -> None:
    assert agrees(found, wanted)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [("1", 0), (None, {"a": 1}), ({}, {"a": None}), (["a", "b"], ["a"]), (["b"], ["a"]), ("a", ["a"])],
)
def test_disagrees(found: object, wanted: object) -> None:
    assert not agrees(found, wanted)
