from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from constructs_lib.search.bootstrap import SHARED, SOURCE
from constructs_lib.security.package import build_package


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "worker"
    source.mkdir()
    (source / "b.py").write_bytes(b"B = 1\n")
    (source / "a.py").write_bytes(b"A = 1\n")
    (source / "notes.txt").write_bytes(b"not code")
    return source


def test_the_package_holds_the_modules_in_order(source: Path, tmp_path: Path) -> None:
    archive = zipfile.ZipFile(build_package(source.name, tmp_path / "out", sources=(source,)).path)
    assert archive.namelist() == ["worker/a.py", "worker/b.py"]
    assert archive.read("worker/b.py") == b"B = 1\n"


def test_modules_of_other_packages_lie_under_their_own(source: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "layout.py").write_bytes(b"C = 1\n")
    (shared / "other.py").write_bytes(b"")
    package = build_package("w", tmp_path / "out", sources=(source,), with_modules=(shared / "layout.py",))
    assert zipfile.ZipFile(package.path).namelist() == ["shared/layout.py", "worker/a.py", "worker/b.py"]


def test_dates_and_modes_of_a_checkout_do_not_show(source: Path, tmp_path: Path) -> None:
    first = build_package(source.name, tmp_path / "one", sources=(source,))
    os.utime(source / "a.py", (1, 1))
    (source / "b.py").chmod(0o755)
    second = build_package(source.name, tmp_path / "two", sources=(source,))
    assert first.path.read_bytes() == second.path.read_bytes()


def test_line_ends_of_a_checkout_do_not_show(source: Path, tmp_path: Path) -> None:
    first = build_package(source.name, tmp_path / "one", sources=(source,))
    (source / "a.py").write_bytes(b"A = 1\r\n")
    assert build_package(source.name, tmp_path / "two", sources=(source,)).sha256_base64 == first.sha256_base64


def test_a_change_of_the_code_shows(source: Path, tmp_path: Path) -> None:
    first = build_package(source.name, tmp_path / "one", sources=(source,))
    (source / "a.py").write_bytes(b"A = 2\n")
    assert build_package(source.name, tmp_path / "two", sources=(source,)).sha256_base64 != first.sha256_base64


def test_the_hash_is_lambdas(source: Path, tmp_path: Path) -> None:
    package = build_package(source.name, tmp_path / "out", sources=(source,))
    assert package.sha256_base64 == base64.b64encode(hashlib.sha256(package.path.read_bytes()).digest()).decode()


def test_the_real_package_runs_from_its_archive(tmp_path: Path) -> None:
    package = build_package(SOURCE.name, tmp_path, sources=(SOURCE,), with_modules=SHARED)
    code = "from bootstrap_lambda import handler; print(handler.handle.__module__, handler.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(package.path)}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["bootstrap_lambda.handler", str(package.path / "bootstrap_lambda/handler.py")]


def test_several_packages_and_what_they_import(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "shared"
    (other / "inner").mkdir(parents=True)
    (other / "inner" / "c.py").write_bytes(b"C = 1\n")
    package = build_package("both", tmp_path / "out", sources=(source, other), distributions=("typing_extensions",))
    names = zipfile.ZipFile(package.path).namelist()
    assert names == sorted(names)
    assert {"worker/a.py", "worker/b.py", "shared/inner/c.py", "typing_extensions.py"} <= set(names)
    assert not [name for name in names if name.endswith((".pyc", "RECORD"))]
