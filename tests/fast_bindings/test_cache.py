"""jsii's package cache: its folder, checking that it is whole, and repair."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fast_bindings import cache
from tests.fast_bindings.conftest import REPO, Run, environment

INDEX = ".jsii.runtime-index.v1"
WARM = [sys.executable, "-m", "fast_bindings.warm"]


def write_entry(root: Path) -> Path:
    """An unpacked and indexed package with two types, laid out as jsii does."""
    entry = root / "@cdktf" / "provider-aws" / "20.1.0" / "digest"
    (entry / "lib").mkdir(parents=True)
    (entry / "lib" / "index.js").touch()
    (entry / cache.UNPACKED_MARKER).touch()
    definitions = b'{"a":1}\n{"b":2}\n'
    (entry / "defs").write_bytes(definitions)
    offsets = b"".join(number.to_bytes(4, "little") for number in (0, 8, len(definitions)))
    (entry / "index").write_bytes(b"a\nb" + b"\0\0" + offsets)
    layout = {"typeCount": 2, "offsets": {"start": 5, "length": len(offsets)}}
    (entry / cache.MANIFEST).write_text(json.dumps({"index": "index", "defs": "defs", "layout": layout}))
    return entry


def test_an_entry_with_all_its_files_is_whole(tmp_path: Path) -> None:
    assert cache.whole(write_entry(tmp_path))


@pytest.mark.parametrize("name", [cache.UNPACKED_MARKER, cache.MANIFEST, "index", "defs", "lib/index.js"])
def test_an_entry_without_one_of_its_files_is_not_whole(tmp_path: Path, name: str) -> None:
    entry = write_entry(tmp_path)
    (entry / name).unlink()
    assert not cache.whole(entry)


@pytest.mark.parametrize("name", [cache.MANIFEST, "index", "defs"])
def test_an_entry_with_a_cut_file_is_not_whole(tmp_path: Path, name: str) -> None:
    entry = write_entry(tmp_path)
    content = (entry / name).read_bytes()
    (entry / name).write_bytes(content[:-1])
    assert not cache.whole(entry)


def test_ready_looks_in_the_folder_the_user_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.ROOT_VARIABLE, str(tmp_path))
    assert not cache.ready()
    write_entry(tmp_path)
    assert cache.ready()


def test_nothing_is_built_when_the_user_switched_the_cache_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.ROOT_VARIABLE, str(tmp_path))
    monkeypatch.setenv(cache.CACHE_VARIABLE, "disabled")
    assert cache.ready()


def test_the_default_folder_is_jsii_s_own(run: Run, tmp_path: Path) -> None:
    code = "from fast_bindings.cache import root; print(root())"
    inside = "Library/Caches/com.amazonaws.jsii" if sys.platform == "darwin" else ".cache/aws/jsii"
    assert run("-c", code, HOME=str(tmp_path)).stdout == f"{tmp_path}/{inside}/package-cache\n"


def copy_of_the_real_cache(root: Path) -> Path:
    """The real entry, without its index, as hard links: nothing of it is written to in place."""
    if not cache.ready():
        cache.build()
    source = next(entry for entry in cache.entries() if cache.whole(entry))
    target = root / source.relative_to(cache.root())
    ignore = shutil.ignore_patterns(".jsii.runtime*", ".jsii-runtime-package-cache*")
    shutil.copytree(source, target, copy_function=_link, ignore=ignore)
    (target / cache.UNPACKED_MARKER).touch()
    return target


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@pytest.mark.slow
def test_two_at_once_build_a_missing_index_once_and_a_cut_one_is_repaired_by_the_next_run(
    run: Run, tmp_path: Path
) -> None:
    entry = copy_of_the_real_cache(tmp_path)
    variables = environment(**{cache.ROOT_VARIABLE: str(tmp_path)})
    both = [subprocess.Popen(WARM, cwd=REPO, env=variables, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert "".join(told).count("once, about 10 seconds") == 1
    assert cache.whole(entry)

    index = entry / INDEX
    index.write_bytes(index.read_bytes()[:-100])
    code = "import fast_bindings; fast_bindings.install(); import cdktf; print(cdktf.App.__name__)"
    result = run("-c", code, **{cache.ROOT_VARIABLE: str(tmp_path)})
    assert result.stdout == "App\n"
    assert "package cache ready after" in result.stderr
    assert cache.whole(entry)


@pytest.mark.slow
def test_an_unpacked_copy_that_lost_files_is_unpacked_again(run: Run, tmp_path: Path) -> None:
    entry = copy_of_the_real_cache(tmp_path)
    (entry / "lib" / "index.js").unlink()
    result = run("-m", "fast_bindings.warm", **{cache.ROOT_VARIABLE: str(tmp_path)})
    assert "package cache ready after" in result.stderr
    assert cache.whole(entry)


def test_a_run_goes_on_when_the_cache_cannot_be_written(run: Run, tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.touch()
    code = "from fast_bindings.cache import repair; repair(); print('still here')"
    result = run("-c", code, **{cache.ROOT_VARIABLE: str(not_a_folder)})
    assert result.stdout == "still here\n"
    assert f"{cache.ROOT_VARIABLE} names another folder" in result.stderr
