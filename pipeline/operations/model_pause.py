"""`sitechat bedrock pause|resume|status`: an object in S3 that stops every call to a model, who put it there, and on
demand the denial of models.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from config.switches import PAUSED, SWITCHES
from pipeline.aws import NoAnswer, asked, asked_for, failed_to
from pipeline.clock import now, stamp
from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import budget_action
from pipeline.operations.model_denial import allow, denied_roles, deny
from pipeline.session import Session

RUNBOOK = "docs/runbooks/model-spend.md"
LONGEST_REASON = 500
# A larger object isn't ours; it pauses all the same.
LIMIT_BYTES = 16 * 1024
_UNKNOWN = "unknown"


class Level(StrEnum):
    """How the model is stopped: the application heeds the pause; the denial holds whatever the application does."""

    PAUSE = "pause"
    DENY = "deny"


@dataclass(frozen=True)
class Pause:
    """Who paused the model, why and when."""

    who: str
    why: str
    when: str


@dataclass(frozen=True)
class Stop:
    """What stops the model at the moment: a pause, and names of the roles to which models are denied.

    `budget` is the status of the Budgets action, in AWS's word; empty where there is none.
    """

    pause: Pause | None = None
    denied: tuple[str, ...] = ()
    budget: str = ""

    @property
    def stands(self) -> bool:
        return self.pause is not None or bool(self.denied) or self.budget == budget_action.RAN


def checked_reason(text: str) -> str:
    """`text` on one line. Raises SitechatError (2) for one that is too long or can't be printed."""
    line = " ".join(text.split())
    if len(line) > LONGEST_REASON or not line.isprintable():
        raise SitechatError(
            f"--reason has {len(line)} characters" if line.isprintable() else "--reason holds what can't be printed",
            hint=f"Up to {LONGEST_REASON} printable characters are mailed to people and kept.",
            code=ExitCode.USAGE,
        )
    return line


def read_stop(session: Session) -> Stop:
    """What stops the model at the moment. Raises SitechatError: 3 before the first deployment, 6."""
    return Stop(_read_pause(session), denied_roles(session), budget_action.status(session))


def _read_pause(session: Session) -> Pause | None:
    def read() -> Pause:
        return _read(_s3(session).get_object(**_object(session))["Body"].read(LIMIT_BYTES + 1))

    return asked_for(read, absent=("NoSuchKey",), otherwise=_failed_to(session, "read whether the model is paused"))


def pause(session: Session, why: str, level: Level = Level.PAUSE) -> tuple[Stop, bool]:
    """Pause the model, and with the level `deny` deny models to all roles, then tell people: the stop, and whether
    anything of it is new. A pause that stands is left as it is.

    Raises SitechatError: 3 before the first deployment, 6. Where nobody could be told, it says what is done.
    """
    # Nothing else is looked at before: whoever may write the object can pause.
    standing = _read_pause(session)
    paused = standing or _put(session, why)
    denied = _deny(session) if level is Level.DENY else ()
    if standing is not None and not denied:
        return Stop(paused), False
    told = f"{paused.who} paused the model at {paused.when}: {paused.why or 'no reason given'}. "
    told += "Tasks hear of it within a minute; "
    if denied:
        told += f"{who(session)} denied models to {' and '.join(denied)}, which takes effect within seconds; "
    undo = f"until `sitechat bedrock resume --env {session.env_ref}` questions get the message `paused`. See {RUNBOOK}."
    done = "the model is paused" + (" and denied" if denied else "")
    _tell(session, "The model is denied" if denied else "The model is paused", told + undo, done=done)
    return Stop(paused, denied), True


def resume(session: Session, *, rearm: bool = False) -> Stop:
    """Undo the Budgets action, allow models to all roles again and take the pause away, then tell people; the stop that
    ended. With `rearm` the Budgets action may run again this month.

    Raises SitechatError: 3 before the first deployment, 6. Where nobody could be told, or Budgets didn't undo its
    action, it says that the model answers.
    """
    ended = read_stop(session)
    if not ended.stands and not (rearm and ended.budget == budget_action.UNDONE):
        return ended
    with step(f"resume the model of {session.env.name}"):
        left = _undo(session, rearm=rearm)
        # What Budgets attached it has detached itself by now; the rest is ours.
        allow(session)
        remove = partial(_s3(session).delete_object, **_object(session))
        asked(remove, otherwise=_failed_to(session, "resume the model"))
    told = f"{who(session)} resumed the model at {stamp(now())}. "
    if ended.pause:
        told += f"{ended.pause.who} had paused it at {ended.pause.when}: {ended.pause.why or 'no reason given'}. "
    if ended.denied:
        told += f"Models are allowed again to {' and '.join(ended.denied)}. "
    undo = f"`sitechat bedrock pause --env {session.env_ref}` pauses it again."
    _tell(session, "The model is resumed", told + undo, done="the model is called again")
    if left is not None:
        raise SitechatError(f"the model is called again, but {left.message}", hint=left.hint, code=left.code)
    return ended


def _undo(session: Session, *, rearm: bool) -> SitechatError | None:
    """Undo the Budgets action; the error, if any: models are allowed whatever Budgets says."""
    try:
        budget_action.undo(session, rearm=rearm)
    except SitechatError as error:
        return error
    return None


def _put(session: Session, why: str) -> Pause:
    new = Pause(who(session), why, stamp(now()))
    with step(f"pause the model of {session.env.name}"):
        text = json.dumps(asdict(new)).encode()
        write = partial(_s3(session).put_object, **_object(session), Body=text, ContentType="application/json")
        asked(write, otherwise=_failed_to(session, "pause the model"))
    return new


def _deny(session: Session) -> tuple[str, ...]:
    with step(f"deny models to the roles of {session.env.name}"):
        try:
            return deny(session)
        except SitechatError as error:
            told = f"the model is paused, but {error.message}"
            raise SitechatError(told, hint=error.hint, code=error.code) from None


def who(session: Session) -> str:
    """Whoever runs this, as people are told."""
    return " as ".join(each for each in reversed(session.caller()) if each)


def _tell(session: Session, subject: str, text: str, *, done: str) -> None:
    """Mail the topic of alarms. Raises SitechatError (6) that says what is done all the same."""
    env = session.env
    try:
        asked(
            session.client("sns").publish,
            otherwise=failed_to("tell people"),
            TopicArn=env.place.arn("sns", env.names.resource("alarms")),
            Subject=f"{subject} in {env.project} {env.name}"[:100],
            Message=text,
        )
    except SitechatError as error:
        told = f"{done}, but nobody was told: {error.message}"
        raise SitechatError(told, hint="Tell the others yourself.", code=error.code) from None


def _failed_to(session: Session, doing: str) -> Callable[[NoAnswer], SitechatError]:
    """As `failed_to`, with what to do where the bucket isn't there yet."""

    def error(reason: NoAnswer) -> SitechatError:
        if reason.code != "NoSuchBucket":
            return failed_to(doing)(reason)
        return SitechatError(
            f"{session.env.name} has no switch of the model yet",
            hint=f"It comes with the layer infrastructure: `sitechat deploy --env {session.env_ref}`.",
            code=ExitCode.MISSING,
        )

    return error


def _read(text: bytes) -> Pause:
    """Who, why and when of an object; unknown where somebody else put it there."""
    try:
        found: Any = json.loads(text) if len(text) <= LIMIT_BYTES else None
    except ValueError:
        found = None
    told = found if isinstance(found, dict) else {}

    def field(name: str, otherwise: str) -> str:
        value = told.get(name)
        return " ".join(value.split()) if isinstance(value, str) and value.strip() else otherwise

    return Pause(field("who", _UNKNOWN), field("why", ""), field("when", _UNKNOWN))


def _s3(session: Session) -> Any:
    return session.client("s3")


def _object(session: Session) -> dict[str, str]:
    env = session.env
    return {"Bucket": env.names.bucket(SWITCHES), "Key": PAUSED, "ExpectedBucketOwner": env.account_id}
