"""Entry point of the function that stops the model: it pauses, denies and tells people.

CloudWatch calls it when the alarm on the model's tokens rings ("Invoke a Lambda function from an alarm", CloudWatch
guide). A call without an alarm, by a person in an emergency, stops the model as well. Everything can be done twice:
Lambda tries again what failed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

VARIABLE = "MODEL_STOP"
RUNBOOK = "docs/runbooks/model-spend.md"
# S3's codes where the object is there already: by itself, or by somebody who writes it at the same moment.
_STANDS = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_SUBJECT, _REASON = 100, 500


@dataclass(frozen=True)
class Stop:
    """What is stopped: the object that pauses, who is told, and with a policy the roles that it is attached to."""

    bucket: str
    object: str
    owner: str
    topic: str
    site: str
    resume: str
    policy: str = ""
    roles: Sequence[str] = ()


class Clients(Protocol):
    """The AWS clients, as boto3 makes them."""

    def client(self, service_name: str, **options: Any) -> Any: ...


class NotStoppedError(Exception):
    """Error of a call that couldn't do everything: Lambda tries again, and tells the topic of failures in the end."""


def handle(event: object, context: object) -> dict[str, Any]:
    """Stop what the construct configured. Raises NotStoppedError."""
    import boto3

    return stop(event, Stop(**json.loads(os.environ[VARIABLE])), boto3)


def stop(event: object, stopped: Stop, clients: Clients) -> dict[str, Any]:
    """Pause, deny and tell; the rest is done where one of them fails. Raises NotStoppedError."""
    who, why = _cause(event)
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    done: list[str] = []
    failed: list[str] = []

    def attempt(what: str, action: Callable[[], str]) -> None:
        try:
            done.append(action())
        except Exception as error:  # whatever it is, the model has to be stopped by the other ways
            failed.append(f"{what}: {type(error).__name__}: {error}"[:_REASON])

    attempt("pausing failed", partial(_pause, stopped, {"who": who, "why": why, "when": when}, clients))
    for role in stopped.roles:
        attempt(f"denying models to {role} failed", partial(_deny, stopped.policy, role, clients))
    text = _text(stopped, f"{who} stopped the model of {stopped.site} at {when}: {why}", done, failed)
    attempt("telling people failed", partial(_tell, stopped, text, clients))
    print(json.dumps({"message": "model stopped", "who": who, "why": why, "done": done, "failed": failed}))
    if failed:
        raise NotStoppedError("; ".join(failed))
    return {"done": done}


def _cause(event: object) -> tuple[str, str]:
    """Who stops the model, and why."""
    alarm = event.get("alarmData") if isinstance(event, Mapping) else None
    if not isinstance(alarm, Mapping):
        return "a call of the function by hand", "no alarm called it"
    state = alarm.get("state")
    reason = str(state.get("reason") or "") if isinstance(state, Mapping) else ""
    return f"the alarm {alarm.get('alarmName')}", " ".join(reason.split())[:_REASON] or "it rings"


def _pause(stopped: Stop, told: Mapping[str, str], clients: Clients) -> str:
    """Put the object unless it is there: a pause that stands keeps its reason."""
    from botocore.exceptions import ClientError

    try:
        clients.client("s3", config=_patience()).put_object(
            Bucket=stopped.bucket,
            Key=stopped.object,
            Body=json.dumps(dict(told)).encode(),
            ContentType="application/json",
            ExpectedBucketOwner=stopped.owner,
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in _STANDS:
            raise
        return "It was paused already."
    return "Tasks hear of it within a minute, and answer questions with the message `paused`."


def _deny(policy: str, role: str, clients: Clients) -> str:
    """Attach the policy; to attach it twice is no error (AttachRolePolicy)."""
    from botocore.exceptions import ClientError

    try:
        clients.client("iam", config=_patience()).attach_role_policy(RoleName=role, PolicyArn=policy)
    except ClientError as error:
        # A role that no layer has made yet calls nothing. Without the policy nothing is denied.
        if error.response["Error"]["Code"] != "NoSuchEntity" or role not in str(error):
            raise
        return f"There is no {role}."
    return f"AWS refuses every call of a model by {role}."


def _text(stopped: Stop, told: str, done: Sequence[str], failed: Sequence[str]) -> str:
    undo = f"To undo it: `{stopped.resume}`. What to do: {RUNBOOK}."
    return "\n\n".join((told, *done, *(f"NOT DONE: {each}" for each in failed), undo))


def _tell(stopped: Stop, text: str, clients: Clients) -> str:
    subject = f"The model is {'denied' if stopped.roles else 'paused'} in {stopped.site}"[:_SUBJECT]
    clients.client("sns", config=_patience()).publish(TopicArn=stopped.topic, Subject=subject, Message=text)
    return "People are told."


def _patience() -> Any:
    from botocore.config import Config

    return Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
