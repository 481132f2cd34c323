"""Names by which ingestion is looked for are those that the layer gives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from config import load
from pipeline.ingestion.places import DeployedIngestion, find_ingestion
from pipeline.session import Session
from tests.support import shared


@pytest.fixture(scope="module")
def ingestion() -> DeployedIngestion:
    """Ingestion of dev, in an account that has whatever is asked for."""
    client = SimpleNamespace(describe_state_machine=lambda **given: given)
    session = SimpleNamespace(env=load("dev"), env_ref="dev", client=lambda *_, **__: client)
    return find_ingestion(cast(Session, session))


def named(kind: str, key: str) -> set[str]:
    return {str(each[key]) for each in shared.environment("dev")["workflows"].all(kind).values()}


def test_machine_table_bucket_and_functions_have_the_layers_names(ingestion: DeployedIngestion) -> None:
    assert {ingestion.machine_arn.rpartition(":")[2]} == named("aws_sfn_state_machine", "name")
    assert {ingestion.table} == named("aws_dynamodb_table", "name")
    assert ingestion.bucket in named("aws_s3_bucket", "bucket")
    functions = {ingestion.function(each) for each in ("fetch", "embed", "ledger", "load")}
    assert functions == named("aws_lambda_function", "function_name")
