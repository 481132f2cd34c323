"""Images in the folder of a run, and their digests."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from local_aws.images import PackingError, find_image, missing_requirements, pack

PYTHON = Path(sys.executable)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text('FROM python\nENV A=1\nWORKDIR /app\nCOPY run.sh app.py ./\nCMD ["./run.sh"]\n')
    (folder / "app.py").write_text("print()\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


def test_the_digest_is_the_manifests_own(context: Path, tmp_path: Path) -> None:
    image = pack(context, tmp_path / "images", PYTHON)
    assert image.digest == f"sha256:{hashlib.sha256(image.manifest.encode()).hexdigest()}"
    assert json.loads(image.manifest)["mediaType"] == "application/vnd.oci.image.manifest.v1+json"


def test_files_are_found_by_digest_and_cannot_be_written(context: Path, tmp_path: Path) -> None:
    image = pack(context, tmp_path / "images", PYTHON)
    assert find_image(tmp_path / "images", image.digest) == image
    modes = {path.name: path.stat().st_mode & 0o777 for path in (image.tree / "app").iterdir()}
    assert modes == {"app.py": 0o444, "run.sh": 0o555}


@pytest.mark.parametrize("change", ["content", "mode", "setting"])
def test_the_digest_follows_what_would_run(context: Path, tmp_path: Path, change: str) -> None:
    before = pack(context, tmp_path / "images", PYTHON).digest
    if change == "content":
        (context / "app.py").write_text("print(1)\n")
    elif change == "mode":
        (context / "app.py").chmod(0o755)
    else:
        (context / "Dockerfile").write_text((context / "Dockerfile").read_text().replace("A=1", "A=2"))
    assert pack(context, tmp_path / "images", PYTHON).digest != before


def test_the_digest_knows_neither_place_nor_interpreter(context: Path, tmp_path: Path) -> None:
    first = pack(context, tmp_path / "images", PYTHON)
    (context / "unused.md").write_text("x")
    moved = context.rename(tmp_path / "moved")
    second = pack(moved, tmp_path / "images", Path("/somewhere/python"))
    assert second.digest == first.digest
    kept = find_image(tmp_path / "images", first.digest)
    assert kept is not None
    assert kept.interpreter == Path("/somewhere/python")


def test_files_of_a_named_context_are_part_of_the_image(context: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "layout.py").write_text("A = 1\n")
    (shared / "notes.md").write_text("x")
    (shared / ".dockerignore").write_text("*\n!*.py\n")
    with (context / "Dockerfile").open("a") as file:
        file.write("COPY --from=shared . /app/shared\n")
    first = pack(context, tmp_path / "images", PYTHON, named={"shared": shared})
    assert [path.name for path in (first.tree / "app" / "shared").iterdir()] == ["layout.py"]
    (shared / "layout.py").write_text("A = 2\n")
    assert pack(context, tmp_path / "images", PYTHON, named={"shared": shared}).digest != first.digest


def test_an_unknown_digest_is_no_image(tmp_path: Path) -> None:
    assert find_image(tmp_path, f"sha256:{'0' * 64}") is None


def test_an_image_in_which_nothing_would_run_is_refused(context: Path, tmp_path: Path) -> None:
    (context / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(PackingError, match="nothing would run"):
        pack(context, tmp_path / "images", PYTHON)


def test_requirements_that_an_interpreter_lacks_are_told(context: Path) -> None:
    assert missing_requirements(context, PYTHON) == ([], [])
    (context / "requirements.txt").write_text("# all\nno-such-thing-here==1\nPyTest==0.1  # old\ntyping.extensions\n")
    absent, other = missing_requirements(context, PYTHON)
    assert absent == ["no-such-thing-here"]
    assert [each.split()[0] for each in other] == ["PyTest"]
