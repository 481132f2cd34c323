"""The steps before every plan: synthesise, scan, price. Nothing is planned unless all pass."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.console import err, step
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.synth.layers import Synthesis
from pipeline.synth.run import synthesise

if TYPE_CHECKING:
    from config import Environment
    from pipeline.cost import Estimate
    from pipeline.scan import Verdict

# Findings printed before the reader is sent to `sitechat scan`.
SHOWN = 10


def synthesise_environment(env: Environment, env_ref: str) -> Synthesis:
    """Synthesise `env` into the work folder."""
    with step(f"synthesise {env.name}"):
        return synthesise(env, env_ref=env_ref)


def synthesise_and_scan(env: Environment, env_ref: str) -> tuple[Synthesis, Verdict]:
    """Synthesise and scan `env`. Raises SitechatError (4) when the scan gate refuses it."""
    from pipeline.scan import gate, preload

    preload()
    synthesis = synthesise_environment(env, env_ref)
    pinned = synthesis.sha256  # taken before the scan: planning compares it with the files it uses
    with step(f"scan {counted(sum(len(layer.resources) for layer in synthesis.layers), 'resource')}"):
        verdict = gate(synthesis, env=env)
    refuse_findings(verdict, env_ref)
    waived = counted(len(verdict.waived), "finding")
    err.print(f"  {counted(verdict.checks_run, 'check')} passed, {waived} waived, synth {pinned[:12]}", markup=False)
    return synthesis, verdict


def price_within_ceiling(synthesis: Synthesis, env: Environment, accepted: Collection[str] = ()) -> Estimate:
    """Estimate the price and print it in one line.

    `accepted` is what may have a stated figure instead of a price, as LAYER/ADDRESS. Raises SitechatError: 4 above the
    environment's ceiling, 8 where something has no price.
    """
    from pipeline.cost import estimate
    from pipeline.cost.words import price_summary

    found = replace(estimate(synthesis, env), accepted=frozenset(accepted))
    emulated = "; emulated, it costs nothing" if env.emulated else ""
    err.print(f"  {price_summary(found)}{emulated}", markup=False)
    refuse_above_ceiling(found)
    refuse_incomplete(found)
    return found


def refuse_incomplete(estimate: Estimate) -> None:
    """Raise SitechatError (8) unless everything has a price, or a stated figure that was accepted.

    The message has a line for each that hasn't, with what to do.
    """
    if estimate.complete:
        return
    lines = [f"  {each.place}: {each.reason}" for each in estimate.unpriced]
    waiting = [each for each in estimate.stated if each in estimate.unaccepted]
    lines += [f"  {each.place}: {each.reason}; stated as {each.usd} USD a month, not accepted" for each in waiting]
    first = estimate.unaccepted[0].place
    figure = f'[[cost.accepted]] address = "{first}", monthly_usd = ..., reason = "..."'
    state = f"State what it costs in the environment's file: {figure}. Then accept" if estimate.unpriced else "Accept"
    raise SitechatError(
        f"the price of {estimate.env} is incomplete: {len(lines)} without a price\n" + "\n".join(lines),
        hint=f"{state} it with --accept-unpriced {first}.",
        code=ExitCode.INCOMPLETE,
    )


def refuse_above_ceiling(estimate: Estimate) -> None:
    """Raise SitechatError (4) when the expected price is above the environment's ceiling."""
    from pipeline.cost.words import usd

    if estimate.ceiling_exceeded:
        raise SitechatError(
            f"{estimate.env} would cost {usd(estimate.expected)} USD a month, "
            f"above its ceiling of {estimate.ceiling_usd}",
            hint=f"See what would be cheaper with `sitechat cost --env {estimate.env}`, "
            f"or raise {estimate.ceiling_setting}.",
            code=ExitCode.GATE,
        )


def refuse_findings(verdict: Verdict, env_ref: str) -> None:
    """Raise SitechatError (4) unless the scan gate passed; the message lists the first findings and problems."""
    if verdict.passed:
        return
    lines = [f"  {each.address}: {each.check} {each.text}" for each in verdict.findings[:SHOWN]]
    lines += [f"  {problem}" for problem in verdict.problems[:SHOWN]]
    planned = "" if "plan" not in verdict.sources else ' What only a plan shows is waived with mode = "plan".'
    raise SitechatError(
        f"the scan gate refused {verdict.env}: {counted(len(verdict.findings), 'finding')}, "
        f"{counted(len(verdict.problems), 'problem')}\n" + "\n".join(lines),
        hint=f"See them all with `sitechat scan --env {env_ref}`.{planned}",
        code=ExitCode.GATE,
    )
