"""The function that has spans deleted in time: AWS makes their log group by itself, and keeps it for ever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cdktf import ITerraformDependable
from constructs import Construct

from constructs_lib.functions.schedule import CallerRole, Calls, call_at_intervals
from constructs_lib.functions.signed import Runs, sign_sources, signed_function
from constructs_lib.identity import grants
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.security.code_signing import Signer
from policies.needs.need import Need

SOURCE = Path(__file__).with_name("retention_lambda")
VARIABLE = "SPAN_RETENTION"
RATE = "rate(1 day)"
_DESCRIPTION = "Has spans deleted in time"
_PUT = "logs:PutRetentionPolicy"
_AGE_SECONDS, _ATTEMPTS = 3600, 3


@dataclass(frozen=True)
class KeptSpans:
    """The log group, and after how many days its events are deleted."""

    group: str
    days: int


class SpanRetention(Construct):
    """A function outside the VPC, from signed code, that puts the retention of one log group once a day.

    It may do nothing else: to look a group up, a role needs the right to list all (DescribeLogGroups is asked for no
    group), so that it puts the retention unseen, which changes nothing where it is right. `before` is what the first
    call waits for.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        schedule_role: str,
        kept: KeptSpans,
        signing: Signer,
        surroundings: FunctionSurroundings,
        before: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id_)
        place, key = surroundings.place, surroundings.kms_key_arn
        group_arn = place.log_group_arn(kept.group)
        role = FunctionRole(
            self,
            "role",
            names=names,
            description=_DESCRIPTION,
            surroundings=surroundings,
            # The form in which AWS asks for it ("Enable transaction search", CloudWatch user guide).
            statements=(grants.put_retention(group_arn),),
        )
        declare(self, Need(role.arn, (_PUT,), f"{group_arn}:log-stream:", "span-retention"))
        function = signed_function(
            self,
            "function",
            runs_as=role.runs_as,
            runs=Runs("retention_lambda.handler.handle", _DESCRIPTION, seconds=60),
            code=sign_sources(self, signing=signing, name=names.function, sources=(SOURCE,)),
            variables={VARIABLE: json.dumps(asdict(kept), sort_keys=True)},
            kms_key_arn=key,
        )
        call_at_intervals(
            self,
            function=function,
            calls=Calls(RATE, age_seconds=_AGE_SECONDS, attempts=_ATTEMPTS),
            role=CallerRole(schedule_role, "Has spans deleted in time"),
            place=place,
            kms_key_arn=key,
            before=before,
        )
