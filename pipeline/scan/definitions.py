"""Convert the merged configuration to the shape that checkov's checks read, without its slow line-counting parser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pipeline.scan.decode import Decoder
from terraform_json.merged import Merged


@dataclass(frozen=True)
class Definitions:
    """The configuration in checkov's shape: `plain` as written, `decoded` with JSON strings parsed."""

    plain: dict[str, Any]
    decoded: dict[str, Any]

    def entities(self, section: str) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
        """Yield (type, name, variants) of a section; a second variant stands only where decoding changed the body."""
        for before, after in zip(self.plain.get(section, ()), self.decoded.get(section, ()), strict=True):
            ((kind, named),) = before.items()
            ((name, conf),) = named.items()
            changed = after[kind][name]
            yield kind, name, [conf] if conf == changed else [conf, changed]


def checkov_definitions(merged: Merged, problems: list[str]) -> Definitions:
    """Build both shapes; each JSON string that can't be parsed is appended to `problems`."""
    from checkov.common.util.consts import END_LINE, START_LINE
    from checkov.terraform_json.parser import prepare_definition

    plain = prepare_definition(deepcopy(merged.config))
    _old_names(plain)
    for section in ("resource", "data"):
        for entity in plain.get(section, ()):
            for named in entity.values():
                for conf in named.values():
                    conf[START_LINE], conf[END_LINE] = 1, 1
    for provider in plain.get("provider", ()):
        for conf in provider.values():
            conf[START_LINE], conf[END_LINE] = 1, 1
    decoded = deepcopy(plain)
    decoder = Decoder(merged.config["data"].get("aws_iam_policy_document", {}))
    for section in ("resource", "data"):
        for entity in decoded.get(section, ()):
            ((kind, named),) = entity.items()
            for name, conf in named.items():
                values = decoder.attributes(merged.config[section][kind][name])
                for path, value in values.items():
                    _put(conf, path.split("/"), value)
                prefix = "" if section == "resource" else "data."
                address = merged.addresses[f"{prefix}{kind}.{name}"]
                problems += [
                    f"{address}: {path} holds no JSON the scan can read ({text[:60]}…); "
                    "write a literal or use the data source aws_iam_policy_document"
                    for path, text in decoder.unreadable
                ]
                decoder.unreadable.clear()
    return Definitions(plain, decoded)


# New attribute names -> the older resource type's names, the only ones checkov reads. Without this, CKV_AWS_260
# reports a rule that allows a prefix list as open to the internet.
_OLD_NAMES = {
    "aws_vpc_security_group_ingress_rule": {
        "prefix_list_id": "prefix_list_ids",
        "referenced_security_group_id": "source_security_group_id",
    }
}


def _old_names(plain: dict[str, Any]) -> None:
    for entity in plain.get("resource", ()):
        for kind, named in entity.items():
            for conf in named.values():
                for new, old in _OLD_NAMES.get(kind, {}).items():
                    if new in conf:
                        conf[old] = [conf[new]]


def key_policy_documents(merged: Merged) -> set[str]:
    """Merged names of the policy documents used only as KMS key policies.

    In a key policy the resource "*" means the key itself, so checks for identity policies don't apply to it. Checks
    for key policies see its statements on the key.
    """
    used: dict[str, set[str]] = {}
    for kind, named in merged.config["resource"].items():
        text = json.dumps(named)
        for name in merged.config["data"].get("aws_iam_policy_document", {}):
            if f"data.aws_iam_policy_document.{name}." in text:
                used.setdefault(name, set()).add(kind)
    for name, body in merged.config["data"].get("aws_iam_policy_document", {}).items():
        text = json.dumps(body)
        for other in used:
            if other != name and f"data.aws_iam_policy_document.{other}." in text:
                used[other].add("aws_iam_policy_document")
    return {name for name, kinds in used.items() if kinds <= _KEY_TYPES}


_KEY_TYPES = {"aws_kms_key", "aws_kms_replica_key", "aws_kms_key_policy", "aws_kms_external_key"}


def _put(conf: dict[str, Any], path: list[str], value: Any) -> None:
    """Replace one attribute in checkov's shape, where every value sits in a list."""
    key, rest = path[0], path[1:]
    if not rest:
        conf[key] = [value]
    else:
        _put(conf[key][int(rest[0])], rest[1:], value)
