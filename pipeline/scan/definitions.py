"""Bring the merged configuration into the shape checkov's checks read, without its slow line-counting parser."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pipeline.scan.decode import Decoder
from pipeline.scan.merge import Merged


@dataclass(frozen=True)
class Definitions:
    """The configuration in checkov's shape: as it stands, and with JSON strings replaced by their values."""

    plain: dict[str, Any]
    decoded: dict[str, Any]

    def entities(self, section: str) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
        for before, after in zip(self.plain.get(section, ()), self.decoded.get(section, ()), strict=True):
            ((kind, named),) = before.items()
            ((name, conf),) = named.items()
            changed = after[kind][name]
            yield kind, name, [conf] if conf == changed else [conf, changed]


def definitions(merged: Merged, problems: list[str]) -> Definitions:
    """Both shapes; JSON that can't be read is appended to `problems`."""
    from checkov.common.util.consts import END_LINE, START_LINE
    from checkov.terraform_json.parser import prepare_definition

    plain = prepare_definition(deepcopy(merged.config))
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


def _put(conf: dict[str, Any], path: list[str], value: Any) -> None:
    """Replace one attribute in checkov's shape, where every value sits in a list."""
    key, rest = path[0], path[1:]
    if not rest:
        conf[key] = [value]
    else:
        _put(conf[key][int(rest[0])], rest[1:], value)
