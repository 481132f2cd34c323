"""Arguments in the provider's schema; `schema.txt` holds the part of it that the flips need.

The whole schema is 13 MB and needs Terraform; `python -m tools.assurance.flips --refresh` writes the part anew.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("schema.txt")
PROVIDER = "registry.terraform.io/hashicorp/aws"
POLICY_DOCUMENT = "data.aws_iam_policy_document"
DEEPEST = 4


@dataclass(frozen=True)
class Argument:
    """Argument or block of a type. `path` is "block/argument", `form` bool, number, string, list, map or block."""

    kind: str
    path: str
    form: str
    required: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.path} {self.form} {'required' if self.required else 'optional'}"


def read_schema(path: Path = FILE) -> list[Argument]:
    """Arguments listed in `schema.txt`."""
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return [Argument(kind, where, form, need == "required") for kind, where, form, need in rows]


def write_schema(arguments: Iterable[Argument], path: Path = FILE) -> None:
    """Replace `schema.txt`."""
    path.write_text("".join(f"{line}\n" for line in sorted(map(str, arguments))), encoding="utf-8")


def installed_schemas(terraform: Path, folder: Path, variables: dict[str, str]) -> dict[str, Any]:
    """Schemas of the provider that is installed in `folder`, a working folder after `terraform init`."""
    done = subprocess.run(
        [terraform, "providers", "schema", "-json"], cwd=folder, env=variables, capture_output=True, check=True
    )
    schemas: dict[str, Any] = json.loads(done.stdout)["provider_schemas"][PROVIDER]
    return schemas


def select(schemas: dict[str, Any], kinds: Iterable[str]) -> Iterator[Argument]:
    """Arguments, deprecated ones aside, of these resource types and of policy documents."""
    for kind in kinds:
        yield from _arguments(kind, schemas["resource_schemas"][kind]["block"])
    document = POLICY_DOCUMENT.removeprefix("data.")
    yield from _arguments(POLICY_DOCUMENT, schemas["data_source_schemas"][document]["block"])


def _arguments(kind: str, block: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[Argument]:
    """Arguments of a block down to the level `DEEPEST`: statements of a web ACL nest without end."""
    if len(above) == DEEPEST:
        return
    for name, body in block.get("attributes", {}).items():
        if body.get("deprecated") or not (body.get("optional") or body.get("required")):
            continue
        path = "/".join((*above, name))
        yield Argument(kind, path, _form(body["type"]), bool(body.get("required")))
        if _form(body["type"]) == "block":
            yield from (
                Argument(kind, f"{path}/{each}", _form(form), False) for each, form in body["type"][1][1].items()
            )
    for name, body in block.get("block_types", {}).items():
        if name == "timeouts" or body["block"].get("deprecated"):
            continue
        yield Argument(kind, "/".join((*above, name)), "block", body.get("min_items", 0) > 0)
        yield from _arguments(kind, body["block"], (*above, name))


def _form(kind: Any) -> str:
    """Type of an argument in one word; a list of objects counts as a block."""
    if isinstance(kind, str):
        return kind
    return "block" if isinstance(kind[1], list) and kind[1][0] == "object" else "list" if kind[0] != "map" else "map"
