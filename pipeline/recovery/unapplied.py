"""Resources of the configuration that no state knows yet: all that the next apply would create."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.known_values import KnownValues
from pipeline.recovery.matching import UnknownResource, unknown_resources
from pipeline.recovery.state_objects import list_state_objects
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import nested_block, provider_region
from terraform_json.state import managed_addresses


@dataclass(frozen=True)
class Unapplied:
    """Resources that no state knows, with the values that configuration and states know; `region` is the home's."""

    resources: tuple[UnknownResource, ...]
    values: KnownValues
    region: str

    def of_type(self, *kinds: str) -> Iterator[UnknownResource]:
        """Those of these resource types."""
        return (each for each in self.resources if each.type in kinds)

    def value(self, resource: UnknownResource, path: str) -> str | None:
        """Value of an attribute, nested ones by a dotted path; None for one that nobody knows before the apply."""
        *outer, key = path.split(".")
        body = resource.body
        for name in outer:
            body = nested_block(body.get(name))
        return self.values.of(resource.layer, body.get(key))

    def region_of(self, resource: UnknownResource) -> str:
        """Region that its provider works in."""
        alias = str(resource.body.get("provider", "")).partition(".")[2]
        return provider_region(resource.layer.config, alias) or self.region


def find_unapplied(session: Session, synthesis: Synthesis) -> Unapplied:
    """Compare the configuration with the states. Without a state bucket nothing was applied.

    Raises SitechatError (3, 6) for states that can't be read.
    """
    states = {}
    stored = _stored(session)
    for layer in synthesis.layers:
        state = session.read_state(layer) if layer.backend.get("key") in stored else None
        if state is not None:
            states[layer.name] = state
    known = {name: tuple(managed_addresses(state)) for name, state in states.items()}
    unknown = tuple(unknown_resources(synthesis, known))
    return Unapplied(unknown, KnownValues(synthesis, states), session.env.region)


def _stored(session: Session) -> frozenset[str]:
    """Keys of the objects in the state bucket; none where there is no bucket."""
    try:
        return frozenset(list_state_objects(session))
    except SitechatError as error:
        if error.code is not ExitCode.MISSING:
            raise
        return frozenset()
