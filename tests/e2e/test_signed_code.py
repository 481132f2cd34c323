"""Code of a function from a folder to Lambda, with real Terraform: signed and deployed once for each change.

The function that finishes the search domain goes the same way in test_search_domain.py, ten minutes later.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from config.place import Place
from constructs_lib.identity.role import ServiceRole
from constructs_lib.security.code_signing import PackageSigning
from constructs_lib.security.key import CustomerKey
from constructs_lib.security.package import build_package
from constructs_lib.security.signed_package import SignedPackage
from local_aws import Endpoint, redirect_variables, start, stop
from local_aws.endpoint import ACCOUNT_ID
from pipeline.session import terraform_variables
from pipeline.terraform.tools import find_terraform
from pipeline.work import Work
from tests.e2e.checkout import changes
from tests.e2e.offline import Offline
from tests.support.synthesised import Template, template

pytestmark = pytest.mark.slow

BUCKET, NAME = "packages-of-signed", "signed"
REGION, PARTITION = "us-east-1", "aws"
OBJECT, JOB, FUNCTION = "aws_s3_object", "aws_signer_signing_job", "aws_lambda_function"


@dataclass
class Life:
    """Output, plan and state of Terraform by step."""

    folder: Path
    terraform: Offline
    endpoint: Endpoint
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, set[str]] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint.url,
            region_name=REGION,
            aws_access_key_id=ACCOUNT_ID,
            aws_secret_access_key="emulated",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def write(self, text: str, *, signed: bool = True) -> None:
        """Write the configuration of a function that answers this."""
        source = self.folder / "answering"
        source.mkdir(exist_ok=True)
        (source / "handler.py").write_text(f"def handle(event, context):\n    return {text!r}\n")
        package = build_package(source.name, self.folder / "zip", sources=(source,))

        def add(scope: Any) -> None:
            ServiceRole(
                scope, "role", name=NAME, service="lambda.amazonaws.com", account_id=ACCOUNT_ID, description=NAME
            )
            if not signed:
                return
            key = CustomerKey(
                scope,
                "key",
                alias=NAME,
                description=NAME,
                place=Place(ACCOUNT_ID, REGION, PARTITION),
                protected=False,
            )
            signing = PackageSigning(
                scope,
                "signing",
                profile_prefix="signed_",
                bucket_name=BUCKET,
                place=Place(ACCOUNT_ID, REGION, PARTITION),
                kms_key_arn=key.arn,
                access_logs_bucket=BUCKET,
                protected=False,
            )
            SignedPackage(
                scope,
                "package",
                signing=signing.signer,
                name=NAME,
                path=str(package.path),
                sha256_base64=package.sha256_base64,
            )

        found = template(add)
        del found.config["terraform"]["backend"]  # cdktf's own would keep the state in the checkout
        found.config["provider"]["aws"][0].update(s3_use_path_style=True, max_retries=2)
        code = _signed(found) if signed else {"filename": str(package.path), "source_code_hash": package.sha256_base64}
        found.config["resource"][FUNCTION] = {"function": {**_function(found), **code}}
        (self.folder / "cdk.tf.json").write_text(json.dumps(found.config))

    def run(self, *arguments: str) -> str:
        done = self.terraform.run(self.folder, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def plan(self, step: str) -> None:
        self.run("plan", "-input=false", "-out=plan")
        self.plans[step] = json.loads(self.run("show", "-json", "plan"))

    def apply(self, step: str) -> None:
        """Apply the plan and invoke the function."""
        self.plan(step)
        self.run("apply", "-input=false", "plan")
        found = json.loads(self.run("show", "-json"))["values"]["root_module"]["resources"]
        self.states[step] = {each["type"]: each["values"] for each in found}
        if OBJECT in self.states[step]:
            objects = self.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
            self.kept[step] = {each["Key"] for each in objects}
        self.answers[step] = json.loads(self.client("lambda").invoke(FunctionName=NAME)["Payload"].read())

    def upload(self) -> None:
        """Upload the code as an apply does that is cut off before signing."""
        (name,) = json.loads((self.folder / "cdk.tf.json").read_text())["resource"][OBJECT]
        self.run("apply", f"-target={OBJECT}.{name}", "-auto-approve", "-input=false")

    def destroy(self) -> None:
        self.run("apply", "-destroy", "-auto-approve", "-input=false")

    def key(self, step: str) -> str:
        """Key of the signed copy that was deployed."""
        return str(self.states[step][FUNCTION]["s3_key"])


def _function(found: Template) -> dict[str, Any]:
    ((role, _),) = found.all("aws_iam_role").items()
    return {
        "function_name": NAME,
        "role": f"${{aws_iam_role.{role}.arn}}",
        "runtime": "python3.13",
        "handler": "answering.handler.handle",
    }


def _signed(found: Template) -> dict[str, Any]:
    """Signed code, set up as for the search bootstrap."""
    ((job, _),) = found.all(JOB).items()
    ((allowed, _),) = found.all("aws_lambda_code_signing_config").items()
    return {
        "s3_bucket": BUCKET,
        "s3_key": f"${{{JOB}.{job}.signed_object[0].s3[0].key}}",
        "code_signing_config_arn": f"${{aws_lambda_code_signing_config.{allowed}.arn}}",
    }


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Function deployed unsigned, then signed, changed, tampered with, destroyed, and deployed again."""
    root = tmp_path_factory.mktemp("signed")
    endpoint = start(root / "local")
    variables = terraform_variables(redirect_variables(endpoint, dict(os.environ)), Work(root))
    life = Life(root, Offline(root, find_terraform(), variables), endpoint)
    try:
        life.write("oldest", signed=False)
        life.run("init", "-input=false")
        life.apply("unsigned")
        life.write("old")
        life.apply("first")
        life.plan("again")
        life.write("new")
        life.plan("new")
        life.upload()
        life.apply("changed")
        life.plan("changed again")
        life.client("s3").put_object(Bucket=BUCKET, Key=f"source/{NAME}.zip", Body=b"not ours")
        life.plan("tampered")
        life.destroy()
        life.apply("back")
        yield life
    finally:
        stop(root / "local")


def _acts(life: Life, step: str) -> dict[str, list[str]]:
    return {address.partition(".")[0]: actions for address, actions in changes(life.plans[step]).items()}


def test_the_signed_copy_is_what_runs(life: Life) -> None:
    assert life.answers["first"] == "old"
    assert life.key("first").startswith(f"signed/{NAME}-")
    assert life.states["first"][JOB]["status"] == "Succeeded"
    allowed = life.states["first"]["aws_lambda_code_signing_config"]
    profile = life.states["first"]["aws_signer_signing_profile"]
    assert allowed["allowed_publishers"][0]["signing_profile_version_arns"] == [profile["version_arn"]]


def test_a_function_that_is_there_already_is_signed_in_place(life: Life) -> None:
    assert life.answers["unsigned"] == "oldest"
    assert _acts(life, "first")[FUNCTION] == ["update"]
    configs = {step: life.states[step][FUNCTION]["code_signing_config_arn"] for step in ("unsigned", "first")}
    assert configs == {"unsigned": "", "first": life.states["first"]["aws_lambda_code_signing_config"]["arn"]}


@pytest.mark.parametrize("step", ["again", "changed again"])
def test_a_second_plan_is_empty(life: Life, step: str) -> None:
    assert changes(life.plans[step]) == {}


def test_new_code_is_uploaded_signed_and_deployed_in_place(life: Life) -> None:
    assert _acts(life, "new") == {OBJECT: ["update"], JOB: ["delete", "create"], FUNCTION: ["update"]}
    assert life.answers["changed"] == "new"
    assert life.key("changed") != life.key("first")
    assert life.states["changed"][JOB]["source"][0]["s3"][0]["version"] == life.states["changed"][OBJECT]["version_id"]


def test_code_that_an_apply_left_unsigned_is_signed_by_the_next(life: Life) -> None:
    assert _acts(life, "changed") == {JOB: ["delete", "create"], FUNCTION: ["update"]}


def test_signed_copies_stay_until_the_bucket_is_destroyed_with_all_it_holds(life: Life) -> None:
    source = f"source/{NAME}.zip"
    assert life.kept["changed"] == {source, life.key("first"), life.key("changed")}
    assert life.kept["back"] == {source, life.key("back")}


def test_what_somebody_else_has_put_there_shows_and_is_not_signed(life: Life) -> None:
    assert not {JOB, FUNCTION} & set(_acts(life, "tampered"))
    drift = {each["type"] for each in life.plans["tampered"]["resource_drift"]}
    assert OBJECT in drift


def test_after_destroy_it_is_built_again_under_another_profile(life: Life) -> None:
    assert life.answers["back"] == "new"
    names = {life.states[step]["aws_signer_signing_profile"]["name"] for step in ("changed", "back")}
    assert len(names) == 2
    signer, old = life.client("signer"), life.states["first"]["aws_signer_signing_profile"]["name"]
    assert signer.get_signing_profile(profileName=old)["status"] == "Canceled"
