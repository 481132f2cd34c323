"""Turns at Terraform's provider cache, with scripts for Terraform; the real one is in e2e/test_provider_cache.py."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import SitechatError
from pipeline.terraform import Terraform, process
from pipeline.terraform.plugin_cache import FILLED, plugin_cache, turn
from tests.pipeline.conftest import FakeTool

INSTALLED = "registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/terraform-provider-aws_v5.100.0_x5"
# Says when it begins and ends; fills the cache unless it is filled.
SCRIPT = f"""
echo begin >> "$TRACE"; sleep 0.3
[ -e "$TF_PLUGIN_CACHE_DIR/{INSTALLED}" ] || {{
  mkdir -p "$(dirname "$TF_PLUGIN_CACHE_DIR/{INSTALLED}")"; echo provider > "$TF_PLUGIN_CACHE_DIR/{INSTALLED}"
}}
echo end >> "$TRACE"
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "trace"


def layers(tmp_path: Path, number: int) -> list[Path]:
    folders = [tmp_path / f"layer{each}" for each in range(number)]
    for folder in folders:
        (folder / ".terraform").mkdir(parents=True, exist_ok=True)
        (folder / "cdk.tf.json").write_text(json.dumps({"terraform": {"backend": {"local": {}}}}))
        (folder / ".terraform" / "sitechat-init").unlink(missing_ok=True)
    return folders


def initialise(folders: list[Path], tool: Path, cache: Path, trace: Path) -> None:
    env = {**os.environ, "TF_PLUGIN_CACHE_DIR": str(cache), "TRACE": str(trace)}
    with process.forwarding_interrupts(), ThreadPoolExecutor(len(folders)) as pool:
        list(pool.map(lambda folder: Terraform(folder, env, tool, "dev", folder.name).init(), folders))


def most_at_once(trace: Path) -> int:
    running = most = 0
    for line in trace.read_text().splitlines():
        running += 1 if line == "begin" else -1
        most = max(most, running)
    return most


def test_a_cold_cache_is_filled_by_one_and_then_read_side_by_side(
    tmp_path: Path, cache: Path, trace: Path, fake_tool: FakeTool
) -> None:
    initialise(layers(tmp_path, 4), fake_tool("terraform", SCRIPT), cache, trace)
    lines = trace.read_text().splitlines()
    assert lines[:2] == ["begin", "end"], "the first had the cache for itself"
    assert (len(lines), (cache / FILLED).is_file()) == (8, True)
    trace.unlink()
    initialise(layers(tmp_path, 4), fake_tool("terraform", SCRIPT), cache, trace)
    assert most_at_once(trace) == 4


@pytest.mark.parametrize("change", ["deleted", "other", "more"])
def test_what_was_changed_since_is_filled_alone_again(
    tmp_path: Path, cache: Path, trace: Path, fake_tool: FakeTool, change: str
) -> None:
    tool = fake_tool("terraform", SCRIPT)
    initialise(layers(tmp_path, 1), tool, cache, trace)
    path = cache / INSTALLED
    if change == "deleted":
        path.unlink()
    elif change == "other":
        path.write_text("half of a prov")
    else:
        (path.parent / "terraform-provider-other").touch()
    trace.unlink()
    initialise(layers(tmp_path, 3), tool, cache, trace)
    assert trace.read_text().splitlines()[:2] == ["begin", "end"]


def test_other_locked_providers_are_fetched_alone(cache: Path) -> None:
    recorded = []
    for locked in (b"one", b"one", b"two"):
        with turn(cache, locked, lambda text: None):
            pass
        recorded.append((cache / FILLED).read_text())
    assert recorded[0] == recorded[1] != recorded[2]


def test_a_failed_init_fills_nothing(tmp_path: Path, cache: Path, trace: Path, fake_tool: FakeTool) -> None:
    with pytest.raises(SitechatError):
        initialise(layers(tmp_path, 1), fake_tool("terraform", f"{SCRIPT}\nexit 1"), cache, trace)
    assert not (cache / FILLED).exists()


def test_who_waits_says_so_and_stops_waiting_when_interrupted(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    entered = threading.Event()

    def wait() -> None:
        with turn(cache, b"", said.append):
            entered.set()

    with turn(cache, b"", lambda text: None):
        waiting = threading.Thread(target=wait)
        waiting.start()
        deadline = time.monotonic() + 10
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [each for each in said if "another `terraform init`" in each] == said
        assert len(said) == 1
        assert not entered.is_set()
        process._stopping.set()
        try:
            waiting.join(10)
        finally:
            process._stopping.clear()
    assert entered.is_set()


def test_a_cache_that_cannot_be_written_is_nobodys_turn(tmp_path: Path) -> None:
    with turn(tmp_path / "absent", b"", lambda text: None), turn(None, b"", lambda text: None):
        pass
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    ("variables", "config", "found"),
    [
        ({}, "", None),
        ({"TF_PLUGIN_CACHE_DIR": "{here}"}, "", "{here}"),
        ({"TF_PLUGIN_CACHE_DIR": "{here}/absent"}, "", None),
        ({}, 'plugin_cache_dir = "{here}"', "{here}"),
        ({"HOME": "{here}/.."}, 'plugin_cache_dir = "$HOME/cache"', "{here}/../cache"),
        ({"HOME": "{here}/.."}, '  plugin_cache_dir   = "${{HOME}}/cache"', "{here}/../cache"),
        ({}, '# plugin_cache_dir = "{here}"', None),
        ({"TF_PLUGIN_CACHE_DIR": "{here}"}, 'plugin_cache_dir = "/elsewhere"', "{here}"),
    ],
)
def test_the_cache_is_the_one_that_terraform_uses(
    tmp_path: Path, cache: Path, variables: Mapping[str, str], config: str, found: str | None
) -> None:
    here = {name: value.format(here=cache) for name, value in variables.items()}
    (tmp_path / "terraform.tfrc").write_text(config.format(here=cache))
    here["TF_CLI_CONFIG_FILE"] = str(tmp_path / "terraform.tfrc")
    assert plugin_cache(here) == (Path(found.format(here=cache)) if found else None)
