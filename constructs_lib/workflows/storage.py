"""Where ingestion keeps pages, passages and its ledger."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
)
from constructs import Construct

from constructs_lib.storage.bucket import Bucket
from constructs_lib.workflows.access import FETCHED, RUNS, IngestionPlaces

# Fetched pages are read within their run, which takes a day at most; lists and manifests tell of past runs.
FETCHED_DAYS, RUNS_DAYS = 3, 30


class IngestionStorage(Construct):
    """A bucket for pages and passages, and a table that knows the state of each page.

    Fetched pages are deleted after 3 days and lists of runs after 30. Passages with their vectors stay: a lost index is
    loaded from them again without asking the model. With `protected`, Terraform refuses to destroy both, and the table
    can be set back to any second of 35 days.
    """

    def __init__(
        self, scope: Construct, id_: str, *, places: IngestionPlaces, access_logs_bucket: str, protected: bool = True
    ) -> None:
        super().__init__(scope, id_)
        self.bucket = Bucket(
            self,
            "pages",
            name=places.bucket_name,
            place=places.place,
            kms_key_arn=places.kms_key_arn,
            expire_prefixes={FETCHED: FETCHED_DAYS, RUNS: RUNS_DAYS},
            access_logs_bucket=access_logs_bucket,
            protected=protected,
        )
        self.table = self._ledger(places, protected=protected)

    def _ledger(self, places: IngestionPlaces, *, protected: bool) -> DynamodbTable:
        return DynamodbTable(
            self,
            "ledger",
            name=places.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="source",
            range_key="page",
            attribute=[DynamodbTableAttribute(name=name, type="S") for name in ("source", "page")],
            # Vanished pages are forgotten after a while.
            ttl=DynamodbTableTtl(attribute_name="expires", enabled=True),
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=places.kms_key_arn),
            deletion_protection_enabled=protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
