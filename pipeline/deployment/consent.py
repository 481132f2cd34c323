"""A person's agreement to what is about to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.console import confirm, err
from pipeline.errors import ExitCode, SitechatError
from pipeline.report.write import report_plan
from pipeline.session import Session

if TYPE_CHECKING:
    from pipeline.bundle.build import Bundle


def ask_about(session: Session, bundle: Bundle) -> bool:
    """Show a person what a bundle would do, and ask. Raises SitechatError as `confirm` does."""
    page = report_plan(session, bundle.id, bundle.verdict)
    err.print(f"report: {page}", soft_wrap=True, markup=False)
    return confirm(f"Apply bundle {bundle.id} to {session.env.name}?")


def may_skip_question(session: Session, yes: bool) -> bool:
    """Whether `--yes` is given and allowed here. Raises SitechatError (5) where a person has to agree."""
    if yes and not session.env.auto_approve:
        raise SitechatError(
            f"--yes is refused: {session.env.name} does not set auto_approve",
            hint="Leave --yes out and answer the question.",
            code=ExitCode.REFUSED,
        )
    return yes
