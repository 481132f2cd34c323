"""[ci]: the repository whose CI may plan and apply, without stored keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import StrictModel, Text

# Names as GitHub accepts them ("Username considerations" and the form of a new repository): no wildcard among them,
# since they stand in the subject that a role compares exactly.
GitHubRepository = Annotated[
    str,
    Text(
        r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}",
        "owner/name of a GitHub repository, spelled as GitHub shows it",
        max_length=140,
        min_length=3,
    ),
]
Branch = Annotated[
    str,
    Text(
        r"[A-Za-z0-9_](?:[./-]?[A-Za-z0-9_])*",
        "a branch: letters, digits and _, with single . - or / in between",
        max_length=200,
    ),
]


class CiSection(StrictModel):
    """Roles that a GitHub repository's workflows assume by OIDC; `sitechat bootstrap` builds them."""

    repository: GitHubRepository | None = Field(
        default=None,
        description="GitHub repository (owner/name) whose workflows plan and apply here; unset builds no role.",
    )
    branch: Branch = Field(default="main", description="Branch whose plans may be published to be applied.")
    provider: Literal["own", "adopt"] = Field(
        default="own",
        description="GitHub's OIDC provider, one per account: own builds it, adopt uses the existing one.",
    )
