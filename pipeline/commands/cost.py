"""`sitechat cost`: the price of an environment a month; exit 4 above the ceiling, 8 without prices of the region."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.console import out, step
from pipeline.errors import ExitCode
from pipeline.options import DEFAULT_ENV, EnvRef, Json

if TYPE_CHECKING:
    from config import Environment
    from pipeline.cost import Estimate
    from pipeline.layers import Synthesis

Diff = Annotated[str | None, typer.Option("--diff", metavar="NAME|FILE", help="Compare with this environment.")]


def command(env: EnvRef = DEFAULT_ENV, diff: Diff = None, as_json: Json = False) -> None:
    """Work out the list price a month, line by line, and what would be cheaper. Needs no AWS account."""
    from pipeline.cost import estimate, hold_ceiling
    from pipeline.cost.savings import alternatives

    environment, synthesis = _synthesised(env)
    result = estimate(synthesis, environment)
    found: dict[str, Any] = result.to_dict()
    if diff is not None:
        other, other_synthesis = _synthesised(diff)
        _compare(result, estimate(other_synthesis, other), as_json=as_json)
    else:
        cheaper = alternatives(synthesis, environment)
        if as_json:
            print(json.dumps(found | {"alternatives": [each.to_dict() for each in cheaper]}))
        else:
            from pipeline.cost.render import show

            show(result, cheaper, out)
    if result.ceiling_exceeded and as_json:
        raise typer.Exit(ExitCode.GATE)  # the answer says why: an error would be a second object
    hold_ceiling(result)
    if not result.complete:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _synthesised(env_ref: str) -> "tuple[Environment, Synthesis]":
    from config import load
    from pipeline.synthesis import synthesize

    environment = load(env_ref)
    with step(f"synthesise {environment.name}"):
        return environment, synthesize(environment, env_ref=env_ref)


def _compare(before: "Estimate", after: "Estimate", *, as_json: bool) -> None:
    from pipeline.cost.diff import differences
    from pipeline.cost.render import show_difference

    if as_json:
        changes = [each.to_dict() for each in differences(before, after)]
        print(json.dumps({"before": before.to_dict(), "after": after.to_dict(), "differences": changes}))
    else:
        show_difference(before, after, out)
