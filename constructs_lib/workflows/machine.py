"""The state machine that runs ingestion, with its role, log and traces."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cdktf_cdktf_provider_aws.sfn_state_machine import (
    SfnStateMachine,
    SfnStateMachineLoggingConfiguration,
    SfnStateMachineTracingConfiguration,
)
from constructs import Construct

from constructs_lib.identity.needs import declare
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.workflows.access import RUNS, IngestionPlaces, run_statements
from constructs_lib.workflows.definition import Functions, IngestionRun, RunLimits
from policies.states_language import faults


class IngestionMachine(Construct):
    """State machine `places.machine_name` over these functions. Its log holds keys, counts and addresses, no pages.

    `function_names` are those that its role may call.

    Raises ValueError for a definition that Step Functions would refuse.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        places: IngestionPlaces,
        functions: Functions,
        function_names: Sequence[str],
        limits: RunLimits,
        role_name: str,
        log_group_name: str,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id_)
        place = places.place
        definition = IngestionRun(functions, limits, places.bucket_name, place.partition).definition()
        if wrong := faults(definition):
            raise ValueError(f"the state machine isn't sound: {'; '.join(wrong)}")
        log = LogGroup(
            self,
            "log",
            name=log_group_name,
            retention_days=log_retention_days,
            kms_key_arn=places.kms_key_arn,
        )
        role = self._role(role_name, places)
        policy = role.allow("access", run_statements(places, tuple(map(place.function_arn, function_names))))
        declare(self, places.object_need(role.arn, "s3:GetObject", RUNS))
        machine = SfnStateMachine(
            self,
            "machine",
            name=places.machine_name,
            role_arn=role.arn,
            definition=json.dumps(definition),
            type="STANDARD",
            logging_configuration=SfnStateMachineLoggingConfiguration(
                level="ERROR", include_execution_data=True, log_destination=f"{log.arn}:*"
            ),
            tracing_configuration=SfnStateMachineTracingConfiguration(enabled=True),
            # Step Functions tries the role's access to the log when the machine is made.
            depends_on=[policy],
        )
        self.arn: str = machine.arn
        self.name: str = machine.name

    def _role(self, name: str, places: IngestionPlaces) -> ServiceRole:
        return ServiceRole(
            self,
            "role",
            name=name,
            service="states.amazonaws.com",
            account_id=places.place.account_id,
            description="Runs ingestion: calls its functions and starts an execution a page",
            source_arns=(places.machine_arn,),
        )
