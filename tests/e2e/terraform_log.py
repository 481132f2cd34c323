"""Log of the Terraform processes that commands start, so that nobody brings back those that were saved."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.terraform.tools import find_terraform
from tests.e2e.checkout import Checkout

Calls = dict[str, Counter[str]]


@dataclass(frozen=True)
class TerraformLog:
    """File with a line for each process: the folder it ran in, and its subcommand."""

    file: Path

    def calls(self) -> Calls:
        """Number of processes by folder and subcommand; those that ask for a version are left out."""
        found: Calls = {}
        for line in self.file.read_text().splitlines() if self.file.exists() else ():
            folder, _, subcommand = line.partition(" ")
            if subcommand != "version":
                found.setdefault(folder, Counter())[subcommand] += 1
        return found

    @contextmanager
    def counted(self) -> Iterator[Calls]:
        """Yield a dictionary that has the calls of the block when it has ended."""
        before, during = self.calls(), Calls()
        yield during
        for folder, calls in self.calls().items():
            if more := calls - before.get(folder, Counter()):
                during[folder] = more


def log_terraform(checkout: Checkout) -> TerraformLog:
    """Let the commands of a checkout start Terraform through a wrapper that writes each process down."""
    log = TerraformLog(checkout.root / "terraform.log")
    wrapper = checkout.root / "bin" / "terraform"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/sh\necho "$(basename "$PWD") $1" >> "{log.file}"\n'
        # By which the gateway tells what a plan asked for from what an apply did: local_aws/recording.py.
        'export TF_APPEND_USER_AGENT="step/$1/$(basename "$PWD")"\n'
        f'exec "{os.path.realpath(find_terraform())}" "$@"\n'
    )
    wrapper.chmod(0o755)
    checkout.variables["SITECHAT_TERRAFORM"] = str(wrapper)
    return log
