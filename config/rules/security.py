"""Rules on what watches the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads

if TYPE_CHECKING:
    from config.environment import Environment


@reads("security")
def watchers_have_what_they_read(env: Environment) -> Iterator[Violation]:
    """Security Hub's controls are AWS Config rules underneath ("Enabling and configuring AWS Config", its guide)."""
    security = env.security
    if security.hub == "own" and security.recorder == "off":
        yield "security.recorder", '"own" or "adopt", because hub = "own" judges what AWS Config records'
    if security.cis_alarms and security.trail != "own":
        yield "security.cis_alarms", 'false, because the alarms read the log group of a trail with trail = "own"'
    if security.recorder_role == "adopt" and security.recorder != "own":
        yield "security.recorder_role", 'only together with recorder = "own"'
