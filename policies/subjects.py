"""Subjects of GitHub's OIDC tokens, as a trust may compare them: exact, of one repository, in one form."""

from __future__ import annotations

import re
from collections.abc import Collection

GITHUB = "token.actions.githubusercontent.com"

# GitHub's default subject without and with ids ("OpenID Connect reference", immutable subject claims), to its end: a
# custom template adds claims or replaces them, and then need not name the repository at all.
_CONTEXT = r"(?:pull_request|environment:[^:*?]+|ref:refs/(?:heads|tags)/[^:*?]+)"
_BY_NAME = re.compile(rf"repo:[\w.-]+/[\w.-]+:{_CONTEXT}", re.ASCII)
_BY_ID = re.compile(rf"repo:[\w.-]+@[1-9]\d*/[\w.-]+@[1-9]\d*:{_CONTEXT}", re.ASCII)


def loose_audience(accepted: Collection[str]) -> str:
    """What is wrong with the accepted values of `aud`; empty when they are compared exactly."""
    return "" if accepted and not _patterns(accepted) else "doesn't compare :aud exactly"


def loose_subject(accepted: Collection[str], *, github: bool) -> str:
    """What is wrong with the accepted values of `sub`; empty when each is exact.

    Of GitHub, each has to name one repository and branch, environment or pull request, and all have ids or none has: a
    subject by name beside one by id would still let in whoever gets the name next.
    """
    if not accepted or _patterns(accepted):
        return "doesn't compare :sub exactly"
    if not github:
        return ""
    by_name = [each for each in accepted if _BY_NAME.fullmatch(each)]
    by_id = [each for each in accepted if _BY_ID.fullmatch(each)]
    if strange := sorted(set(accepted) - {*by_name, *by_id}):
        return f"{', '.join(strange)} is no default subject of GitHub"
    return "takes subjects with ids and without" if by_name and by_id else ""


def _patterns(accepted: Collection[str]) -> list[str]:
    return [each for each in accepted if "*" in each or "?" in each]
