"""Find the Terraform binary and a mirror of its providers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from pipeline.errors import ExitCode, SitechatError
from pipeline.work import Work, write_private

MINIMUM_TERRAFORM = (1, 11)
# The next major version may read configurations and states in another way.
FIRST_UNKNOWN_TERRAFORM = (2, 0)
HOST = "registry.terraform.io"

# Folders searched for a mirror when no setting names one. A trailing * means every folder inside.
USUAL_PLACES = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/*",
    "/usr/local/share/*",
    "/usr/local/lib/*",
)


def find_terraform() -> Path:
    """The Terraform to use: SITECHAT_TERRAFORM, else the one on PATH. Raises SitechatError (3) for none or another."""
    named = os.environ.get("SITECHAT_TERRAFORM", "")
    found = shutil.which(named or "terraform")
    if found is None:
        what = f"SITECHAT_TERRAFORM names {named}, which can't be run" if named else "Terraform is not on PATH"
        raise SitechatError(
            what,
            hint="Install Terraform 1.11 or newer, below 2 (https://developer.hashicorp.com/terraform/install), "
            "or let SITECHAT_TERRAFORM name the binary.",
            code=ExitCode.MISSING,
        )
    path = Path(found)
    _refuse_version(path, terraform_version(path))
    return path


def _refuse_version(path: Path, version: str) -> None:
    """Raise SitechatError (3) unless `version` is a release in the range that is known to work."""
    released = re.fullmatch(r"(\d+)\.(\d+)\.\d+", version)
    if released is None:
        why = "only releases are known to work, no alpha, beta or candidate"
    elif (found := (int(released[1]), int(released[2]))) < MINIMUM_TERRAFORM:
        why = "write-only arguments and S3 lock files need 1.11 or newer"
    elif found >= FIRST_UNKNOWN_TERRAFORM:
        why = "nobody has seen what it does with these configurations and states"
    else:
        return
    raise SitechatError(
        f"{path} is Terraform {version}; {why}",
        hint="Install a release from 1.11 up to, not including, 2.0, or let SITECHAT_TERRAFORM name it.",
        code=ExitCode.MISSING,
    )


@lru_cache
def terraform_version(terraform: Path) -> str:
    """The version the binary reports, "1.11.4" or "1.12.0-beta1". Raises SitechatError (3) when it reports none."""
    environment = {key: value for key, value in os.environ.items() if key != "TF_CLI_CONFIG_FILE"}
    try:
        result = subprocess.run(
            [terraform, "version"],
            capture_output=True,
            text=True,
            env=environment | {"CHECKPOINT_DISABLE": "1"},
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SitechatError(f"{terraform} can't be run: {error}", code=ExitCode.MISSING) from None
    match = re.search(r"^Terraform v(\d+\.\d+\.\d+\S*)\s*$", result.stdout, re.MULTILINE)
    if match is None:
        raise SitechatError(f"{terraform} does not say which version it is", code=ExitCode.MISSING)
    return match.group(1)


def provider_mirror() -> Path | None:
    """The folder of a provider mirror: SITECHAT_PROVIDER_MIRROR, the user's CLI configuration, then the usual places.

    None means: Terraform downloads from the registry. Raises SitechatError (3) when the variable names no mirror.
    """
    named = os.environ.get("SITECHAT_PROVIDER_MIRROR", "")
    if named:
        path = Path(named).expanduser()
        if not (path / HOST).is_dir():
            raise SitechatError(
                f"SITECHAT_PROVIDER_MIRROR names {named}, which holds no folder {HOST}/",
                hint="`terraform providers mirror DIR` makes such a folder.",
                code=ExitCode.MISSING,
            )
        return path.resolve()
    config = user_cli_config()
    if config is not None:
        match = re.search(r'filesystem_mirror\s*\{[^}]*?\bpath\s*=\s*"([^"]+)"', config.read_text(encoding="utf-8"))
        if match and (Path(match.group(1)) / HOST).is_dir():
            return Path(match.group(1)).resolve()
    return next((place.resolve() for place in _usual_places() if (place / HOST).is_dir()), None)


def user_cli_config() -> Path | None:
    """The user's own Terraform CLI configuration, if the file exists."""
    named = os.environ.get("TF_CLI_CONFIG_FILE", "")
    path = Path(named) if named else Path("~/.terraformrc").expanduser()
    return path if path.is_file() else None


def cli_config(work: Work) -> Path | None:
    """Path of a CLI configuration, written here, that prefers the mirror's providers and gets others from the registry.

    The user's own configuration where that says how providers are installed; None without a mirror.
    """
    own = user_cli_config()
    named = bool(os.environ.get("SITECHAT_PROVIDER_MIRROR"))
    if own is not None and not named and "provider_installation" in own.read_text(encoding="utf-8"):
        return own
    mirror = provider_mirror()
    if mirror is None:
        return None
    held = ", ".join(f'"{HOST}/{each.parent.name}/{each.name}"' for each in sorted((mirror / HOST).glob("*/*")))
    path = work.cache / "terraform.tfrc"
    text = (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = [{held}]\n  }}\n'
        f"  direct {{\n    exclude = [{held}]\n  }}\n"
        "}\n"
    )
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_private(path, text.encode())
    return path


def _usual_places() -> list[Path]:
    places: list[Path] = []
    for place in USUAL_PLACES:
        path = Path(place.removesuffix("/*")).expanduser()
        if place.endswith("/*"):
            places += sorted(each for each in path.glob("*") if each.is_dir())
        else:
            places.append(path)
    return places
