"""Call AWS operations and convert AWS's errors to ours; all calls go through here.

Neither arguments nor requests are ever part of a message: they may hold a secret's value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pipeline.errors import EMULATED_ANEW, EMULATED_DOWN, ExitCode, SitechatError

Answer = TypeVar("Answer")
# Where the emulated AWS is, and nothing else of AWS.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class NoAnswer:
    """Reason why AWS gave no answer: error code, HTTP status and operation; all empty when AWS was not reached.

    `text` is botocore's full message, which repeats arguments in some errors; `kind` is the error's class.
    """

    code: str
    status: str
    operation: str
    text: str
    kind: str

    @property
    def refused(self) -> bool:
        """True when AWS answered with an error; False when AWS was not reached."""
        return bool(self.code)


class _AbsentError(Exception):
    """Raised for the error codes by which AWS says that a thing doesn't exist."""


def asked(
    question: Callable[..., Answer],
    *,
    otherwise: Callable[[NoAnswer], Exception],
    known: Mapping[str, Exception] | None = None,
    may_be_emulated: bool = True,
    **arguments: object,
) -> Answer:
    """Answer of a boto3 operation called with `arguments`.

    Raises the error in `known` under AWS's error code or HTTP status; for any other, the error that `otherwise` makes
    of the reason. Where the emulated AWS is no more, that is what is raised, whatever was asked (SitechatError, 3),
    unless it can't have been meant.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return question(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
        for each in (code, status):
            if each in (known or {}):
                raise (known or {})[each] from None
        raise otherwise(NoAnswer(code, status, error.operation_name, str(error), type(error).__name__)) from None
    except BotoCoreError as error:
        if may_be_emulated and _is_emulated_end(error):
            raise SitechatError(EMULATED_DOWN, hint=EMULATED_ANEW, code=ExitCode.MISSING) from None
        raise otherwise(NoAnswer("", "", "", str(error), type(error).__name__)) from None


def _is_emulated_end(error: Exception) -> bool:
    """Whether nobody listens any more at an address of loopback, or hung up."""
    ended = type(error).__name__ in ("EndpointConnectionError", "ConnectionClosedError")
    address = str(getattr(error, "kwargs", {}).get("endpoint_url", ""))
    return ended and urlsplit(address).hostname in LOOPBACK


def asked_for(
    question: Callable[..., Answer],
    *,
    absent: Collection[str],
    otherwise: Callable[[NoAnswer], Exception],
    **arguments: Any,
) -> Answer | None:
    """Answer of a boto3 operation about one thing; None for the error codes `absent` (it doesn't exist)."""
    known = dict.fromkeys(absent, _AbsentError())
    try:
        return asked(question, otherwise=otherwise, known=known, **arguments)
    except _AbsentError:
        return None


def failed_to(doing: str) -> Callable[[NoAnswer], SitechatError]:
    """Function for `otherwise` that makes a SitechatError (6); `doing` names the action, such as "set session-key"."""

    def error(reason: NoAnswer) -> SitechatError:
        if reason.refused:
            return SitechatError(f"AWS refused to {doing}: {reason.code}", code=ExitCode.FAILED)
        return SitechatError(f"AWS can't be asked to {doing}: {reason.kind}", code=ExitCode.FAILED)

    return error
