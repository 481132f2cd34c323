"""`sitechat scan`: judge the synthesised layers; exit 4 unless every finding is fixed or waived."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.console import err, out, step
from pipeline.errors import ExitCode, SitechatError
from pipeline.options import DEFAULT_ENV, EnvRef, Json

if TYPE_CHECKING:
    from pipeline.layers import Synthesis

Folder = Annotated[Path | None, typer.Option("--dir", metavar="DIR", help="Scan this synthesised folder.")]
Sarif = Annotated[Path | None, typer.Option("--sarif", metavar="FILE", help="Also write SARIF.")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.")]
Export = Annotated[
    Path | None, typer.Option("--export", metavar="DIR", help="Write the merged copy for the stock checkov command.")
]


def command(
    env: EnvRef = DEFAULT_ENV,
    directory: Folder = None,
    as_json: Json = False,
    sarif: Sarif = None,
    junit: Junit = None,
    export: Export = None,
) -> None:
    """Scan every layer with checkov and our own rules; nothing may be unread, unchecked or unwaived."""
    from pipeline.scan import preload

    preload()
    from config import load
    from pipeline.scan.gate import gate

    environment = load(env)
    synthesis = _read(directory, environment.name) if directory else _synthesise(env)
    with step(f"scan {environment.name}"):
        verdict = gate(synthesis, env=environment)
    if sarif:
        from pipeline.scan.sarif import write_sarif

        write_sarif(verdict, sarif)
    if junit:
        from pipeline.scan.junit import write_junit

        write_junit(verdict, junit)
    if export:
        _export(synthesis, export)
    if as_json:
        print(json.dumps(verdict.to_dict(), indent=2))
    else:
        from pipeline.scan.render import show

        show(verdict, out)
    if not verdict.passed:
        raise typer.Exit(int(ExitCode.GATE))


def _synthesise(env_ref: str) -> "Synthesis":
    from config import load
    from pipeline.synthesis import synthesize

    environment = load(env_ref)
    with step(f"synthesise {environment.name}"):
        return synthesize(environment, env_ref=env_ref)


def _read(directory: Path, env_name: str) -> "Synthesis":
    """A folder that can't be read is refused by the gate, not a technical failure: the answer must be exit 4."""
    from pipeline.layers import read

    try:
        return read(directory, env_name)
    except SitechatError as error:
        raise SitechatError(f"nothing to vouch for: {error.message}", hint=error.hint, code=ExitCode.GATE) from error


def _export(synthesis: "Synthesis", folder: Path) -> None:
    from pipeline.scan.export import write_export
    from pipeline.scan.gate import read_layers
    from pipeline.scan.merge import merge

    sources, _ = read_layers({layer.name: layer.path for layer in synthesis.layers}, synthesis.dir)
    path = write_export(merge(sources), folder)
    err.print(f"wrote {path}; scan it with: checkov -d {folder} --framework terraform_json", soft_wrap=True)
