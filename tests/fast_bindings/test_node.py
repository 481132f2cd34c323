"""Lazy loading in Node: passing the hook to the kernel, and the one file it changes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from fast_bindings.names import HOOK
from fast_bindings.node import node_options
from tests.fast_bindings.conftest import REPO, Run, environment

PROVIDER_FOLDER = Path("node_modules", "@cdktf", "provider-aws")
SPY = """
const fs = require("node:fs");
const loaded = () => Object.keys(require.cache).filter((file) => file.includes("/@cdktf/provider-aws/lib/"));
if (process.argv[1].endsWith("program.js"))
  process.on("exit", () => fs.writeFileSync(process.env.SPY_FILE, JSON.stringify(loaded())));
"""


def node(script: str, **changes: str) -> str:
    """Output of ``node -e SCRIPT``."""
    result = subprocess.run(["node", "-e", script], env=environment(**changes), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("folder", ["plain", "with space", 'quo"te', "back\\slash", "two  spaces 'n' ünïcode"])
def test_node_reads_the_quoted_path(tmp_path: Path, folder: str) -> None:
    hook = tmp_path / folder / HOOK.name
    hook.parent.mkdir()
    shutil.copy(HOOK, hook)
    printed = node("console.log(Object.keys(require.cache).join())", NODE_OPTIONS=node_options("", hook))
    assert printed == f"{hook}\n"


def test_options_of_the_user_stay_first() -> None:
    options = node_options("--max-old-space-size=300", HOOK)
    assert options == f'--max-old-space-size=300 --require "{HOOK}"'


def test_the_kernel_loads_lazily_from_a_path_with_spaces(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "a folder"
    shutil.copytree(REPO / "fast_bindings", home / "fast_bindings")
    spy, loaded = tmp_path / "spy.cjs", tmp_path / "loaded.json"
    spy.write_text(SPY)
    code = (
        "import fast_bindings, os; print(fast_bindings.install().active, fast_bindings.__file__); "
        "from cdktf import App, TerraformStack; from cdktf_cdktf_provider_aws.vpc import Vpc; "
        "Vpc(TerraformStack(App(), 'stack'), 'vpc'); "
        "print(os.environ['NODE_OPTIONS'], 'JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION' in os.environ)"
    )
    options = f"--require {spy}"
    result = run("-c", code, cwd=home, PYTHONPATH=str(home), NODE_OPTIONS=options, SPY_FILE=str(loaded))
    assert result.stdout == f"True {home}/fast_bindings/__init__.py\n{options} False\n"
    files = sorted(file.partition("/provider-aws/")[2] for file in json.loads(loaded.read_text()))
    assert files == ["lib/index.js", "lib/vpc/index.js"]


def write_provider(folder: Path, *, version: str, extra: str = "") -> Path:
    """A provider package of two modules, each of which tells when it is loaded."""
    package = folder / PROVIDER_FOLDER
    for name in ("vpc", "data-aws-vpc"):
        (package / "lib" / name).mkdir(parents=True)
        source = f'process.stdout.write("<{name}>"); exports.value = "{name}";\n'
        (package / "lib" / name / "index.js").write_text(source)
    (package / "package.json").write_text(json.dumps({"version": version, "main": "lib/index.js"}))
    index = 'exports.vpc = require("./vpc");\nexports.dataAwsVpc = require("./data-aws-vpc");\n'
    (package / "lib" / "index.js").write_text(f'"use strict";\n{index}{extra}')
    return package


def use(package: Path) -> str:
    """Load the package with the hook and touch one of its two modules twice."""
    script = (
        f"const aws = require({json.dumps(str(package))}); process.stdout.write('loaded '); "
        "console.log(aws.vpc.value, aws.vpc === aws.vpc, Object.keys(aws).join());"
    )
    return node(script, NODE_OPTIONS=node_options(""))


def test_a_module_is_required_when_it_is_first_asked_for(tmp_path: Path) -> None:
    assert use(write_provider(tmp_path, version="20.1.0")) == "loaded <vpc>vpc true vpc,dataAwsVpc\n"


def test_another_release_is_loaded_as_it_is(tmp_path: Path) -> None:
    assert use(write_provider(tmp_path, version="20.1.1")) == "<vpc><data-aws-vpc>loaded vpc true vpc,dataAwsVpc\n"


def test_an_index_with_lines_of_another_form_is_loaded_as_it_is(tmp_path: Path) -> None:
    package = write_provider(tmp_path, version="20.1.0", extra='Object.assign(exports, require("./vpc"));\n')
    assert use(package) == "<vpc><data-aws-vpc>loaded vpc true vpc,dataAwsVpc,value\n"


def test_packages_of_others_are_left_alone(tmp_path: Path) -> None:
    package = write_provider(tmp_path, version="20.1.0").rename(tmp_path / "elsewhere")
    assert use(package) == "<vpc><data-aws-vpc>loaded vpc true vpc,dataAwsVpc\n"
