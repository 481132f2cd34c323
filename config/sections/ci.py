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
        r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)(?!.*\.(?i:git|wiki)$)[A-Za-z0-9._-]{1,100}",
        "owner/name of a GitHub repository, spelled as GitHub shows it, without .git",
        max_length=140,
        min_length=3,
    ),
]
Branch = Annotated[
    str,
    Text(
        r"(?!refs/|heads/|remotes/|tags/|origin/|upstream/)(?!(?:HEAD|FETCH_HEAD|ORIG_HEAD)$)"
        r"(?!.*\.lock(?:/|$))(?!.*/[.-])(?!.*[.-]/)[A-Za-z0-9_](?:(?:[./]|-{1,8})?[A-Za-z0-9_+@#])*",
        "a branch as GitHub shows it, such as main or release/2.0: no refs/, no remote's name, no .lock",
        max_length=200,
    ),
]
# Highest id of an account or repository: 64 bits in GitHub's REST API, here as far as JSON's numbers are exact.
_HIGHEST_ID = 2**53 - 1


class CiSection(StrictModel):
    """Roles that a GitHub repository's workflows assume by OIDC; `sitechat bootstrap` builds them."""

    repository: GitHubRepository | None = Field(
        default=None,
        description="GitHub repository (owner/name) whose workflows plan and apply here; unset builds no role.",
    )
    owner_id: int | None = Field(
        default=None,
        ge=1,
        le=_HIGHEST_ID,
        description="Number GitHub gave the repository's owner; with both ids, only subjects with ids are trusted.",
    )
    repository_id: int | None = Field(
        default=None,
        ge=1,
        le=_HIGHEST_ID,
        description="Number GitHub gave the repository; its subjects have ids if it was made, renamed or transferred "
        "since 2026-07-15.",
    )
    branch: Branch = Field(default="main", description="Branch whose plans may be published to be applied.")
    provider: Literal["own", "adopt"] = Field(
        default="own",
        description="GitHub's OIDC provider, one per account: own builds it, adopt uses the existing one.",
    )

    @property
    def subject(self) -> str | None:
        """Start of the subjects in the repository's OIDC tokens, before ":environment:..."; None without one.

        With ids those without are no longer trusted: a name can be given to somebody else, a number is never reused.
        """
        if self.repository is None:
            return None
        owner, _, name = self.repository.partition("/")
        with_ids = self.owner_id is not None and self.repository_id is not None
        return f"repo:{owner}@{self.owner_id}/{name}@{self.repository_id}" if with_ids else f"repo:{self.repository}"
