"""policies/image_waivers.toml as a positive list."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from policies.image_waivers import FILE, read_image_waivers

TODAY = date(2026, 12, 1)
GIVEN = {
    "vulnerability": '"CVE-2026-1"',
    "package": '"openssl"',
    "environments": '["dev", "prod"]',
    "reason": '"the vulnerable cipher is switched off here"',
    "owner": '"platform"',
    "expires": "2027-05-31",
}


def written(path: Path, **changes: str | None) -> Path:
    path.write_text(table(**changes))
    return path


def table(**changes: str | None) -> str:
    lines = (f"{key} = {value}\n" for key, value in {**GIVEN, **changes}.items() if value is not None)
    return "[[waiver]]\n" + "".join(lines)


def test_the_shipped_file_is_in_the_form() -> None:
    assert read_image_waivers(datetime.now(UTC).date(), FILE)[1] == ()


def test_a_waiver_is_read(tmp_path: Path) -> None:
    (waiver,), problems = read_image_waivers(TODAY, written(tmp_path / "w.toml"))
    assert problems == ()
    assert (waiver.name, waiver.expires) == ("CVE-2026-1 in openssl", date(2027, 5, 31))
    assert (waiver.covers("dev"), waiver.covers("staging")) == (True, False)
    (waiver,), _ = read_image_waivers(TODAY, written(tmp_path / "w.toml", environments='"all"'))
    assert waiver.covers("staging")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"vulnerability": '"CVE-*"'}, "is no id"),
        ({"vulnerability": "12"}, "vulnerability must be one line"),
        ({"package": '"*"'}, "is no name of a package"),
        ({"package": None}, "package must be one line"),
        ({"reason": '"accepted"'}, "the reason must say why"),
        ({"owner": '""'}, "owner must be one line"),
        ({"owner": '"a\\nb"'}, "owner must be one line"),
        ({"expires": '"2027-05-31"'}, "expires must be a day"),
        ({"expires": "2027-12-02"}, "more than a year"),
        ({"environments": "[]"}, "environments must be a list"),
        ({"environments": '["Prod!"]'}, "is no name of an environment"),
        ({"environments": None}, "environments must be a list"),
        ({"environments": '["all"]'}, 'write environments = "all"'),
        ({"severity": '"HIGH"'}, "unknown key 'severity'"),
    ],
)
def test_what_is_not_in_the_form_is_a_problem(changes: dict[str, str | None], told: str, tmp_path: Path) -> None:
    waivers, problems = read_image_waivers(TODAY, written(tmp_path / "w.toml", **changes))
    assert waivers == ()
    assert any(told in each for each in problems), problems


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[waiver]\n", "can't be read"),
        ("[[waivers]]\n", "unknown key 'waivers'"),
        ('waiver = ["all"]\n', "must be a [[waiver]] table"),
        (table().replace("[[waiver]]", "[waiver]"), "a waiver begins with [[waiver]], in two brackets"),
        ("waiver = 3\n", "a waiver begins with [[waiver]], in two brackets"),
        (table() + table(environments='"all"'), "given twice"),
    ],
)
def test_a_file_that_says_something_else_is_a_problem(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text(text)
    _, problems = read_image_waivers(TODAY, path)
    assert any(told in each for each in problems), problems


def test_without_the_file_nothing_is_accepted(tmp_path: Path) -> None:
    waivers, problems = read_image_waivers(TODAY, tmp_path / "gone.toml")
    assert waivers == ()
    assert "can't be read" in problems[0]
