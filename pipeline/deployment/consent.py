"""Ask a person to agree to changes before they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.console import confirm, err
from pipeline.errors import ExitCode, SitechatError, again
from pipeline.report.write import report_plan
from pipeline.session import Session

if TYPE_CHECKING:
    from pipeline.bundle.build import NewBundle


def confirm_bundle(session: Session, bundle: NewBundle) -> bool:
    """Write the report of a bundle and ask whether to apply it. Raises SitechatError as `confirm` does."""
    page = report_plan(session, bundle.id, bundle.verdict)
    err.print(f"report: {page}", soft_wrap=True, markup=False)
    apply = again(f"apply {bundle.id}", session.env_ref)
    hint = f"Read the report, then apply it with `{apply}`, or use --yes where the environment sets auto_approve."
    return confirm(f"Apply bundle {bundle.id} to {session.env.name}?", hint=hint)


def may_skip_question(session: Session, yes: bool) -> bool:
    """Whether `--yes` was given. Raises SitechatError (5) when the environment doesn't allow it (`auto_approve`)."""
    if yes and not session.env.auto_approve:
        raise SitechatError(
            f"--yes is refused: {session.env.name} does not set auto_approve",
            hint="Leave --yes out and answer the question.",
            code=ExitCode.REFUSED,
        )
    return yes
