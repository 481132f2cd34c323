"""Terraform with the real provider on synthesised layers, without AWS and without a backend."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.session import terraform_variables
from pipeline.synth.layers import Synthesis
from pipeline.terraform import Terraform, tools
from pipeline.work import Work

# A provider is a process of several hundred megabytes.
PROVIDERS_AT_A_TIME = 2


@dataclass(frozen=True)
class Offline:
    """Folder where layers are laid out, each with the provider that was installed once.

    Without Terraform, `install` raises SitechatError naming what to install: these tests never skip.
    """

    root: Path
    binary: Path
    variables: Mapping[str, str]

    @classmethod
    def install(cls, root: Path, synthesis: Synthesis) -> Offline:
        """Install the provider that the layers of `synthesis` ask for."""
        offline = cls(root, tools.find_terraform(), terraform_variables(os.environ, Work(root)))
        first = root / "installed"
        first.mkdir()
        shutil.copy(synthesis.layers[0].path, first / "cdk.tf.json")
        done = offline.run(first, "init", "-backend=false", "-input=false")
        assert done.returncode == 0, done.stdout + done.stderr
        return offline

    def lay_out(self, name: str, config: Mapping[str, Any]) -> Path:
        """Make a working folder for one configuration."""
        folder = self.root / name
        shutil.copytree(self.root / "installed", folder, symlinks=True)
        (folder / "cdk.tf.json").write_text(json.dumps(config))
        return folder

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in `folder` and keep what it prints."""
        return subprocess.run(
            [self.binary, *arguments, "-no-color"],
            cwd=folder,
            env=dict(self.variables),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def terraform(self, folder: Path) -> Terraform:
        """Terraform of the pipeline, in `folder`."""
        return Terraform(folder, self.variables, self.binary, layer=folder.name)
