"""Where a deployed environment keeps ingestion: state machine, ledger, bucket and functions, by their names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.aws import asked, asked_for, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session

if TYPE_CHECKING:
    from config import Environment

# Lambda's longest run is 900 seconds.
CALL_SECONDS = 910
# Executions that aren't at their end ("DescribeExecution", Step Functions API).
UNDER_WAY = ("RUNNING", "PENDING_REDRIVE")


class FunctionFailed(Exception):  # noqa: N818 - what is told is the function's failure, not one of this module
    """A function of ingestion ended with an error: its name, and the JSON that Lambda gives with it."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(name)
        self.name = name
        self.cause = cause


@dataclass(frozen=True)
class DeployedIngestion:
    """What the layer workflows creates. `states`, `dynamodb` and `s3` are clients of the environment's region."""

    session: Session
    machine_arn: str
    table: str
    bucket: str
    states: Any
    dynamodb: Any
    s3: Any

    def function(self, module: str) -> str:
        """Name of a function: "fetch", "embed", "ledger" or "load"."""
        return self.session.env.names.resource(f"ingestion-{module}")

    def call(self, module: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call a function once and wait for its answer. Raises FunctionFailed, SitechatError (3, 6)."""
        name = self.function(module)
        client = self.session.client("lambda", read_seconds=CALL_SECONDS)
        answer = asked(
            client.invoke,
            otherwise=failed_to(f"call {name}"),
            known={"ResourceNotFoundException": _missing(self.session, f"the function {name}")},
            FunctionName=name,
            Payload=json.dumps(event).encode(),
        )
        with answer["Payload"] as payload:
            text = payload.read().decode()
        told = json.loads(text or "{}")
        if answer.get("FunctionError"):
            raise FunctionFailed(str(told.get("errorType", "internal")), text)
        return dict(told)

    def execution_arn(self, run: str) -> str:
        """ARN of the execution that is this run."""
        return f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{run}"

    def describe(self, execution: str) -> Mapping[str, Any] | None:
        """An execution as Step Functions describes it; None for one that it has forgotten, after 90 days."""
        answer: Mapping[str, Any] | None = asked_for(
            self.states.describe_execution,
            absent=("ExecutionDoesNotExist",),
            otherwise=failed_to("describe a run"),
            executionArn=execution,
        )
        return answer

    def is_under_way(self, execution: str) -> bool:
        """Whether an execution isn't at its end."""
        described = self.describe(execution)
        return described is not None and described["status"] in UNDER_WAY


def find_ingestion(session: Session) -> DeployedIngestion:
    """Ingestion of the environment. Raises SitechatError: 2 without sources, 3 before it is deployed."""
    env = session.env
    chosen_sources(env, None)
    states = session.client("stepfunctions")
    machine = env.place.arn("states", f"stateMachine:{env.names.resource('ingestion')}")
    asked(
        states.describe_state_machine,
        otherwise=failed_to("describe the state machine of ingestion"),
        known={"StateMachineDoesNotExist": _missing(session, "the state machine of ingestion")},
        stateMachineArn=machine,
    )
    return DeployedIngestion(
        session,
        machine,
        env.names.resource("pages-ledger"),
        env.names.bucket("pages"),
        states,
        session.client("dynamodb"),
        session.client("s3"),
    )


def chosen_sources(env: Environment, name: str | None) -> tuple[str, ...]:
    """Names of the sources: all, or the one of this name. Raises SitechatError (2)."""
    names = tuple(source.name for source in env.ingestion.sources)
    if not names:
        raise SitechatError(
            f"{env.name} has no sources to ingest",
            hint="Name a sitemap, start addresses or a folder in [[ingestion.sources]] (docs/configuration.md).",
            code=ExitCode.USAGE,
        )
    if name is not None and name not in names:
        raise SitechatError(
            f"{env.name} has no source {name!r}", hint=f"There are: {', '.join(names)}.", code=ExitCode.USAGE
        )
    return names if name is None else (name,)


def _missing(session: Session, what: str) -> SitechatError:
    return SitechatError(
        f"{session.env.name}: {what} does not exist yet",
        hint=f"It comes with the layer workflows: `sitechat deploy --env {session.env_ref}`.",
        code=ExitCode.MISSING,
    )
