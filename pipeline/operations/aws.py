"""Calls to AWS whose errors people can act on."""

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.errors import ExitCode, SitechatError


def call(operation: Callable[..., Any], *, doing: str, known: Mapping[str, SitechatError], **arguments: Any) -> Any:
    """The answer of a boto3 operation. `known` are the errors to raise for AWS's error codes; any other is exit 6.

    Neither arguments nor requests are ever part of a message: they may hold a secret's value.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return operation(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise known.get(code) or SitechatError(f"AWS refused to {doing}: {code}", code=ExitCode.FAILED) from None
    except BotoCoreError as error:
        raise SitechatError(f"AWS can't be asked to {doing}: {type(error).__name__}", code=ExitCode.FAILED) from None
