"""Names and settings that the functions of several layers share."""

from __future__ import annotations

from config import Environment
from config.names import Names
from config.place import Place
from config.switches import SWITCHES
from constructs_lib.bedrock.switch import SwitchPlace
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.workflows.access import IngestionPlaces


def surroundings(env: Environment, place: Place, *, key_arn: str, alarm_topic_arn: str) -> FunctionSurroundings:
    """Key, retention of logs, and the topic that hears of failures."""
    return FunctionSurroundings(place, key_arn, env.logs.retention_days, alarm_topic_arn)


def ingestion_function(names: Names, purpose: str) -> FunctionNames:
    """Names of one function of ingestion."""
    return FunctionNames(
        role=names.regional(f"ingestion-{purpose}"),
        function=names.resource(f"ingestion-{purpose}"),
        log_group=names.path("ingestion", purpose),
    )


def ingestion_places(names: Names, place: Place, *, key_arn: str) -> IngestionPlaces:
    """Bucket, ledger and state machine of ingestion by name: other layers' policies need them before they exist."""
    return IngestionPlaces(
        place=place,
        bucket_name=names.bucket("pages"),
        table_name=names.resource("pages-ledger"),
        machine_name=names.resource("ingestion"),
        kms_key_arn=key_arn,
    )


def model_switch(names: Names, place: Place) -> SwitchPlace:
    """Bucket and object that pause the model, by name: the policy of the S3 endpoint needs them before they exist."""
    return SwitchPlace(place, names.bucket(SWITCHES))
