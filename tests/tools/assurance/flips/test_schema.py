"""Selection of the arguments kept from the provider's schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.assurance.flips import schema
from tools.assurance.flips.schema import Argument

PORTS = ["set", ["object", {"from_port": "number", "cidr_blocks": ["list", "string"]}]]
LOGS = {"nesting_mode": "list", "block": {"attributes": {"enabled": {"type": "bool", "optional": True}}}}
RESOURCE = {
    "attributes": {
        "arn": {"type": "string", "computed": True},
        "name": {"type": "string", "required": True},
        "old": {"type": "string", "optional": True, "deprecated": True},
        "ports": {"type": PORTS, "optional": True, "computed": True},
        "tags": {"type": ["map", "string"], "optional": True},
    },
    "block_types": {"logs": LOGS, "needed": LOGS | {"min_items": 1}, "timeouts": LOGS},
}
DOCUMENT: dict[str, Any] = {"aws_iam_policy_document": {"block": {"attributes": {}, "block_types": {}}}}
EXPECTED = [
    Argument("aws_thing", "name", "string", True),
    Argument("aws_thing", "ports", "block", False),
    Argument("aws_thing", "ports/from_port", "number", False),
    Argument("aws_thing", "ports/cidr_blocks", "list", False),
    Argument("aws_thing", "tags", "map", False),
    Argument("aws_thing", "logs", "block", False),
    Argument("aws_thing", "logs/enabled", "bool", False),
    Argument("aws_thing", "needed", "block", True),
    Argument("aws_thing", "needed/enabled", "bool", False),
]


def selected() -> list[Argument]:
    schemas = {"resource_schemas": {"aws_thing": {"block": RESOURCE}}, "data_source_schemas": DOCUMENT}
    return list(schema.select(schemas, ["aws_thing"]))


def test_what_can_be_set_is_kept_and_lists_of_objects_are_blocks() -> None:
    assert selected() == EXPECTED


def test_blocks_end_at_the_deepest_level() -> None:
    nested: dict[str, Any] = {"attributes": {"last": {"type": "bool", "optional": True}}}
    for _ in range(schema.DEEPEST + 2):
        nested = {"attributes": {"last": {"type": "bool", "optional": True}}, "block_types": {"in": {"block": nested}}}
    schemas = {"resource_schemas": {"aws_thing": {"block": nested}}, "data_source_schemas": DOCUMENT}
    assert max(each.path.count("/") for each in schema.select(schemas, ["aws_thing"])) == schema.DEEPEST - 1


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    schema.write_schema(selected(), tmp_path / "schema.txt")
    assert sorted(map(str, schema.read_schema(tmp_path / "schema.txt"))) == sorted(map(str, EXPECTED))
