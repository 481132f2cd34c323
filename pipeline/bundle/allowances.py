"""The `--allow` option: permission to destroy one address of one layer that holds data, valid for a few days."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.errors import ExitCode, SitechatError

FORM = "LAYER/ADDRESS@YYYY-MM-DD"
# Long enough for a review and its apply; a permission that outlives them would hold for another plan.
MAX_DAYS = 7
_ADDRESS = r"""\w+\.[\w-]+(?:\[(?:\d+|"[^"]*")\])?"""
_TEXT = re.compile(rf"(?P<layer>[\w-]+)/(?P<address>{_ADDRESS})@(?P<until>\d{{4}}-\d{{2}}-\d{{2}})")


@dataclass(frozen=True)
class Allowance:
    """One `--allow`, parsed. It is valid up to the end (UTC) of the day `until`."""

    layer: str
    address: str
    until: date


def parse_allowance(text: str, today: date) -> Allowance:
    """Parse one `--allow`. Raises SitechatError (5) for one without an expiry, expired, or valid for too long."""
    found = _TEXT.fullmatch(text)
    try:
        until = date.fromisoformat(found["until"]) if found else None
    except ValueError:
        until = None
    if found is None or until is None:
        raise _refused(text, f"is not of the form {FORM}: a layer, an address in it, and the last day it is meant for")
    if until < today:
        raise _refused(text, "has expired")
    if until > today + timedelta(days=MAX_DAYS):
        raise _refused(text, f"is valid for more than {MAX_DAYS} days: {today + timedelta(days=MAX_DAYS)} at most")
    return Allowance(found["layer"], found["address"], until)


def allow_option(layer: str, address: str, today: date) -> str:
    """The `--allow` option for one address, valid until tomorrow, quoted for a shell."""
    return f"--allow {shlex.quote(allowance_text(layer, address, today + timedelta(days=1)))}"


def allowance_text(layer: str, address: str, until: date) -> str:
    """The value of an `--allow` for one address, valid up to the end of a day."""
    return f"{layer}/{address}@{until}"


def _refused(text: str, why: str) -> SitechatError:
    return SitechatError(
        f"--allow {text} {why}",
        hint="Run the command without it: what it would destroy is refused with the option to allow it.",
        code=ExitCode.REFUSED,
    )
