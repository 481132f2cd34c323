"""CI on the emulated AWS: roles made by bootstrap, and the steps of tools/ci.sh from review to drift."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.errors import ExitCode
from tests.e2e.checkout import Checkout, Done, checkout

pytestmark = pytest.mark.slow

ENV = "local"
REPOSITORY = "acme/site-chat"
ISSUER = "token.actions.githubusercontent.com"
NAMES = load(ENV).names
SUBJECTS = {
    "plan": [f"repo:{REPOSITORY}:pull_request", f"repo:{REPOSITORY}:ref:refs/heads/main"],
    "publish": f"repo:{REPOSITORY}:ref:refs/heads/main",
    "apply": f"repo:{REPOSITORY}:environment:{ENV}",
    "release": f"repo:{REPOSITORY}:environment:{ENV}",
    "push": f"repo:{REPOSITORY}:ref:refs/heads/main",
    "cost": f"repo:{REPOSITORY}:ref:refs/heads/main",
}


@dataclass(frozen=True)
class Ci:
    """Checkout whose environment has a CI. The tests of this module share it and run in order."""

    checkout: Checkout
    file: Path

    def bootstrap(self, where: Checkout | None = None, file: Path | None = None) -> Done:
        return (where or self.checkout).sitechat("bootstrap", "--env", str(file or self.file), "--json")

    def step(self, where: Checkout, *words: str) -> Done:
        return where.run(("bash", "tools/ci.sh", *words), seconds=900)

    def roles(self) -> dict[str, dict[str, Any]]:
        """Roles of the CI by purpose."""
        found = self.checkout.client("iam").list_roles()["Roles"]
        prefix = NAMES.regional("ci") + "-"
        return {each["RoleName"].removeprefix(prefix): each for each in found if each["RoleName"].startswith(prefix)}

    def clone(self, root: Path) -> Checkout:
        """Make another machine: it knows the sources, the environment and the endpoint of AWS."""
        other = Checkout.copy(root)
        other.work.local.symlink_to(self.checkout.work.local)
        return other


@pytest.fixture(scope="module")
def ci(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ci]:
    with checkout(tmp_path_factory.mktemp("ci") / "sitechat") as made:
        file = made.root / "hosted" / f"{ENV}.toml"
        file.parent.mkdir()
        text = (made.root / "environments" / f"{ENV}.toml").read_text()
        file.write_text(f'{text}\n[ci]\nrepository = "{REPOSITORY}"\n')
        assert made.sitechat("local", "up").status == ExitCode.OK
        yield Ci(made, file)


@pytest.fixture(scope="module")
def other(ci: Ci, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return ci.clone(tmp_path_factory.mktemp("clone") / "sitechat")


def test_the_provider_of_somebody_else_is_not_taken_over(ci: Ci) -> None:
    iam = ci.checkout.client("iam")
    made = iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"])
    done = ci.bootstrap()
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=made["OpenIDConnectProviderArn"])
    assert done.status == ExitCode.REFUSED, done.output
    assert 'provider = "adopt"' in done.output
    assert ci.roles() == {}


def test_bootstrap_builds_roles_that_let_in_exactly_these(ci: Ci) -> None:
    done = ci.bootstrap()
    assert done.status == ExitCode.OK, done.output
    roles = ci.roles()
    assert set(roles) == set(SUBJECTS)
    for purpose, subjects in SUBJECTS.items():
        (statement,) = roles[purpose]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Condition"] == {
            "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subjects}
        }


def test_bootstrap_again_and_from_another_clone_changes_nothing(ci: Ci, other: Checkout) -> None:
    for where in (None, other):
        done = ci.bootstrap(where)
        assert done.status == ExitCode.OK, done.output
        assert done.json["changes"] == 0


def test_a_bootstrap_that_lost_its_state_adopts_what_exists(ci: Ci) -> None:
    state = load(ENV).state_backend
    key = f"sitechat/state/us-east-1/ci-{ENV}.tfstate"
    s3, table = ci.checkout.client("s3"), ci.checkout.client("dynamodb")
    before = {purpose: role["RoleId"] for purpose, role in ci.roles().items()}
    s3.delete_object(Bucket=state.bucket, Key=key)
    table.delete_item(TableName=state.table, Key={"LockID": {"S": f"{state.bucket}/{key}-md5"}})
    done = ci.bootstrap()
    assert done.status == ExitCode.OK, done.output
    assert {purpose: role["RoleId"] for purpose, role in ci.roles().items()} == before
    assert ci.bootstrap().json["changes"] == 0


def test_a_pull_request_is_checked_and_reviewed(ci: Ci) -> None:
    done = ci.step(ci.checkout, "review", str(ci.file))
    assert done.status == ExitCode.OK, done.output
    comment = (ci.checkout.root / "ci-out" / ENV / "report.md").read_text()
    assert "infrastructure" in comment
    bucket = load(ENV).state_backend.bucket
    keys = [each["Key"] for each in ci.checkout.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert not [key for key in keys if key.startswith("bundles/")], "a review publishes nothing"


def test_what_one_machine_published_another_applies(ci: Ci, other: Checkout) -> None:
    published = ci.step(ci.checkout, "publish", str(ci.file))
    assert published.status == ExitCode.OK, published.output
    (line,) = [each for each in published.stdout.splitlines() if each.startswith("bundle=")]
    bundle = line.removeprefix("bundle=")
    assert bundle
    applied = ci.step(other, "apply", str(ci.file), bundle)
    assert applied.status == ExitCode.OK, applied.output
    assert applied.stdout.splitlines()[-1] == "release=", "there is no service yet, so nothing waits for a release"
    assert [each for each in ci.checkout.client("ec2").describe_vpcs()["Vpcs"] if not each["IsDefault"]]
    again = ci.step(other, "apply", str(ci.file), bundle)
    assert again.status == ExitCode.REFUSED, again.output


def test_every_role_that_was_built_is_bounded(ci: Ci) -> None:
    iam = ci.checkout.client("iam")
    names = [each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"].startswith("sitechat-local-")]
    layers = [name for name in names if not name.startswith(NAMES.regional("ci"))]
    assert layers
    for name in layers:
        bound = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert bound.endswith(f":policy/{NAMES.regional('ci-boundary')}")


def test_nothing_drifted_and_nothing_in_clear_was_kept(ci: Ci, other: Checkout) -> None:
    done = ci.step(other, "drift", str(ci.file))
    assert done.status == ExitCode.OK, done.output
    for machine in (ci.checkout, other):
        kept = [path for path in (machine.root / "ci-out").rglob("*") if path.is_file()]
        assert kept
        assert not [
            path for path in kept if path.name in ("tfplan", "plan.json") or "resource_changes" in path.read_text()
        ]


def test_an_environment_that_gives_up_its_ci_loses_the_roles(ci: Ci) -> None:
    plain = ci.checkout.root / "plain" / f"{ENV}.toml"
    plain.parent.mkdir()
    plain.write_text((ci.checkout.root / "environments" / f"{ENV}.toml").read_text())
    done = ci.bootstrap(file=plain)
    assert done.status == ExitCode.OK, done.output
    assert ci.roles() == {}
    assert json.loads(done.stdout)["changes"] > 0
