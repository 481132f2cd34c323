"""`sitechat recover`: list and repair what cut-off runs left; exit 0 only when all was seen and nothing is wrong."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, Yes
from pipeline.console import confirm, err, out, step
from pipeline.errors import ExitCode, SitechatError, again, counted

if TYPE_CHECKING:
    from pipeline.recovery.leftovers import Leftovers
    from pipeline.recovery.matching import Import
    from pipeline.recovery.repair import Proposal, Repaired
    from pipeline.recovery.stored_states import StateFinding
    from pipeline.session import Session
    from pipeline.synth.layers import Synthesis

# Addresses that are named of those that the next apply sets again.
SHOWN = 5
Unlock = Annotated[
    str | None, typer.Option("--unlock", metavar="ID", help="Release this lock, whose holder is surely gone.")
]


Repair = Annotated[bool, typer.Option("--repair", help="Restore states, and import orphans; asks before.")]
Restore = Annotated[
    list[str] | None,
    typer.Option(
        "--restore",
        metavar="LAYER=COPY",
        help="With --repair: the copy that becomes a layer's state (a version's id, errored, or empty); repeatable.",
    ),
]
Imports = Annotated[
    list[str] | None,
    typer.Option(
        "--import", metavar="LAYER/ADDRESS=ID", help="With --repair: import this resource at this address; repeatable."
    ),
]


def command(
    env: EnvRef = DEFAULT_ENV,
    unlock: Unlock = None,
    repair: Repair = False,
    restore: Restore = None,
    imports: Imports = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """List damaged and unstored states, held locks, tainted resources, and resources that no state knows."""
    from pipeline.gates import synthesise_environment
    from pipeline.recovery.leftovers import find_leftovers
    from pipeline.session import open_session

    choices = parse_choices(restore or [], repair=repair)
    wanted = parse_imports(imports or [], repair=repair)
    session = open_session(env)
    _finish_history(session)
    if unlock is not None:
        _unlock(session, unlock, as_json=as_json)
        return
    synthesis = synthesise_environment(session.env, env)
    left = find_leftovers(session, synthesis)
    done: Repaired | None = None
    if repair:
        done = _repaired(session, synthesis, left, choices, wanted, yes=yes)
        left = done.left
    if as_json:
        print(json.dumps({"env": session.env.name} | _plain(left) | (_plain_repaired(done) if done else {})))
    else:
        for line in (*(repaired_lines(done) if done else ()), *leftover_lines(left, env)):
            out.print(line, markup=False)
    if done is not None and done.locked:
        raise SitechatError(
            f"left alone, because a lock is held: {', '.join(done.locked)}",
            hint=f"`{again('recover', env)}` tells whose. Release it only if nobody works there.",
            code=ExitCode.LOCKED,
        )
    if left.not_looked:
        raise typer.Exit(ExitCode.INCOMPLETE)
    if left.any:
        raise typer.Exit(ExitCode.CHANGES)


def _finish_history(session: Session) -> None:
    """Write into the history how runs ended whose command was killed. Where that can't be, recovery goes on."""
    from pipeline.bundle.late_ends import finish_entries

    try:
        for entry in finish_entries(session):
            err.print(f"  history: the end of {entry} is known now", markup=False)
    except SitechatError as error:
        err.print(f"  history: {error}", markup=False)


def parse_choices(given: list[str], *, repair: bool) -> dict[str, str]:
    """Copies chosen for layers, from LAYER=COPY. Raises SitechatError (2) for any other form, and without --repair."""
    choices: dict[str, str] = {}
    for text in given:
        layer, _, name = text.partition("=")
        if not (layer and name) or layer in choices:
            raise SitechatError(
                f"--restore {text!r} isn't LAYER=COPY, once for a layer",
                hint="`sitechat recover` shows the copies with the words to type.",
                code=ExitCode.USAGE,
            )
        choices[layer] = name
    if choices and not repair:
        raise SitechatError("--restore needs --repair", hint="Add --repair.", code=ExitCode.USAGE)
    return choices


def parse_imports(given: list[str], *, repair: bool) -> list[Import]:
    """Imports that a person asks for, from LAYER/ADDRESS=ID. Raises SitechatError (2) as `parse_choices` does."""
    from pipeline.recovery.matching import Import

    wanted = []
    for text in given:
        place, _, import_id = text.partition("=")
        layer, _, address = place.partition("/")
        if not (layer and address and import_id):
            raise SitechatError(
                f"--import {text!r} isn't LAYER/ADDRESS=ID",
                hint="`sitechat recover` shows what could be imported.",
                code=ExitCode.USAGE,
            )
        wanted.append(Import(layer, address, import_id))
    if wanted and not repair:
        raise SitechatError("--import needs --repair", hint="Add --repair.", code=ExitCode.USAGE)
    return wanted


def leftover_lines(left: Leftovers, env: str) -> Iterator[str]:
    """Yield a line per leftover, each followed by what to do about it."""
    from pipeline.recovery.leftovers import whether_it_exists
    from pipeline.recovery.locks import lock_words

    for lock in left.locks:
        yield lock_words(lock)
        yield f"  only if nobody works there any more: {again('recover', env, '--unlock', lock.id)}"
    for finding in left.states:
        yield from state_lines(finding, env)
    for stray in left.strays:
        yield f"no layer of the configuration owns this state of {counted(stray.resources, 'resource')}: {stray.place}"
    if left.strays:
        yield "  put such a layer back into the configuration, then deploy or destroy it"
    addresses_by_arn = {each.arn: each for each in left.imports if each.arn}
    unclear = {missing.what for missing in left.not_looked}
    for orphan in left.orphans:
        if orphan.arn not in addresses_by_arn and whether_it_exists(orphan.arn) in unclear:
            continue
        where = addresses_by_arn.get(orphan.arn)
        told = f" ({where.layer}: {where.address})" if where else f" ({orphan.name})" if orphan.name else ""
        yield f"tagged for {env}, and in no state: {orphan.arn}{told}"
    for each in left.untagged:
        yield f"exists, and in no state: {each.id} ({each.layer}: {each.address})"
    for opening in left.openings:
        yield f"open to everywhere, as AWS makes a group: {opening.imported.id} ({opening.imported.address})"
    for unsure in left.unsure:
        if len(unsure.ids) == 1:
            yield f"perhaps {unsure.address} of {unsure.layer}, perhaps somebody else's: {unsure.ids[0]}"
        else:
            yield f"which one is {unsure.address} of {unsure.layer}? {', '.join(unsure.ids)}"
        for import_id in unsure.ids:
            place = shlex.quote(f"{unsure.layer}/{unsure.address}={import_id}")
            yield f"  if it is that: {again('recover', env, '--repair', '--import', place)}"
    repairs = ["restores those states"] * any(each.chosen for each in left.states)
    repairs += ["imports what surely belongs here"] * bool(left.imports)
    if repairs:
        first = "once no lock is held" if left.locks else "next"
        yield f"{first}: {again('recover', env, '--repair')} shows it, asks, and {' and '.join(repairs)}"
    homeless = [each.arn for each in left.orphans if each.arn not in addresses_by_arn]
    if any(whether_it_exists(arn) not in unclear for arn in homeless):
        command = again("recover", env, "--repair", "--import", "LAYER/ADDRESS=ID")
        yield f"  what has no address here: {command}, or delete it in AWS"
    for layer, addresses in left.tainted.items():
        yield f"cut off while being created in {layer}: {', '.join(addresses)}"
        yield f"  the next {again('deploy', env)} replaces them"
    if left.made_again:
        shown = ", ".join(left.made_again[:SHOWN])
        more = f" and {len(left.made_again) - SHOWN} more" if len(left.made_again) > SHOWN else ""
        yield f"in no state, of kinds that are set again without harm: {shown}{more}"
        yield f"  {again('deploy', env)} sets them; a plan that creates them is as it should be"
    if left.gone:
        yield f"{counted(len(left.gone), 'ARN')} that the tagging API still names: nothing is there any more."
    for missing in left.not_looked:
        yield f"not looked at: {missing.what}: {missing.why}"
    if left.not_looked:
        yield "  look there yourself; this command ends with 0 once it could, and nothing is wrong"
    if not left.any and not left.not_looked:
        yield "Nothing is wrong, and nothing is left of any cut-off run."
    yield (
        "Looked at: each layer's state with its versions, digest and locks; what the regions' tagging APIs know; "
        "roles; and by name or place what can't be made twice."
    )


def state_lines(finding: StateFinding, env: str) -> Iterator[str]:
    """Lines about a layer's state: what is wrong, what would take its place, and what would differ."""
    from pipeline.recovery.stored_states import EMPTY, described, state_differences

    yield f"state of {finding.layer} ({finding.key}): {'; '.join(finding.problems)}"
    if finding.chosen is not None:
        yield f"  --repair makes this its state: {described(finding.chosen)}"
        yield from (f"    {line}" for line in state_differences(finding.stored, finding.chosen))
        return
    if finding.digest and finding.candidates and all(each.md5 != finding.digest for each in finding.candidates):
        yield "  the copy that the lock table remembers is gone; what it knew is looked for in AWS after you chose one:"
    else:
        yield "  which copy is right can't be told; choose one by its time, serial and resources:"
    for copy in finding.candidates:
        yield f"  {described(copy)}"
        yield from (f"    {line}" for line in state_differences(finding.stored, copy) if not copy.stored)
        yield f"    {again('recover', env, '--repair', '--restore', shlex.quote(f'{finding.layer}={copy.name}'))}"
    yield "  none of them (what exists is imported then):" if finding.candidates else "  no copy is left:"
    yield f"    {again('recover', env, '--repair', '--restore', f'{finding.layer}={EMPTY}')}"


def repaired_lines(done: Repaired) -> Iterator[str]:
    """What a repair did, and what it could not do."""
    for each in done.restored:
        yield f"restored the state of {each.layer} from {each.source}, as serial {each.serial}"
    if done.left.any and not (done.restored or done.imported or done.absent or done.failed or done.locked):
        yield "Nothing was repaired: what is left is for a person to decide."
    parts = []
    if done.imported:
        parts.append(f"{counted(len(done.imported), 'resource')} imported")
    if done.absent:
        verb = "doesn't" if len(done.absent) == 1 else "don't"
        parts.append(f"{len(done.absent)} {verb} exist: {', '.join(each.id for each in done.absent)}")
    if done.failed:
        parts.append(f"{len(done.failed)} failed")
    if parts:
        yield ", ".join(parts)
    for failed in done.failed:
        yield f"  failed: {failed.layer}{f': {failed.address}' if failed.address else ''}: {failed.reason}"


def _repaired(
    session: Session,
    synthesis: Synthesis,
    left: Leftovers,
    choices: dict[str, str],
    wanted: list[Import],
    *,
    yes: bool,
) -> Repaired:
    from pipeline.deployment.consent import may_skip_question
    from pipeline.recovery.repair import repair

    agreed = may_skip_question(session, yes)

    def agree(proposal: Proposal) -> bool:
        for line in proposal_lines(proposal):
            err.print(f"  {line}", markup=False)
        changed = "what is closed and the states" if proposal.closings else "the states"
        return agreed or confirm(f"Nothing in AWS changes but {changed}. Go on?")

    return repair(session, synthesis, left, agree, choices, wanted)


def proposal_lines(proposal: Proposal) -> Iterator[str]:
    """What a repair is about to do."""
    from pipeline.recovery.stored_states import described, state_differences

    for finding, copy in proposal.restores:
        yield f"state of {finding.layer}: {described(copy)}"
        yield from (f"  {line}" for line in state_differences(finding.stored, copy))
    for opening in proposal.closings:
        group = f"{opening.imported.id} ({opening.imported.address})"
        yield f"close what AWS opens to everywhere in a new group: {group}"
    for each in proposal.imports:
        yield f"import into {each.layer}: {each.address} = {each.id}"


def _plain(left: Leftovers) -> dict[str, Any]:
    from pipeline.recovery.stored_states import plain_finding

    return {
        "locks": [vars(lock) for lock in left.locks],
        "states": [plain_finding(each) for each in left.states],
        "strays": [vars(each) for each in left.strays],
        "errored": {layer: str(path) for layer, path in left.errored.items()},
        "tainted": dict(left.tainted),
        "orphans": [orphan.arn for orphan in left.orphans],
        "untagged": [{"layer": each.layer, "address": each.address, "id": each.id} for each in left.untagged],
        "imports": [vars(each) for each in left.imports],
        "unsure": [vars(each) for each in left.unsure],
        "gone": list(left.gone),
        "made_again": list(left.made_again),
        "not_looked": [vars(each) for each in left.not_looked],
        "openings": [{"group": each.imported.id, "rules": list(each.rules)} for each in left.openings],
    }


def _plain_repaired(done: Repaired) -> dict[str, Any]:
    fields = ("restored", "imported", "absent", "failed")
    return {name: [vars(each) for each in getattr(done, name)] for name in fields} | {"locked": list(done.locked)}


def _unlock(session: Session, lock_id: str, *, as_json: bool) -> None:
    from pipeline.recovery.locks import unlock

    with step(f"release lock {lock_id}"):
        lock = unlock(session, lock_id)
    if as_json:
        print(json.dumps({"env": session.env.name, "unlocked": vars(lock)}))
    else:
        out.print(f"Released the lock of {lock.who or 'somebody'} on {lock.layer}.", markup=False)
        repair = again("recover", session.env_ref, "--repair")
        out.print(f"next: {repair} looks what else its run left, and asks before it repairs", markup=False)
