"""Before resources are created: those that a cut-off run has made already are found, not built a second time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pipeline.console import err, step
from pipeline.errors import ExitCode, SitechatError, again
from pipeline.recovery.leftovers import existing_orphans, unknown_orphans
from pipeline.recovery.looked import Looked
from pipeline.recovery.matching import match_orphans
from pipeline.recovery.orphans_by_tag import find_orphans_by_tag
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import provider_regions
from terraform_json.state import managed_addresses

SHOWN = 5


def refuse_what_exists(session: Session, synthesis: Synthesis, created: Mapping[str, Collection[str]]) -> None:
    """Raise SitechatError (5) when AWS has what is about to be created, with this environment's tags and in no state.

    `created` are addresses by layer. AWS makes networks, groups of routes and keys twice without a word. What can't be
    looked at is said, and refuses nothing: AWS itself refuses names that are taken.
    """
    if not any(created.values()):
        return
    looked = Looked()
    with step("look for what a cut-off run has made already"):
        found = list(_existing(session, synthesis, created, looked))
    for missing in looked.missing:
        err.print(f"  not looked at: {missing.what}: {missing.why}", markup=False)
    if found:
        shown = [*found[:SHOWN], *([f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else [])]
        repair, go_on = again("recover", session.env_ref, "--repair"), again("deploy", session.env_ref)
        raise SitechatError(
            "nothing was applied: a cut-off run has made what this would create, and no state has it\n  "
            + "\n  ".join(shown),
            hint=f"`{repair}` imports what exists; then `{go_on}` makes the rest.",
            code=ExitCode.REFUSED,
        )


def _existing(
    session: Session, synthesis: Synthesis, created: Mapping[str, Collection[str]], looked: Looked
) -> Iterator[str]:
    """A line for each address that is about to be created and exists."""
    states = {layer.name: session.read_state(layer) or {} for layer in synthesis.layers}
    known = {name: tuple(managed_addresses(state)) for name, state in states.items()}
    regions = {session.env.region, *(each for layer in synthesis.layers for each in provider_regions(layer.config))}
    candidates = list(unknown_orphans(find_orphans_by_tag(session, regions, looked), states.values()))
    matches = match_orphans(existing_orphans(session, candidates, Looked())[0], synthesis, known)
    for each in matches.certain:
        if each.address in created.get(each.layer, ()):
            yield f"{each.layer}: {each.address} is {each.id}"
    for unsure in matches.unsure:
        if unsure.address in created.get(unsure.layer, ()):
            yield f"{unsure.layer}: {unsure.address} may be {' or '.join(unsure.ids)}"
