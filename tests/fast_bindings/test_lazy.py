"""Lazy loading in Python: only imported modules are loaded, and errors are those of Python."""

from __future__ import annotations

from pathlib import Path

from tests.fast_bindings.conftest import REPO, Run

INSTALL = "import fast_bindings, sys; fast_bindings.install(); "
LOADED = "print(*sorted({name.split('.')[1] for name in sys.modules if name.startswith('cdktf_cdktf_provider_aws.')}))"


def fake_provider(folder: Path) -> str:
    """A provider package whose ``__init__`` must not run, with one submodule that lacks something."""
    package = folder / "cdktf_cdktf_provider_aws"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('the stock __init__ ran')\n")
    (package / "good.py").write_text("VALUE = 1\n")
    (package / "broken.py").write_text("import a_module_that_is_missing\n")
    return f"{folder}:{REPO}"


def test_loads_the_submodules_that_are_imported_and_no_other(run: Run) -> None:
    code = "from cdktf_cdktf_provider_aws import vpc; from cdktf_cdktf_provider_aws.subnet import Subnet; "
    result = run("-c", INSTALL + code + "print(vpc.Vpc.__name__, Subnet.__name__); " + LOADED)
    assert result.stdout == "Vpc Subnet\n_jsii subnet vpc\n"
    assert result.stderr == ""


def test_an_attribute_loads_its_submodule_without_the_stock_init(run: Run, tmp_path: Path) -> None:
    code = "import cdktf_cdktf_provider_aws as aws; print(aws.good.VALUE); " + LOADED
    result = run("-c", INSTALL + code, PYTHONPATH=fake_provider(tmp_path))
    assert result.stdout == "1\ngood\n"


def test_an_unknown_name_is_an_attribute_error(run: Run, tmp_path: Path) -> None:
    code = "import cdktf_cdktf_provider_aws as aws; aws.nothing"
    result = run("-c", INSTALL + code, code=1, PYTHONPATH=fake_provider(tmp_path))
    assert "AttributeError: module 'cdktf_cdktf_provider_aws' has no attribute 'nothing'" in result.stderr


def test_importing_an_unknown_name_is_an_import_error(run: Run, tmp_path: Path) -> None:
    code = "from cdktf_cdktf_provider_aws import nothing"
    result = run("-c", INSTALL + code, code=1, PYTHONPATH=fake_provider(tmp_path))
    assert "ImportError: cannot import name 'nothing' from 'cdktf_cdktf_provider_aws'" in result.stderr


def test_what_a_submodule_lacks_is_named(run: Run, tmp_path: Path) -> None:
    code = "import cdktf_cdktf_provider_aws as aws; aws.broken"
    result = run("-c", INSTALL + code, code=1, PYTHONPATH=fake_provider(tmp_path))
    assert "ModuleNotFoundError: No module named 'a_module_that_is_missing'" in result.stderr
