"""`sitechat scan`: judge the synthesised layers; exit 4 unless every finding is fixed or waived."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, check_file, writing
from pipeline.console import err, out, print_exactly, step
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from config import Environment
    from pipeline.scan.model import Verdict
    from pipeline.synth.layers import Synthesis

Folder = Annotated[Path | None, typer.Option("--dir", metavar="DIR", help="Scan this synthesised folder.")]
Sarif = Annotated[Path | None, typer.Option("--sarif", metavar="FILE", help="Also write SARIF.")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.")]
Export = Annotated[
    Path | None, typer.Option("--export", metavar="DIR", help="Write the merged copy for the stock checkov command.")
]
EXPORTED = "main.tf.json"
Waive = Annotated[
    tuple[str, str] | None,
    typer.Option("--waive", metavar="ADDRESS CHECK", help="Print the waiver that would accept this finding, to paste."),
]


def command(
    env: EnvRef = DEFAULT_ENV,
    directory: Folder = None,
    as_json: Json = False,
    sarif: Sarif = None,
    junit: Junit = None,
    export: Export = None,
    waive: Waive = None,
) -> None:
    """Scan every layer with checkov and our own rules; nothing may be unread, unchecked or unwaived."""
    _check_places(sarif, junit, export)
    with _scratch(directory) as target:
        environment, made = _synthesise(env, target)
        synthesis = made if directory is None else _read(directory, environment.name)
        from pipeline.scan.gate import gate

        with step(f"scan {environment.name}"):
            verdict = gate(synthesis, env=environment, made=made)
    if sarif:
        from pipeline.scan.sarif import write_sarif

        with writing("--sarif", sarif):
            write_sarif(verdict, sarif)
    if junit:
        from pipeline.scan.junit import write_junit

        with writing("--junit", junit):
            write_junit(verdict, junit)
    if export:
        with writing("--export", export):
            _export(synthesis, export)
    if waive:
        _show_entry(verdict, environment, env, *waive, as_json=as_json)
        return
    if as_json:
        print(json.dumps(verdict.to_dict(), indent=2))
    else:
        from pipeline.scan.render import show_verdict

        show_verdict(verdict, out)
    if not verdict.passed:
        raise typer.Exit(int(ExitCode.GATE))


@contextmanager
def _scratch(directory: Path | None) -> Iterator[Path | None]:
    """Where to synthesise what a given folder is compared with, so that the folder itself is never written."""
    if directory is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="sitechat-scan-") as folder:
        yield Path(folder) / "made"


def _synthesise(env_ref: str, target: Path | None) -> tuple[Environment, Synthesis]:
    """Synthesise in a process of its own, while checkov and the configuration are loaded in this one."""
    from pipeline.scan import preload
    from pipeline.synth.run import begin_environment, default_target

    with begin_environment(env_ref) as begun:
        preload()
        from config import load

        environment = load(env_ref)
        with step(f"synthesise {environment.name}{', unchanged' if begun.kept else ''}"):
            folder = target or default_target(environment.name)
            return environment, begun.finish(folder, environment.name, judged=environment)


def _show_entry(verdict: Verdict, env: Environment, env_ref: str, address: str, check: str, *, as_json: bool) -> None:
    """Print the entry on stdout, and where it belongs on stderr."""
    from datetime import UTC, datetime

    from config import environment_names
    from pipeline.scan.waiver_entry import PASTE_INTO, waiver_entry
    from pipeline.scan.waiver_file import read_waivers
    from pipeline.work import repo_root

    waivers, _ = read_waivers(repo_root() / PASTE_INTO)
    entry = waiver_entry(verdict, address, check, env, waivers, datetime.now(UTC).date())
    if as_json:
        print(json.dumps(entry.to_dict()))
    else:
        print_exactly(entry.toml.removesuffix("\n"))
    err.print(f"paste it into {PASTE_INTO}, with reason and owner filled in: the gate refuses it without", markup=False)
    if env.name not in environment_names():
        err.print(f"move {env_ref} to environments/ too: a name without a file there is refused", markup=False)


def _read(directory: Path, env_name: str) -> Synthesis:
    """Read a synthesised folder. An unreadable one is refused by the gate (exit 4), not a technical failure."""
    from pipeline.synth.layers import read_synthesis

    try:
        return read_synthesis(directory, env_name)
    except SitechatError as error:
        raise SitechatError(f"nothing to vouch for: {error.message}", hint=error.hint, code=ExitCode.GATE) from error


def _check_places(sarif: Path | None, junit: Path | None, export: Path | None) -> None:
    """Refuse places before the scan, each by its option."""
    files = {"--sarif": sarif, "--junit": junit, "--export": export / EXPORTED if export else None}
    taken: dict[Path, str] = {}
    for option, path in files.items():
        if path is not None:
            check_file(option, path, given=export if option == "--export" else None)
            if taken.setdefault(path.resolve(), option) != option:
                raise SitechatError(
                    f"{option} names the same file as {taken[path.resolve()]}",
                    hint="Name another file.",
                    code=ExitCode.USAGE,
                )


def _export(synthesis: Synthesis, folder: Path) -> None:
    """Write `folder`/main.tf.json. Its names are "<layer>__<name>"; it is for scanners, not for Terraform."""
    from pipeline.scan.gate import read_layers
    from pipeline.whole import replace_file
    from terraform_json.merged import merge

    sources, _ = read_layers({layer.name: layer.path for layer in synthesis.layers}, synthesis.dir)
    merged = merge({source.layer: source.config for source in sources})
    path = folder / EXPORTED
    replace_file(path, f"{json.dumps(merged.config, indent=2)}\n".encode())
    err.print(f"wrote {path}; scan it with: checkov -d {folder} --framework terraform_json", markup=False)
