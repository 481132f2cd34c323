"""Tell whether a DNS record is the one that the configuration would write: a zone holds records of many owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.recovery.known_values import KnownValues
from pipeline.recovery.matching import UnknownResource
from terraform_json.blocks import listed, nested_block


def is_configured_record(values: KnownValues, unknown: UnknownResource, record: Mapping[str, Any]) -> bool:
    """Whether name, type and target of a record set, as Route 53 lists it, are those of the configuration.

    False where no state knows the target, and for one of several records that share name and type (weighted and the
    like): an imported record of somebody else would be turned to this site by the next apply.
    """
    name, kind = (values.of(unknown.layer, unknown.body.get(key)) for key in ("name", "type"))
    if name is None or (_host(record["Name"]), record["Type"]) != (_host(name), kind) or "SetIdentifier" in record:
        return False
    alias = nested_block(unknown.body.get("alias"))
    wanted = [alias.get("name")] if alias else listed(unknown.body.get("records"))
    known = [values.of(unknown.layer, each) for each in wanted]
    if alias:
        found = [record.get("AliasTarget", {}).get("DNSName", "")]
    else:
        found = [each["Value"] for each in record.get("ResourceRecords", ())]
    hosts = [_host(each) for each in known if each is not None]
    return bool(wanted) and len(hosts) == len(wanted) and sorted(hosts) == sorted(map(_host, found))


def _host(name: str) -> str:
    return name.rstrip(".").lower()
