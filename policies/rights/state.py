"""Statements for Terraform's remote state of one environment, and for bundles on their way."""

from __future__ import annotations

from dataclasses import dataclass

from config.place import Place
from policies.rights.grant import Condition, Grant


@dataclass(frozen=True)
class StateAccess:
    """Bucket, lock table and key of one environment's states, and the statements to use them.

    The permissions are those of Terraform's S3 backend ("Permissions required", its documentation). A digest of each
    state lies in the lock table beside its lock, under the same key and "-md5".
    """

    place: Place
    bucket: str
    table: str
    key_alias: str
    prefix: str
    bundles: str
    history: str
    releases: str

    def read_states(self) -> tuple[Grant, ...]:
        """Read states and history, and take and give back the states' locks; write nothing else."""
        return (
            Grant(sid="FindStates", actions=("s3:ListBucket",), resources=(self._bucket_arn,)),
            Grant(sid="ReadStates", actions=("s3:GetObject",), resources=(f"{self._bucket_arn}/{self.prefix}*",)),
            Grant(
                sid="LockFiles",
                actions=("s3:DeleteObject", "s3:PutObject"),
                resources=(f"{self._bucket_arn}/{self.prefix}*.tflock",),
            ),
            self._items("ReadLocks", ("dynamodb:GetItem",), ""),
            self._items("LockItems", ("dynamodb:DeleteItem", "dynamodb:PutItem"), ".tfstate"),
            *self._key(),
        )

    def write_states(self) -> tuple[Grant, ...]:
        """Write states and their digests."""
        return (
            Grant(
                sid="WriteStates", actions=("s3:PutObject",), resources=(f"{self._bucket_arn}/{self.prefix}*.tfstate",)
            ),
            self._items("WriteDigests", ("dynamodb:DeleteItem", "dynamodb:PutItem"), ".tfstate-md5"),
        )

    def write_history(self) -> tuple[Grant, ...]:
        """Write entries of the environment's history, and delete those that are too old."""
        return (
            Grant(
                sid="WriteHistory",
                actions=("s3:DeleteObject", "s3:PutObject"),
                resources=(f"{self._bucket_arn}/{self.history}*.json",),
            ),
        )

    def publish_bundles(self) -> tuple[Grant, ...]:
        """Put bundles where others fetch them."""
        return (
            Grant(
                sid="PublishBundles", actions=("s3:PutObject",), resources=(f"{self._bucket_arn}/{self.bundles}*.zip",)
            ),
        )

    def fetch_bundles(self) -> tuple[Grant, ...]:
        """Fetch published bundles."""
        return (
            Grant(
                sid="FetchBundles", actions=("s3:GetObject",), resources=(f"{self._bucket_arn}/{self.bundles}*.zip",)
            ),
        )

    @property
    def _bucket_arn(self) -> str:
        return self.place.bucket_arn(self.bucket)

    def _items(self, sid: str, actions: tuple[str, ...], ending: str) -> Grant:
        """Items of the lock table whose key begins with the environment's prefix and has this ending."""
        keys = f"{self.bucket}/{self.prefix}*{ending}"
        return Grant(
            sid=sid,
            actions=actions,
            resources=(self.place.arn("dynamodb", f"table/{self.table}"),),
            conditions=(("ForAllValues:StringLike", "dynamodb:LeadingKeys", (keys,)),),
        )

    def _key(self) -> tuple[Grant, ...]:
        """The key of the states, by its alias: its id is known only to the layer that made it."""
        alias: Condition = ("ForAnyValue:StringEquals", "kms:ResourceAliases", (self.key_alias,))
        services = tuple(f"{service}.{self.place.region}.amazonaws.com" for service in ("s3", "dynamodb"))
        return (
            Grant(
                sid="UseStateKey",
                actions=("kms:Decrypt", "kms:GenerateDataKey"),
                resources=(self.place.arn("kms", "key/*"),),
                conditions=(alias, ("StringEquals", "kms:ViaService", services)),
            ),
        )
