"""Reviewed environments and their judged controls, computed once for all tests."""

from __future__ import annotations

from functools import cache

from tests.policies.proof.configurations import copied
from tools.assurance.review.document import judgements, reviewed_environment, reviewed_names
from tools.assurance.review.model import Control, Judgement, ReviewedEnvironment


@cache
def reviewed_environments() -> tuple[ReviewedEnvironment, ...]:
    """Environments under review."""
    return tuple(reviewed_environment(name, copied(name)) for name in reviewed_names())


@cache
def judged_controls() -> tuple[tuple[Control, dict[str, Judgement]], ...]:
    """Controls with their judgements by environment."""
    return tuple((control, dict(found)) for control, found in judgements(reviewed_environments()))
