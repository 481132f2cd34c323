"""Real Terraform on a provider cache: several inits at once, of two processes, from a mirror on disk.

The provider is a small program with random bytes behind it: an init only unpacks and hashes it. The mirror holds it
packed, as a registry does, so that every init of a cold cache would unpack it there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.terraform import Terraform, command, tools
from tests.support.environments import ROOT

PROVIDER_BYTES = 20 * 2**20
INITS, PROCESSES = 4, 2
PLATFORM = f"{sys.platform}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(platform.machine(), platform.machine()) }"
NAME = "terraform-provider-tiny_v1.0.0"
HELD = Path(tools.HOST, "acme", "tiny", "1.0.0", PLATFORM)
CONFIG = {"terraform": {"required_providers": {"tiny": {"source": "acme/tiny", "version": "1.0.0"}}}}
# A process of its own that initialises several layers at once, as a plan does.
CHILD = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pipeline.terraform import Terraform, command, process
command.PROVIDERS = Path(sys.argv[1])
def init(folder):
    return Terraform(Path(folder), dict(os.environ), Path(sys.argv[2]), "dev", Path(folder).name).init()
with process.forwarding_interrupts(), ThreadPoolExecutor(len(sys.argv) - 3) as pool:
    assert all(pool.map(init, sys.argv[3:]))
"""


@dataclass(frozen=True)
class Machine:
    """A mirror with one packed provider, a cold cache, and Terraform's variables for both."""

    root: Path
    variables: dict[str, str]

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def locked(self) -> Path:
        return self.root / "providers.lock.hcl"

    def layer(self, name: str) -> Path:
        folder = self.root / name
        (folder / ".terraform").mkdir(parents=True)
        (folder / "cdk.tf.json").write_text(json.dumps(CONFIG))
        return folder

    def terraform_that_notes(self) -> Path:
        """Terraform that leaves what it says in the file `said`."""
        path = self.root / "terraform"
        path.write_text(f'#!/bin/sh\n{tools.find_terraform()} "$@" >said\nstatus=$?\ncat said\nexit $status\n')
        path.chmod(0o755)
        return path


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    sleep = shutil.which("sleep")
    assert sleep, "the provider is a copy of `sleep`"
    provider = Path(sleep).read_bytes() + random.Random(0).randbytes(PROVIDER_BYTES)
    folder = tmp_path / "mirror" / tools.HOST / "acme" / "tiny"
    folder.mkdir(parents=True)
    entry = zipfile.ZipInfo(NAME)
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(folder / f"terraform-provider-tiny_1.0.0_{PLATFORM}.zip", "w") as archive:
        archive.writestr(entry, provider)
    # "h1:" is the hash of a list of files with their hashes (Go's dirhash).
    line = f"{hashlib.sha256(provider).hexdigest()}  {NAME}\n"
    checksum = base64.b64encode(hashlib.sha256(line.encode()).digest()).decode()
    config, cache = tmp_path / "terraform.tfrc", tmp_path / "cache"
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}/mirror"\n  }}\n}}\n')
    cache.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    paths = {"TF_CLI_CONFIG_FILE": str(config), "TF_PLUGIN_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    machine = Machine(tmp_path, {**kept, **paths, "CHECKPOINT_DISABLE": "1"})
    machine.locked.write_text(
        f'provider "{tools.HOST}/acme/tiny" {{\n  version     = "1.0.0"\n  constraints = "1.0.0"\n'
        f'  hashes      = ["h1:{checksum}"]\n}}\n'
    )
    return machine


def test_inits_at_once_fill_a_cold_cache_once(machine: Machine) -> None:
    folders = [machine.layer(f"layer{number}") for number in range(INITS * PROCESSES)]
    common = [sys.executable, "-c", CHILD, str(machine.locked), str(machine.terraform_that_notes())]
    started = [
        subprocess.Popen(
            [*common, *map(str, folders[number::PROCESSES])],
            env=machine.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    said = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES, "\n".join(said)
    filled = [folder.name for folder in folders if "- Installing acme/tiny" in (folder / "said").read_text()]
    assert len(filled) == 1, filled
    for folder in folders:
        linked = folder / ".terraform" / "providers" / HELD / NAME
        assert linked.resolve() == machine.cache / HELD / NAME


def test_a_cache_in_use_elsewhere_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PROVIDERS", machine.locked)
    binary = tools.find_terraform()
    first, second = (Terraform(machine.layer(each), machine.variables, binary, "dev", each) for each in ("one", "two"))
    assert first.init()
    # Another Terraform runs the provider, and what is cached isn't what is locked any more: it is written anew.
    running = subprocess.Popen([machine.cache / HELD / NAME, "60"])
    try:
        (machine.cache / HELD / "more").touch()
        with pytest.raises(SitechatError, match="another Terraform writes into the same provider cache") as caught:
            second.init()
    finally:
        running.kill()
        running.wait()
    assert caught.value.code is ExitCode.FAILED
    assert "TF_PLUGIN_CACHE_DIR" in caught.value.hint
    assert second.init(), "the next one fills it"
