"""Synthesise and scan: what every plan starts with. No plan without a passing scan."""

from typing import TYPE_CHECKING

from pipeline.console import err, step
from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Synthesis
from pipeline.synthesis import synthesize

if TYPE_CHECKING:
    from config import Environment
    from pipeline.scan import Verdict

#: Findings printed before the reader is sent to `sitechat scan`.
SHOWN = 10


def synthesized(env: "Environment", env_ref: str) -> Synthesis:
    """Synthesise `env` into the work folder."""
    with step(f"synthesise {env.name}"):
        return synthesize(env, env_ref=env_ref)


def synthesized_and_scanned(env: "Environment", env_ref: str) -> "tuple[Synthesis, Verdict]":
    """Synthesise `env` and put it through the gate. Raises SitechatError (4) when the gate refuses."""
    from pipeline.scan import gate, preload

    preload()
    synthesis = synthesized(env, env_ref)
    pinned = synthesis.sha256  # taken before the scan: planning compares it with the files it uses
    with step(f"scan {sum(len(layer.resources) for layer in synthesis.layers)} resources"):
        verdict = gate(synthesis, env=env)
    if not verdict.passed:
        lines = [f"  {each.address}: {each.check} {each.title}" for each in verdict.findings[:SHOWN]]
        lines += [f"  {problem}" for problem in verdict.problems[:SHOWN]]
        raise SitechatError(
            f"the scan gate refused {env.name}: {len(verdict.findings)} findings, {len(verdict.problems)} problems\n"
            + "\n".join(lines),
            hint=f"See them all with `sitechat scan --env {env_ref}`.",
            code=ExitCode.GATE,
        )
    err.print(f"  {verdict.checks_run} checks passed, {len(verdict.waived)} findings waived, synth {pinned[:12]}")
    return synthesis, verdict
