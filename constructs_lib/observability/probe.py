"""The probe: a function that asks the site one question at intervals, so that a quiet site's failure is seen too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from constructs import Construct

from constructs_lib.functions.schedule import CallerRole, Calls, call_at_intervals
from constructs_lib.functions.signed import Runs, sign_sources, signed_function
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.security.code_signing import Signer

SOURCE = Path(__file__).with_name("probe_lambda")
VARIABLE = "PROBE"
_DESCRIPTION = "Asks the site what a visitor asks"
# Longer than a visitor waits for a whole answer; the function has some seconds more to write its line.
ASK_SECONDS, TIMEOUT_SECONDS = 50, 60
# A question that couldn't be asked is not asked later: the next one comes soon. The call says for when it was planned,
# as Lambda keeps calls, too ("Adding context attributes", EventBridge Scheduler guide).
INPUT = {"scheduled": "<aws.scheduler.scheduled-time>"}
_AGE_SECONDS, _ATTEMPTS = 60, 0


@dataclass(frozen=True)
class ProbeQuestion:
    """What is asked at which host, by HTTPS, and the namespace of the metrics."""

    host: str
    question: str
    namespace: str
    seconds: int = ASK_SECONDS


class Probe(Construct):
    """A function outside the VPC, from signed code, that asks as a visitor does, every `minutes` (1 to 60).

    It has no right but to write its log, whose lines are its metrics; a schedule calls it, in a role of its own, unless
    nobody would answer: then `asks` is false.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        schedule_role: str,
        minutes: int,
        asks: bool,
        question: ProbeQuestion,
        signing: Signer,
        surroundings: FunctionSurroundings,
    ) -> None:
        super().__init__(scope, id_)
        place, key = surroundings.place, surroundings.kms_key_arn
        role = FunctionRole(
            self, "role", names=names, description=_DESCRIPTION, surroundings=surroundings, statements=()
        )
        function = signed_function(
            self,
            "function",
            runs_as=role.runs_as,
            runs=Runs("probe_lambda.handler.handle", _DESCRIPTION, TIMEOUT_SECONDS),
            code=sign_sources(self, signing=signing, name=names.function, sources=(SOURCE,)),
            variables={VARIABLE: json.dumps(asdict(question), sort_keys=True)},
            kms_key_arn=key,
        )
        call_at_intervals(
            self,
            function=function,
            calls=Calls(
                expression="rate(1 minute)" if minutes == 1 else f"rate({minutes} minutes)",
                age_seconds=_AGE_SECONDS,
                attempts=_ATTEMPTS,
                input=json.dumps(INPUT),
                enabled=asks,
            ),
            role=CallerRole(schedule_role, "Has the site asked at intervals"),
            place=place,
            kms_key_arn=key,
        )
