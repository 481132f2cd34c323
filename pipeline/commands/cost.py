"""`sitechat cost`: the price of an environment a month; exit 4 above the ceiling, 8 without prices of the region."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, resolve_env
from pipeline.console import out, step
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from config import Environment
    from pipeline.cost import Estimate
    from pipeline.synth.layers import Synthesis

    Priced = tuple[Environment, Synthesis, Estimate]

PricedBundleId = Annotated[str | None, typer.Option("--bundle", metavar="ID", help="Price what this bundle plans.")]
Diff = Annotated[
    str | None,
    typer.Option(
        "--diff",
        metavar="NAME|FILE|ID",
        callback=resolve_env,
        help="Compare with this environment, or bundle of the same one.",
    ),
]


def command(env: EnvRef = DEFAULT_ENV, bundle: PricedBundleId = None, diff: Diff = None, as_json: Json = False) -> None:
    """Work out the list price a month, line by line, and what would be cheaper. Needs no AWS account.

    A bundle is priced with the usage that its environment assumes now.
    """
    from pipeline.bundle.history import is_bundle_name
    from pipeline.gates import refuse_above_ceiling

    environment, synthesis, result = _bundled(env, bundle) if bundle else _synthesised(env)
    if diff is not None:
        other = _bundled(env, diff) if is_bundle_name(diff) else _synthesised(diff)
        _compare(result, other[2], as_json=as_json)
    else:
        _show(environment, synthesis, result, as_json=as_json)
    if result.ceiling_exceeded and as_json:
        raise typer.Exit(ExitCode.GATE)  # the JSON says why; an error would print a second object
    refuse_above_ceiling(result)
    if not result.complete:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _synthesised(env_ref: str) -> Priced:
    from config import load
    from pipeline.cost import estimate
    from pipeline.synth.run import synthesise

    environment = load(env_ref)
    with step(f"synthesise {environment.name}"):
        synthesis = synthesise(environment, env_ref=env_ref)
    return environment, synthesis, estimate(synthesis, environment)


def _bundled(env_ref: str, bundle: str) -> Priced:
    """Price the layers of a bundle; the estimate carries the bundle's id in place of the environment's name."""
    from config import load
    from pipeline.bundle.history import kept_bundle
    from pipeline.cost import estimate

    environment = load(env_ref)
    stored = kept_bundle(environment, bundle)
    return environment, stored.synthesis, replace(estimate(stored.synthesis, environment), env=stored.id)


def _show(environment: Environment, synthesis: Synthesis, result: Estimate, *, as_json: bool) -> None:
    from pipeline.cost.savings import alternatives

    cheaper = alternatives(synthesis, environment)
    if as_json:
        print(json.dumps(result.to_dict() | {"alternatives": [each.to_dict() for each in cheaper]}))
    else:
        from pipeline.cost.render import show_estimate

        show_estimate(result, cheaper, out)


def _compare(before: Estimate, after: Estimate, *, as_json: bool) -> None:
    from pipeline.cost.diff import price_differences
    from pipeline.cost.render import show_difference

    if as_json:
        changes = [each.to_dict() for each in price_differences(before, after)]
        print(json.dumps({"before": before.to_dict(), "after": after.to_dict(), "differences": changes}))
    else:
        show_difference(before, after, out)
