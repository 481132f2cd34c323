"""The bindings to come, as far as this environment can look at them."""

from __future__ import annotations

import importlib
import sys

import pytest

from config import load
from fast_bindings.versions import EXACT
from tools.next.__main__ import ROLLING, STRATEGIES
from tools.next.bindings import FRAMEWORK, NEXT, PROVIDER, ROOT, Bindings
from tools.next.cdktn import NAMES, OtherName

# What the sets of bindings are about; all else that they pull is as in the product.
MOVED = {"cdktf", "cdktf-cdktf-provider-aws", "cdktn", "cdktn-provider-aws", "constructs"}
every_set = pytest.mark.parametrize("bindings", NEXT, ids=lambda each: each.name)


def _pins(file: str) -> dict[str, str]:
    lines = (line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("==") for line in lines)


@every_set
def test_what_the_product_has_too_is_the_same(bindings: Bindings) -> None:
    product, pins = _pins("constraints.txt"), _pins(f"tools/next/requirements-{bindings.name}.txt")
    assert {name: version for name, version in pins.items() if name not in MOVED} == {
        name: product[name] for name in pins.keys() - MOVED
    }


@every_set
def test_what_may_differ_are_versions_and_sources(bindings: Bindings) -> None:
    expected = bindings.differences(["dns"])
    assert expected["dns/terraform/required_providers/aws/version"] == (PROVIDER, bindings.provider)
    assert len(expected) == {"cdktf": 1, "cdktn": 4}[bindings.name]
    assert all(before != after for before, after in expected.values())


@every_set
def test_fast_bindings_does_not_know_them(bindings: Bindings) -> None:
    """It stands aside then, with a message (tests/fast_bindings/test_install.py)."""
    pins = _pins(f"tools/next/requirements-{bindings.name}.txt")
    assert {name: pins.get(name) for name in EXACT} != EXACT


def test_the_product_is_what_is_compared_with() -> None:
    pins = _pins("requirements.txt")
    assert pins["cdktf"] == FRAMEWORK
    assert EXACT["cdktf"] == FRAMEWORK


def test_every_strategy_that_ecs_carries_out_is_synthesised() -> None:
    assert {each["strategy"] for each in STRATEGIES.values()} == {"blue_green", "canary", "linear"}


def test_one_environment_rolls() -> None:
    assert load(ROLLING).deployment.strategy == "rolling"


def test_imports_are_answered_with_the_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, "sitechat_old", "xml")
    monkeypatch.setattr(sys, "meta_path", [OtherName(), *sys.meta_path])
    for name in ("sitechat_old", "sitechat_old.dom", "sitechat_old.dom.minidom"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    try:
        found = importlib.import_module("sitechat_old.dom.minidom")
        assert found is importlib.import_module("xml.dom.minidom")
    finally:
        for name in [each for each in sys.modules if each.startswith("sitechat_old")]:
            del sys.modules[name]


def test_other_imports_are_not_answered() -> None:
    assert OtherName().find_spec("json.decoder") is None
