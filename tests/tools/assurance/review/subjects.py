"""The reviewed environments, judged once for all tests."""

from __future__ import annotations

from functools import cache

from tests.policies.proof.accounts import copied
from tools.assurance.review.document import judgements, reviewed, subject
from tools.assurance.review.model import Control, Judgement, ReviewedEnvironment


@cache
def subjects() -> tuple[ReviewedEnvironment, ...]:
    """As the review sees them."""
    return tuple(subject(name, copied(name)) for name in reviewed())


@cache
def rows() -> tuple[tuple[Control, dict[str, Judgement]], ...]:
    """Every row with its judgements by environment."""
    return tuple((control, dict(found)) for control, found in judgements(subjects()))
