"""A configuration as the rules of `services/` read it: resources by type, values as AWS will have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.needs.arns import Arns
from policies.proof.configuration import Configuration
from terraform_json.blocks import Body, listed


class Deployed:
    """Resources of a configuration with their values worked out."""

    def __init__(self, configuration: Configuration, arns: Arns) -> None:
        self.configuration = configuration
        self.arns = arns

    def each(self, kind: str) -> Iterator[tuple[str, Body]]:
        """Address and body of every resource of a type."""
        yield from self.configuration.all(kind).items()

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

    def source(self, arn: str) -> dict[str, str]:
        """Source conditions of a service that sends both account and resource."""
        return {"aws:SourceAccount": self.arns.account, "aws:SourceArn": arn}
