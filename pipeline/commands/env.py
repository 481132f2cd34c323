"""`sitechat env new|list`: make an environment from another one, and show those there are."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from pipeline.commands.options import DEFAULT_ENV, Json, complete_env, resolve_env
from pipeline.console import out, step
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.work import repo_root

if TYPE_CHECKING:
    from config import Environment
    from config.derive import Derived
    from pipeline.scan.model import Verdict

app = typer.Typer(help="Make an environment from another one; list those there are.", no_args_is_help=True)

From = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="NAME|FILE",
        callback=resolve_env,
        autocompletion=complete_env,
        help="The environment whose choices it takes.",
    ),
]
AccountId = Annotated[
    str | None,
    typer.Option("--account-id", metavar="ID", help="Its AWS account, 12 digits; without, a placeholder to replace."),
]
FOLDER = "environments"
WAIVERS = "policies/waivers.toml"
NOTES = {
    "placeholder": "no account yet",
    "emulated": "emulated",
    "protection": "protected",
    "auto_approve": "--yes",
    "parked": "parked",
}


@app.command("new")
def env_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new environment, and of its file.")],
    source: From = DEFAULT_ENV,
    account_id: AccountId = None,
    as_json: Json = False,
) -> None:
    """Write the file of a new environment; say what it costs, which waivers hold, who owns them, and what is next.

    It takes what the other one chooses otherwise than the defaults, but no domain, CI, image or existing VPC, and
    nothing that exists once per account. Exits 4 when the gate refuses it; the file stays, to be mended.
    """
    from pipeline.cost import estimate
    from pipeline.cost.words import price_summary
    from pipeline.gates import synthesise_environment
    from pipeline.scan import gate, preload

    path = _place(name)
    derived, env = _derive(path, source, account_id)
    _write(path, derived, source)
    preload()
    synthesis = synthesise_environment(env, str(path))
    with step(f"scan {name}"):
        verdict = gate(synthesis, env=env)
    price = estimate(synthesis, env)
    if as_json:
        found = {"env": name, "file": str(path), "from": source, "changed": dict(derived.changed)}
        print(
            json.dumps(
                found
                | {"waivers": _plain_waivers(verdict), "cost": price.to_dict(), "passed": verdict.passed}
                | {"problems": _refusals(verdict), "next": _steps(env)}
            )
        )
    else:
        _print(f"{FOLDER}/{path.name}: made from {source}")
        for why, keys in _by_reason(derived.changed).items():
            _print(f"  {', '.join(keys)}: {why}")
        _print(price_summary(price))
        _print(_waiver_line(verdict))
        for line in _refusals(verdict):
            _print(f"  {line}")
        for number, line in enumerate(_steps(env), 1):
            _print(f"{'next: ' if number == 1 else '      '}{number}. {line}")
    if not verdict.passed:
        raise typer.Exit(ExitCode.GATE)


@app.command("list")
def env_list(as_json: Json = False) -> None:
    """List the checked-in environments: account, region, site, and what of it is allowed. Needs no AWS account."""
    from config import ConfigError, environment_names, load

    rows: list[dict[str, Any]] = []
    for name in environment_names():
        try:
            rows.append(_row(load(name)))
        except ConfigError as error:
            rows.append({"env": name, "problem": str(error)})
    if as_json:
        print(json.dumps({"environments": rows}))
        return
    table = Table(box=None, pad_edge=False)
    for head in ("environment", "account", "region", "site", ""):
        table.add_column(head, no_wrap=bool(head))  # names are to be copied: what gives way are the remarks
    for row in rows:
        if "problem" in row:
            table.add_row(Text(row["env"]), "", "", "", Text(f"wrong: `{again('synth', row['env'])}` says what"))
        else:
            table.add_row(*(Text(text) for text in _cells(row)))
    out.print(table)


def _place(name: str) -> Path:
    """File of a new environment. Raises SitechatError (2) where the name is taken, or leads elsewhere."""
    path = repo_root() / FOLDER / f"{name}.toml"
    if Path(name).name != name:
        raise SitechatError(
            f"{name} is a place, not a name",
            hint=f"Give a word such as demo2: its file is {FOLDER}/demo2.toml.",
            code=ExitCode.USAGE,
        )
    if path.exists():
        raise SitechatError(
            f"there is an environment {path.stem} already: {FOLDER}/{path.name}",
            hint="Choose another name; `sitechat env list` shows those there are.",
            code=ExitCode.USAGE,
        )
    return path


def _derive(path: Path, source: str, account_id: str | None) -> tuple[Derived, Environment]:
    """Settings of the new environment, checked as they will be checked in their file.

    Raises ConfigError for a wrong name, account or source.
    """
    from config import load, reading
    from config.derive import derive
    from config.loader import parse_at

    given = load(source)
    values = reading.read_toml(reading.locate_file(source))
    derived = derive(values, given, name=path.stem, account_id=account_id)
    return derived, parse_at(dict(derived.values), path)


def _write(path: Path, derived: Derived, source: str) -> None:
    """Write the file unless another command has just done so."""
    heading = f"Made from {source}: what differs from the defaults (docs/configuration.md)."
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
        file.write(derived.text(heading))


def _by_reason(changed: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, why in changed.items():
        found.setdefault(why, []).append(key)
    return found


def _plain_waivers(verdict: Verdict) -> list[dict[str, str]]:
    return [
        {
            "check": each.waiver.check,
            "address": each.finding.address,
            "owner": each.waiver.owner,
            "kind": each.waiver.kind,
            "expires": each.waiver.expires.isoformat(),
            "reason": each.waiver.reason,
        }
        for each in verdict.waived
    ]


def _waiver_line(verdict: Verdict) -> str:
    """How many accepted findings it has, who answers for them, and until when."""
    word = "passes" if verdict.passed else "refuses it"
    if not verdict.waived:
        return f"gate: {word}; it needs no waiver"
    owners = Counter(each.waiver.owner for each in verdict.waived)
    told = ", ".join(f"{owner} ({number})" for owner, number in owners.most_common())
    first = min(each.waiver.expires for each in verdict.waived).isoformat()
    accepted = counted(len(verdict.waived), "finding")
    return f"gate: {word}; {accepted} accepted in {WAIVERS} by {told}, until {first} at least"


def _refusals(verdict: Verdict) -> list[str]:
    """What the gate refuses, each with its place."""
    return [f"{each.address}: {each.check} {each.text}" for each in verdict.findings] + list(verdict.problems)


def _steps(env: Environment) -> Sequence[str]:
    """What comes next, each a command or a line to edit."""
    name = env.name
    if env.emulated:
        first = ["sitechat local up"]
    elif env.account_is_placeholder:
        first = [f"put the 12 digits of its account into {FOLDER}/{name}.toml"]
    else:
        first = [f"read {FOLDER}/{name}.toml: pages, alarms' recipients and domain are its own"]
    look = [] if env.emulated else ["doctor"]
    return [*first, *(again(command, name) for command in (*look, "bootstrap", "plan"))]


def _row(env: Environment) -> dict[str, Any]:
    return {
        "env": env.name,
        "account_id": env.account_id,
        "placeholder": env.account_is_placeholder,
        "region": env.region,
        "domain": env.dns.domain,
        "emulated": env.emulated,
        "protection": env.protection,
        "auto_approve": env.auto_approve,
        "parked": env.service.parked,
    }


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    told = [word for key, word in NOTES.items() if row[key]]
    return (row["env"], row["account_id"], row["region"], row["domain"] or "-", ", ".join(told))


def _print(text: str) -> None:
    out.print(text, markup=False, emoji=False, soft_wrap=True)
