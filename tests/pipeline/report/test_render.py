"""The rendered report: complete, self-contained, escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pipeline.report import LayerResult, ReportInput, write_report
from pipeline.report.markdown import FOLD_FROM_ENTRIES, LIMIT_CHARACTERS
from pipeline.scan.model import Verdict
from pipeline.synth.layers import Synthesis

Report = Callable[..., ReportInput]
Change = Callable[..., dict[str, Any]]


def texts(data: ReportInput, out: Path) -> tuple[str, str]:
    page = write_report(data, out)
    return page.read_text(), (out / "report.md").read_text()


def test_every_resource_address_is_listed(report: Report, synthesis: Synthesis, tmp_path: Path) -> None:
    page, _ = texts(report(), tmp_path)
    listing = page[page.index('id="resources"') :]
    for layer in synthesis.layers:
        for address in layer.resources:
            assert f"<code>{address}</code>" in listing


class _Parts(HTMLParser):
    """Collects the tags and the targets of attributes that can load something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "srcset", "data", "action", "poster", "background"):
                self.targets.add(value or "")


def test_the_page_loads_nothing(report: Report, tmp_path: Path) -> None:
    page, _ = texts(report(), tmp_path)
    parts = _Parts(page)
    assert "#architecture" in parts.targets
    assert {target for target in parts.targets if not target.startswith("#")} == set()
    assert not parts.tags & {"script", "link", "iframe", "img", "object", "embed", "image", "use"}
    assert not re.search(r"url\((?!#)|@import", page)


def test_the_picture_is_well_formed(report: Report, tmp_path: Path) -> None:
    page, _ = texts(report(), tmp_path)
    svg = re.search(r"<svg.*</svg>", page, re.DOTALL)
    assert svg is not None
    assert ET.fromstring(svg[0]).tag == "{http://www.w3.org/2000/svg}svg"


def test_files_are_readable_by_their_owner_alone(report: Report, tmp_path: Path) -> None:
    page = write_report(report(), tmp_path / "dev")
    assert page == tmp_path / "dev" / "index.html"
    assert [file.stat().st_mode & 0o077 for file in (tmp_path / "dev").iterdir()] == [0, 0]


def test_hostile_names_stay_text(report: Report, change: Change, tmp_path: Path) -> None:
    attack = "<script>alert(1)</script>"
    plan = {
        "resource_changes": [
            change(f"aws_vpc.{attack}", ["update"], {"x": "a"}, {"x": attack}),
            change("aws_vpc.b", ["delete"], {f"{attack}|`@someone": "[a](https://example.com)"}),
        ]
    }
    data = report(
        LayerResult("service", "planned", plan, {attack: {"value": attack, "sensitive": False}}),
        env_name=attack,
        commit=attack,
        next_steps=(attack,),
    )
    page, comment = texts(data, tmp_path)
    for text in (page, comment):
        assert "<script" not in text
        assert escape(attack, quote=False) in text or escape(attack).replace("'", "&#39;") in text
    assert "@someone" not in comment
    assert "[a](" not in comment
    assert "https://" not in comment


@pytest.mark.parametrize(
    ("statuses", "changes", "words"),
    [
        (("synthesised",), False, "synthesised only"),
        (("planned",), True, "planned"),
        (("planned",), False, "nothing to change"),
        (("preview",), False, "planned"),
        (("applied", "unchanged"), False, "applied"),
        (("unchanged",), False, "nothing to change"),
        (("applied", "planned"), True, "partly applied"),
    ],
)
def test_the_header_says_how_far_it_got(
    report: Report, change: Change, tmp_path: Path, statuses: tuple[str, ...], changes: bool, words: str
) -> None:
    plan = {"resource_changes": [change("aws_vpc.a", ["create"], None, {})] if changes else []}
    names = ("infrastructure", "service", "edge", "monitoring")
    padded = (*statuses, *(statuses[-1:] * (len(names) - len(statuses))))
    layers = [LayerResult(name, status, plan) for name, status in zip(names, padded, strict=True)]  # type: ignore[arg-type]
    page, comment = texts(report(*layers), tmp_path)
    assert f">{words}</span>" in page
    assert comment.startswith(f"## SiteChat dev: not scanned, {words}\n")


def test_a_preview_says_that_it_holds_placeholders(report: Report, tmp_path: Path) -> None:
    plan: dict[str, Any] = {"resource_changes": []}
    assert "are placeholders" in texts(report(LayerResult("service", "preview", plan)), tmp_path)[0]
    assert "are placeholders" not in texts(report(LayerResult("service", "planned", plan)), tmp_path)[0]


def test_findings_and_waivers_are_shown(report: Report, verdict: Verdict, tmp_path: Path) -> None:
    for text in texts(report(verdict=verdict), tmp_path):
        assert "gate failed" in text
        for words in ("Listener speaks HTTP", "v2 log delivery", "platform", "2027-01-31"):
            assert words in text
        assert "<code>CKV_AWS_2</code>" in text


def test_types_without_emulation_come_with_the_reason(report: Report, tmp_path: Path) -> None:
    reasons = {"aws_wafv2_web_acl": "no rules engine", "aws_unused_type": "never used"}
    for text in texts(report(uncovered=reasons), tmp_path):
        assert "no rules engine" in text
        assert "never used" not in text


def test_markdown_fits_a_comment_and_keeps_the_dangerous_part(report: Report, change: Change, tmp_path: Path) -> None:
    created = [change(f"aws_vpc.{'n' * 200}_{n}", ["create"], None, {}) for n in range(400)]
    plan = {"resource_changes": [*created, change("aws_s3_bucket.precious", ["delete"], {"bucket": "b"})]}
    _, comment = texts(report(LayerResult("service", "planned", plan)), tmp_path)
    assert LIMIT_CHARACTERS // 2 < len(comment) < LIMIT_CHARACTERS
    assert "<code>aws_s3_bucket.precious</code>" in comment
    assert "entries did not fit here" in comment
    assert comment.count("<details>") == comment.count("</details>") == 1
    assert comment.index("</details>") < comment.index("entries did not fit here")
    listed = comment.count("aws_vpc.")
    assert f"_{400 - listed} more entries" in comment


@pytest.mark.parametrize("action", ["create", "update"])
def test_the_comment_folds_long_lists_of_what_is_made_or_changed(
    report: Report, change: Change, tmp_path: Path, action: str
) -> None:
    def comment(number: int) -> str:
        entries = [
            change(f"aws_vpc.n{n}", [action], None if action == "create" else {}, {"x": 1}) for n in range(number)
        ]
        plan = {"resource_changes": entries}
        return texts(report(LayerResult("service", "planned", plan)), tmp_path)[1]

    assert "<details>" not in comment(FOLD_FROM_ENTRIES)
    folded = comment(FOLD_FROM_ENTRIES + 1)
    inside = folded[folded.index("<details>") : folded.index("</details>")]
    assert inside.startswith(f"<details><summary>{FOLD_FROM_ENTRIES + 1} resources</summary>\n\n")
    assert all(f"<code>aws_vpc.n{n}</code>" in inside for n in range(FOLD_FROM_ENTRIES + 1))


def test_the_comment_never_folds_what_is_lost(report: Report, change: Change, tmp_path: Path) -> None:
    gone = [change(f"aws_vpc.n{n}", ["delete"], {"x": 1}) for n in range(30)]
    replaced = [change(f"aws_lb.n{n}", ["delete", "create"], {"x": 1}, {"x": 2}) for n in range(30)]
    _, comment = texts(report(LayerResult("service", "planned", {"resource_changes": gone + replaced})), tmp_path)
    assert "<details>" not in comment


def test_replan_and_next_steps_are_shown(report: Report, tmp_path: Path) -> None:
    page, comment = texts(report(replan_changes=0, next_steps=("sitechat local down",)), tmp_path)
    assert "0 changes on re-plan" in page
    assert "Changes on re-plan: 0." in comment
    assert "sitechat local down" in page
    assert "sitechat local down" in comment


def test_what_is_lost_anywhere_stands_before_the_layers(report: Report, change: Change, tmp_path: Path) -> None:
    """The destroying layer comes last, after one that only adds."""
    add = LayerResult("infrastructure", "planned", {"resource_changes": [change("aws_vpc.new", ["create"], None, {})]})
    forced = {"replace_paths": [["internal"]]}
    replaced = change("aws_lb.b", ["delete", "create"], {"internal": False}, {"internal": True}, **forced)
    destroyed = change("aws_eip.gone", ["delete"], {"domain": "vpc"}, None)
    lose = LayerResult("service", "planned", {"resource_changes": [replaced, destroyed]})
    page = write_report(report(add, lose), tmp_path).read_text()
    first = page[page.index("Destroyed and replaced") : page.index("By layer")]
    assert first.index("aws_eip.gone") < first.index("aws_lb.b") < first.index("<code>internal</code>")
    assert "aws_vpc.new" not in first
    assert "Destroyed and replaced" not in write_report(report(add), tmp_path / "other").read_text()


def test_tables_fit_a_narrow_window(report: Report, verdict: Verdict, tmp_path: Path) -> None:
    """At 420 px addresses of waivers were broken every eight letters, and wide tables ran off the page."""
    page, _ = texts(report(verdict=verdict), tmp_path)
    tables = re.findall(r'(<div class="scroll">)?<table( class="[^"]*")?>(.*?)</table>', page, re.DOTALL)
    assert tables
    assert all(scrolls for scrolls, _, _ in tables), "a table that is too wide scrolls by itself"
    waivers = [kind for _, kind, text in tables if "Owner" in text]
    assert waivers == [' class="stack"'], "its rows stand below each other there"
    assert "table.stack td { display: block; }" in page
