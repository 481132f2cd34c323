"""Roles of the functions of ingestion: one a function, each for what it does alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from constructs_lib.bedrock.access import (
    EMBED,
    BedrockModel,
    guardrail_needs,
    guardrail_statements,
    model_needs,
    model_statements,
)
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.search.access import write_needs, write_statement
from constructs_lib.workflows.access import FETCHED, PASSAGES, RUNS, Folder, IngestionPlaces, read_folders
from policies.needs.need import Need

LISTS = f"{FETCHED}/*/list.json"


@dataclass(frozen=True)
class Embedding:
    """Model that embeds passages, regions its profile may use, and the guardrail that looks at them (empty: none)."""

    model: BedrockModel
    destination_regions: Sequence[str]
    guardrail_arn: str = ""


class FetchRole(FunctionRole):
    """Writes fetched pages, and reads folders of files where a source has some. Nothing else is within its reach."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        surroundings: FunctionSurroundings,
        places: IngestionPlaces,
        folders: Sequence[Folder] = (),
    ) -> None:
        super().__init__(
            scope,
            id_,
            names=names,
            description="Fetches pages of the configured sources",
            surroundings=surroundings,
            statements=(*places.objects(write=(FETCHED,)), *read_folders(folders)),
        )
        declare(
            self,
            places.object_need(self.arn, "s3:PutObject", FETCHED),
            *(
                need
                for folder in folders
                for need in (
                    Need(self.arn, ("s3:GetObject",), f"{folder.bucket_arn}/{folder.prefix}a.html", "ingestion"),
                    Need(
                        self.arn,
                        ("s3:ListBucket",),
                        folder.bucket_arn,
                        "ingestion",
                        {"s3:prefix": folder.prefix},
                    ),
                )
            ),
        )


class EmbedRole(FunctionRole):
    """Reads fetched pages, and writes passages with the vectors of one model."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        surroundings: FunctionSurroundings,
        places: IngestionPlaces,
        embedding: Embedding,
    ) -> None:
        guardrail, regions, place = embedding.guardrail_arn, embedding.destination_regions, places.place
        key = surroundings.kms_key_arn
        super().__init__(
            scope,
            id_,
            names=names,
            description="Splits fetched pages into passages and embeds them",
            surroundings=surroundings,
            statements=(
                *places.objects(read=(FETCHED, PASSAGES), write=(PASSAGES,)),
                places.find(),
                *model_statements("Embed", embedding.model, place=place, actions=EMBED, destination_regions=regions),
                *(guardrail_statements(guardrail, kms_key_arn=key) if guardrail else ()),
            ),
        )
        declare(
            self,
            places.object_need(self.arn, "s3:GetObject", FETCHED),
            places.object_need(self.arn, "s3:GetObject", PASSAGES),
            places.object_need(self.arn, "s3:PutObject", PASSAGES),
            Need(self.arn, ("s3:ListBucket",), places.bucket_arn, "missing-object"),
            *model_needs(self.arn, embedding.model, place=place, actions=EMBED, destination_regions=regions),
            *(guardrail_needs(self.arn, guardrail, kms_key_arn=key) if guardrail else ()),
        )


class LedgerRole(FunctionRole):
    """Keeps the ledger and the lists of runs, and looks whether a run is over."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        surroundings: FunctionSurroundings,
        places: IngestionPlaces,
    ) -> None:
        super().__init__(
            scope,
            id_,
            names=names,
            description="Keeps the ledger of pages and runs",
            surroundings=surroundings,
            statements=(
                *places.objects(read=(LISTS, RUNS), write=(RUNS,)),
                *places.keep_ledger(),
                places.watch_runs(),
            ),
        )
        declare(
            self,
            places.object_need(self.arn, "s3:GetObject", LISTS),
            places.object_need(self.arn, "s3:GetObject", RUNS),
            places.object_need(self.arn, "s3:PutObject", RUNS),
            Need(self.arn, ("dynamodb:DeleteItem", "dynamodb:GetItem"), places.table_arn, "ingestion"),
            Need(
                self.arn,
                ("dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
                places.table_arn,
                "ingestion",
            ),
            Need(self.arn, ("states:DescribeExecution",), places.executions_arn.replace("*", "0123"), "ingestion"),
        )


class LoadRole(FunctionRole):
    """Reads passages and manifests from inside the VPC, and writes versions of the index. The domain names it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        surroundings: FunctionSurroundings,
        places: IngestionPlaces,
        domain_arn: str,
        index: str,
    ) -> None:
        super().__init__(
            scope,
            id_,
            names=names,
            description="Loads passages into the index from inside the VPC",
            surroundings=surroundings,
            statements=(*places.objects(read=(PASSAGES, RUNS)), write_statement(domain_arn, index)),
            in_vpc=True,
        )
        declare(
            self,
            places.object_need(self.arn, "s3:GetObject", PASSAGES, in_vpc=True),
            places.object_need(self.arn, "s3:GetObject", RUNS, in_vpc=True),
            *write_needs(self.arn, domain_arn, index),
        )
