"""cdktf-cli on the same checkout: list, synth, diff, deploy and destroy work, without the gate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pipeline.errors import ExitCode
from tests.e2e.checkout import Checkout, Done, checkout, resource_types
from tests.support.addresses import FOLDER as ADDRESSES
from tests.support.environments import ROOT

pytestmark = pytest.mark.slow

ENV = "local"
LAYER = "infrastructure"
CDKTF = ROOT / "node_modules" / ".bin" / "cdktf"


@dataclass(frozen=True)
class Stock:
    """Runner of cdktf in a checkout whose state bucket exists."""

    checkout: Checkout

    def __call__(self, *arguments: str) -> Done:
        variables = self.checkout.stock_variables()
        path = os.pathsep.join((str(self.checkout.root / ".venv" / "bin"), variables["PATH"]))
        chosen = {"SITECHAT_ENV": ENV, "CI": "1", "CHECKPOINT_DISABLE": "1", "PATH": path}
        done = self.checkout.run((str(CDKTF), *arguments), seconds=900, variables=variables | chosen)
        assert done.status == 0, done.output
        return done


@pytest.fixture(scope="module")
def cdktf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    if not CDKTF.exists():
        pytest.fail("cdktf-cli is not installed: run `npm ci` (`make test-slow` does)")
    with checkout(tmp_path_factory.mktemp("stock") / "sitechat") as made:
        for arguments in (("local", "up"), ("bootstrap", "--env", ENV)):
            done = made.sitechat(*arguments)
            assert done.status == ExitCode.OK, done.output
        yield Stock(made)


def _layers() -> set[str]:
    return {line.split()[0] for line in (ADDRESSES / f"{ENV}.txt").read_text().splitlines()}


def _resources() -> int:
    lines = (ADDRESSES / f"{ENV}.txt").read_text().splitlines()
    return sum(line.startswith(f"{LAYER} ") for line in lines)


def test_synth_writes_what_main_writes(cdktf: Stock) -> None:
    cdktf("synth")
    done = cdktf.checkout.sitechat("synth", "--env", ENV)
    assert done.status == ExitCode.OK, done.output
    for layer in _layers():
        file = f"stacks/{layer}/cdk.tf.json"
        stock, ours = (folder / file for folder in (cdktf.checkout.root / "cdktf.out", cdktf.checkout.work.synth(ENV)))
        assert stock.read_bytes() == ours.read_bytes(), layer


def test_list_names_every_layer(cdktf: Stock) -> None:
    lines = [line.split() for line in cdktf("list").stdout.splitlines()]
    assert {words[0] for words in lines if len(words) == 2 and words[1].startswith("cdktf.out")} == _layers()


def test_diff_shows_what_deploy_would_create(cdktf: Stock) -> None:
    assert f"{_resources()} to add, 0 to change, 0 to destroy" in cdktf("diff", LAYER, "--skip-provider-lock").stdout


def test_deploy_is_seen_by_our_own_plan_and_destroy_ends_it(cdktf: Stock) -> None:
    cdktf("deploy", LAYER, "--auto-approve", "--skip-provider-lock")
    planned = cdktf.checkout.sitechat("plan", "--env", ENV, "--layer", LAYER, "--detailed-exitcode")
    assert planned.status == ExitCode.OK, planned.output

    # cdktf refuses to destroy one stack of several, whether or not the others exist.
    cdktf("destroy", LAYER, "--auto-approve", "--skip-provider-lock", "--ignore-missing-stack-dependencies")
    assert resource_types(cdktf.checkout.states(ENV)[LAYER]) == set()
