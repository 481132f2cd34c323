"""`sitechat cost`: the price of an environment a month; exit 4 above the ceiling, 8 where something has no price."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, AcceptUnpriced, EnvRef, Json, resolve_env
from pipeline.console import out, step
from pipeline.errors import ExitCode, SitechatError, again

if TYPE_CHECKING:
    from collections.abc import Sequence

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
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Another value of this key of [cost], for once; may be repeated."),
]

Actual = Annotated[
    bool, typer.Option("--actual", help="Put what AWS charged beside it, by layer and service (costs 0.02 USD).")
]
Month = Annotated[
    str, typer.Option("--month", metavar="YYYY-MM", help="With --actual: this month instead of the last whole one.")
]


def command(
    env: EnvRef = DEFAULT_ENV,
    bundle: PricedBundleId = None,
    diff: Diff = None,
    assume: Set = None,
    accept_unpriced: AcceptUnpriced = None,
    actual: Actual = False,
    month: Month = "",
    as_json: Json = False,
) -> None:
    """Work out the list price a month, line by line, and what would be cheaper. Needs no AWS account.

    A bundle is priced with the usage that its environment assumes now. `--actual` needs the account: it reads its bill.
    """
    if actual:
        if bundle or diff:
            raise SitechatError(
                "--actual compares the configuration with the bill, and nothing else",
                hint="Leave out --bundle and --diff.",
                code=ExitCode.USAGE,
            )
        _review(env, month, tuple(assume or ()), as_json=as_json)
        return
    if month:
        raise SitechatError(
            "--month is of the bill", hint="Say --actual as well: an estimate is of any month.", code=ExitCode.USAGE
        )
    from pipeline.bundle.kept import is_bundle_name
    from pipeline.gates import refuse_above_ceiling, refuse_incomplete

    accepted, changes = frozenset(accept_unpriced or ()), tuple(assume or ())
    environment, synthesis, found = _bundled(env, bundle, changes) if bundle else _synthesised(env, changes)
    result = replace(found, accepted=accepted)
    priced = [result]
    if diff is not None:
        other = _bundled(env, diff, changes) if is_bundle_name(diff) else _synthesised(diff, changes)
        priced.append(replace(other[2], accepted=accepted))
        _compare(*priced, as_json=as_json)
    else:
        _show(environment, synthesis, result, as_json=as_json)
    if as_json:  # the JSON says why; an error would print a second object
        if result.ceiling_exceeded:
            raise typer.Exit(ExitCode.GATE)
        if not all(each.complete for each in priced):
            raise typer.Exit(ExitCode.INCOMPLETE)
    refuse_above_ceiling(result)
    for each in priced:
        refuse_incomplete(each)


def _synthesised(env_ref: str, changes: Sequence[str]) -> Priced:
    """Price an environment. Its resources don't depend on `changes`, which are of the usage assumed."""
    from config import load
    from pipeline.cost import estimate
    from pipeline.synth.run import synthesise

    environment, assumed = load(env_ref), _assumed(env_ref, changes)
    with step(f"synthesise {environment.name}"):
        synthesis = synthesise(environment, env_ref=env_ref)
    return assumed, synthesis, estimate(synthesis, assumed)


def _bundled(env_ref: str, bundle: str, changes: Sequence[str]) -> Priced:
    """Price the layers of a bundle; the estimate carries the bundle's id in place of the environment's name."""
    from pipeline.bundle.kept import kept_bundle
    from pipeline.cost import estimate

    assumed = _assumed(env_ref, changes)
    stored = kept_bundle(assumed, bundle)
    return assumed, stored.synthesis, replace(estimate(stored.synthesis, assumed), env=stored.id)


def _assumed(env_ref: str, changes: Sequence[str]) -> Environment:
    from config import load, load_with_cost

    return load_with_cost(env_ref, changes) if changes else load(env_ref)


def _show(environment: Environment, synthesis: Synthesis, result: Estimate, *, as_json: bool) -> None:
    from pipeline.cost.context import resources_of
    from pipeline.cost.questions import price_of_questions
    from pipeline.cost.savings import alternatives

    cheaper = alternatives(synthesis, environment)
    questions = price_of_questions(resources_of(synthesis), environment)
    if as_json:
        more = {"questions": questions.to_dict(), "alternatives": [each.to_dict() for each in cheaper]}
        print(json.dumps(result.to_dict() | more))
    else:
        from pipeline.cost.render import show_estimate

        show_estimate(result, questions, cheaper, out)


def _review(env_ref: str, month: str, changes: Sequence[str], *, as_json: bool) -> None:
    """Show the bill beside the estimate. What has no price is in the bill alone: nothing is refused for it."""
    from config.environment import DEPLOYMENT_TAG
    from config.place import GLOBAL_REGION
    from pipeline.aws.bill import read_charges
    from pipeline.clock import now
    from pipeline.cost.actual import Bill, period, review
    from pipeline.session import open_session

    try:
        first, after = period(month, now().date())
    except ValueError as error:
        raise SitechatError(
            f"--month: {error}",
            hint="Give year and month, such as 2026-10; without it the last whole month is meant.",
            code=ExitCode.USAGE,
        ) from None
    session = open_session(env_ref, needs_terraform=False)
    if session.env.emulated:
        raise SitechatError(
            "the emulated AWS sends no bill",
            hint=f"`{again('cost', env_ref)}` gives the list price of the same resources.",
            code=ExitCode.MISSING,
        )
    with step(f"read the bill of {session.env.name}, {first:%Y-%m}"):
        client, deployment = session.client("ce", GLOBAL_REGION), session.env.default_tags[DEPLOYMENT_TAG]
        charged = read_charges(client, deployment, first, after)
    bill = Bill(first, after, charged.tagged, charged.untagged, charged.closed)
    found = review(_synthesised(env_ref, changes)[2], bill)
    if as_json:
        print(json.dumps(found.to_dict()))
    else:
        from pipeline.cost.render import show_review

        show_review(found, out)


def _compare(before: Estimate, after: Estimate, *, as_json: bool) -> None:
    from pipeline.cost.diff import price_differences
    from pipeline.cost.render import show_difference

    if as_json:
        changes = [each.to_dict() for each in price_differences(before, after)]
        print(json.dumps({"before": before.to_dict(), "after": after.to_dict(), "differences": changes}))
    else:
        show_difference(before, after, out)
