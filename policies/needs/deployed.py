"""A configuration as the rules of `services/` read it: resources by type, values as AWS will have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.needs.arns import Arns
from policies.proof.configuration import Configuration
from terraform_json.blocks import Body, listed


class Deployed:
    """Resources of a configuration with their values worked out; `current` is the address that was read last."""

    def __init__(self, configuration: Configuration, arns: Arns) -> None:
        self.configuration = configuration
        self.arns = arns
        self.current = ""
        self._keys = {arns.attribute(address, "key_id") or "": address for address, _ in self.each("aws_kms_key")}
        self._aliases = {
            str(body.get("name")): arns.concrete(str(body.get("target_key_id", "")))
            for _, body in self.each("aws_kms_alias")
        }

    def each(self, kind: str) -> Iterator[tuple[str, Body]]:
        """Address and body of every resource of a type."""
        for address, body in self.configuration.all(kind).items():
            self.current = address
            yield address, body

    def value(self, body: Body, *path: str) -> str:
        """A value inside nested blocks, worked out; empty where there is none."""
        found: Any = body
        for name in path:
            blocks = listed(found)
            found = blocks[0].get(name) if blocks and isinstance(blocks[0], dict) else None
        return self.arns.concrete(found) if isinstance(found, str) else ""

    def arn(self, address: str, attribute: str = "arn") -> str:
        """ARN of a resource. Raises ValueError for a type whose ARNs can't be worked out here."""
        value = self.arns.attribute(address, attribute)
        if value is None:
            raise ValueError(f"{address}: policies/needs/arns.py doesn't know its {attribute}")
        return value

    def place(self, address: str) -> tuple[str, str, str]:
        """Partition, region and account of a resource."""
        return (*self.arns.place(address), self.arns.account)

    def bucket_arn(self, address: str, name: str) -> str:
        """ARN of a bucket by its name, in the partition of the resource that names it."""
        return f"arn:{self.arns.place(address)[0]}:s3:::{name}"

    def key_arn(self, value: str) -> str:
        """ARN of a customer key that is named by ARN, id, or alias; the value itself for a key from elsewhere."""
        name = value.rpartition(":")[2]
        id_ = self._aliases.get(name, value) if name.startswith("alias/") else value
        address = self._keys.get(id_.rpartition("/")[2])
        return self.arn(address) if address else value

    def alias(self, key_arn: str) -> str:
        """The one alias of a key of this configuration, given by ARN; empty where it has none or several."""
        address = self._keys.get(key_arn.rpartition("/")[2])
        names = [name for name, key in self._aliases.items() if self._keys.get(key.rpartition("/")[2]) == address]
        return names[0] if address and len(names) == 1 else ""

    def source(self, arn: str) -> dict[str, str]:
        """Source conditions of a service that sends both account and resource."""
        return {"aws:SourceAccount": self.arns.account, "aws:SourceArn": arn}
