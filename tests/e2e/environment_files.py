"""Environment files for the emulated AWS: the checked-in ones with the same layers, without protection."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_aws.endpoint import ACCOUNT_ID, SEARCH_DOMAIN
from tests.support.environments import ROOT

EMULATED: Mapping[str, Mapping[str, Any]] = {
    "": {"account_id": ACCOUNT_ID, "protection": False, "auto_approve": True},
    "emulator": {"enabled": True},
    "provider": {"s3_path_style": True, "max_retries": 2},
    "secrets": {"recovery_window_days": 0},
}
EXISTING = {"domain": "existing", "domain_name": SEARCH_DOMAIN}

# In the waiver of what is set here, which production takes under its own name when it is about to be taken down.
OF_ALL = 'environments = "all"\nnot_in = ["prod"]\n'
UNPROTECTED = 'only_if = "not protection"'


def emulated(name: str, checkout: Path, *, search: bool = True) -> Path:
    """Write environment `name` as it is checked in, for the emulated AWS; unless `search` with that of `local up`.

    What the gate accepts of environments without protection it accepts of this one too.
    """
    data = tomllib.loads((ROOT / "environments" / f"{name}.toml").read_text())
    for section, values in (*EMULATED.items(), *(() if search else (("search", EXISTING),))):
        (data.setdefault(section, {}) if section else data).update(values)
    path = checkout / "emulated" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(as_toml(data))
    waivers = checkout / "policies" / "waivers.toml"
    text = waivers.read_text()
    (waiver,) = (each for each in text.split("[[waiver]]") if OF_ALL in each and UNPROTECTED in each)
    of_production = waiver.replace(OF_ALL, 'environments = ["prod"]\n').rstrip()
    if of_production not in text:
        waivers.write_text(f"{text}\n[[waiver]]{of_production}\n")
    return path


def as_toml(data: Mapping[str, Any]) -> str:
    """TOML of plain values and one level of tables, in which lists may hold tables of plain values."""
    plain = [f"{key} = {_value(value)}" for key, value in data.items() if not isinstance(value, dict)]
    for section, values in data.items():
        if isinstance(values, dict):
            plain += ["", f"[{section}]", *(f"{key} = {_value(value)}" for key, value in values.items())]
    return "\n".join(plain) + "\n"


def _value(value: Any) -> str:
    """Strings, numbers and booleans as in JSON, which writes them as TOML does; tables and lists on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
    return f"[{', '.join(map(_value, value))}]" if isinstance(value, list) else json.dumps(value)
