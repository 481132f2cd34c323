"""Read policies/image_waivers.toml as a positive list, and tell which findings of an image its waivers accept."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("image_waivers.toml")
ALL = "all"
LONGEST = timedelta(days=365)
REASON_LENGTH, REASON_WORDS = 20, 4

_TEXTS = ("vulnerability", "package", "reason", "owner")
_KEYS = (*_TEXTS, "environments", "expires")
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{1,11}", re.ASCII)
# Such as CVE-2026-1234, GHSA-xxxx-xxxx-xxxx, SNYK-...: no pattern that stands for several.
_VULNERABILITY = re.compile(r"[A-Za-z]+(?:-[A-Za-z0-9.:]+)+", re.ASCII)
_PACKAGE = re.compile(r"[\w.+:/@-]+", re.ASCII)
_SHOWN = 120


@dataclass(frozen=True)
class ImageWaiver:
    """One accepted vulnerability in one package. Without `environments` it covers all of them."""

    vulnerability: str
    package: str
    environments: tuple[str, ...]
    reason: str
    owner: str
    expires: date

    @property
    def name(self) -> str:
        """Vulnerability and package, as messages name it."""
        return f"{self.vulnerability} in {self.package}"

    def covers(self, environment: str) -> bool:
        """Whether it counts in an environment."""
        return not self.environments or environment in self.environments

    def to_dict(self) -> dict[str, str]:
        """The waiver as plain data."""
        return {"reason": self.reason, "owner": self.owner, "expires": self.expires.isoformat()}


def read_image_waivers(today: date, path: Path = FILE) -> tuple[tuple[ImageWaiver, ...], tuple[str, ...]]:
    """The waivers of a file, expired ones too, and a problem for each that isn't in the form and for a broken file."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return (), (f"{path.name} can't be read: {error}; restore it from version control",)
    problems = [
        f"{path.name}: unknown key {_shown(key)}; only [[waiver]] is accepted" for key in entries if key != "waiver"
    ]
    waivers: list[ImageWaiver] = []
    tables = entries.get("waiver", [])
    if not isinstance(tables, list):
        problems.append(f"{path.name}: a waiver begins with [[waiver]], in two brackets: [waiver] is another form")
        tables = []
    for number, table in enumerate(tables, start=1):
        wrong = list(_malformed(table, today))
        problems += [f"{path.name}, waiver {number}: {text}" for text in wrong]
        if not wrong:
            waivers.append(_waiver(table))
    return tuple(waivers), (*problems, *_twice(path.name, waivers))


def _waiver(table: dict[str, Any]) -> ImageWaiver:
    named = table["environments"]
    return ImageWaiver(**(table | {"environments": () if named == ALL else tuple(named)}))


def _malformed(table: Any, today: date) -> Iterator[str]:
    """What is wrong with one waiver: keys and types first, and what they say only where these are right."""
    if not isinstance(table, dict):
        yield "must be a [[waiver]] table"
        return
    wrong = [*_keys(table)]
    yield from wrong
    if wrong:
        return
    if not _VULNERABILITY.fullmatch(table["vulnerability"]):
        yield f"vulnerability {_shown(table['vulnerability'])} is no id, such as CVE-2026-12345"
    if not _PACKAGE.fullmatch(table["package"]):
        yield f"package {_shown(table['package'])} is no name of a package"
    words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", table["reason"])}
    if len(table["reason"].strip()) < REASON_LENGTH or len(words) < REASON_WORDS:
        yield f"the reason must say why in at least {REASON_LENGTH} characters and {REASON_WORDS} different words"
    if table["expires"] - today > LONGEST:
        last = (today + LONGEST).isoformat()
        yield f"expires on {table['expires'].isoformat()}, more than a year from today; name a day until {last}"


def _keys(table: dict[str, Any]) -> Iterator[str]:
    for key in table:
        if key not in _KEYS:
            yield f"unknown key {_shown(key)}; accepted: {', '.join(_KEYS)}"
    for key in _TEXTS:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            yield f"{key} must be one line of text, got {_shown(value)}"
    if type(table.get("expires")) is not date:
        yield f"expires must be a day, such as 2027-05-31, got {_shown(table.get('expires'))}"
    named = table.get("environments")
    if named == ALL:
        return
    if not isinstance(named, list) or not named:
        yield f'environments must be a list of names, or "{ALL}", got {_shown(named)}'
    elif ALL in named:
        # As a name it would stand for an environment called so, and the waiver would count nowhere else.
        yield f'environments: for all of them write environments = "{ALL}", without brackets'
    elif wrong := [each for each in named if not isinstance(each, str) or not _ENVIRONMENT.fullmatch(each)]:
        yield f"environments: {_shown(wrong[0])} is no name of an environment"


def _twice(file: str, waivers: Sequence[ImageWaiver]) -> Iterator[str]:
    for number, one in enumerate(waivers):
        for other in waivers[:number]:
            both = not one.environments or not other.environments or set(one.environments) & set(other.environments)
            if one.name == other.name and both:
                yield f"{file}: {one.name} is given twice for the same environment; keep one"


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
