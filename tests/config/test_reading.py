from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import ConfigError, load
from config.reading import MAX_BYTES, ROOT, locate_file, shown_path


def refusal(path: Path | str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    (problem,) = caught.value.problems
    return problem.accepted


def written(tmp_path: Path, content: bytes) -> str:
    file = tmp_path / "dev.toml"
    file.write_bytes(content)
    return refusal(file)


def test_name_is_looked_up_in_the_project() -> None:
    assert locate_file("dev") == ROOT / "environments" / "dev.toml"
    assert locate_file("x/y.toml") == Path("x/y.toml")
    assert locate_file(Path("dev")) == Path("dev")


def test_label_is_relative_inside_the_project_and_ascii() -> None:
    assert shown_path(ROOT / "environments" / "dev.toml") == "environments/dev.toml"
    assert shown_path(Path("/elsewhere/d\u0435v.toml")) == "/elsewhere/d\\u0435v.toml"


def test_unknown_environment_lists_those_there_are() -> None:
    assert refusal("stagin") == "no such environment; did you mean staging?; there are: dev, local, prod, staging"


def test_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x.toml") == "no such file"


def test_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "a regular file; this is something else"


@pytest.mark.parametrize("name", ["a\0b.toml", "x" * 5000 + ".toml", "", "../", "."])
def test_impossible_paths_are_refused(name: str) -> None:
    assert refusal(name)


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dev.toml")
    assert refusal(tmp_path / "dev.toml") == "a regular file; this is something else"


def test_syntax_error_has_line_and_column(tmp_path: Path) -> None:
    text = written(tmp_path, b'account_id = "1"\nregion = us\n')
    assert text.startswith("not valid TOML: ")
    assert "line 2, column 10" in text


@pytest.mark.parametrize("content", [b"a = 1\na = 2", b"[a]\n[a]", b"[a]\nb = 1\n[a.b]"])
def test_key_given_twice(tmp_path: Path, content: bytes) -> None:
    assert written(tmp_path, content).startswith("not valid TOML: Cannot ")


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    assert written(tmp_path, b"# ok\nx = '\xff'") == "a file in UTF-8; line 2 holds other bytes"


def test_utf16(tmp_path: Path) -> None:
    assert written(tmp_path, 'account_id = "1"'.encode("utf-16")) == "a text file; this one holds NUL bytes"


def test_byte_order_mark(tmp_path: Path) -> None:
    assert "without BOM" in written(tmp_path, b"\xef\xbb\xbfa = 1")


def test_nul(tmp_path: Path) -> None:
    assert written(tmp_path, b"a = 1\0") == "a text file; this one holds NUL bytes"


def test_size(tmp_path: Path) -> None:
    assert written(tmp_path, b"#" * 1_000_000) == f"a file of at most {MAX_BYTES} bytes"
    assert written(tmp_path, b"#" * (MAX_BYTES + 1)) == f"a file of at most {MAX_BYTES} bytes"
    assert written(tmp_path, b"#" * MAX_BYTES).startswith("required")


@pytest.mark.parametrize(
    "content",
    [
        b"a = " + b"[" * 40_000 + b"]" * 40_000,
        b"a" + b".a" * 40_000 + b" = 1",
        (b"a" + b".a" * 199 + b" = 1\n") * 200,
        b"a" + b".a" * 199 + b" = 1",
        b"a = " + b"[" * 300 + b"]" * 300,
        b"a = " + b"9" * 90_000,
        b"a = 0x" + b"f" * 90_000,
        b"[service]\ncpu = 0x" + b"f" * 90_000,
        b"[service]\nport = 1" + b"0" * 4000,
        b"account_id = " + b"{a=" * 200 + b"1" + b"}" * 200,
        b"tags = " + b"{a=" * 200 + b"1" + b"}" * 200,
    ],
    ids=[
        "arrays",
        "dotted",
        "dotted twice",
        "less dotted",
        "fewer arrays",
        "long",
        "long hex",
        "hex number",
        "number",
        "tables",
        "tag tables",
    ],
)
def test_outsize_values_are_refused_without_traceback(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "dev.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert all(len(str(problem)) < 1000 for problem in caught.value.problems)
