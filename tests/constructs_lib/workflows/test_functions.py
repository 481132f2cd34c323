from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from constructs import Construct

from constructs_lib.identity.function_role import RunsAs
from constructs_lib.search.domain import VpcOptions
from constructs_lib.security.package import build_package
from constructs_lib.workflows.functions import (
    DISTRIBUTIONS,
    SOURCES,
    IngestionCode,
    IngestionFunction,
    LoadNetwork,
)
from tests.constructs_lib.security.test_code_signing import signing
from tests.constructs_lib.workflows.samples import KEY, TOPIC
from tests.support.synthesised import Resource, Template, template


def _build(scope: Construct) -> None:
    code = IngestionCode(scope, "code", signer=signing(scope).signer, name="ingestion")
    network = LoadNetwork(
        scope, "net", name="load", vpc_id="vpc-1", domain_vpc=VpcOptions(("subnet-1",), "sg-search"), region="us-east-1"
    )
    for module, way in (("fetch", None), ("load", network)):
        IngestionFunction(
            scope,
            module,
            module=module,
            code=code,
            runs_as=RunsAs(module, f"arn:of:{module}", f"/log/{module}", TOPIC),
            settings={"bucket": "pages"},
            kms_key_arn=KEY,
            network=way,
        )


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


@pytest.fixture(scope="module")
def fetch(config: Template) -> Resource:
    return config.one("aws_lambda_function", "fetch/function")


@pytest.fixture(scope="module")
def load(config: Template) -> Resource:
    return config.one("aws_lambda_function", "load/function")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("handler", "ingestion.functions.fetch.handle"),
        ("runtime", "python3.13"),
        ("architectures", ["arm64"]),
        ("timeout", 900),
        ("role", "arn:of:fetch"),
        ("kms_key_arn", KEY),
        ("dead_letter_config", {"target_arn": TOPIC}),
        ("logging_config", {"log_format": "JSON", "log_group": "/log/fetch"}),
    ],
)
def test_a_function(fetch: Resource, attribute: str, value: object) -> None:
    assert fetch[attribute] == value


def test_its_settings_are_one_variable(fetch: Resource) -> None:
    assert {name: json.loads(value) for name, value in fetch["environment"]["variables"].items()} == {
        "INGESTION": {"bucket": "pages"}
    }


def test_all_run_the_same_signed_package(config: Template, fetch: Resource, load: Resource) -> None:
    (job,) = config.all("aws_signer_signing_job")
    assert fetch["s3_key"] == load["s3_key"] == f"${{aws_signer_signing_job.{job}.signed_object[0].s3[0].key}}"
    assert fetch["code_signing_config_arn"] == load["code_signing_config_arn"]


def test_only_the_loader_is_in_the_vpc(fetch: Resource, load: Resource) -> None:
    assert "vpc_config" not in fetch
    assert load["vpc_config"]["subnet_ids"] == ["subnet-1"]


def test_the_loader_waits_for_its_way(config: Template, load: Resource) -> None:
    kinds = {each.split(".")[0] for each in load["depends_on"]}
    assert kinds == {"aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule"}


def test_the_loader_reaches_s3_and_the_domain_and_nothing_reaches_it(config: Template) -> None:
    out = config.all("aws_vpc_security_group_egress_rule").values()
    (prefix_list,) = config.config["data"]["aws_ec2_managed_prefix_list"].values()
    assert prefix_list["name"] == "com.amazonaws.us-east-1.s3"
    assert sorted("s3" if "prefix_list_id" in each else each["referenced_security_group_id"] for each in out) == [
        "s3",
        "sg-search",
    ]
    assert {(each["from_port"], each["to_port"]) for each in out} == {(443, 443)}
    into = config.one("aws_vpc_security_group_ingress_rule")
    assert into["security_group_id"] == "sg-search"


def test_the_package_holds_our_code_and_what_it_imports(tmp_path: Path) -> None:
    package = build_package("ingestion", tmp_path, sources=SOURCES, distributions=DISTRIBUTIONS)
    names = set(zipfile.ZipFile(package.path).namelist())
    assert {"ingestion/functions/fetch.py", "passages/layout.py", "bs4/__init__.py", "soupsieve/util.py"} <= names
    assert not [each for each in names if each.startswith(("tests", "boto")) or "__pycache__" in each]


@pytest.mark.parametrize("module", ["fetch", "embed", "ledger", "load"])
def test_every_handler_is_found_in_the_package(tmp_path: Path, module: str) -> None:
    package = build_package("ingestion", tmp_path, sources=SOURCES, distributions=DISTRIBUTIONS)
    # As Lambda does: the package before all else, and nothing of this repository beside it.
    code = f"import sys; sys.path.insert(0, {str(package.path)!r}); import bs4\n"
    code += f"from ingestion.functions.{module} import handle; print(bs4.__file__)"
    run = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.startswith(str(package.path))
