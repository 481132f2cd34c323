"""Files that COPY finds in a build context."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.images.context import context_files, copied
from local_aws.images.dockerfile import Copy, PackingError


@pytest.fixture
def context(tmp_path: Path) -> Path:
    for name in ("app.py", "notes.md", "static/a.css", "static/deep/b.js", "tests/test_app.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def _targets(context: Path, *copies: Copy) -> list[str]:
    return [each.target for each in copied(list(copies), context)]


def test_without_a_list_all_files_are_there(context: Path) -> None:
    assert len(context_files(context)) == 5


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ("*\n!*.py\n!static/\n", {"app.py", "static/a.css", "static/deep/b.js"}),
        ("# all but code\n**/*.py\n", {"notes.md", "static/a.css", "static/deep/b.js"}),
        ("static\n!static/deep\n", {"app.py", "notes.md", "static/deep/b.js", "tests/test_app.py"}),
        ("/tests/\nnote?.md\n", {"app.py", "static/a.css", "static/deep/b.js"}),
        ("**/*.[cj]s*\n**/*.[^a-m]?\n", {"notes.md"}),
    ],
)
def test_the_last_rule_that_matches_decides(context: Path, rules: str, kept: set[str]) -> None:
    (context / ".dockerignore").write_text(rules)
    assert set(context_files(context)) - {".dockerignore"} == kept


def test_a_folder_is_copied_as_its_content(context: Path) -> None:
    assert _targets(context, Copy(("static",), "/app/public")) == ["/app/public/a.css", "/app/public/deep/b.js"]


def test_the_context_is_copied_whole(context: Path) -> None:
    assert "/app/static/deep/b.js" in _targets(context, Copy((".",), "/app"))


def test_a_file_is_named_by_the_target_unless_that_is_a_folder(context: Path) -> None:
    assert _targets(context, Copy(("app.py",), "/app/main.py")) == ["/app/main.py"]
    assert _targets(context, Copy(("*.py",), "/app/")) == ["/app/app.py"]


def test_a_later_copy_replaces_an_earlier_one(context: Path) -> None:
    (found,) = copied([Copy(("app.py",), "/x"), Copy(("notes.md",), "/x")], context)
    assert found.source.name == "notes.md"


def test_a_source_that_is_nowhere_is_refused(context: Path) -> None:
    with pytest.raises(PackingError, match="COPY gone"):
        copied([Copy(("gone",), "/x")], context)


def test_a_link_out_of_the_context_is_refused(context: Path) -> None:
    (context / "away").symlink_to("/etc/hostname")
    with pytest.raises(PackingError, match="away is a link"):
        context_files(context)


@pytest.mark.parametrize("target", ["static", "nowhere"])
def test_a_link_to_a_folder_or_to_nothing_is_refused_unless_it_is_ignored(context: Path, target: str) -> None:
    (context / "linked").symlink_to(context / target)
    with pytest.raises(PackingError, match="linked is a link to no file"):
        context_files(context)
    (context / ".dockerignore").write_text("linked\n")
    assert "linked" not in context_files(context)
