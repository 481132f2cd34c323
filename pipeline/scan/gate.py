"""The gate passes only if every synthesised resource was scanned, every check ran and every finding is waived."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from config import Environment, environment_names
from pipeline.errors import counted
from pipeline.scan.model import Finding, LayerSource, Mode, ScanResult, Verdict
from pipeline.scan.source import SourceError, managed_resources, read_source
from pipeline.scan.synthesised import differences
from pipeline.scan.waiver_file import read_waivers
from pipeline.scan.waivers import apply_waivers, invalid_waivers, waivers_in_force
from pipeline.synth.folder import strange_entries
from pipeline.synth.layers import Synthesis
from pipeline.work import repo_root
from terraform_json.merged import merge


def gate(
    synthesis: Synthesis,
    *,
    env: Environment,
    made: Synthesis | None = None,
    waivers: Path | None = None,
    today: date | None = None,
) -> Verdict:
    """Scan and judge all layers of `synthesis`. Unreadable or unexpected input is a problem, not an error.

    `made` is what this checkout makes of the environment, for a folder that comes from elsewhere: it must be the same.
    """
    paths = {layer.name: layer.path for layer in synthesis.layers}
    order = {layer.name: layer.dependencies for layer in synthesis.layers}
    scan = scan_layers(paths, synthesis.dir, env, order)
    if scan.read and made is not None and made is not synthesis:
        scan = replace(scan, problems=(*scan.problems, *differences(synthesis, made)))
    return judge_scan(scan, env, waivers=waivers, today=today)


def judge_scan(
    scan: ScanResult,
    env: Environment,
    *,
    mode: Mode = "json",
    layer: str = "",
    waivers: Path | None = None,
    today: date | None = None,
) -> Verdict:
    """Apply waivers to the findings of a scan of the synthesised files, or of the plan of one `layer`."""
    if not scan.read:
        return Verdict(env.name, (), (), scan.problems, 0, 0, (mode,))
    day = today or datetime.now(UTC).date()
    every, malformed = read_waivers(waivers or repo_root() / "policies" / "waivers.toml")
    known = scan.known_checks | _known_checks()
    invalid = invalid_waivers(every, checks=known, environments={env.name, *environment_names()}, today=day)
    in_force = [each for each in waivers_in_force(every, env) if each.address.startswith(f"{layer}/" if layer else "")]
    left, waived, stale = apply_waivers(in_force, scan, env=env.name, today=day, mode=mode)
    return Verdict(
        env=env.name,
        findings=tuple(sorted(left)),
        waived=tuple(sorted(waived, key=lambda item: item.finding)),
        problems=(*scan.problems, *malformed, *invalid, *stale),
        checks_run=scan.evaluated,
        resources_seen=len(scan.resources),
        sources=(mode,),
    )


def scan_layers(
    paths: dict[str, Path], folder: Path, env: Environment, order: Mapping[str, Collection[str]] | None = None
) -> ScanResult:
    """Read, merge and scan the given layer files of `folder`; the proofs compare them with the settings of `env`.

    `order` names the layers that each one comes directly after; without it any two count as ordered.
    """
    from pipeline.scan.proofs import find_unproven
    from pipeline.scan.run import run_checks
    from pipeline.scan.secret_scan import find_secrets
    from pipeline.scan.vouching import unvouched

    sources, problems = read_layers(paths, folder)
    if problems:
        return ScanResult((), tuple(problems), 0, frozenset(), frozenset(), read=False)
    merged = merge({source.layer: source.config for source in sources})
    problems += merged.problems
    problems += unvouched({source.layer: source.config for source in sources}, env, order)
    outcome = run_checks(merged)
    secrets, unreadable, secret_checks = find_secrets(merged)
    unproven, unjudged, proofs = find_unproven(merged, env, order)
    problems += [*outcome.problems, *unreadable, *unjudged, *_miscounted(sources, outcome.seen)]
    if not outcome.seen or not outcome.evaluated:
        problems.append("no check was evaluated on any resource: an empty scan proves nothing")
    findings = [_located(finding, sources) for finding in (*outcome.findings.values(), *secrets, *unproven)]
    return ScanResult(
        findings=tuple(sorted(findings)),
        problems=tuple(problems),
        evaluated=outcome.evaluated + len(proofs),
        resources=frozenset(outcome.seen),
        known_checks=_known_checks() | secret_checks | proofs,
    )


def read_layers(paths: dict[str, Path], folder: Path) -> tuple[list[LayerSource], list[str]]:
    """Layers that could be read, and a problem for each file of `folder` that is unreadable, malformed or no layer."""
    sources: list[LayerSource] = []
    problems: list[str] = []
    for layer, path in paths.items():
        try:
            source, wrong = read_source(layer, path)
        except SourceError as error:
            problems.append(str(error))
            continue
        problems += wrong
        if not wrong:
            sources.append(source)
    problems += strange_entries(folder, paths)
    if not paths:
        problems.append(f"{folder} holds no layer")
    return sources, problems


def _miscounted(sources: list[LayerSource], seen: set[str]) -> Iterable[str]:
    for source in sources:
        synthesised = {f"{source.layer}/{address}" for address, _ in managed_resources(source.config)}
        scanned = {address for address in seen if address.startswith(f"{source.layer}/")}
        if synthesised != scanned:
            yield (
                f"{source.layer}: {counted(len(synthesised), 'resource')} synthesised, {len(scanned)} scanned; "
                f"they differ in {', '.join(sorted(synthesised ^ scanned))}"
            )


def _located(finding: Finding, sources: list[LayerSource]) -> Finding:
    for source in sources:
        if source.layer == finding.layer:
            resource = finding.address.partition("/")[2]
            return replace(finding, file=str(source.path), line=source.lines.get(resource, 1))
    return finding


def _known_checks() -> frozenset[str]:
    """Every id that a waiver may name, of whichever scan."""
    from checkov.secrets.runner import SECRET_TYPE_TO_ID

    from pipeline.scan.toolkit import toolkit
    from policies.proof.catalogue import PROOFS, check_id

    return toolkit().known_checks | frozenset(SECRET_TYPE_TO_ID.values()) | frozenset(map(check_id, PROOFS))
