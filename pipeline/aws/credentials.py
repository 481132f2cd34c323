"""Find the account of this shell's credentials; for each way in which they can't be used, a hint that fits."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from pipeline.aws.asking import NoAnswer, asked
from pipeline.errors import ExitCode, SitechatError

_SSO = "Sign in to account {account}: `aws sso login --profile {profile}`, then run it again."
_PROCESS = "Correct credential_process in profile {profile}: run its command by hand; it has to print JSON, version 1."
_EXPIRED = "They have expired. Sign in to account {account} again; keys that were exported have to be exported anew."
_CLOCK = "Set this machine's clock: AWS refuses what was signed more than five minutes off."
_PARTIAL = "Complete them (key id and secret belong together), or remove them where another source is meant."
_CONFIG = "Correct the profile: `aws configure list --profile {profile}` shows what it says and where."
_SIGN_IN = "Sign in to account {account} (for example `aws sso login`), then run it again."
_BRIDGE = (
    "Profile {login} was written by `aws login`, which neither the pinned SDK nor Terraform's provider reads. Sign in "
    'with `aws login --profile {login}`, then `eval "$(aws configure export-credentials --profile {login} '
    '--format env)"` hands the credentials on; or set credential_process = aws configure export-credentials '
    "--profile {login} in a profile of its own."
)
# Class of botocore's error -> hint. Classes of newer versions than the pinned one stand here, too.
HINTS_BY_CLASS = {
    "ConfigParseError": "Correct that file: sections are [default] and [profile NAME], lines are key = value.",
    "CredentialRetrievalError": _CONFIG,
    "EndpointConnectionError": "Look at network, proxy and AWS_ENDPOINT_URL of this shell.",
    "ConnectTimeoutError": "Look at network, proxy and AWS_ENDPOINT_URL of this shell.",
    "InfiniteLoopConfigError": _CONFIG,
    "InvalidConfigError": _CONFIG,
    "MissingDependencyException": _BRIDGE,
    "NoRegionError": "Set region in profile {profile}, or AWS_REGION.",
    "PartialCredentialsError": _PARTIAL,
    "ProfileNotFound": "Set AWS_PROFILE to one of `aws configure list-profiles`, or add it with `aws configure sso`.",
    "SSOError": _SSO,
    "SSOTokenLoadError": _SSO,
    "TokenRetrievalError": _SSO,
    "UnauthorizedSSOTokenError": _SSO,
}
# Code of STS's refusal -> hint.
HINTS_BY_CODE = {
    "AccessDenied": "Allow sts:AssumeRole to the role that profile {profile} names, or use another profile.",
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "InvalidClientTokenId": "Deleted, inactive, or temporary without AWS_SESSION_TOKEN: take others of {account}.",
    "InvalidIdentityToken": "Look at the role's trust policy, and whether the token is of the provider that it names.",
    "RequestExpired": _EXPIRED,
    "RequestTimeTooSkewed": _CLOCK,
    "SignatureDoesNotMatch": f"The secret doesn't belong to the key id, or: {_CLOCK}",
}


def find_account(make_sts: Callable[[], Any], wanted: str) -> str:
    """Account that this shell's credentials are of; `wanted` is the one to sign in to.

    `make_sts` makes the client: botocore reads the shared files and asks for credentials while it does. Raises
    SitechatError (3) for files, profiles and credentials that can't be used, each with what to do.
    """
    try:
        answer = asked(
            lambda: make_sts().get_caller_identity(),
            otherwise=partial(_refused, wanted=wanted),
            may_be_emulated=False,
        )
    except OSError as error:  # a token file, a program or a shared file: botocore lets these through
        raise _error(f"{error.filename or 'a file'}: {error.strerror or error}", _file_hint(error), wanted) from None
    except ValueError:  # what a credential_process prints is never shown: it may be a secret
        raise _error("credential_process prints no JSON", _PROCESS, wanted) from None
    except EOFError:
        hint = "Profile {profile} asks for an MFA code: run it in a terminal, or export its credentials before."
        raise _error("a code of a second factor is needed, and there is no terminal to ask on", hint, wanted) from None
    return str(answer["Account"])


def _refused(reason: NoAnswer, *, wanted: str) -> SitechatError:
    if reason.kind == "CredentialRetrievalError" and "custom-process" in reason.text:
        return _error("credential_process fails", _PROCESS, wanted)
    if reason.kind == "NoCredentialsError" and _secret_alone():
        return _error("a secret without its key id", _PARTIAL, wanted)
    hint = HINTS_BY_CODE.get(reason.code) or HINTS_BY_CLASS.get(reason.kind) or _SIGN_IN
    unread = reason.kind in ("NoCredentialsError", "InvalidConfigError", "MissingDependencyException")
    expired = hint == _EXPIRED
    return _error(reason.text, _BRIDGE if _login_profile() and (unread or expired) else hint, wanted)


def _error(what: str, hint: str, wanted: str) -> SitechatError:
    login = _login_profile() or _profile()
    return SitechatError(
        f"AWS accepts no credentials of this shell: {what}",
        hint=hint.format(account=wanted, profile=_profile(), login=login),
        code=ExitCode.MISSING,
    )


def _file_hint(error: OSError) -> str:
    if error.filename and error.filename == os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return "AWS_WEB_IDENTITY_TOKEN_FILE names it: let the step before write it, or unset that variable."
    if isinstance(error, PermissionError):
        return "Make it readable for this user."
    return (
        "Profile {profile} needs it (credential_process or web_identity_token_file): install it, or correct the path."
    )


def _profile() -> str:
    """Name of the profile in use, by botocore's order of precedence."""
    return os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE") or "default"


def _secret_alone() -> bool:
    """Whether a secret without key id is set: botocore looks for the id alone, and then says that there is nothing."""
    if "AWS_SECRET_ACCESS_KEY" in os.environ and not os.environ.get("AWS_ACCESS_KEY_ID"):
        return True
    settings = _profiles().get(_profile(), {})
    return "aws_secret_access_key" in settings and "aws_access_key_id" not in settings


def _login_profile() -> str | None:
    """Profile in use, or the one it takes its credentials from, where `aws login` wrote it (`login_session`)."""
    profiles = _profiles()
    name, seen = _profile(), set[str]()
    while name in profiles and name not in seen:
        if "login_session" in profiles[name]:
            return name
        seen.add(name)
        name = profiles[name].get("source_profile", "")
    return None


def _profiles() -> dict[str, Any]:
    """Settings by profile, of both shared files; none where they can't be read."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        return dict(botocore.session.Session().full_config["profiles"])
    except (BotoCoreError, OSError):
        return {}
