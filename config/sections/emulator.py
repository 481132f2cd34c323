"""[emulator]: deployment to the emulated AWS."""

from __future__ import annotations

from pydantic import Field

from config.checks import StrictModel


class EmulatorSection(StrictModel):
    """Switch for the emulated AWS that runs on loopback."""

    enabled: bool = Field(default=False, description="Deploy to the emulated AWS on loopback instead of an account.")
