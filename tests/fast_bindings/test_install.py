"""Switching lazy loading on, and the notices where it stays off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fast_bindings.conftest import REPO, Run

INSTALL = "import fast_bindings; state = fast_bindings.install(); print(state.active, state.reason, sep='|')"


def fake_release(folder: Path, name: str, version: str) -> str:
    """A PYTHONPATH on which the distribution seems to be installed in another release."""
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return f"{folder}:{REPO}"


def test_is_on_for_known_releases_and_imports_nothing(run: Run) -> None:
    result = run("-c", f"import sys; {INSTALL}; print({{'cdktf', 'jsii', 'constructs'}} & set(sys.modules))")
    assert result.stdout == "True|only the bindings that are used are loaded\nset()\n"
    assert result.stderr == ""


def test_second_call_returns_the_first_answer(run: Run) -> None:
    code = "from fast_bindings import install; a = install(); print(a is install(), len(sys.meta_path) - before)"
    assert run("-c", f"import sys; before = len(sys.meta_path); {code}").stdout == "True 1\n"


def test_is_off_without_a_notice_when_switched_off(run: Run) -> None:
    result = run("-c", INSTALL, SITECHAT_FAST_BINDINGS="0")
    assert result.stdout == "False|switched off by SITECHAT_FAST_BINDINGS=0\n"
    assert result.stderr == ""


def test_what_others_use_is_as_before_when_switched_off(run: Run) -> None:
    found = "gc.get_threshold(), metadata.version, typing.get_type_hints"
    look = f"import gc, typing; from importlib import metadata; a = {found}; "
    same = f"{look}{INSTALL}; print(a == ({found}))"
    assert run("-c", same, SITECHAT_FAST_BINDINGS="0").stdout.endswith("\nTrue\n")
    assert run("-c", same).stdout.endswith("\nFalse\n")


def test_the_version_of_a_package_that_is_missing_stays_an_error(run: Run) -> None:
    code = "import fast_bindings; fast_bindings.install(); from importlib.metadata import version; version('no-such')"
    assert "PackageNotFoundError" in run("-c", code, code=1).stderr


def test_the_types_of_a_generated_function_are_worked_out_once_and_of_no_other(run: Run) -> None:
    code = (
        "import fast_bindings, typing; fast_bindings.install()\n"
        "def _typecheckingstub__1(size: 'int') -> None: ...\n"
        "def other(name: 'str') -> None: ...\n"
        "def twice(of): return typing.get_type_hints(of), typing.get_type_hints(of)\n"
        "(a, b), (c, d) = twice(_typecheckingstub__1), twice(other)\n"
        "print(a == {'size': int, 'return': type(None)}, a is b, c == d, c is d)\n"
    )
    assert run("-c", code).stdout == "True True True False\n"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("cdktf", "0.21.1"),
        ("cdktf-cdktf-provider-aws", "21.0.0"),
        ("jsii", "1.137.0"),
        ("jsii", "1.143.0"),
        ("jsii", "1.142.0rc1"),
    ],
)
def test_falls_back_with_one_notice_for_an_unknown_release(run: Run, tmp_path: Path, name: str, version: str) -> None:
    path = fake_release(tmp_path, name, version)
    code = f"import sys; before = list(sys.meta_path); {INSTALL}; fast_bindings.install(); "
    result = run("-c", code + "print(sys.meta_path == before)", PYTHONPATH=path)
    assert result.stdout.startswith(f"False|{name} ")
    assert f"{version} is installed" in result.stdout
    assert result.stdout.endswith("True\n")
    assert result.stderr.count("\n") == 1
    assert "SITECHAT_FAST_BINDINGS=0 hides this notice" in result.stderr


@pytest.mark.parametrize("version", ["1.138.0", "1.140.2"])
def test_is_on_for_the_releases_of_jsii_between_those_tried(run: Run, tmp_path: Path, version: str) -> None:
    assert run("-c", INSTALL, PYTHONPATH=fake_release(tmp_path, "jsii", version)).stdout.startswith("True|")


def test_falls_back_when_nothing_is_installed(run: Run) -> None:
    result = run("-S", "-c", INSTALL)
    assert result.stdout == "False|cdktf 0.21.0 is known, none is installed\n"
    assert result.stderr.startswith("fast_bindings: cdktf 0.21.0 is known, none is installed;")


def test_falls_back_when_jsii_was_imported_first(run: Run) -> None:
    result = run("-c", f"import jsii; {INSTALL}")
    assert result.stdout == "False|jsii was imported before fast_bindings.install()\n"
    assert result.stderr.startswith("fast_bindings: jsii was imported before")
