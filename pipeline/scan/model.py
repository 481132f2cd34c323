"""Results of a scan: findings, the waivers applied to them, and problems that fail any verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

# Input of a scan: the synthesised files, or a plan.
Mode = Literal["json", "plan"]


@dataclass(frozen=True, order=True)
class Finding:
    """One rule broken by one resource: `address` is "layer/type.name", `attributes` are those the rule read.

    `detail` adds what is wrong with this resource, where the title is too general.
    """

    address: str
    check: str
    title: str
    fix: str = ""
    attributes: tuple[str, ...] = ()
    file: str = ""
    line: int = 1
    source: str = "json"
    detail: str = ""

    @property
    def text(self) -> str:
        """Title and detail."""
        return f"{self.title}: {self.detail}" if self.detail else self.title

    @property
    def layer(self) -> str:
        """Layer part of the address."""
        return self.address.partition("/")[0]


@dataclass(frozen=True)
class Waiver:
    """One accepted finding of policies/waivers.toml, with the reason, the responsible person and an expiry date.

    Without `environments` it covers every environment that `not_in` doesn't name. `mode` is "plan" for a finding that
    occurs only in the scan of a plan. `only_if` is a condition on settings (conditions.py); the waiver applies only
    where it holds. `each` names a list: `address` is then a pattern that stands for one resource a member.
    """

    check: str
    address: str
    environments: tuple[str, ...]
    reason: str
    owner: str
    expires: date
    kind: str = "decision"
    mode: str = "json"
    only_if: str = ""
    not_in: tuple[str, ...] = ()
    each: str = ""

    def covers(self, environment: str) -> bool:
        """Whether it names an environment, or all and this one isn't left out."""
        return environment in self.environments if self.environments else environment not in self.not_in


@dataclass(frozen=True)
class Waived:
    """A finding and the waiver that accepts it."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True)
class ScanResult:
    """Scan results before waivers: `evaluated` counts check results, `resources` are the addresses scanned.

    `read` is False where something couldn't be read: then nothing was scanned, and the problems say why.
    """

    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    evaluated: int
    resources: frozenset[str]
    known_checks: frozenset[str]
    read: bool = True


@dataclass(frozen=True)
class Verdict:
    """Scan results after waivers, for one environment."""

    env: str
    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...]
    problems: tuple[str, ...]
    checks_run: int
    resources_seen: int
    sources: tuple[str, ...] = field(default=("json",))

    @property
    def passed(self) -> bool:
        """True only without any unwaived finding and without any problem."""
        return not self.findings and not self.problems

    def to_dict(self) -> dict[str, Any]:
        """The object `sitechat scan --json` prints."""
        return {
            "env": self.env,
            "passed": self.passed,
            "checks_run": self.checks_run,
            "resources_seen": self.resources_seen,
            "sources": list(self.sources),
            "problems": list(self.problems),
            "findings": [asdict(finding) for finding in self.findings],
            "waived": [
                {
                    "check": item.waiver.check,
                    "address": item.waiver.address,
                    "kind": item.waiver.kind,
                    "reason": item.waiver.reason,
                    "owner": item.waiver.owner,
                    "expires": item.waiver.expires.isoformat(),
                }
                for item in self.waived
            ],
        }


@dataclass(frozen=True)
class LayerSource:
    """A layer's parsed file: `lines` maps "type.name" to its line, `constructs` to its construct path."""

    layer: str
    path: Path
    config: dict[str, Any]
    lines: dict[str, int]
    constructs: dict[str, str]
