"""What emulation can't show, with the reason. A test counts both tables, so that they can only shrink."""

from __future__ import annotations

# Terraform resource types that can't be applied here.
UNCOVERED: dict[str, str] = {
    "aws_synthetics_canary": "moto returns a timestamp the provider can't read",
}

# "type.attribute" an emulator doesn't give back as it was set: the second plan would show it.
FORGOTTEN: dict[str, str] = {}
