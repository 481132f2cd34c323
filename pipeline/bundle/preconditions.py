"""What a layer waits for that no output of another layer tells."""

from collections.abc import Mapping
from typing import Any

from pipeline.doctor.account import delegation
from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.layers import Layer
from pipeline.session import Session

#: Its creation waits until a certificate is issued, which needs the zone to be asked: 45 minutes for nothing otherwise.
WAITS = "aws_acm_certificate_validation"


def unmet(session: Session, layer: Layer, state: Mapping[str, Any] | None) -> str:
    """Why the layer can't be applied yet, in words; empty when it can. Nobody delegates a zone of the emulated AWS."""
    if session.env.emulated or WAITS not in layer.config.get("resource", {}):
        return ""
    if any(each.get("type") == WAITS for each in (state or {}).get("resources", ())):
        return ""
    try:
        return next((each.detail for each in delegation.look(Account(session)) if each.light != "green"), "")
    except UnansweredError as reason:
        return str(reason)
