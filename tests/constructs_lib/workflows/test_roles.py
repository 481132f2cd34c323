from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from constructs import Construct

from constructs_lib.bedrock.access import BedrockModel
from constructs_lib.workflows.access import Folder
from constructs_lib.workflows.roles import Embedding, EmbedRole, FetchRole, LedgerRole, LoadRole
from tests.constructs_lib.workflows.samples import BUCKET, KEY, NAMES, PLACES, SURROUNDINGS
from tests.support.synthesised import template

DOMAIN = "arn:aws:es:us-east-1:111111111111:domain/search"
TITAN = Embedding(BedrockModel("amazon.titan-embed-text-v2:0"), ())
SHARED: dict[str, Any] = {"names": NAMES, "surroundings": SURROUNDINGS, "places": PLACES}
ROLES: dict[str, Callable[[Construct], object]] = {
    "fetch": lambda scope: FetchRole(scope, "role", **SHARED),
    "embed": lambda scope: EmbedRole(scope, "role", **SHARED, embedding=TITAN),
    "ledger": lambda scope: LedgerRole(scope, "role", **SHARED),
    "load": lambda scope: LoadRole(scope, "role", **SHARED, domain_arn=DOMAIN, index="site"),
}


def statements(build: Callable[[Construct], object]) -> dict[str, Any]:
    return dict(template(build).statements("access_document"))


def objects(name: str, action: str) -> set[str]:
    """Objects of the bucket that a role may use with an action."""
    found = statements(ROLES[name]).values()
    return {
        resource.removeprefix(f"{BUCKET}/")
        for each in found
        if action in each["actions"]
        for resource in each["resources"]
    }


@pytest.mark.parametrize(
    ("name", "read", "written"),
    [
        ("fetch", set(), {"fetched/*"}),
        ("embed", {"fetched/*", "passages/*"}, {"passages/*"}),
        ("ledger", {"fetched/*/list.json", "runs/*"}, {"runs/*"}),
        ("load", {"passages/*", "runs/*"}, set()),
    ],
)
def test_each_role_has_its_own_prefixes(name: str, read: set[str], written: set[str]) -> None:
    assert objects(name, "s3:GetObject") == read
    assert objects(name, "s3:PutObject") == written


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("fetch", {"s3"}),
        ("embed", {"s3", "bedrock"}),
        ("ledger", {"s3", "dynamodb", "states"}),
        ("load", {"s3", "es", "ec2"}),
    ],
)
def test_each_role_reaches_its_services_and_no_other(name: str, services: set[str]) -> None:
    found = statements(ROLES[name]).values()
    used = {action.partition(":")[0] for each in found if each["effect"] == "Allow" for action in each["actions"]}
    assert used == services | {"logs", "kms", "sns"}


def test_the_key_opens_this_bucket_alone() -> None:
    (use,) = [each for sid, each in statements(ROLES["embed"]).items() if sid == "UsePagesKey"]
    assert use["resources"] == [KEY]
    bounds = {each["variable"]: each["values"] for each in use["condition"]}
    assert bounds == {
        "kms:ViaService": ["s3.us-east-1.amazonaws.com"],
        "kms:EncryptionContext:aws:s3:arn": [BUCKET],
    }


@pytest.mark.parametrize(("name", "writes"), [("load", False), ("embed", True)])
def test_only_writers_get_keys_for_new_objects(name: str, writes: bool) -> None:
    assert ("kms:GenerateDataKey" in statements(ROLES[name])["UsePagesKey"]["actions"]) is writes


def test_files_are_read_below_their_folder_alone() -> None:
    folder = Folder("arn:aws:s3:::theirs", "public/")
    found = statements(lambda scope: FetchRole(scope, "role", **SHARED, folders=(folder,)))
    assert found["ReadFiles0"]["resources"] == ["arn:aws:s3:::theirs/public/*"]
    assert found["ListFiles0"]["condition"] == [{"test": "StringLike", "values": ["public/*"], "variable": "s3:prefix"}]


def test_a_guardrail_is_applied_where_passages_are_checked() -> None:
    guarded = Embedding(TITAN.model, (), "arn:of:guardrail")
    found = statements(lambda scope: EmbedRole(scope, "role", **SHARED, embedding=guarded))
    assert found["ApplyGuardrail"]["resources"] == ["arn:of:guardrail"]
    assert "ApplyGuardrail" not in statements(ROLES["embed"])


@pytest.mark.parametrize(("name", "in_vpc"), [("fetch", False), ("load", True)])
def test_requests_are_declared_with_the_way_they_take(name: str, in_vpc: bool) -> None:
    notes = json.dumps(template(ROLES[name]).config["//"])
    assert '"fact": "ingestion"' in notes
    assert ('"in_vpc": true' in notes) is in_vpc
