"""Regions where AWS's own inference profiles end, for the emulated Bedrock and the door that calls models."""

from __future__ import annotations

from collections.abc import Mapping

# Destinations of profiles ("Supported Regions and models for inference profiles", Bedrock guide), for the geographies
# where they are the same for all models. Elsewhere the destinations that the emulator names are taken.
DESTINATIONS: Mapping[str, tuple[str, ...]] = {"us": ("us-east-1", "us-east-2", "us-west-2")}


def ends_of(profile_id: str, named: tuple[str, ...], partition: str = "aws") -> tuple[str, ...]:
    """ARNs of the models where requests through a profile may end; `named` by the emulator."""
    geography, _, model = profile_id.partition(".")
    regions = DESTINATIONS.get(geography)
    return tuple(f"arn:{partition}:bedrock:{each}::foundation-model/{model}" for each in regions) if regions else named
