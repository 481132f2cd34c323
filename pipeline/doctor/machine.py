"""Tools, packages and disk space that this machine needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from pipeline.doctor.finding import Diagnosis
from pipeline.errors import SitechatError
from pipeline.terraform import tools

MINIMUM_NODE = 20
PYTHONS = ((3, 11), (3, 13))
DISK_GIB = 3


def diagnose_machine() -> list[Diagnosis]:
    """Diagnose everything that needs no AWS account."""
    checks: tuple[Callable[[], Diagnosis], ...] = (_python, _node, _bindings, _terraform, _mirror, _disk)
    return [check() for check in checks]


def _python() -> Diagnosis:
    version = sys.version_info[:2]
    text = f"Python {sys.version.split()[0]}"
    if PYTHONS[0] <= version <= PYTHONS[1]:
        return Diagnosis("python", "green", text)
    return Diagnosis("python", "red", text, "Use Python 3.11 to 3.13 and run `make setup` again.")


def _node() -> Diagnosis:
    fix = "Install Node 20 or newer: jsii runs the bindings in it."
    found = shutil.which("node")
    if found is None:
        return Diagnosis("node", "red", "Node is not on PATH", fix)
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = version.lstrip("v").split(".")[0]
    new_enough = major.isdigit() and int(major) >= MINIMUM_NODE
    return Diagnosis(
        "node", "green" if new_enough else "red", f"Node {version or 'unknown'}", "" if new_enough else fix
    )


def _bindings() -> Diagnosis:
    names = ("cdktf", "cdktf-cdktf-provider-aws", "checkov")
    try:
        versions = [f"{name} {metadata.version(name)}" for name in names]
    except metadata.PackageNotFoundError as error:
        return Diagnosis("packages", "red", f"{error.name} is not installed", "Run `make setup`.")
    return Diagnosis("packages", "green", ", ".join(versions))


def _terraform() -> Diagnosis:
    try:
        path = tools.find_terraform()
    except SitechatError as error:
        return Diagnosis("terraform", "red", error.message, error.hint)
    return Diagnosis("terraform", "green", f"Terraform {tools.terraform_version(path)} at {path}")


def _mirror() -> Diagnosis:
    try:
        mirror = tools.provider_mirror()
    except SitechatError as error:
        return Diagnosis("provider", "red", error.message, error.hint)
    if mirror is None:
        return Diagnosis("provider", "green", f"providers come from {tools.HOST}")
    return Diagnosis("provider", "green", f"providers come from the mirror {mirror}")


def _disk() -> Diagnosis:
    free = shutil.disk_usage(Path(__file__)).free / 2**30
    fix = f"Free some: the provider and the bindings take {DISK_GIB} GiB."
    return Diagnosis(
        "disk", "green" if free >= DISK_GIB else "yellow", f"{free:.0f} GiB free", "" if free >= DISK_GIB else fix
    )
