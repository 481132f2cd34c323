"""What `plan` and `doctor` say where a release is over whose client was killed: scaling is still suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.doctor.finding import Diagnosis
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from pipeline.session import Session


def scaling_findings(session: Session) -> list[Diagnosis]:
    """The finding, with the command that mends it; none where scaling is as it should be, or nothing is deployed."""
    from pipeline.operations.releases.run import look_for_left_suspended

    try:
        left = look_for_left_suspended(session)
    except SitechatError as error:
        if error.code is ExitCode.MISSING:  # other findings say what
            return []
        return [Diagnosis("scaling", "yellow", f"could not be looked at: {error.message}", error.hint)]
    return [Diagnosis("scaling", "yellow", left.what, f"`{left.command}` ends the release.")] if left else []
