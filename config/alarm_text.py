"""Descriptions of alarms, which is all that a mail has of them: what happened, how urgent it is, what to do.

The layers write them, the gate asks for them, and `sitechat alarms` reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

# "page": visitors feel it, so somebody looks now. "ticket": it can wait for working hours.
Severity = Literal["page", "ticket"]
# Threshold of an alarm on the share of a quota that nobody has read yet: more than any model answers.
NOT_READ = 1_000_000_000_000_000
_FORM = re.compile(
    r"(?P<description>.+?)\. (?:Severity: (?P<severity>page|ticket)|Told by (?P<told_by>\S+))"
    r"\. Runbook: (?P<runbook>docs/runbooks/[a-z0-9-]+\.md)",
    re.DOTALL,
)


@dataclass(frozen=True)
class AlarmText:
    """A description that was read. An alarm with `told_by` tells nobody: the composite alarm of that name does."""

    description: str
    severity: str = ""
    told_by: str = ""
    runbook: str = ""


def alarm_text(description: str, *, severity: Severity, runbook: str, told_by: str = "") -> str:
    """The description of an alarm; `runbook` is the page below docs/runbooks."""
    who = f"Told by {told_by}" if told_by else f"Severity: {severity}"
    return f"{description}. {who}. Runbook: docs/runbooks/{runbook}.md"


def read_alarm_text(text: str) -> AlarmText:
    """What a description says; one of another form is a description alone."""
    found = _FORM.fullmatch(text)
    return AlarmText(**{name: value or "" for name, value in found.groupdict().items()}) if found else AlarmText(text)
