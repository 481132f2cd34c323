"""The waiver that would accept a finding, as TOML to paste: what a person has to decide is left empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from config import Environment
from pipeline.errors import ExitCode, SitechatError
from pipeline.scan.conditions import holds
from pipeline.scan.model import Finding, Verdict, Waiver
from pipeline.scan.waiver_file import KINDS, SECRET, is_address

LASTS = timedelta(days=180)
PASTE_INTO = "policies/waivers.toml"


@dataclass(frozen=True)
class WaiverEntry:
    """Entry for one finding; reason and owner are empty, and the gate refuses it until they are filled in."""

    finding: Finding
    env: str
    expires: date
    only_if: str = ""

    @property
    def kind(self) -> str:
        """A secret can only be a false alarm; anything else is proposed as a decision."""
        return "scanner defect" if self.finding.check.startswith(SECRET) else "decision"

    @property
    def toml(self) -> str:
        """The entry as the file has it."""
        lines = [
            f"# {' '.join(self.finding.text.split())}",
            "[[waiver]]",
            f'check = "{self.finding.check}"',
            f'address = "{self.finding.address}"',
            f'environments = ["{self.env}"]',
            *([f'only_if = "{self.only_if}"'] if self.only_if else []),
            f'kind = "{self.kind}"  # {", ".join(KINDS)}',
            'reason = ""  # why this is accepted: at least 20 characters and four different words',
            'owner = ""  # who answers for it',
            f"expires = {self.expires.isoformat()}",
        ]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, str]:
        """The object `sitechat scan --waive --json` prints."""
        return {
            "env": self.env,
            "check": self.finding.check,
            "address": self.finding.address,
            "only_if": self.only_if,
            "expires": self.expires.isoformat(),
            "paste_into": PASTE_INTO,
            "entry": self.toml,
        }


def waiver_entry(
    verdict: Verdict, address: str, check: str, env: Environment, waivers: Iterable[Waiver], today: date
) -> WaiverEntry:
    """The entry for a finding of a verdict. Raises SitechatError (2) where there is none to accept.

    Its `only_if` is that of a waiver of the same finding for other environments, if it holds here.
    """
    found = next((each for each in verdict.findings if (each.address, each.check) == (address, check)), None)
    if found is None:
        message, hint = (
            f"{verdict.env} has no finding of {check} at {address} to accept",
            _hint(verdict, address, check),
        )
        raise SitechatError(message, hint=hint, code=ExitCode.USAGE)
    if not is_address(address):
        message = f"{address} is no resource under a name of ours, so its finding can't be accepted"
        raise SitechatError(message, hint=f"Fix it: {found.fix or found.text}.", code=ExitCode.USAGE)
    same = (each.only_if for each in waivers if (each.address, each.check) == (address, check))
    return WaiverEntry(found, env.name, today + LASTS, next((each for each in same if each and holds(each, env)), ""))


def _hint(verdict: Verdict, address: str, check: str) -> str:
    for item in verdict.waived:
        if (item.finding.address, item.finding.check) == (address, check):
            return f"It is accepted already, until {item.waiver.expires.isoformat()}."
    here = sorted({each.check for each in verdict.findings if each.address == address})
    there = sorted({each.address for each in verdict.findings if each.check == check})
    if here:
        return f"Findings there: {', '.join(here)}."
    if there:
        return f"{check} is found at: {', '.join(there)}."
    return f"`sitechat scan --env {verdict.env}` lists what there is, as layer/type.name and check."
