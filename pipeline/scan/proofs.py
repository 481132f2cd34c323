"""Run the proofs of policies/proof, which judge all layers together, and return their findings.

They take some twenty milliseconds: checkov has loaded AWS's authorisation data already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.scan.model import Finding
from terraform_json.blocks import Config
from terraform_json.merged import Merged

if TYPE_CHECKING:
    from config import Environment
    from policies.proof.catalogue import Broken
    from policies.proof.configuration import LayerOrder


def find_unproven_permissions(configs: Mapping[str, Config]) -> list[str]:
    """What policies of layers outside an environment allow too much or too little, one line each.

    A proof that can't be made is a line, too.
    """
    from policies.proof.catalogue import unproven_permissions
    from policies.proof.configuration import Configuration

    try:
        return [f"{each.address}: {each.check} {each.detail}" for each in unproven_permissions(Configuration(configs))]
    except Exception as error:  # any failure of a proof must fail the gate
        return [f"the proofs could not be made: {error!r}"]


def _told(error: Exception) -> str:
    """What a proof could not read; an error that names no place is told with its kind."""
    if isinstance(error, KeyError):
        return f"an argument {error} that it reads is missing"
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


def find_unproven(
    merged: Merged, env: Environment, order: LayerOrder | None = None
) -> tuple[list[Finding], list[str], frozenset[str]]:
    """Findings, problems, and the check ids that can occur. A proof that can't be made is a problem, never a pass."""
    from policies.proof.catalogue import PROOFS, check_id, proofs
    from policies.proof.configuration import Configuration

    groups: dict[tuple[str, str], list[Broken]] = {}
    problems: list[str] = []
    for subject, found in proofs(Configuration(merged, order), env):
        try:
            for broken in found:
                groups.setdefault((broken.rule, broken.address), []).append(broken)
        except Exception as error:  # any failure of a proof must fail the gate
            problems.append(f"the proof of {subject} could not be made: {_told(error)}; synthesise again")
    findings = [
        Finding(
            address,
            check_id(rule),
            PROOFS[rule].title,
            PROOFS[rule].fix,
            tuple(sorted({each.attribute for each in group if each.attribute})),
            detail="; ".join(each.detail for each in group),
        )
        for (rule, address), group in groups.items()
    ]
    return findings, problems, frozenset(map(check_id, PROOFS))
