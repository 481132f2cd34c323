"""Repair after an interrupted run: restore the states that are damaged or unstored, then import the orphans."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.recovery.import_plan import import_together
from pipeline.recovery.leftovers import Leftovers, find_leftovers, whether_it_exists
from pipeline.recovery.matching import Import
from pipeline.recovery.openings import Opening, close_opening
from pipeline.recovery.restore import Restored, copy_named, restore
from pipeline.recovery.stored_states import StateCopy, StateFinding
from pipeline.session import Session
from pipeline.synth.layers import Synthesis

# Terraform's words for an import of what isn't there.
ABSENT = "non-existent remote object"


@dataclass(frozen=True)
class Proposal:
    """What a repair would do next: states and the copies that take their places, then imports.

    `closings` are rules that AWS has made in groups among the imports, and that are taken away before.
    """

    restores: tuple[tuple[StateFinding, StateCopy], ...] = ()
    imports: tuple[Import, ...] = ()
    closings: tuple[Opening, ...] = ()


@dataclass(frozen=True)
class Failed:
    """Something that could not be done: a layer's state, or the import of an address."""

    layer: str
    address: str
    reason: str


@dataclass(frozen=True)
class Repaired:
    """What a repair did. `absent` were offered and don't exist; `locked` are layers left alone, as somebody holds them.

    `left` is what is left now.
    """

    left: Leftovers
    restored: tuple[Restored, ...] = ()
    imported: tuple[Import, ...] = ()
    absent: tuple[Import, ...] = ()
    failed: tuple[Failed, ...] = ()
    locked: tuple[str, ...] = ()


@dataclass
class _Work:
    """A repair in progress. What was tried once isn't tried again."""

    session: Session
    synthesis: Synthesis
    choices: Mapping[str, str]
    left: Leftovers
    locked: set[str]
    wanted: tuple[Import, ...] = ()
    restored: list[Restored] = field(default_factory=list)
    imported: list[Import] = field(default_factory=list)
    absent: list[Import] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    tried: set[object] = field(default_factory=set)

    def proposal(self) -> Proposal:
        """What can be done now."""
        restores = tuple(
            (finding, copy)
            for finding in self.left.states
            if finding.layer not in self.locked | self.tried and (copy := self._copy(finding)) is not None
        )
        # Terraform can't work with a state that stays damaged: an import would only wait and fail.
        damaged = {each.layer for each in self.left.states if each.layer in self.tried and not each.readable}
        taken = {(each.layer, each.address) for each in self.wanted}
        offered = [each for each in self.left.imports if (each.layer, each.address) not in taken]
        imports = [
            each
            for each in (*self.wanted, *offered)
            if each.layer not in self.locked | damaged and each not in self.tried
        ]
        return Proposal(
            restores, tuple(imports), tuple(each for each in self.left.openings if each.imported in imports)
        )

    def _copy(self, finding: StateFinding) -> StateCopy | None:
        name = self.choices.get(finding.layer)
        return finding.chosen if name is None else copy_named(self.session, finding, name)

    def restore(self, restores: Collection[tuple[StateFinding, StateCopy]]) -> None:
        """Restore each state; a failure hinders no other."""
        for finding, copy in restores:
            self.tried.add(finding.layer)
            with step(f"restore the state of {finding.layer}"):
                try:
                    backend = self.synthesis.layer(finding.layer).backend
                    self.restored.append(restore(self.session, finding, copy, backend))
                except SitechatError as error:
                    self._note(error, finding.layer, "")

    def run_imports(self, imports: Sequence[Import]) -> None:
        """Import orphans: of each layer all that one plan can, then the others alone; a failure hinders no other."""
        self.tried.update(imports)
        with step(f"import {counted(len(imports), 'resource')} of {self.session.env.name}") as progress:
            closed = [each for each in imports if each.layer not in self.locked and self._closed(each)]
            for layer in dict.fromkeys(each.layer for each in closed):
                progress.update(f"{layer}: by one plan")
                self._import_together(layer, [each for each in closed if each.layer == layer])
            alone = [each for each in closed if each not in self.imported]
            for number, each in enumerate(alone, len(imports) - len(alone) + 1):
                progress.update(f"{number}/{len(imports)} {each.layer}: {each.address}")
                if each.layer not in self.locked:
                    self._import_alone(each)

    def _closed(self, each: Import) -> bool:
        """Close what AWS opened in a group that is to be imported; False where that failed."""
        try:
            for opening in (opening for opening in self.left.openings if opening.imported == each):
                close_opening(self.session, opening)
        except SitechatError as error:
            self._note(error, each.layer, each.address)
            return False
        return True

    def _import_together(self, layer: str, imports: Sequence[Import]) -> None:
        try:
            self.imported += import_together(self.session, self.synthesis.layer(layer), imports)
        except SitechatError as error:
            if error.code in (ExitCode.INTERRUPTED, ExitCode.LOCKED):
                self._note(error, layer, "")

    def _import_alone(self, each: Import) -> None:
        try:
            self.session.opened(self.synthesis.layer(each.layer)).import_resource(each.address, each.id)
            self.imported.append(each)
        except SitechatError as error:
            if ABSENT in " ".join(error.message.split()):
                self.absent.append(each)
            else:
                self._note(error, each.layer, each.address)

    def _note(self, error: SitechatError, layer: str, address: str) -> None:
        if error.code is ExitCode.INTERRUPTED:
            raise error
        if error.code is ExitCode.LOCKED:
            self.locked.add(layer)
        else:
            self.failed.append(Failed(layer, address, " ".join(error.message.split())))


def repair(
    session: Session,
    synthesis: Synthesis,
    left: Leftovers,
    confirm: Callable[[Proposal], bool],
    choices: Mapping[str, str] | None = None,
    wanted: Sequence[Import] = (),
) -> Repaired:
    """Restore states, then import orphans, and go on past what fails.

    `choices` name the copy that a person chose for a layer's state, `wanted` are imports that a person asks for. An
    import can make others possible (routes after their route table), a restored state can end the doubt about some:
    then `confirm` is asked again. In AWS nothing is changed but states, and rules by which AWS opens a new group. A
    layer whose lock is held is left alone.
    Raises SitechatError: 2 for a choice or an import that can't be meant; 130 when `confirm` returns False.
    """
    chosen = dict(choices or {})
    _refuse_wrong_choices(session, left, chosen)
    _refuse_wrong_imports(synthesis, wanted)
    work = _Work(session, synthesis, chosen, left, set(left.locked), tuple(wanted))
    while (proposal := work.proposal()) != Proposal():
        if not confirm(proposal):
            raise SitechatError(f"stopped; {_done(work)}", code=ExitCode.INTERRUPTED)
        imports: Sequence[Import] = proposal.imports
        if proposal.restores:
            work.restore(proposal.restores)
            work.left = find_leftovers(session, synthesis)
            imports = [each for each in work.proposal().imports if each in proposal.imports]
        if imports:
            work.run_imports(imports)
            work.left = find_leftovers(session, synthesis)
    work.failed += [
        Failed(each.layer, each.address, "it was imported, and isn't in its state")
        for each in work.left.imports
        if each in work.imported
    ]
    return Repaired(
        _without_absent(work.left, work.absent),
        tuple(work.restored),
        tuple(work.imported),
        tuple(work.absent),
        tuple(work.failed),
        tuple(sorted(work.locked)),
    )


def _refuse_wrong_choices(session: Session, left: Leftovers, choices: Mapping[str, str]) -> None:
    findings = {each.layer: each for each in left.states}
    for layer, name in choices.items():
        if layer not in findings:
            known = f"Wrong are those of: {', '.join(findings)}." if findings else "No state is."
            raise SitechatError(f"nothing is wrong with the state of {layer!r}", hint=known, code=ExitCode.USAGE)
        copy_named(session, findings[layer], name)


def _refuse_wrong_imports(synthesis: Synthesis, wanted: Sequence[Import]) -> None:
    for each in wanted:
        layer = synthesis.layer(each.layer)
        if each.address not in layer.resources:
            kind = each.address.partition(".")[0]
            like = [address for address in layer.resources if address.startswith(f"{kind}.")]
            hint = f"Of that type it has: {', '.join(like)}." if like else "It has none of that type."
            raise SitechatError(f"{each.layer} has no resource {each.address!r}", hint=hint, code=ExitCode.USAGE)


def _done(work: _Work) -> str:
    if not work.restored and not work.imported:
        return "nothing was repaired"
    states, resources = counted(len(work.restored), "state"), counted(len(work.imported), "resource")
    return f"restored so far: {states}; imported: {resources}"


def _without_absent(left: Leftovers, absent: Collection[Import]) -> Leftovers:
    """Leftovers without those of which an import said that they don't exist."""
    arns = {each.arn for each in absent if each.arn}
    doubts = set(map(whether_it_exists, arns))
    return replace(
        left,
        orphans=tuple(each for each in left.orphans if each.arn not in arns),
        imports=tuple(each for each in left.imports if each not in absent),
        gone=tuple(sorted({*left.gone, *arns})),
        not_looked=tuple(each for each in left.not_looked if each.what not in doubts),
    )
